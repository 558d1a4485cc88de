"""What the words of the trade mean, in a sentence or two, in English and Chinese."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand.marks import words
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Language

_TERMS: Final[tuple[tuple[Words, str, str], ...]] = (
    (
        words(r"\bbit ?rate\b|码率|比特率"),
        "Bitrate is how many bits a second of video or sound takes. More bits look or sound "
        "better and make a larger file.",
        "码率是每秒视频或声音占用的比特数。码率越高，画面和声音越好，文件也越大。",
    ),
    (
        words(r"\bcodecs?\b|编码器?|解码"),
        "A codec is the way in which pictures or sound are packed: H.264 plays everywhere, HEVC "
        "and AV1 make smaller files.",
        "编码器（codec）是压缩画面或声音的方法：H.264 到处都能播放，HEVC 和 AV1 的文件更小。",
    ),
    (
        words(r"\blufs\b|\bloudness\b|响度"),
        "LUFS measures how loud a programme sounds as a whole. YouTube plays at about -14, "
        "podcasts at about -16, broadcast at -23.",
        "LUFS 衡量整段声音听起来有多响。YouTube 约为 -14，播客约为 -16，广播电视为 -23。",
    ),
    (
        words(r"\bfps\b|\bframe ?rates?\b|\bframes per second\b|帧率|帧数"),
        "FPS is how many pictures are shown in a second. 24 to 30 is usual, 60 is smoother for "
        "games and sport.",
        "帧率（fps）是每秒显示的画面数。常用 24 到 30，游戏和运动用 60 更流畅。",
    ),
    (
        words(r"\bkey ?frames?\b|\bi-?frames?\b|关键帧"),
        "A keyframe is a picture that is stored whole; those between only hold what changes. A "
        "player can only jump to a keyframe at once.",
        "关键帧是完整保存的画面，其间的画面只保存变化。播放器只能立即跳到关键帧。",
    ),
    (
        words(r"\bcross ?-?fade|\bdissolve|叠化|交叉淡化|交叉溶解"),
        "A crossfade blends one clip into the next while both are seen for a moment; the sound blends along.",
        "叠化让前一段画面渐渐融入后一段，声音也随之过渡。",
    ),
    (
        words(r"\baspect(?: ratio)?\b|宽高比|画幅|长宽比|画面比例"),
        "The aspect ratio is width to height: 16:9 is landscape, 9:16 is a phone held upright, "
        "1:1 is square.",
        "宽高比是画面的宽与高之比：16:9 是横屏，9:16 是竖屏，1:1 是方形。",
    ),
    (
        words(r"\bresolution\b|\b(?:1080|720|480|2160)p\b|\b4k\b|分辨率"),
        "The resolution is how many pixels a picture has: 1080p is 1920x1080, 4K is 3840x2160.",
        "分辨率是画面的像素数：1080p 是 1920x1080，4K 是 3840x2160。",
    ),
    (
        words(r"\bb-?roll\b|空镜"),
        "B-roll is footage that is shown over the main recording, to illustrate what is said.",
        "B-roll 是穿插在主画面上的补充镜头，用来配合讲述。",
    ),
    (
        words(r"\bjump ?cuts?\b|跳剪|跳切"),
        "A jump cut leaves out a piece of one continuous shot, so that the picture jumps. "
        "Cutting pauses makes jump cuts.",
        "跳剪是从同一镜头中去掉一段，画面因此跳动。剪掉停顿就会产生跳剪。",
    ),
    (
        words(r"\bduck(?:ing)?\b|闪避|音乐避让"),
        "Ducking makes the music quieter while someone speaks.",
        "闪避（ducking）是有人说话时自动压低音乐。",
    ),
    (
        words(r"\bnormali[sz](?:e|ation|ing)\b|标准化"),
        "Normalising brings the whole sound to one loudness, so that viewers need not touch the volume.",
        "标准化把整段声音调到统一的响度，观众不必再调音量。",
    ),
    (
        words(r"\bcontainers?\b|\b(?:mp4|mkv|mov|webm)\b|封装|容器"),
        "A container is the file that holds picture and sound: MP4 plays nearly everywhere, MKV "
        "survives a crash of the recorder, WebM is for the web.",
        "容器是装着画面和声音的文件：MP4 几乎到处能播放，MKV 在录制中断后仍可用，WebM 适合网页。",
    ),
    (
        words(r"\btransitions?\b|转场|过渡"),
        "A transition is what happens at a cut: a crossfade, a fade through black, a wipe or a slide.",
        "转场是两段画面之间的衔接方式：叠化、闪黑、擦除或滑动。",
    ),
    (
        words(r"\bcaptions?\b|\bsubtitles?\b|字幕"),
        "Captions show what is said as text. Burnt in they are part of the picture; as a file "
        "(SRT) a player can switch them off.",
        "字幕用文字显示所说的话。压制进画面后不能关闭，单独的 SRT 文件则可以开关。",
    ),
    (
        words(r"\bvfr\b|\bvariable frame rate\b|可变帧率"),
        "Variable frame rate means that pictures do not come at even intervals, as phones and "
        "screen recorders do it. It is kept in sync here.",
        "可变帧率指画面间隔不固定，手机和录屏常见。这里会保持音画同步。",
    ),
    (
        words(r"\b(?:remove_?silence|dead air|silence)\b|静音段"),
        "Dead air is a stretch in which nothing is said. Here it is found by its level against "
        "the recording's own noise.",
        "静音段是没有人说话的部分，根据录音自身的噪声电平来判断。",
    ),
    (
        words(r"\btimeline\b|时间[线轴]"),
        "The timeline is the order of clips, titles and music as they will play.",
        "时间线是片段、标题和音乐播放的先后安排。",
    ),
    (
        words(r"\bproxy\b|\bproxies\b|代理"),
        "A proxy is a small copy of a video that previews smoothly.",
        "代理是视频的小尺寸副本，预览更流畅。",
    ),
    (
        words(r"\bhdr\b"),
        "HDR holds brighter lights and more colours than ordinary video.",
        "HDR 能表现比普通视频更亮的光和更多的颜色。",
    ),
    (
        words(r"\bdecibels?\b|\bdb\b|分贝"),
        "A decibel is a step of level: +6 dB doubles the signal, -6 dB halves it.",
        "分贝是电平的单位：+6 dB 使信号加倍，-6 dB 减半。",
    ),
    (
        words(r"\bsaturation\b|饱和度"),
        "Saturation is how strong colours are; at 0 the picture is black and white.",
        "饱和度是颜色的浓淡，为 0 时画面变成黑白。",
    ),
    (
        words(r"\bcontrast\b|对比度"),
        "Contrast is how far bright and dark parts lie apart.",
        "对比度是明暗之间的差距。",
    ),
)


def explain(text: str, language: Language) -> str | None:
    """Return what the first term of the text means, or ``None`` when there is none."""
    found = [(match.start(), en, zh) for pattern, en, zh in _TERMS if (match := pattern.search(text))]
    if not found:
        return None
    _, english, chinese = min(found)
    return chinese if language == "zh" else english
