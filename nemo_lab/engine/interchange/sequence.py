"""A timeline as other editors think of it: whole frames of one rate, clips with in and out, joins, texts.

It is a view of the one timeline model, made for writing it down in another program's format and read by
nothing else; all arithmetic of frames is done here, so that every format says the same cuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.timebase import ms_to_frame, parse_rate, round_half_up
from nemo_lab.errors import NotReady
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType, TransitionSpec

_STANDARD = tuple(
    Fraction(text)
    for text in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120")
)
"""Rates that editors know (SMPTE ST 12-1 and the usual screen rates)."""


@dataclass(frozen=True)
class Media:
    """A file that the timeline uses."""

    id: str
    name: str
    path: Path
    info: MediaInfo

    def frames(self, rate: Fraction) -> int:
        """Return how long it is in frames of ``rate``; a still has no length of its own."""
        return max(1, ms_to_frame(self.info.duration_ms, rate))

    @property
    def channels(self) -> int:
        """How many channels all its audio tracks have together."""
        return sum(stream.channels for stream in self.info.audio)


@dataclass(frozen=True)
class Clip:
    """A stretch of a file on the timeline, from frame ``start`` up to but without ``end``."""

    media: Media
    segment: Segment
    start: int
    end: int
    source: Fraction
    """Where in the file it begins, in seconds, on the file's own frame grid."""
    enabled: bool = True
    """``False``: it was cut, and is only there to be seen."""

    @property
    def length(self) -> int:
        """Frames on the timeline."""
        return self.end - self.start

    @property
    def speed(self) -> Fraction:
        """Source seconds per second."""
        return Fraction(self.segment.speed).limit_denominator(1000)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.segment.name or self.media.name

    def source_frame(self, rate: Fraction) -> int:
        """Return the first frame of the file that it shows, in frames of ``rate``."""
        return round_half_up(self.source * rate)

    def source_length(self) -> int:
        """Return how much of the file it uses, in frames of the timeline."""
        return round_half_up(self.length * self.speed)


@dataclass(frozen=True)
class Join:
    """A transition between a clip of the main row and the next; its length in frames on either side."""

    kind: str
    before: int
    after: int

    @property
    def length(self) -> int:
        """Frames in all."""
        return self.before + self.after


@dataclass(frozen=True)
class Text:
    """A title or a caption."""

    text: str
    start: int
    end: int
    segment: Segment
    caption: bool = False


@dataclass(frozen=True)
class Mark:
    """A chapter."""

    frame: int
    title: str


@dataclass(frozen=True)
class Sequence:
    """The whole."""

    name: str
    rate: Fraction
    width: int
    height: int
    clips: tuple[Clip, ...]
    """The main row, without gaps."""
    joins: Mapping[int, Join] = field(default_factory=dict)
    """By the number of the clip before."""
    layers: tuple[tuple[Clip, ...], ...] = ()
    """Rows of sound beside it (music), each in order of time."""
    texts: tuple[Text, ...] = ()
    marks: tuple[Mark, ...] = ()
    draft: Draft = field(default_factory=Draft)
    notes: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """Frames of the main row."""
        return self.clips[-1].end if self.clips else 0

    @property
    def pictures(self) -> bool:
        """Whether the main row has pictures."""
        return self.clips[0].media.info.has_video

    @property
    def sounds(self) -> int:
        """How many audio tracks the main row has: as many as the file with most."""
        return max((len(clip.media.info.audio) for clip in self.clips), default=0)

    def media(self) -> list[Media]:
        """Return the files that are used, in order of first use."""
        rows = (self.clips, *self.layers)
        return list({clip.media.id: clip.media for row in rows for clip in row}.values())

    def titles(self) -> list[Text]:
        """Return the texts that are no captions."""
        return [text for text in self.texts if not text.caption]


def sequence_of(draft: Draft, media: Mapping[str, Media]) -> Sequence:
    """Return a timeline as a sequence.

    Args:
        draft: the timeline.
        media: the files by the ids that its segments use.

    Raises:
        NotReady: nothing lies on its main track.
    """
    main = _main(draft)
    if main is None:
        raise NotReady("there is nothing on the timeline to export", remedy="Upload a recording first.")
    stated = parse_rate(str(draft.metadata.get("x_rate", "30/1")))
    rate = editing_rate(stated)
    clips = tuple(_clips(main, media, rate))
    joins = {
        number: _join(clip.segment.transition, rate)
        for number, clip in enumerate(clips[:-1])
        if clip.segment.transition is not None
    }
    others = [t for t in draft.of_type(TrackType.AUDIO) if t is not main]
    layers = (tuple(_looped(track, media, rate)) for track in others)
    notes = () if rate == stated else (f"written at {float(rate):g} frames per second",)
    first = clips[0].media.info
    return Sequence(
        name=str(draft.metadata.get("title") or "nemo_lab"),
        rate=rate,
        width=int(draft.metadata.get("width") or first.width),
        height=int(draft.metadata.get("height") or first.height),
        clips=clips,
        joins=joins,
        layers=tuple(row for row in layers if row),
        texts=tuple(_texts(draft, rate)),
        marks=tuple(_marks(draft, rate)),
        draft=draft,
        notes=notes,
    )


def editing_rate(rate: Fraction) -> Fraction:
    """Return the rate itself if editors know it, else the nearest that they do."""
    if rate.denominator == 1 or rate in _STANDARD:
        return rate
    return min(_STANDARD, key=lambda known: abs(known - rate))


def _main(draft: Draft) -> Track | None:
    for kind in (TrackType.VIDEO, TrackType.AUDIO):
        for track in draft.of_type(kind):
            if any(segment.asset and segment.duration_ms > 0 for segment in track.segments):
                return track
    return None


def _clips(track: Track, media: Mapping[str, Media], rate: Fraction) -> Iterator[Clip]:
    for start_ms, segment in track.placed():
        start, end = ms_to_frame(start_ms, rate), ms_to_frame(start_ms + segment.duration_ms, rate)
        file = media.get(segment.asset or "")
        if file is not None and end > start:
            yield Clip(file, segment, start, end, _on_grid(segment.source_start_ms, file, rate))


def _on_grid(ms: float, file: Media, rate: Fraction) -> Fraction:
    own = file.info.frame_rate if file.info.kind == "video" else rate
    return ms_to_frame(ms, own) / own


def _looped(track: Track, media: Mapping[str, Media], rate: Fraction) -> Iterator[Clip]:
    """Yield the clips of a row of sound; one that begins again when its file ends is a clip each time."""
    for clip in _clips(track, media, rate):
        whole = clip.media.frames(rate)
        if not clip.segment.loop or clip.source_frame(rate) + clip.source_length() <= whole:
            yield clip
            continue
        at, source = clip.start, clip.source_frame(rate)
        while at < clip.end:
            end = min(clip.end, at + max(1, whole - source))
            yield replace(clip, start=at, end=end, source=source / rate)
            at, source = end, 0


def _join(spec: TransitionSpec | None, rate: Fraction) -> Join:
    assert spec is not None
    length = max(1, ms_to_frame(spec.duration_ms, rate))
    return Join(spec.kind, length // 2, length - length // 2)


def _texts(draft: Draft, rate: Fraction) -> Iterator[Text]:
    for track in draft.of_type(TrackType.TEXT):
        for start, segment in track.placed():
            text = str(segment.metadata.get("text") or "").strip()
            first, end = ms_to_frame(start, rate), ms_to_frame(start + segment.duration_ms, rate)
            if text and end > first:
                yield Text(text, first, end, segment, track.metadata.get("role") == "captions")


def _marks(draft: Draft, rate: Fraction) -> Iterator[Mark]:
    chapters = draft.metadata.get("x_chapters")
    for chapter in chapters if isinstance(chapters, list) else ():
        yield Mark(ms_to_frame(chapter["start"], rate), str(chapter.get("title") or "Chapter"))
