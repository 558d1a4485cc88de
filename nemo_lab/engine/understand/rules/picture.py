"""Shape, turn, colour, blur and zoom of the picture."""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.vocabulary import AT, LESS, REMOVE, SLIGHT, STRONG
from nemo_lab.protocol.plan import Blur, Color, Flip, Question, Reframe, Resize, Rotate, Zoom
from nemo_lab.protocol.router import export_of

_SHAPES: Final = (
    ("9:16", words(r"\b(?:vertical(?!ly)|portrait|upright|stories|story format|phone (?:format|screen)"
        r"|for (?:mobile|phones?))\b", r"竖[屏版向构]|竖着(?!录|拍|了)|手机(?:屏|尺寸|比例)|竖的|竖式")),
    ("1:1", words(r"\bsquare\b", r"正?方形|方[屏版的块]|一比一")),
    ("16:9", words(r"\b(?:landscape|wide ?screen|horizontal(?!ly)(?: (?:video|format))?)\b", r"横[屏版向构]"
        r"|宽屏|横着(?!录|拍|了)|横的")),
)  # fmt: skip
SHAPE = words(
    "‹a:",
    *(pattern.pattern for _, pattern in _SHAPES),
    r"\b(?:tik ?tok|shorts?|(?<!highlight )reels?)\b|抖音|快手",
)
_PLATFORMS: Final = (
    ("9:16", words(r"\b(?:tik ?tok|shorts?\b(?=$| |,)(?<!too short)|(?<!highlight )(?<!sizzle )reels?"
        r"|snapchat|instagram stor(?:y"
        r"|ies))\b", r"抖音|快手|视频号|短视频")),
    ("4:5", words(r"\binstagram(?: feed| post)?\b|\binsta\b")),
    ("3:4", words(r"小红书")),
)  # fmt: skip
_FIT = words(
    r"\b(?:make|turn|convert|crop|format|fit|reframe|optimi[sz]e|resize|change|adapt|prepare|reformat"
    r"|aspect|ratio|set)\b",
    r"改|变|转|裁|适配|适合|做|调|剪成|比例|尺寸",
)
_BLURRED = words(
    r"\bblur(?:red|ry|ring)?(?: \w+)? (?:background|bars|sides|edges|padding|fill|borders?)"
    r"|\bbackground blur|\bblur(?:red)? pad",
    r"(?:两[侧边]|左右|上下)(?:都|用|做)?模糊|模糊背景|背景模糊|背景虚化|虚化背景|模糊填充|模糊边",
)
_PADDED = words(
    r"\b(?:pad(?:ded|ding)?|letter ?box(?:ed|ing)?|pillar ?box|black (?:bars|borders)|without crop\w*"
    r"|no crop\w*|don'?t crop|not crop\w*|fit (?:the )?whole|bars)\b",
    r"黑边|不裁[剪切]?|不要裁|留边|加边|完整画面|填充|补边",
)
_SCALE = words(
    r"\b(?:re-?size|re-?scale|scale|down ?scale|up ?scale|down ?sample|resolution|shrink|downsize|upsize)\b"
    r"|\b(?:make|convert|change|turn|set|bring)\b.*\b(?:\d{3,4}p|[248]k|\d{3,4} ?x ?\d{3,4})\b",
    r"缩放|分辨率|缩[小减]到|放大到|尺寸|改[成为到].*(?:\d{3,4}p|[248]k|\d{3,4}[x×*]\d{3,4})"
    r"|转[成为]\d{3,4}p|变[成为].*(?:\d{3,4}p|[248]k)",
)
_LINES = words(r"\b\d{3,4}p\b|\b[248]k\b")
_SIZE = re.compile(r"(\d{3,4}) ?[x×*] ?(\d{3,4})", re.I)
_PIXELS = re.compile(
    r"(\d{2,4}) ?(?:px|pixels?|像素)?(?: ?(?:high|tall|高))|(?:height|高度?)\D{0,6}(\d{2,4})", re.I
)
_ROTATE = words(
    r"\brotat(?:e|ed|ing|ion)\b|\b(?:turn|put|set|get|flip|stand) (?:it|this|that|the (?:\w+ )?(?:video"
    r"|picture|clip"
    r"|recording|footage|image|screen|camera|shot)) upright\b|\bturn (?:\w+ ){0,3}?(?:‹g|sideways"
    r"|clockwise|counter|anti|left\b|right\b"
    r"|around\b|‹w:u)|‹g:[^›]*› (?:clockwise|counter|anti|to the)|\b(?:put|set) (?:it"
    r"|the \w+) (?:the )?right way up|‹w:u|\bsideways\b",
    r"旋转|[顺逆]时针|转(?:动)?‹g|[左右]转|倒过来(?!排)|颠倒|转正|掉个头",
)
_BARE_ANGLE = words(r"(?:\brotat\w*|旋转)(?: \w+){0,3}? ?(?:by )?(-?(?:90|180|270))\b")
_UPRIGHT = words(r"\b(?:the )?right (?:way|side) up\b|\bupright\b", r"正过来|转正|摆正")
_LYING = words(r"\bsideways\b|\bon its side\b", r"横着了|横过来了|躺着|歪着|倒着")
_COUNTER = words(r"\b(?:counter|anti|ccw|left)", r"逆时针|[向往]?左")
_FLIP = words(
    r"\b(?:flip(?:ped|ping)?|mirror(?:ed|ing)?|invert (?:it )?(?:horizontally|vertically))\b",
    r"翻转|翻过来|翻一下|翻个面|左右(?:都)?反|镜像|水平对称|左右(?:颠倒|互换|翻)|上下(?:颠倒|翻)",
)
_VERTICAL = words(r"\b(?:vertical(?:ly)?|top[ -](?:to[ -])?bottom)\b|‹w:u", r"垂直|上下|竖直|纵向")
_BRIGHT = words(
    r"\b(?:bright(?:en|er|ness)?|lighter|lighten|exposure|too dark|underexposed)\b",
    r"亮度|调亮|提亮|更亮|变亮|亮一?[点些]|太暗|曝光|明亮|(?<![调提])亮‹p|(?:画面|镜头)[^,]{0,3}暗",
)
_DARK = words(
    r"\b(?:dark(?:en|er)|dim(?:mer)?|too bright|overexposed)\b", r"调暗|变暗|更暗|暗一?[点些]|太亮|压暗"
)
_CONTRAST = words(r"\b(?:contrast\w*|punchier)\b", r"对比度?")
_SATURATION = words(
    r"\b(?:saturat\w+|vivid|vibran\w+|colou?rful|richer colou?rs|pop(?:ping)? colou?rs"
    r"|colou?rs (?:\w+ )?(?:pop|richer|stronger|brighter))\b",
    r"饱和度?|鲜艳|鲜明|色彩(?:更|浓|丰富)|艳丽",
)
_NONE = words(
    r"\b(?:to (?:zero|nothing|0)|entirely|completely|totally|kill|zero|remove|drop all"
    r"|no) ?(?:out )?(?:the |all )*(?:saturation|colou?rs?)?\b(?=\W*$| saturat)",
    r"归零|清零|为零|为0|降到0|全去|拉到底|到最低",
)
_MUTED = words(
    r"\b(?:desaturat\w*|muted colou?rs?|less (?:saturat\w+|colou?rful|vivid)|faded colou?rs?"
    r"|pastel)\b",
    r"淡一?点的?颜色|降低饱和|去饱和|褪色|素一?点",
)
_GREY = words(
    r"\b(?:gr[ae]y ?-?scale|monochrome|noir|remove (?:all )?(?:the )?colou?r|colou?rless)\b|‹w:bw",
    r"黑白|灰度|去色|单色",
)
_WARM = words(r"\b(?:warm(?:er|th)?|golden|cozy|orange tint)\b", r"暖[色调一些点]|更暖|变暖|暖")
_COLD = words(
    r"\b(?:cool(?:er)?|cold(?:er)?|blue(?:r|ish)? tint)\b(?! (?:video|title|music|effect|transition"
    r"|stuff))",
    r"冷[色调一些点]|更冷|变冷|冷",
)
_TONE = words(
    r"\b(?:make|look|tone|colou?rs?|temperature|tint|picture|image|grade|warmer|cooler|colder|white balance"
    r"|bit|little|slightly)\b|\bwarm\b",
    r"色|调|画面|一?点|更|变",
)
_BLUR = words(
    r"\b(?:blur(?:red|ry|ring)?|soft focus|defocus|out of focus"
    r"|pixelate)\b",
    r"模糊|虚化|打[个上]?码|马赛克",
)
_BLUR_PART = words(
    r"\b(?:faces?|plates?|licen[sc]e|number|logo|name|password|e-?mail|background|person|people"
    r"|someone|kid|child\w*|address|chat|bar|corner|area|text|tab|window|eyes|body|card|phone|edges?)\b",
    r"人脸|脸|车牌|背景|密码|名字|人|logo|头像|屏幕|栏|身份证|电话|地址|号码|手机号|[账卡微信]号"
    r"|二维码|隐私|住址|工牌|文字|角",
)
_ZOOM = words(r"\b(?:zoom(?:ed|ing|s)?|punch in|push in|magnify|enlarge)\b", r"放大|推近|拉近|推进|缩放")
_ZOOM_OUT = words(r"\bzoom(?:ing)? out\b|\bpull (?:back|out)\b", r"拉远|缩小画面|缩小")
_CROP_AWAY = words(
    r"\bcrop(?:ping)? (?:(?:it|that|this|them) )?(?:out|off|away)\b|\bcrop (?:the (?:top|bottom|left|right"
    r"|edges?|sides?))\b",
    r"裁[掉去](?:画面)?(?:上|下|左|右|边|四周|一圈)|(?:四周|边缘|角落|上下|左右|底部|顶部|任务栏"
    r"|黑边)[^,]{0,12}裁[掉去]",
)


def aspect_of(clause: Clause) -> str | None:
    """Return the shape that the words name: a ratio, "vertical", 竖屏."""
    said = clause.values("a")
    if said:
        return said[0]
    return next((aspect for aspect, pattern in _SHAPES if clause.has(pattern)), None)


def reframe(clause: Clause) -> Findings | None:
    """Read another shape of the picture; a platform's name is enough after make, turn, crop, fit."""
    if clause.has(_CROP_AWAY) and not clause.values("re"):
        return (Unsupported(clause.said()),)
    turned = clause.has(_LYING) or (clause.has(_ROTATE) and clause.has(_UPRIGHT))
    if turned and not clause.values("a"):
        return None  # it is to be turned, not cropped
    aspect = aspect_of(clause)
    if aspect is None and clause.has(_FIT):
        aspect = next((shape for shape, pattern in _PLATFORMS if clause.has(pattern)), None)
    if aspect is None:
        return None
    return (Reframe(aspect=aspect, mode=frame_mode(clause)),)


def frame_mode(clause: Clause) -> str:
    """Return how a picture is brought into another shape: ``crop``, ``pad`` or ``blur``."""
    if clause.has(_BLURRED):
        return "blur"
    return "pad" if clause.has(_PADDED) else "crop"


def resize(clause: Clause) -> Findings | None:
    """Read another size of the picture; a size of another shape is a new shape, too."""
    said = clause.said()
    words_said = clause.words()
    exact = _SIZE.search(words_said)
    if not (clause.has(_SCALE) or exact):
        return None
    if exact:
        width, height = int(exact[1]), int(exact[2])
        if not (16 <= width <= 8640 and 16 <= height <= 8640):
            return (Unsupported(said),)
        sized = Resize(width=width, height=height)
        shape = "9:16" if width * 16 == height * 9 else "1:1" if width == height else None
        return (Reframe(aspect=shape, mode=frame_mode(clause)), sized) if shape else (sized,)
    pixels = _PIXELS.search(words_said)
    lines = int(pixels[1] or pixels[2]) if pixels else export_of(words_said).height
    return (Resize(height=lines),) if lines and 16 <= lines <= 8640 else None


def rotate(clause: Clause) -> Findings | None:
    """Read quarter turns; any other angle is not offered."""
    if not clause.has(_ROTATE) or (clause.has(_FLIP) and not clause.has(_UPRIGHT)):
        return None
    angle = clause.value("g")
    bare = clause.find(_BARE_ANGLE)
    if angle is None and bare:
        angle = float(bare[1])
    if angle is None:
        half = clause.has(words(r"‹w:u|\baround\b|right way up|倒过来|颠倒|掉个头|转正"))
        angle = 180 if half else 90
        if clause.has(words(r"\bsideways\b")) and not clause.has(words(r"\brotat|\bturn")):
            return (_which_way(clause),)
    turns = {90: 90, 180: 180, 270: 270}.get(round(abs(angle)))
    if turns is None:
        return (Unsupported(clause.said()),)
    return (Rotate.model_validate({"degrees": -turns if angle < 0 or clause.has(_COUNTER) else turns}),)


def _which_way(clause: Clause) -> Question:
    if clause.language == "zh":
        return Question(
            text="向哪边转？", options=("顺时针旋转90度", "逆时针旋转90度"), default="顺时针旋转90度"
        )
    options = ("rotate 90 degrees clockwise", "rotate 90 degrees counter-clockwise")
    return Question(text="Which way should it turn?", options=options, default=options[0])


def flip(clause: Clause) -> Findings | None:
    """Read a mirror image."""
    if not clause.has(_FLIP) or clause.has(_UPRIGHT):
        return None
    return (Flip(axis="vertical" if clause.has(_VERTICAL) else "horizontal"),)


def color(clause: Clause) -> Findings | None:
    """Read brightness, contrast, saturation and warmth, each by as much as is said."""
    values = _adjustments(clause)
    if not values:
        return None
    places = clause.spans() or [(None, None)]
    return tuple(Color(**values, start_ms=start, end_ms=end) for start, end in places)


def _adjustments(clause: Clause) -> dict[str, float]:
    part = clause.value("p")
    usual = 0.1 if clause.has(SLIGHT) else 0.3 if clause.has(STRONG) else 0.2
    step = part if part is not None else usual
    less = clause.has(words(LESS)) and not clause.has(words(r"\bmore\b"))
    values: dict[str, float] = {}
    if clause.has(_GREY):
        values["saturation"] = 0.0
    elif clause.has(_SATURATION) or clause.has(_MUTED):
        values["saturation"] = _saturation(clause, step, part, less or clause.has(_MUTED))
    if clause.has(_CONTRAST):
        values["contrast"] = _bounded(-step if less else step)
    if clause.has(_DARK):
        values["brightness"] = _bounded(-step)
    elif clause.has(_BRIGHT) and "saturation" not in values:
        values["brightness"] = _bounded(
            -step if less and not clause.has(words(r"\btoo dark\b|太暗")) else step
        )
    if clause.has(_WARM) and clause.has(_TONE):
        values["temperature"] = _bounded(-step if less else step)
    elif clause.has(_COLD) and clause.has(_TONE):
        values["temperature"] = _bounded(-step)
    return values


def _saturation(clause: Clause, step: float, part: float | None, less: bool) -> float:
    absolute = clause.has(words(r"(?:\bto|\bat|到|为|成) ?‹p"))
    if part is None and clause.has(_NONE):
        return 0.0
    if part is not None and absolute:
        return min(4.0, part)
    return max(0.0, round(1 - step, 4)) if less else min(4.0, round(1 + step, 4))


def _bounded(value: float) -> float:
    return max(-1.0, min(1.0, round(value, 4)))


def blur(clause: Clause) -> Findings | None:
    """Read a blur of the whole picture; a part of the picture cannot be found."""
    if not clause.has(_BLUR) or clause.has(_BLURRED) or clause.has(REMOVE):
        return None
    if clause.has(_BLUR_PART):
        return (Unsupported(clause.said()),)
    strength = 5.0 if clause.has(SLIGHT) else 20.0 if clause.has(STRONG) else 10.0
    places = clause.spans() or [_around(clause)]
    return tuple(Blur(strength=strength, start_ms=start, end_ms=end) for start, end in places)


def zoom(clause: Clause) -> Findings | None:
    """Read an enlargement of the centre."""
    if not clause.has(_ZOOM) or clause.has(REMOVE) or clause.has(_LINES) or _SIZE.search(clause.words()):
        return None
    if clause.has(_ZOOM_OUT):
        return (Unsupported(clause.said()),)
    part, times = clause.value("p"), clause.value("x")
    factor = (
        times
        or (None if part is None else part if part > 1 else 1 + part)
        or (1.2 if clause.has(SLIGHT) else 1.5)
    )
    if not 1 < factor <= 10:
        return (Unsupported(clause.said()),)
    places = clause.spans() or [_around(clause)]
    return tuple(Zoom(factor=round(factor, 4), start_ms=start, end_ms=end) for start, end in places)


def _around(clause: Clause) -> tuple[int | None, int | None]:
    """Return three seconds (or as long as is said) from "at 0:12"; nothing named is the whole."""
    at = clause.find(AT)
    if not at:
        return (None, None)
    start = int(at[1] or at[2] or at[3])
    length = clause.with_text(AT.sub(" ", clause.text, count=1)).time() or 3000
    return (start, start + length)
