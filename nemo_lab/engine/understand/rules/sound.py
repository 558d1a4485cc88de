"""Volume, muting, loudness, noise."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
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
)
from nemo_lab.protocol.plan import Denoise, Mute, Normalize, SoundTarget, Volume

LEVEL = words(
    r"\b(?:volume|louder|quieter|softer|loudness|level|gain|(?:turn|bring|push|pull|take|crank|nudge|bump"
    r"|dial|knock|move|tone|mix|drop|put) (?:\w+ ){0,4}?(?:up|down)|lower|raise"
    r"|reduce|increase|decrease|boost|bring (?:\w+ ){0,3}?(?:up|down)|(?:half|twice|double) as (?:loud"
    r"|quiet)"
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
    r"音量|大声|小声|再[大响轻]‹[pd]|响一?点|(?<!年)轻一?点|(?:声音?|人声|原声|音频|旁白|说话).*(?:调"
    r"|大|小|高|低|响|轻|增"
    r"|减|提"
    r"|降)",
)
_VOICE = words(
    r"\b(?:voices?|vocals?|speech|speaker|dialog(?:ue)?|narration|mic(?:rophone)?|talking|original (?:audio"
    r"|sound))\b",
    r"人声|原声|说话|旁白|讲话|麦克风|语音",
)
MUTE = words(
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
_WAS_MUTED = words(
    r"\b(?:was|were|is|got|had been|i'?m) (?:still |accidentally |on )?muted?\b",
    r"(?:被|误|开了|是)静音(?:了|的)?",
)
"""What the recording is like, and no wish."""
_UNMUTE = words(r"\bun-?mut(?:e|ing)\b", r"取消静音|解除静音|恢复声音")
_NORMALIZE = words(
    r"\b(?:levels?|volume|loudness|sound) (?:are|is|goes|jumps?)(?: \w+)? (?:all over(?: the place)?"
    r"|uneven|inconsistent|up and down"
    r"|around)\b|\beven (?:them|it|everything) out\b",
    r"\bnormali[sz](?:e|ing|ation)\b|\blufs\b|‹l:|\bloudness\b|\b(?:level|even|balance|equali[sz]e"
    r"|smooth) ?(?:out)?(?: \w+){0,2} (?:audio|sound|volume|levels|loudness)\b|\b(?:audio|sound|volume"
    r"|levels?) (?:\w+ )?(?:even|consistent|balanced|uniform|level)\b|\b(?:consistent|even|uniform"
    r"|balanced) (?:volume|loudness|audio|levels?|sound)\b",
    r"响度|标准化|归一|统一音量|音量[^,]{0,4}(?:均衡|统一|一致|平衡|稳定)|(?:均衡|平衡"
    r"|统一)(?:一下)?(?:音量|声音)|忽大忽小|(?:音量|声音|响度)[^,]{0,6}(?:拉[齐平]|一样[大响]|大小一致"
    r"|一致|统一|平衡)",
)
_BARE_LEVEL = words(r"(?:\bto|\bat|\bloudness|响度|到|为|成|在) ?[-负]?([1-4]?\d)(?![\d.:%])")
_TARGETS = (
    (-14.0, words(r"\byou ?tube|\bspotify|\btik ?tok|油管|抖音")),
    (-23.0, words(r"\bbroadcast|\btv\b|\bebu\b|电视|广播")),
)
_NOISE = words(
    r"\b(?:de-?nois(?:e|ing)|noise reduction|reduce noise)\b|\b(?:noises?|hiss(?:ing)?|hum(?:ming)?|static"
    r"|buzz(?:ing)?|fan sound|wind sound|room tone|echo)\b|\bclean(?:er)?(?: up)? (?:the |my "
    r"|up the )?(?:audio|sound|voice|mic)\b",
    r"回声|混响|降噪|去噪|噪[音声]|杂音|底噪|电流声|风声|嗡嗡声?|嘶嘶声",
)
_ECHO = words(r"\becho\b|回声|混响")
_NOISE_VERB = words(
    r"\b(?:reduc|clean|less|fix|denois|de-nois|suppress|filter|lower|away|gone|disappear|noise reduction"
    r"|minimi[sz]e|quiet)\w*",
    r"降|去|减|消|除|清|过滤|处理",
)
_BY_NUMBER = words(
    rf"\b(?:by|up|down) (?:about |around )?({NUMBER})(?=\s*(?:$|[,.;!]|please|points?"
    rf"|notches))"
)
"""Editors leave the unit out: it is dB."""
SET_TO = words(
    r"^\W*(?:put|set|bring|take|turn|keep) (?:the |my )?(?:background )?(?:music|song|bgm"
    r"|soundtrack) (?:back )?"
    r"(?:(?:up|down) )?(?:to|at) (?:about |around )?(?:‹[pd]|half\b)"
    r"|\b(?:music|song|bgm|soundtrack) (?:should|must|can|has to|needs to) (?:only |just )?(?:play|be|run"
    r"|stay|sit|go) (?:down )?"
    r"(?:at|to) (?:about |around )?(?:‹[pd]|half\b)"
)
DROWNS = words(
    r"\b(?:music|song|bgm|soundtrack)\b[^,;]{0,12}\b(?:overpower|drown|cover|bur(?:y|ies|ied))\w*"
    r"|\bcan'?t hear (?:me|my|myself)\b[^,;]*\b(?:over|because)"
    r"|\bless (?:background )?music\b",
    r"(?:音乐|背景乐|配乐|歌)[^,]{0,4}(?:盖[过住]|压[过住]|抢|吵)",
)
"""Music that is too loud, however that is put."""


def volume(clause: Clause) -> Findings | None:
    """Read louder, quieter and volumes: to 80 %, by 6 dB, twice as loud."""
    target = _target(clause)
    if not (
        clause.has(_LOUD)
        or clause.has(SET_TO)
        or clause.has(DROWNS)
        or (target != "all" and clause.has(LEVEL) and clause.has(_MUSIC_OR_VOICE))
    ):
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
        for start, end in places(clause)
    )


_MUSIC_OR_VOICE = words(MUSIC_NOUN.pattern, _VOICE.pattern)
_UP = words(
    MORE + r"|\b(?:loud\w*|amplify|crank|turn (?:\w+ ){0,4}?up|too (?:quiet|soft|low)|can'?t hear"
    r"|hear (?:it|me) better|volume)\b",
    r"大|响|听不[清见到]|太[小轻]|升|增|音量",
)
HALF = words(r"\bhalf\b|\bhalve\b|一半|减半")
_DOUBLE = words(r"\b(?:double|twice)\b|翻倍|加倍|[大高响]一倍")


def _down(clause: Clause) -> bool:
    return clause.has(DROWNS) or (
        clause.has(
            words(
                LESS + r"|\btoo loud\b|\b(?:low|quiet|soft)\b|太[大响吵]|小声"
                r"|[小低轻]‹[xd]"
            )
        )
        and not clause.has(
            words(
                r"\blouder\b|\bturn (?:\w+ ){0,4}?up\b|\b(?:boost|raise|amplify|increase)\b"
                r"|\btoo (?:\w+ )?(?:quiet|low|soft)\b|太[小轻低]"
            )
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
    if clause.has(HALF):
        return 0.5
    return 2.0 if clause.has(_DOUBLE) else None


def mute(clause: Clause) -> Findings | None:
    """Read stretches (or the whole) without sound."""
    if clause.has(_UNMUTE) or clause.has(_WAS_MUTED):
        return None
    by_removal = clause.has(REMOVE) and clause.has(_MUTE_BY_REMOVAL) and not clause.values("pxd")
    if not (clause.has(MUTE) or by_removal):
        return None
    found = tuple(Mute(target=_target(clause), start_ms=start, end_ms=end) for start, end in places(clause))
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


def places(clause: Clause) -> list[tuple[int | None, int | None]]:
    """Return the stretches that are named; "at 0:30" is from there on; nothing named is the whole."""
    spans = clause.spans()
    if spans:
        return spans
    at = clause.find(AT)
    return [(int(at[1] or at[2] or at[3]), None)] if at else [(None, None)]
