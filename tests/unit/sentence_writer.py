"""A small writer: each operation as a sentence, in English and Chinese."""

from __future__ import annotations

KINDS = {
    "crossfade": ("crossfade", "叠化"),
    "fade_black": ("fade to black", "闪黑"),
    "fade_white": ("fade to white", "闪白"),
    "wipe_left": ("wipe left", "向左擦除"),
    "wipe_right": ("wipe right", "向右擦除"),
}
PLACES = {
    "top": ("at the top", "顶部"),
    "bottom": ("at the bottom", "底部"),
    "top-left": ("in the top left", "左上角"),
    "bottom-right": ("in the bottom right", "右下角"),
    "center": ("in the center", "中间"),
}
COLORS = {"#ffffff": ("white", "白"), "#ffff00": ("yellow", "黄"), "#ff0000": ("red", "红")}
THINGS = {
    "title": ("titles", "标题"),
    "captions": ("captions", "字幕"),
    "chapters": ("chapters", "章节"),
    "music": ("music", "音乐"),
    "transition": ("transitions", "转场"),
    "fade": ("fades", "淡入淡出"),
    "fade_in": ("fade in", "淡入"),
    "fade_out": ("fade out", "淡出"),
    "color": ("colour adjustments", "调色"),
    "blur": ("blur", "模糊"),
    "zoom": ("zoom", "放大"),
    "speed": ("speed change", "变速"),
    "volume": ("volume", "音量"),
    "normalize": ("normalization", "响度"),
    "denoise": ("noise reduction", "降噪"),
    "watermark": ("watermark", "水印"),
    "reframe": ("cropping", "裁剪"),
    "resize": ("resizing", "尺寸"),
    "rotate": ("rotation", "旋转"),
    "flip": ("mirroring", "镜像"),
}
SOUNDS_ZH = {"all": "", "voice": "人声", "music": "音乐"}
FRAMES_ZH = {"crop": "", "pad": "，加黑边", "blur": "，模糊背景"}
FOUND_BY_UNDO = ("volume", "reframe", "resize", "rotate", "flip")


def en_time(ms: int) -> str:
    """Write a time as people do: on the clock where it is whole seconds over a minute."""
    clock = f"{ms // 60_000}:{ms // 1000 % 60:02}"
    if ms >= 60_000 and ms % 1000 == 0 and clock not in ("9:16", "9:21"):  # these are shapes, too
        return clock
    return f"{ms / 1000:g} seconds"


def zh_time(ms: int) -> str:
    """Write a time in Chinese."""
    minutes, rest = divmod(ms, 60_000)
    if minutes and rest % 1000 == 0:
        return f"{minutes}分" + (f"{rest // 1000}秒" if rest else "钟")
    return f"{ms / 1000:g}秒"


def english(op: dict) -> str:
    """Write an operation as an English sentence."""
    return ENGLISH[op["op"]](op)


def chinese(op: dict) -> str:
    """Write an operation as a Chinese sentence."""
    return CHINESE[op["op"]](op)


def where_en(op: dict) -> str:
    """Write a stretch, or nothing for the whole."""
    start, end = op.get("start_ms"), op.get("end_ms")
    if start is None:
        return ""
    if end is None:
        return f" in the last {-start / 1000:g} seconds" if start < 0 else f" after {en_time(start)}"
    return f" from {en_time(start)} to {en_time(end)}"


def where_zh(op: dict) -> str:
    """Write a stretch in Chinese, or nothing for the whole."""
    start, end = op.get("start_ms"), op.get("end_ms")
    if start is None:
        return ""
    if end is None:
        return f"最后{-start / 1000:g}秒" if start < 0 else f"{zh_time(start)}之后"
    return f"{zh_time(start)}到{zh_time(end)}"


def export_en(op: dict) -> str:
    """Write an export."""
    size = f" under {op['max_bytes'] // 10**6} MB" if "max_bytes" in op else ""
    quality = f" in {op['quality']} quality" if "quality" in op else ""
    return f"export a {op['height']}p {op['format']}{quality}{size}"


def export_zh(op: dict) -> str:
    """Write an export in Chinese."""
    size = f"，不超过{op['max_bytes'] // 10**6}MB" if "max_bytes" in op else ""
    quality = {"low": "，低画质", "medium": "，普通画质", "high": "，高画质"}.get(op.get("quality"), "")
    return f"导出{op['height']}p的{op['format']}{quality}{size}"


ENGLISH = {
    "cut": lambda o: f"cut{where_en(o)}",
    "keep": lambda o: f"keep only{where_en(o)}",
    "protect": lambda o: f"don't touch anything{where_en(o)}",
    "remove_silence": lambda o: (
        f"remove pauses longer than {en_time(o['min_silence_ms'])} and leave {en_time(o['margin_ms'])} around"
    ),
    "remove_fillers": lambda o: (
        ("mute" if o["mode"] == "mute" else "cut")
        + " the filler words"
        + (" thoroughly" if o["level"] == "medium" else "")
    ),
    "condense": lambda o: f"shorten it to {en_time(o['target_ms'])}",
    "highlights": lambda o: (
        f"keep the {o['count']} best moments"
        if "count" in o
        else f"make a highlight reel of {en_time(o['target_ms'])}"
    ),
    "split": lambda o: (
        f"split it every {en_time(o['every_ms'])}"
        if "every_ms" in o
        else f"split it at {en_time(o['at_ms'])}"
    ),
    "merge": lambda o: "join " + " and ".join(o["files"]),
    "reorder": lambda o: f"put the clips in the order {', '.join(map(str, o['order']))}",
    "transition": lambda o: f"add a {o['duration_ms'] / 1000:g}s {KINDS[o['kind']][0]} transition",
    "fade": lambda o: (
        f"fade {o['direction']} "
        + {"audio": "the sound ", "video": "the picture ", "both": ""}[o["target"]]
        + f"over {en_time(o['duration_ms'])}"
    ),
    "title": lambda o: (
        f'show the text "{o["text"]}" {PLACES[o["position"]][0]} in {COLORS[o["color"]][0]} '
        f"from {en_time(o['start_ms'])} to {en_time(o['start_ms'] + o['duration_ms'])}"
    ),
    "captions": lambda o: (
        {"en": "add English captions", "zh": "add Chinese captions", "de": "add German captions"}[
            o["language"]
        ]
        + ("" if o["burn_in"] else ", not burned in")
    ),
    "chapters": lambda o: "add chapters",
    "markers": lambda o: "apply the markers" if o["obey"] else "ignore the markers",
    "music": lambda o: (
        f"use {o['file']} as background music at {o['volume'] * 100:g}%"
        + ("" if o["loop"] else ", no loop")
        + (" with ducking" if o["duck"] else "")
    ),
    "volume": lambda o: (
        {"all": "set the volume", "voice": "set the volume of the voice", "music": "set the music volume"}[
            o["target"]
        ]
        + f" to {o['factor'] * 100:g}%{where_en(o)}"
    ),
    "mute": lambda o: (
        f"mute {({'all': 'it', 'music': 'the music', 'voice': 'my voice'})[o['target']]}{where_en(o)}"
    ),
    "normalize": lambda o: f"normalise to {o['lufs']:g} LUFS",
    "denoise": lambda o: "remove the background noise",
    "speed": lambda o: f"play it at {o['factor']:g}x speed{where_en(o)}",
    "reframe": lambda o: (
        f"make it {o['aspect']}"
        + {"crop": "", "pad": " with black bars", "blur": " with a blurred background"}[o["mode"]]
    ),
    "resize": lambda o: f"resize it to {o['height']}p",
    "rotate": lambda o: (
        f"rotate it {abs(o['degrees'])} degrees " + ("counter" if o["degrees"] < 0 else "") + "clockwise"
    ),
    "flip": lambda o: f"flip it {o['axis']}ly",
    "color": lambda o: (
        (
            f"make it {abs(o['brightness']) * 100:g}% {'brighter' if o['brightness'] > 0 else 'darker'}"
            if "brightness" in o
            else f"set the saturation to {o['saturation'] * 100:g}%"
        )
        + where_en(o)
    ),
    "blur": lambda o: f"blur the picture{where_en(o)}",
    "zoom": lambda o: f"zoom in {o['factor']:g}x{where_en(o)}",
    "watermark": lambda o: (
        f"add {o['file']} as a watermark {PLACES[o['position']][0]} at {o['opacity'] * 100:g}% opacity"
    ),
    "remove": lambda o: (
        f"{'undo' if o['target'] in FOUND_BY_UNDO else 'take out'} the "
        + {1: "first ", 2: "second ", 3: "third ", -1: "last "}.get(o.get("number"), "")
        + (THINGS[o["target"]][0].removesuffix("s") if o.get("number") else THINGS[o["target"]][0])
    ),
    "undo": lambda o: "undo",
    "redo": lambda o: "redo",
    "export": export_en,
}
CHINESE = {
    "cut": lambda o: f"把{where_zh(o)}剪掉",
    "keep": lambda o: f"只保留{where_zh(o)}",
    "protect": lambda o: f"不要动{where_zh(o)}",
    "remove_silence": lambda o: (
        f"删除超过{zh_time(o['min_silence_ms'])}的停顿，前后留{zh_time(o['margin_ms'])}"
    ),
    "remove_fillers": lambda o: (
        ("彻底" if o["level"] == "medium" else "") + ("把语气词静音" if o["mode"] == "mute" else "去掉语气词")
    ),
    "condense": lambda o: f"剪成{zh_time(o['target_ms'])}",
    "highlights": lambda o: (
        f"挑出{o['count']}个精彩片段" if "count" in o else f"做一个{zh_time(o['target_ms'])}的精彩集锦"
    ),
    "split": lambda o: (
        f"每{zh_time(o['every_ms'])}切一段" if "every_ms" in o else f"在{zh_time(o['at_ms'])}处切开"
    ),
    "merge": lambda o: "把" + "和".join(o["files"]) + "拼起来",
    "reorder": lambda o: f"把片段按{'、'.join(map(str, o['order']))}的顺序排列",
    "transition": lambda o: f"加{o['duration_ms'] / 1000:g}秒的{KINDS[o['kind']][1]}转场",
    "fade": lambda o: (
        {"audio": "声音", "video": "画面", "both": ""}[o["target"]]
        + f"{'淡入' if o['direction'] == 'in' else '淡出'}{zh_time(o['duration_ms'])}"
    ),
    "title": lambda o: (
        f"{zh_time(o['start_ms'])}到{zh_time(o['start_ms'] + o['duration_ms'])}在{PLACES[o['position']][1]}"
        f"显示{COLORS[o['color']][1]}色文字“{o['text']}”"
    ),
    "captions": lambda o: (
        {"en": "加英文", "zh": "加中文", "de": "加德语"}[o["language"]]
        + ("字幕" if o["burn_in"] else "软字幕")
    ),
    "chapters": lambda o: "自动分章节",
    "markers": lambda o: "按标记剪辑" if o["obey"] else "忽略标记",
    "music": lambda o: (
        f"用 {o['file']} 做背景音乐，音量{o['volume'] * 100:g}%"
        + ("" if o["loop"] else "，不循环")
        + ("，说话时压低" if o["duck"] else "")
    ),
    "volume": lambda o: f"{where_zh(o)}{SOUNDS_ZH[o['target']]}音量调到{o['factor'] * 100:g}%",
    "mute": lambda o: f"{where_zh(o)}{SOUNDS_ZH[o['target']]}静音",
    "normalize": lambda o: f"响度调到{o['lufs']:g} LUFS",
    "denoise": lambda o: "去掉背景噪音",
    "speed": lambda o: f"{where_zh(o)}{o['factor']:g}倍速播放",
    "reframe": lambda o: f"改成{o['aspect']}" + FRAMES_ZH[o["mode"]],
    "resize": lambda o: f"分辨率改成{o['height']}p",
    "rotate": lambda o: f"{'逆' if o['degrees'] < 0 else '顺'}时针旋转{abs(o['degrees'])}度",
    "flip": lambda o: "左右翻转" if o["axis"] == "horizontal" else "上下翻转",
    "color": lambda o: (
        where_zh(o)
        + (
            f"亮度{'提高' if o['brightness'] > 0 else '降低'}{abs(o['brightness']) * 100:g}%"
            if "brightness" in o
            else f"饱和度调到{o['saturation'] * 100:g}%"
        )
    ),
    "blur": lambda o: f"{where_zh(o)}画面模糊",
    "zoom": lambda o: f"{where_zh(o)}画面放大{o['factor']:g}倍",
    "watermark": lambda o: (
        f"把 {o['file']} 作为水印放在{PLACES[o['position']][1]}，不透明度{o['opacity'] * 100:g}%"
    ),
    "remove": lambda o: (
        ("撤销" if o["target"] in FOUND_BY_UNDO else "去掉")
        + {1: "第一个", 2: "第二个", 3: "第三个", -1: "最后一个"}.get(o.get("number"), "")
        + THINGS[o["target"]][1]
    ),
    "undo": lambda o: "撤销",
    "redo": lambda o: "重做",
    "export": export_zh,
}
