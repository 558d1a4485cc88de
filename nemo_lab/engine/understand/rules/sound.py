"""Music, volume, muting, loudness, noise."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import MARK, words
from nemo_lab.engine.understand.numbers import NUMBER, number
from nemo_lab.engine.understand.rules.vocabulary import (
    ABSOLUTE,
    AT,
    LESS,
    MORE,
    MUSIC_NOUN,
    REMOVE,
    SLIGHT,
    STRONG,
    VERB,
)
from nemo_lab.protocol.plan import Denoise, Music, Mute, Normalize, SoundTarget, Volume

_ADDS = words(
    r"\b(?:add|put|lay|insert|use|play|include|give|drop in|throw|stick|slap|chuck|layer|overlay|set|want"
    r"|need|change|replace"
    r"|swap|find|choose|pick|with|have|try|mix in|underscore)\b",
    r"添加|加|配|插入|放|用|来|换|铺|垫|叠加|改成",
)
_LEVEL = words(
    r"\b(?:volume|louder|quieter|softer|loudness|level|gain|(?:turn|bring|push|pull|take|crank|nudge|bump"
    r"|dial|knock|move|tone|mix|drop|put) (?:\w+ ){0,4}?(?:up|down)|lower|raise"
    r"|reduce|increase|decrease|boost|bring (?:\w+ ){0,3}?(?:up|down)|(?:half|twice|double) as (?:loud|quiet)"
    r"|‹[xp]:[^›]*› as (?:loud|quiet)|too (?:loud|quiet)|amplify|duck|keep)\b|\b(?:up"
    r"|down) (?:by )?‹[dpx]:|\b(?:cut|drop|bring|take|pull|put|set|push|get)\b.*\b(?:by|to|at"
    r"|down to) (?:about |around )?‹[dpx]:",
    r"音量|调[到大小高低成为至]|大声|小声|(?<!年)轻一?点|响一?点|[大小高低响轻降升加减提调]‹[dpx]|降[低到]"
    r"|提高"
    r"|[大小轻响](?:一半|一倍|一些|点)|压低"
    r"|太[大响吵轻小]|减[小弱]"
    r"|增[大强]|翻倍|减半|大一?点|小一?点",
)
_ONLY_LEVEL = words(
    r"\b(?:volume|sound|audio|voice|vocals?|speech|mic|microphone|dialog(?:ue)?|narration|it|video|clip"
    r"|everything|loud|quiet)\b|louder|quieter|softer",
    r"音量|声音|人声|原声|音频|说话|旁白|大声|小声|响",
)
_LOUD = words(
    r"\b(?:push|pull|nudge|bump|dial|crank|knock)\b.*\b(?:music|voice|sound|audio|mic|volume|level)\b"
    r"|\b(?:half|twice|double) as (?:loud|quiet)\b|‹[xp]:[^›]*› as (?:loud|quiet)\b"
    r"|\b(?:louder|quieter|softer|volume|loud enough)\b|\bturn (?:\w+ ){0,4}?(?:up|down)\b|\b(?:boost|raise"
    r"|lower|increase|decrease|reduce|amplify|bring up|bring down)\b.*\b(?:audio|sound|voice|vocals?|mic"
    r"|volume|speech|dialog\w*|narration|level|gain)\b|\b(?:audio|sound|voice|video|it)\b.*\btoo (?:loud"
    r"|quiet|soft|low)\b|‹d:",
    r"音量|大声|小声|响一?点|(?<!年)轻一?点|(?:声音?|人声|原声|音频|旁白|说话).*(?:调|大|小|高|低|响|轻|增"
    r"|减|提"
    r"|降)",
)
_VOICE = words(
    r"\b(?:voices?|vocals?|speech|speaker|dialog(?:ue)?|narration|mic(?:rophone)?|talking|original (?:audio"
    r"|sound))\b",
    r"人声|原声|说话|旁白|讲话|麦克风|语音",
)
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
into is it just lay let little loud low me mix more my need new nice now of on over overlay pick piece
play please put quiet quietly replace royalty royalty-free set so soft-volume some suitable swap that the
then this throw to track try under underneath use video want we whole with would you
"""
_NOT_STYLE = frozenset(_NOT_STYLE_TEXT.split())
_ZH_LEAD = re.compile(
    r"^.*?(?:添加|加上|加入|加|配上|配|插入|放|铺|垫|换成|换|改成|用|来|给|要)?(?:视频|画面|整个"
    r"|全程)?(?:添加|加上|加入|加|配上|配|插入|放|铺|垫|换成|换|改成|用|来)?(?:一[段首个点些]|首|段|个|点"
    r"|些|上|入|合适的?|好听的?)*"
)
_MUTE = words(
    r"\bmut(?:e|ed|ing)\b|\bsilence\b(?= (?:the|my|all|‹|from|it|everything|audio|sound))|\b(?:no|without"
    r"|turn off|kill|switch off|shut off|disable) (?:the |any |all )?(?:original )?(?:sound|audio)\b"
    r"|\b(?:sound|audio|mic|microphone) off\b"
    r"|\bbleep|\bbeep|\b(?:redact|censor) (?:the |my |all )*(?:audio|sound|voice|speech)",
    r"静音|消[音声]|(?:关|去|删)[掉除闭]*(?:视频)?(?:的)?(?:声音|原声|音频|人声|音轨|背景音乐?|声)|(?:声音"
    r"|原声"
    r"|音频|音轨|人声)[^,]{0,4}(?:关[掉闭了]?|去掉|删[掉除]|去除|移除)|(?:游戏|桌面|系统|背景"
    r"|环境)声[^,]{0,3}(?:关[掉闭了]?|去掉|删[掉除]|去除|移除)|无声|不要(?:有)?声音|哔",
)
_MUTE_BY_REMOVAL = words(
    r"\b(?:audio|sound|original (?:audio|sound)|sound ?track|voice|vocals)\b(?! (?:level|noise|quality))",
    r"声音|原声|音频|音轨|人声",
)
_BEEP = words(r"\bb(?:l)?eep", r"哔")
_UNMUTE = words(r"\bun-?mut(?:e|ing)\b", r"取消静音|解除静音|恢复声音")
_NORMALIZE = words(
    r"\bnormali[sz](?:e|ing|ation)\b|\blufs\b|‹l:|\bloudness\b|\b(?:level|even|balance|equali[sz]e"
    r"|smooth) ?(?:out)?(?: \w+){0,2} (?:audio|sound|volume|levels|loudness)\b|\b(?:audio|sound|volume"
    r"|levels?) (?:\w+ )?(?:even|consistent|balanced|uniform|level)\b|\b(?:consistent|even|uniform"
    r"|balanced) (?:volume|loudness|audio|levels?|sound)\b",
    r"响度|标准化|归一|统一音量|音量[^,]{0,4}(?:均衡|统一|一致|平衡|稳定)|(?:均衡|平衡"
    r"|统一)(?:一下)?(?:音量|声音)|忽大忽小",
)
_BARE_LEVEL = words(r"(?:\bto|\bat|\bloudness|响度|到|为|成|在) ?-?([1-4]?\d)(?![\d.:%])")
_TARGETS = (
    (-14.0, words(r"\byou ?tube|\bspotify|\btik ?tok|油管|抖音")),
    (-23.0, words(r"\bbroadcast|\btv\b|\bebu\b|电视|广播")),
)
_NOISE = words(
    r"\b(?:de-?nois(?:e|ing)|noise reduction|reduce noise)\b|\b(?:noises?|hiss(?:ing)?|hum(?:ming)?|static"
    r"|buzz(?:ing)?|fan sound|wind sound|room tone|echo)\b|\bclean(?:er)?(?: up)? (?:the |my "
    r"|up the )?(?:audio|sound|voice|mic)\b",
    r"降噪|去噪|噪[音声]|杂音|底噪|电流声|风声|嗡嗡声?|嘶嘶声",
)
_ECHO = words(r"\becho\b|回声|混响")
_NOISE_VERB = words(
    r"\b(?:reduc|clean|less|fix|denois|de-nois|suppress|filter|lower|away|gone|disappear|noise reduction"
    r"|minimi[sz]e|quiet)\w*",
    r"降|去|减|消|除|清|过滤|处理",
)
_REMOTE = words(r"\b(?:spotify|youtube|soundcloud|apple music|tiktok|netflix|网易云|qq音乐)\b|‹u:")


_UP_OR_DOWN = words(
    r"\b(?:push|pull|bring|turn|take|crank|nudge|bump|dial|knock|tone|move) (?:\w+ ){0,4}?(?:up"
    r"|down)\b(?! (?:the|a|my) )",
)
_BY_NUMBER = words(rf"\bby (?:about |around )?({NUMBER})(?=\s*(?:$|[,.;!]|please|points?|notches))")
"""Editors leave the unit out: it is dB."""
_MUSIC_LEVEL = words(
    r"\b(?:music|song|bgm|soundtrack)(?:'s)? (?:volume|level)\b|\b(?:volume|level) of (?:the "
    r"|my )?(?:background )?(?:music|song|bgm)\b"
)
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
    if clause.has(_PERFORM) and not files:
        return (Unsupported(clause.said()),)
    if not clause.has(MUSIC_NOUN) and not (files and clause.has(_ADDS)):
        return None
    if clause.has(REMOVE) and not clause.has(_ADDS) and not clause.values("pxd"):
        return tuple(Mute(target="music", start_ms=start, end_ms=end) for start, end in _places(clause))
    if (
        clause.has(_MUTE)
        or (clause.has(_LEVEL) and not clause.has(_ADDS) and not clause.has(_ASKS_FOR))
        or re.match(r"\W*fade\b", clause.text, re.I)
    ):
        return None
    if clause.has(_MUSIC_LEVEL) and not files and not clause.has(words(r"\b(?:add|put|lay|play|insert)\b")):
        return None
    if (
        clause.has(words(r"音量|音乐声"))
        and not files
        and not clause.has(
            words(
                r"添加|加|配|插入|换|铺|垫"
                r"|来"
            )
        )
    ):
        return None
    if not files and (clause.has(_UP_OR_DOWN) or (VERB.search(clause.text) and not clause.has(_ADDS))):
        return None
    if clause.has(_REMOTE):
        return (Unsupported(clause.said()),)
    values: dict[str, object] = {"style": _style(clause), "file": files[0] if files else None}
    values["loop"] = not clause.has(_ONCE)
    values["duck"] = clause.has(_DUCK)
    volume = _music_volume(clause)
    if volume is not None:
        values["volume"] = volume
    if clause.has(_FADE_OUT) and clause.time() is not None:
        values["fade_out_ms"] = clause.time()
    return (Music.model_validate(values),)


def _music_volume(clause: Clause) -> float | None:
    part, gain = clause.value("p"), clause.value("d")
    if part is not None:
        return min(4.0, part)
    if gain is not None:
        return round(min(4.0, 10 ** (-abs(gain) / 20)), 4)
    if clause.has(_HALF):
        return 0.5
    if clause.has(_QUIET):
        return 0.15
    return 0.6 if clause.has(_LOUDLY) else None


def _style(clause: Clause) -> str | None:
    """Return the words that say what kind of music, without those that every such wish has."""
    bare = MARK.sub(" ", clause.text)
    chinese = _STYLE_ZH.search(bare)
    if chinese:
        words_zh = _ZH_LEAD.sub("", chinese[1].strip(), count=1).strip(" 的当做为作")
        return _spelt(words_zh) or None
    found = _STYLE_EN.search(bare)
    if not found:
        return None
    kept = [word for word in re.split(r"[ ,]+", found[1].lower()) if word and word not in _NOT_STYLE]
    if not kept and found[2] and found[2].lower() not in _NOT_STYLE:
        kept = [found[2].lower()]
    return _spelt(" ".join(kept)) or None


def _spelt(style: str) -> str:
    return re.sub(r"\blo ?-?fi\b", "lo-fi", style.strip().lower())


def volume(clause: Clause) -> Findings | None:
    """Read louder, quieter and volumes: to 80 %, by 6 dB, twice as loud."""
    target = _target(clause)
    if not (clause.has(_LOUD) or (target != "all" and clause.has(_LEVEL) and clause.has(_MUSIC_OR_VOICE))):
        return None
    gain = clause.value("d")
    bare = clause.find(_BY_NUMBER)
    if gain is None and bare:
        gain = float(number(bare[1]))
    factor = None if gain is not None else _volume_factor(clause)
    if gain is not None:
        signed = any(value.startswith(("+", "-")) for value in clause.values("d"))
        gain = gain if signed and gain < 0 else (-abs(gain) if _down(clause) else abs(gain))
    elif factor is None:
        if not (_down(clause) or clause.has(_UP)):
            return None
        gain = (-1 if _down(clause) else 1) * (
            3.0 if clause.has(SLIGHT) else 9.0 if clause.has(STRONG) else 6.0
        )
    if gain is not None:
        gain = max(-100.0, min(40.0, gain))
    return tuple(
        Volume(target=target, factor=factor, gain_db=gain, start_ms=start, end_ms=end)
        for start, end in _places(clause)
    )


_MUSIC_OR_VOICE = words(MUSIC_NOUN.pattern, _VOICE.pattern)
_UP = words(
    MORE + r"|\b(?:loud\w*|amplify|crank|turn (?:\w+ ){0,4}?up|too (?:quiet|soft|low)|can'?t hear"
    r"|hear (?:it|me) better|volume)\b",
    r"大|响|听不[清见到]|太[小轻]|升|增|音量",
)
_HALF = words(r"\bhalf\b|\bhalve\b|一半|减半")
_DOUBLE = words(r"\b(?:double|twice)\b|翻倍|加倍|[大高响]一倍")


def _down(clause: Clause) -> bool:
    return clause.has(
        words(
            LESS + r"|\btoo loud\b|\b(?:low|quiet|soft)\b|太[大响吵]|小声"
            r"|[小低轻]‹x"
        )
    ) and not clause.has(
        words(
            r"\blouder\b|\bturn (?:\w+ ){0,4}?up\b|\b(?:boost|raise|amplify|increase)\b"
            r"|\btoo (?:\w+ )?(?:quiet|low|soft)\b|太[小轻低]"
        )
    )


def _volume_factor(clause: Clause) -> float | None:
    part, times = clause.value("p"), clause.value("x")
    if part is not None:
        said_apart = clause.has(words(r", ?(?:to |at |about |like |say )?‹p"))
        if clause.has(ABSOLUTE) or said_apart or not (_down(clause) or clause.has(words(MORE))):
            return min(100.0, part)
        return max(0.0, round(1 - part, 4)) if _down(clause) else round(1 + part, 4)
    if times == 1 and not clause.has(ABSOLUTE):
        return 0.5 if _down(clause) else 2.0  # 大一倍 is as loud again
    if times:
        return (
            round(1 / times, 4)
            if _down(clause) and times > 1 and not clause.has(ABSOLUTE)
            else min(100.0, times)
        )
    if clause.has(_HALF):
        return 0.5
    return 2.0 if clause.has(_DOUBLE) else None


def mute(clause: Clause) -> Findings | None:
    """Read stretches (or the whole) without sound."""
    if clause.has(_UNMUTE):
        return None
    by_removal = clause.has(REMOVE) and clause.has(_MUTE_BY_REMOVAL) and not clause.values("pxd")
    if not (clause.has(_MUTE) or by_removal):
        return None
    found = tuple(Mute(target=_target(clause), start_ms=start, end_ms=end) for start, end in _places(clause))
    return (
        (*found, Unsupported("beep" if clause.language == "en" else "哔声")) if clause.has(_BEEP) else found
    )


def normalize(clause: Clause) -> Findings | None:
    """Read a loudness for the whole."""
    if not clause.has(_NORMALIZE):
        return None
    said = clause.value("l")
    if said is None:
        bare = clause.find(_BARE_LEVEL)
        said = float(bare[1]) if bare else clause.value("d")
    level = -abs(said) if said is not None else next((v for v, p in _TARGETS if p.search(clause.text)), -16.0)
    return (Normalize(lufs=level),) if -50 <= level <= -5 else (Normalize(),)


def denoise(clause: Clause) -> Findings | None:
    """Read the removal of steady noise; an echo is no noise."""
    if not clause.has(_NOISE):
        return None
    if clause.has(_ECHO):
        return (Unsupported(clause.said()),)
    if clause.has(_NOISE_VERB) or clause.has(REMOVE):
        return (Denoise(),)
    return None


def _target(clause: Clause) -> SoundTarget:
    if clause.has(MUSIC_NOUN):
        return "music"
    return "voice" if clause.has(_VOICE) else "all"


def _places(clause: Clause) -> list[tuple[int | None, int | None]]:
    """Return the stretches that are named; "at 0:30" is from there on; nothing named is the whole."""
    spans = clause.spans()
    if spans:
        return spans
    at = clause.find(AT)
    return [(int(at[1] or at[2] or at[3]), None)] if at else [(None, None)]
