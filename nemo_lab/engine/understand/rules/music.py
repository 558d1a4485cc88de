"""Music that is laid under the recording: a style or a file, how loud, looped, fading, ducking."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import MARK, words
from nemo_lab.engine.understand.rules.lengths import MERGE
from nemo_lab.engine.understand.rules.sound import DROWNS, HALF, LEVEL, MUTE, SET_TO, places
from nemo_lab.engine.understand.rules.vocabulary import GENRES, MUSIC_NOUN, REMOVE, VERB
from nemo_lab.protocol.plan import Music, Mute

_SCORES_ZH = r"配(?!乐的?(?:音量|声音?))"
"""The verb; 配乐音量 is the loudness of music that is there."""
_ADDS = words(
    r"\b(?:add|put|lay|insert|use|play|include|give|drop in|throw|stick|slap|chuck|layer|overlay|set"
    r"|drop(?= ‹f)|want"
    r"|need|change|replace"
    r"|swap|find|choose|pick|with|have|try|mix in|underscore)\b",
    rf"添加|加|{_SCORES_ZH}|插入|放|用|来|换|铺|垫|叠加|改成",
)
_GENRE = words(rf"\b{GENRES}\b")
_REMOTE = words(r"\b(?:spotify|youtube|soundcloud|apple music|tiktok|netflix|网易云|qq音乐)\b|‹u:")
_QUIET = words(
    r"\b(?:quiet(?:ly)?|soft(?:ly)?|low|subtle|faint|gentle)\b(?! ?-?fi)",
    r"轻轻|小声|低音量|声音[小轻低]"
    r"|轻柔地|淡淡",
)
_LOUDLY = words(r"\b(?:loud(?:ly)?)\b", r"大声|响亮")
_ONCE = words(
    r"\b(?:once|no loop(?:ing)?|not loop|without loop\w*|don'?t loop|one time)\b",
    r"不循环|只播放?一次|不要循环",
)
_DUCK = words(
    r"\bduck(?:ing|ed|s)?\b|\bunder (?:my|the|his|her) (?:voice|speech|narration|talking)|\b(?:lower"
    r"|quieter|dip)s? (?:it )?(?:when|while|under|during)\b|\bwhen(?:ever)? (?:i|someone|people|he"
    r"|she)\b.*\b(?:talk|speak)",
    r"闪避|避让|说话(?:的时候|时)|讲话的时候|压低|有人声时|讲话时|ducking",
)
_FADE_OUT = words(r"\bfad(?:e|es|ing) (?:it )?out\b|淡出|渐弱")
_STYLE_EN = words(
    r"((?:[a-z0-9'&-]+[ ,]+(?:and )?){0,6})(?:background[ -]|bg )?(?:music|bgm|soundtrack|song|tune|score"
    r"|jingle|background (?:track|beat|loop)|backing track|beats?)\b(?: (?:in (?:an? )?"
    r"|with (?:an? )?)?([a-z-]+)(?: style| vibe| feel))?"
)
_STYLE_ZH = re.compile(
    r"([\u3400-\u9fffA-Za-z\- ]{1,14}?)(?:风格?)?的?(?:背景)?(?:音乐|配乐|bgm|BGM|歌曲?|伴奏)"
)
_NOT_STYLE_TEXT = """
a add adding also an and another appropriate as at background behind bg bit by can change choose clip
cool could different drop entire find fitting for free give good great have i in include insert instead
into is it just lay let let's little loud low me mix more my need new nice now of on over overlay pick piece
play please put quiet quietly replace royalty royalty-free set so soft-volume some something suitable swap
that the then this throw to track try under underneath use video want we whole with would you
"""
_NOT_STYLE = frozenset(_NOT_STYLE_TEXT.split())
_ZH_LEAD = re.compile(
    r"^(?:请|麻烦|帮我|帮忙|给我|替我)*.*?"
    r"(?:添加|加上|加入|加|配上|配|插入|放|铺|垫|换成|换|改成|用|来|给|要)?(?:视频|画面|整个|全程)?"
    r"(?:添加|加上|加入|加|配上|配|插入|放|铺|垫|换成|换|改成|用|来)?(?:一[段首个点些]|首|段|个|点"
    r"|些|上|入|合适的?|好听的?)*"
)
_UP_OR_DOWN = words(
    r"\b(?:push|pull|bring|turn|take|crank|nudge|bump|dial|knock|tone|move) (?:\w+ ){0,4}?(?:up"
    r"|down)\b(?! (?:the|a|my) )",
)
_MUSIC_LEVEL = words(
    r"\b(?:music|song|bgm|soundtrack)(?:'s)? (?:volume|level)\b|\b(?:volume|level) of (?:the "
    r"|my )?(?:background )?(?:music|song|bgm)\b"
)
_LAYS = words(r"\b(?:add|put|lay|play|insert)\b")
_LOUDNESS_ZH = words(r"音量|音乐声")
_LAYS_ZH = words(rf"添加|加|{_SCORES_ZH}|插入|换|铺|垫|来")
_ASKS_FOR = words(r"^[\s,.]*(?:some )?(?:background )?music(?: please)?,", r"^[\s,.]*(?:来|要)")
_PERFORM = words(
    r"\b(?:sing|rap|hum (?:a|the|me|some)|perform|play the (?:piano|guitar"
    r"|drums))\b(?!ing)",
    r"唱[首支一个歌]|演奏|弹[琴首]|哼",
)


def music(clause: Clause) -> Findings | None:
    """Read music that is laid under: a style or a file, how loud, looped, fading, ducking."""
    files = [
        name for name in clause.literals("f") if re.search(r"\.(?:mp3|wav|m4a|aac|flac|ogg)$", name, re.I)
    ]
    if (clause.has(DROWNS) and not files) or (len(files) > 1 and clause.has(MERGE)):
        return None
    if clause.has(_PERFORM) and not files:
        return (Unsupported(clause.said()),)
    if not clause.has(MUSIC_NOUN) and not (files and clause.has(_ADDS)):
        return None
    if clause.has(REMOVE) and not clause.has(_ADDS) and not (clause.values("pxd") or clause.has(HALF)):
        return tuple(Mute(target="music", start_ms=start, end_ms=end) for start, end in places(clause))
    if _only_changes(clause) or (not files and _means_what_is_there(clause)):
        return None
    if clause.has(_REMOTE):
        return (Unsupported(clause.said()),)
    return (_laid(clause, files[0] if files else None),)


def _only_changes(clause: Clause) -> bool:
    """Tell whether it is about the sound of music, whether a file is named or not."""
    asks = clause.has(_ADDS) or clause.has(_ASKS_FOR)
    fades = re.match(r"\W*fade\b", clause.text, re.I) is not None
    return fades or clause.has(MUTE) or clause.has(SET_TO) or (clause.has(LEVEL) and not asks)


def _means_what_is_there(clause: Clause) -> bool:
    """Tell whether music without a file's name is music that plays already."""
    if clause.has(_MUSIC_LEVEL) and not clause.has(_LAYS):
        return True
    if clause.has(_LOUDNESS_ZH) and not clause.has(_LAYS_ZH):
        return True
    return clause.has(_UP_OR_DOWN) or (VERB.search(clause.text) is not None and not clause.has(_ADDS))


def _laid(clause: Clause, file: str | None) -> Music:
    values: dict[str, object] = {"style": _style(clause), "file": file}
    values["loop"] = not clause.has(_ONCE)
    values["duck"] = clause.has(_DUCK)
    volume = _music_volume(clause)
    if volume is not None:
        values["volume"] = volume
    fading = clause.time() or next((-start for start, _ in clause.spans("e") if start and start < 0), None)
    if clause.has(_FADE_OUT) and fading:
        values["fade_out_ms"] = fading
    return Music.model_validate(values)


def _music_volume(clause: Clause) -> float | None:
    part, gain = clause.value("p"), clause.value("d")
    if part is not None:
        return min(4.0, part)
    if gain is not None:
        return round(min(4.0, 10 ** (-abs(gain) / 20)), 4)
    if clause.has(HALF):
        return 0.5
    if clause.has(_QUIET):
        return 0.15
    return 0.6 if clause.has(_LOUDLY) else None


def _style(clause: Clause) -> str | None:
    """Return the words that say what kind of music, without those that every such wish has."""
    bare = MARK.sub(" ", clause.text)
    chinese = _STYLE_ZH.search(bare)
    if chinese:
        words_zh = _ZH_LEAD.sub("", chinese[1].strip(), count=1).strip(" 的当做为作").removesuffix("背景")
        return _spelt(words_zh) or None
    found = _STYLE_EN.search(bare)
    if not found:
        genre = _GENRE.search(bare)
        return _spelt(genre[0]) if genre else None
    kept = [word for word in re.split(r"[ ,]+", found[1].lower()) if word and word not in _NOT_STYLE]
    if not kept and found[2] and found[2].lower() not in _NOT_STYLE:
        kept = [found[2].lower()]
    return _spelt(" ".join(kept)) or None


def _spelt(style: str) -> str:
    return re.sub(r"\blo ?-?fi\b", "lo-fi", style.strip().lower())
