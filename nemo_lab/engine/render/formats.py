"""What is written in each format: container, codecs and how hard they work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nemo_lab.engine.render.model import Size
from nemo_lab.protocol.plan import Export, ExportFormat, Quality


@dataclass(frozen=True)
class Format:
    """A kind of finished file."""

    container: str
    """Name of FFmpeg's muxer."""
    video: str | None
    audio: str | None
    options: dict[str, str] = field(default_factory=dict)
    """Of the muxer."""
    subtitles: str | None = None
    """FFmpeg's name of the encoder of subtitles, where the container can hold them."""


_FRONT = {"movflags": "+faststart", "movie_timescale": "48000"}
"""The index goes in front, so that a browser plays before it has loaded all; lengths are stated to the
sample rather than to FFmpeg's millisecond."""

FORMATS: dict[ExportFormat, Format] = {
    "mp4": Format("mp4", "libx264", "aac", _FRONT, "mov_text"),
    "mov": Format("mov", "libx264", "aac", _FRONT, "mov_text"),
    "mkv": Format("matroska", "libx264", "aac", subtitles="subrip"),
    "webm": Format("webm", "libvpx-vp9", "libopus", subtitles="webvtt"),
    "gif": Format("gif", "gif", None, {"loop": "0"}),
    "mp3": Format("mp3", None, "libmp3lame"),
    "wav": Format("wav", None, "pcm_s16le"),
    "m4a": Format("ipod", None, "aac", _FRONT),
    "png": Format("image2", "png", None),
}

_PREVIEW = Format("mp4", "libx264", "libmp3lame", _FRONT, "mov_text")
"""Editors built on Electron without the licensed codecs (VS Code) play MP3 inside MP4, and no AAC."""

THREADS = 4
"""Fixed, since the threads of an encoder leave their mark in the file: same input, same bytes."""
_LARGE = 1280 * 720
"""Samples, above which x264 gets two threads for a span: with them it holds few more pictures than with one,
which take most of its memory. On small ones two threads wait for each other more than they work."""

_X264: dict[Quality, dict[str, str]] = {
    "low": {"crf": "28", "preset": "veryfast"},
    "medium": {"crf": "20", "preset": "veryfast"},
    "high": {"crf": "17", "preset": "medium"},
}
_VP9: dict[Quality, dict[str, str]] = {
    "low": {"crf": "40", "cpu-used": "7"},
    "medium": {"crf": "32", "cpu-used": "6"},
    "high": {"crf": "24", "cpu-used": "4"},
}
_CARDS: dict[str, dict[str, str]] = {
    "h264_nvenc": {"rc": "vbr", "cq": "21", "b": "0"},
    "h264_qsv": {"global_quality": "21"},
    "h264_amf": {"rc": "cqp", "qp_i": "20", "qp_p": "22"},
    "h264_videotoolbox": {"b": "12000000"},
}
"""Constant quality near our medium, in each maker's own words."""
_AUDIO_BITS: dict[Quality, int] = {"low": 96_000, "medium": 160_000, "high": 256_000}


def form_of(settings: Export) -> Format:
    """Return how the file of these settings is written."""
    form = _PREVIEW if settings.preset == "preview" else FORMATS[settings.format or "mp4"]
    if form.video == "libx264" and settings.encoder is not None:
        return replace(form, video=settings.encoder)
    return form


def video_options(
    codec: str, quality: Quality, most_bits: int | None, threads: int = THREADS
) -> dict[str, str]:
    """Return the encoder's options.

    Args:
        codec: FFmpeg's name of the encoder.
        quality: how good.
        most_bits: bits per second that may not be exceeded over the whole.
        threads: of the encoder.
    """
    if codec == "libx264":
        # Stitchable: the same parameter sets whatever the pictures, so that parts can be joined.
        options = _X264[quality] | {"threads": str(threads), "x264-params": "stitchable=1"}
        if most_bits:
            # With a buffer of one second no stretch can take more than its share.
            options |= {"maxrate": str(most_bits), "bufsize": str(most_bits)}
        return options
    if codec == "libvpx-vp9":
        rate = {"b": str(most_bits), "maxrate": str(most_bits)} if most_bits else {"b": "0"}
        return _VP9[quality] | rate | {"deadline": "good", "row-mt": "1", "threads": str(threads)}
    if codec.startswith("h264_"):
        rate = {"b": str(most_bits), "maxrate": str(most_bits)} if most_bits else {}
        return rate or dict(_CARDS.get(codec, {}))
    return {}


def span_threads(codec: str, size: Size) -> int:
    """Return how many threads an encoder of spans has, by FFmpeg's name of it and the size of the picture."""
    return 2 if codec == "libx264" and size[0] * size[1] > _LARGE else 1


def audio_bits(codec: str, quality: Quality) -> int | None:
    """Return bits per second of the sound, ``None`` where the codec does not compress."""
    return None if codec.startswith("pcm") else _AUDIO_BITS[quality]
