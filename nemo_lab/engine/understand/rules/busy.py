"""Silences in which the picture moves: kept or hurried through where somebody shows something."""

from __future__ import annotations

from typing import Literal

from nemo_lab.engine.understand.clause import Clause, Findings
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules import silence
from nemo_lab.protocol.plan import RemoveSilence

_SCREEN = r"(?:screen|picture|image|mouse|cursor|display|slides?|demo|visuals?|on-?screen|desktop)"
_BUSY = words(
    r"\b(?:something|anything|stuff|things?|a lot|action)(?:'s| is| are)? (?:still |visibly "
    r"|actually )?(?:happen\w*|going on|mov\w+"
    r"|chang\w+)\b|\b(?:where|when|while|if|as|whenever|unless|with|but)\b[^,;]{0,24}\b"
    + _SCREEN
    + r"\b[^,;]{0,14}"
    r"\b(?:mov\w+|chang\w+|busy|active|scroll\w*|motion|action|activity)\b|\b\w+ (?:is |are )?(?:mov|chang"
    r"|happen)\w* on (?:the )?screen\b|\b(?:on-?screen|screen|visual"
    r"|mouse) (?:motion|movement"
    r"|action|activity|changes?)\b|\b(?:there(?:'s| is)|with|has|see|any|is) (?:some |visible "
    r"|any )?(?:motion|movement)\b"
    r"|\b(?:where|when|while|if)\b i(?:'m| am| was)? (?:still |just |only )?(?:showing?|demonstrat\w+"
    r"|typ(?:e|ing)|click\w*|draw(?:ing)?"
    r"|demo(?:ing)?|scroll\w*)\b",
    r"(?:画面|屏幕|镜头|图像|鼠标)(?:里|上|中)?(?:还|一直|是)?(?:有|在|会)(?:动|变|操作|内容变化|东西"
    r"|画面变化|动静|动作|变化)"
    r"|(?:有|在)(?:画面|屏幕)?(?:动静|动作|变化)|(?:点|移|动|晃|拖)(?:击|着)?鼠标|在?(?:演示|打字|操作"
    r"|画图|展示)[^,]{0,5}(?:的|时|东西)"
    r"|会?动的(?:部分|地方|画面)",
)
_STILL = words(
    r"\b(?:only|just)\b.*\b"
    + _SCREEN
    + r"\b[^,;]{0,14}\b(?:still|frozen|static|doesn't|does not|isn't|is not|not)\b"
    r"|\b(?:only|just)\b.*\bnothing(?:'s| is)? (?:moves|moving|changes|changing|happens|happening) (?:on"
    r"|either|too)\b"
    r"|\b(?:silent|quiet|silence) and (?:still|static|frozen|nothing)\b",
    r"没(?:有)?(?:人)?(?:说话|讲话|声音)[^,]{0,4}没(?:有)?(?:画面|屏幕)?(?:变化|动静|操作|动)",
    r"只.*(?:画面|屏幕)(?:也|又|是)?(?:静止|不动|没(?:有)?(?:变化|动|动静))",
)
_KEEPS = words(
    r"\b(?:keep|leave|retain|preserve|save|stay|stays|remain|spare|except|unless|not|don't|do not|never"
    r"|without|protect)\b",
    r"保留|留[着下]?|别|不要|不剪|不删|除非|除了|以外|保住",
)


def busy(clause: Clause) -> Findings | None:
    """Read what becomes of a silence in which the picture moves; where it moves not, it is cut as ever."""
    if clause.values("re") or clause.literals("q"):
        return None
    if clause.has(_STILL):
        return _told(clause, "keep")
    if not clause.has(_BUSY):
        return None
    if clause.has(silence.FAST):
        return _told(clause, "speed")
    return _told(clause, "keep") if clause.has(_KEEPS) else None


def _told(clause: Clause, kind: Literal["keep", "speed"]) -> Findings:
    found = silence.silence(clause) or ()
    told = next((op for op in found if isinstance(op, RemoveSilence)), RemoveSilence())
    values: dict[str, object] = {"busy": kind, "mode": "cut"}
    if clause.values("x") and kind == "speed":
        values["factor"] = silence.factor(clause)
    return (told.model_copy(update=values),)
