"""Which encoders and decoders the installed PyAV brings, for ``nemo doctor``."""

from __future__ import annotations

import av
from av.codec import Codec

ENCODERS = {
    "H.264": "libx264",
    "VP9": "libvpx-vp9",
    "AAC": "aac",
    "Opus": "libopus",
    "MP3": "libmp3lame",
    "PCM": "pcm_s16le",
    "GIF": "gif",
    "PNG": "png",
}
"""What the exports need."""
DECODERS = {
    "H.264": "h264",
    "HEVC": "hevc",
    "AV1": "libdav1d",
    "VP9": "vp9",
    "ProRes": "prores",
    "AAC": "aac",
    "Opus": "libopus",
    "FLAC": "flac",
}
"""What recordings come in."""


def codecs_present() -> dict[str, dict[str, bool]]:
    """Return, under ``encode`` and ``decode``, which of the codecs that matter are there."""
    return {
        "encode": {name: _has(codec, "w") for name, codec in ENCODERS.items()},
        "decode": {name: _has(codec, "r") for name, codec in DECODERS.items()},
    }


def _has(name: str, mode: str) -> bool:
    try:
        Codec(name, mode)  # type: ignore[arg-type]  # "r" or "w", which its type spells out
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def library_versions() -> dict[str, str]:
    """Return the versions of PyAV and of the FFmpeg libraries inside it."""
    libraries = {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}
    return {"av": av.__version__, "ffmpeg": str(getattr(av, "ffmpeg_version_info", "")), **libraries}
