"""The only place that opens a media file: safely, and to say what is in it.

Loaded lazily: opening is needed in small processes too, and they start often.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nemo_lab.engine.media.files import FORMATS, hash_file, open_media, read_only, reading
    from nemo_lab.engine.media.info import AudioStream, MediaInfo
    from nemo_lab.engine.media.probing import probe

_HOMES = {
    "FORMATS": "files",
    "hash_file": "files",
    "open_media": "files",
    "read_only": "files",
    "reading": "files",
    "AudioStream": "info",
    "MediaInfo": "info",
    "probe": "probing",
}

__all__ = ["FORMATS", "AudioStream", "MediaInfo", "hash_file", "open_media", "probe", "read_only", "reading"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
