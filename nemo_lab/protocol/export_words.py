"""How a file is wished for: format, height, quality, size and preset, in English and Chinese words."""

from __future__ import annotations

from typing import Final

from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.patterns import any_of as any_of
from nemo_lab.protocol.plan import Export, ExportFormat, Preset, Quality, SubtitleFormat
from nemo_lab.protocol.tracks import tracks_of

_FORMATS: Final[dict[str, ExportFormat]] = {
    "mp4": "mp4", "mov": "mov", "quicktime": "mov", "webm": "webm", "mkv": "mkv", "matroska": "mkv",
    "gif": "gif", "动图": "gif", "mp3": "mp3", "wav": "wav", "m4a": "m4a", "aac": "m4a", "png": "png",
    "otio": "otio", "opentimelineio": "otio", "fcpxml": "fcpxml", "final cut pro": "fcpxml",
    "to final cut": "fcpxml", "for final cut": "fcpxml", "in final cut": "fcpxml",
    "davinci resolve": "fcpxml", "davinci": "fcpxml", "达芬奇": "fcpxml",
    "premiere pro": "xml", "premiere": "xml", "fcp7": "xml", "xmeml": "xml",
    "kdenlive": "kdenlive", "shotcut": "mlt", "mlt": "mlt",
    "edl": "edl", "csv": "csv", "ffconcat": "ffconcat",
}  # fmt: skip
FORMAT_NAMES = "|".join(_FORMATS)
OTHER_FORMATS = r"avi|flv|wmv|mpe?g|prores|dnxhd|hevc|h\.?265|av1|ogv|3gp|webp|jpe?g|flac|ogg|m4v|ts"
"""What people ask for and is not written here."""
_FORMAT = any_of(rf"(?<![a-z0-9_/-])\.?({FORMAT_NAMES})s?(?![a-z0-9_-])", rf"\.({FORMAT_NAMES})\b")
_SOUND_ONLY = any_of(
    r"\b(?:audio|sound)(?: track)? (?:only|file)",
    r"\b(?:only|just) (?:the )?(?:audio|sound)",
    r"\b(?:extract|rip|pull|grab|export|download|save) (?:out )?(?:the |its |my )?(?:audio|sound)\b",
    r"(?:只要?|仅|单独|提取|导出|下载)(?:导出|下载|提取)?(?:音频|声音|音轨)(?!分|独立|单独|不?混)",
)
_STILL = any_of(r"\b(?:thumbnail|screenshot|still|cover image|poster|frame grab)\b", "封面图?|缩略图|截图")
_SIZE = any_of(
    r"(\d+(?:\.\d+)?) ?-?([kmg]i?b\b|kilobytes?|megabytes?|gigabytes?|megs?\b|gigs?\b|兆|[mg](?![a-z0-9]))"
)
_UNITS: Final = {"k": 10**3, "m": 10**6, "g": 10**9, "兆": 10**6}
_BINARY: Final = {"k": 2**10, "m": 2**20, "g": 2**30}
_HEIGHT = any_of(
    r"\b(\d{3,4}) ?p(?![a-z])",
    r"\b\d{3,4} ?[x×*] ?(\d{3,4})\b",
    r"(?<![\d.])([248]) ?k\b",
    r"\b(full ?hd|fhd|uhd|ultra ?hd|qhd)\b",
    r"(全高清)",
    r"(?<![\d.:])(1080|720|1440|2160|480)(?=的| ?(?:mp4|mov|webm|mkv|version|video|file|视频)\b)",
    r"(?:\b(?:in|at)|分辨率) ?(?:为|是)?(1080|720|480|360|1440|2160)\b",
)
_K: Final = {"2": 1440, "4": 2160, "8": 4320}
_HD: Final = {"fullhd": 1080, "fhd": 1080, "全高清": 1080, "uhd": 2160, "ultrahd": 2160, "qhd": 1440}
_GRADE = r"[ -](?:quality|res(?:olution)?|bitrate|def(?:inition)?|file|size|version)"
_QUALITIES: Final[tuple[tuple[Quality, Words], ...]] = (
    (
        "low",
        any_of(
            rf"\b(?:low(?:est|er)?|draft|poor|preview|small(?:est)?|worst){_GRADE}",
            r"\bas (?:a )?draft\b|\bas small as possible\b"
            r"|(?:越小越好|尽量小)|\bsmall(?:er)? file|低(?:质量|画质|品质|清"
            r"|码率)|最小|小体积|草稿|预览质量",
        ),
    ),
    (
        "medium",
        any_of(
            rf"\b(?:medium|normal|standard|mid|balanced|average){_GRADE}",
            r"(?:中等?|普通|标准)的?(?:质量|画质|品质)|标清",
        ),
    ),
    (
        "high",
        any_of(
            rf"\b(?:high(?:est|er)?|best|max(?:imum)?|top|great|full|good|master)(?: possible)?{_GRADE}",
            r"\blossless|\bh[dq]\b|\bquality (?:high|max|best)",
            r"(?:最?高|最好|最佳|原)的?(?:质量|画质|品质|码率)|(?<!全)高清|超清|质量(?:最高|最好|高)",
        ),
    ),
)
_PRESETS: Final[tuple[tuple[Preset, Words], ...]] = (
    ("shorts", any_of(r"\bshorts\b|\byoutube short\b")),
    ("tiktok", any_of(r"\btik ?tok\b|抖音")),
    ("reels", any_of(r"\breels\b|(?<!highlight )\breel\b|\binsta(?:gram)?\b")),
    ("youtube", any_of(r"\byou ?tube\b|油管")),
)


_SUBTITLES: Final[tuple[tuple[SubtitleFormat, Words], ...]] = (
    ("vtt", any_of(r"\b(?:web)?vtt\b")),
    ("ass", any_of(r"\bass (?:file|subtitles?|captions?|format)\b|\bas (?:an )?\.?ass\b|\bssa\b|ass字幕")),
    (
        "srt",
        any_of(
            r"\bsrt\b|\bsubrip\b|\b(?:subtitles?|captions?) files?\b|\bsidecar\b",
            r"\b(?:subtitles?|captions?)\b[^,]{0,12}\b(?:separate|own|extra) file\b",
            r"字幕(?:文件|单独)|外挂字幕",
        ),
    ),
)


def subtitles_of(words: str) -> SubtitleFormat | None:
    """Return as what kind of file the words ask for the captions, if they do."""
    return next((kind for kind, pattern in _SUBTITLES if pattern.search(words)), None)


def export_of(words: str) -> Export:
    """Return the format, height, quality, size limit and preset that the words of an export name."""
    return Export(
        format=_format(words),
        height=_height(words),
        quality=next((name for name, pattern in _QUALITIES if pattern.search(words)), None),
        max_bytes=size_of(words),
        preset=next((name for name, pattern in _PRESETS if pattern.search(words)), None),
        tracks=tracks_of(words),
    )


def _format(words: str) -> ExportFormat | None:
    named = _FORMAT.search(words)
    if named:
        return _FORMATS[(named[1] or named[2]).lower()]
    if _SOUND_ONLY.search(words):
        return "mp3"
    return "png" if _STILL.search(words) else None


def _height(words: str) -> int | None:
    found = _HEIGHT.search(words)
    if not found:
        return None
    lines, width_by, k, name, chinese, alone, bare = found.groups()
    if k:
        return _K[k]
    if name or chinese:
        return _HD[(name or chinese).lower().replace(" ", "")]
    height = int(lines or width_by or alone or bare)
    return height if 16 <= height <= 8640 else None


def size_of(words: str) -> int | None:
    """Return the size in bytes that the words name, if they do."""
    found = _SIZE.search(words)
    if not found:
        return None
    unit = found[2].lower()
    scale = (_BINARY if "ib" in unit else _UNITS)[unit[0]]
    return round(float(found[1]) * scale) or None
