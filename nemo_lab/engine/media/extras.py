"""What a file holds besides picture and sound: tags, chapters, subtitles of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from nemo_lab.engine.media.files import open_media, read_only, reading
from nemo_lab.engine.media.info import MediaInfo
from nemo_lab.engine.timebase import round_half_up

UNITS = 48_000
"""Times here are counted in samples of this rate from the file's time 0, as the render counts."""

_TECHNICAL = re.compile(
    r"^(?:major_brand|minor_version|compatible_brands|encoder|encoding_tool|software|duration|handler_name"
    r"|vendor_id|_statistics.*|bps.*|number_of_.*|com\.apple\.quicktime\.(?:software|full-frame.*))$"
)
"""Tags that describe the old file rather than what was recorded."""
_TEXT_CODECS = frozenset({"mov_text", "srt", "subrip", "ass", "ssa", "webvtt", "text"})
_SHOWN_S = Fraction(3)
"""Of a cue that does not say how long."""


@dataclass(frozen=True)
class Chapter:
    """A named stretch of a file."""

    start: int
    end: int
    title: str = ""


@dataclass(frozen=True)
class Cue:
    """A text that is shown for a while."""

    start: int
    end: int
    text: str
    """An event of ASS without its number: ``Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text``."""


@dataclass(frozen=True)
class Subtitles:
    """A track of subtitles."""

    codec: str
    title: str = ""
    language: str = ""
    header: bytes = b""
    """Styles and all else that ASS says in front."""
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True)
class Extras:
    """All of it, of one file."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names: title, artist, comment, creation_time …"""
    chapters: tuple[Chapter, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()
    pictures: int = 0
    """Subtitle tracks that are pictures (Blu-ray, DVD): they are not read."""


def read_extras(path: Path, info: MediaInfo) -> Extras:
    """Return what a file holds besides picture and sound. Only a file with subtitles of text is read through.

    Raises:
        MediaNotFound, UnsupportedFormat, UnreadableMedia: see :func:`open_media`.
    """
    with open_media(path, looks=False) as container, reading(path):
        # Without a decoder (chapters that QuickTime keeps as texts) a stream has no context.
        streams = [stream for stream in container.streams.subtitles if _codec(stream)]
        texts = [stream for stream in streams if _codec(stream) in _TEXT_CODECS]
        return Extras(
            tags=_tags(container),
            chapters=_chapters(container, info),
            subtitles=_subtitles(container, texts, info.origin_s) if texts else (),
            pictures=len(streams) - len(texts),
        )


def _codec(stream: SubtitleStream) -> str:
    context: Any = stream.codec_context
    return "" if context is None else str(context.name)


def _tags(container: InputContainer) -> dict[str, str]:
    found = {key.lower(): value for key, value in container.metadata.items()}
    return {key: value for key, value in found.items() if value.strip() and not _TECHNICAL.match(key)}


def _chapters(container: InputContainer, info: MediaInfo) -> tuple[Chapter, ...]:
    chapters = []
    for chapter in container.chapters():
        base = Fraction(chapter["time_base"] or 1)
        start, end = (_units(chapter[edge] * base - info.origin_s) for edge in ("start", "end"))
        if end > start:
            chapters.append(Chapter(start, end, dict(chapter["metadata"]).get("title", "")))
    return tuple(sorted(chapters, key=lambda chapter: (chapter.start, chapter.end)))


def _subtitles(
    container: InputContainer, streams: list[SubtitleStream], origin: Fraction
) -> tuple[Subtitles, ...]:
    cues: dict[int, list[Cue]] = {stream.index: [] for stream in streams}
    read_only(container, streams)
    try:
        for packet in container.demux(streams):
            if packet.size:
                cues[packet.stream_index] += _cues(packet, origin)
    except FFmpegError:
        pass  # a file that was cut off: what came before counts
    return tuple(_described(stream, cues[stream.index]) for stream in streams)


def _described(stream: SubtitleStream, cues: list[Cue]) -> Subtitles:
    tags, context = stream.metadata, stream.codec_context
    return Subtitles(
        codec=context.name,
        title=tags.get("title") or tags.get("name", ""),
        language=tags.get("language", ""),
        header=context.subtitle_header or b"",
        cues=tuple(sorted(cues, key=lambda cue: (cue.start, cue.end))),
    )


def _cues(packet: Any, origin: Fraction) -> list[Cue]:
    """Return what one packet shows; one that cannot be decoded shows nothing."""
    try:
        shown = packet.stream.decode2(packet)
    except (FFmpegError, ValueError):
        return []
    if shown is None or packet.pts is None:
        return []
    start = packet.pts * packet.time_base - origin
    lasts = (packet.duration or 0) * packet.time_base or Fraction(shown.end_display_time, 1000)
    # Decoders without an end say 2**32 - 1 ms.
    end = start + (lasts if 0 < lasts < 4_000_000 else _SHOWN_S)
    texts = [rect.ass.decode("utf-8", "replace") for rect in shown if isinstance(rect, AssSubtitle)]
    # The number in front is the event's place in the file: it is given anew.
    bare = [text.partition(",")[2] for text in texts]
    return [Cue(_units(start), _units(end), text) for text in bare if text.split(",", 7)[-1].strip()]


def _units(seconds: Fraction) -> int:
    return round_half_up(seconds * UNITS)
