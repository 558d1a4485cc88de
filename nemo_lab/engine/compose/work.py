"""A timeline on the bench: the main track as pieces that can be split, moved and dropped.

Every piece remembers which stretch of the timeline *as it was when the plan began* it shows. A creator
reads times off the player before asking, so all times of one plan mean that timeline; :meth:`Work.now`
says where it has gone since.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from nemo_lab.engine.compose.model import Asset, Library, Part, Skip
from nemo_lab.engine.compose.ranges import Range, joined, shown
from nemo_lab.engine.compose.words import clock, say, sentence
from nemo_lab.engine.timebase import parse_rate, round_half_up, snap_ms
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType
from nemo_lab.protocol.plan import Language, Title

CAPTIONS = "captions"
"""Role of the track that shows what is said, and of its segments."""


@dataclass(frozen=True)
class Piece:
    """A segment of the main track, and the stretch of the timeline that it came from."""

    segment: Segment
    was: tuple[Fraction, Fraction]

    @property
    def length(self) -> int:
        """How long it lasts on the timeline, in ms."""
        return round_half_up(self.segment.duration_ms)

    @property
    def speed(self) -> Fraction:
        """Source ms per timeline ms, as the fraction that was meant."""
        return Fraction(self.segment.speed).limit_denominator(10_000)

    @property
    def source_start(self) -> int:
        """Where it begins in its file, in ms."""
        return round_half_up(self.segment.source_start_ms)

    @property
    def source_end(self) -> int:
        """Where it ends in its file, in ms."""
        return round_half_up(self.source_start + self.length * self.speed)

    def with_segment(self, **changes: Any) -> Piece:
        """Return the piece with some attributes of its segment changed."""
        return replace(self, segment=self.segment.model_copy(update=changes))


@dataclass
class Work:
    """The timeline while a plan is being carried out."""

    draft: Draft
    library: Library
    language: Language
    main: Track = field(init=False)
    pieces: list[Piece] = field(init=False)
    was_length: int = field(init=False)
    """Length of the timeline when the plan began, in ms."""
    music: list[Segment] = field(init=False)
    """Starts and lengths as of when the plan began."""
    titles: list[Segment] = field(init=False)
    """Starts and lengths as of when the plan began."""
    captions: list[Segment] = field(init=False)
    """What is said as text; starts and lengths as of when the plan began, unless they are new."""
    caption_facts: dict[str, Any] = field(init=False)
    """Metadata of the track of captions."""
    new_captions: bool = False
    new_chapters: bool = False
    new_titles: list[Title] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(init=False)
    metadata: dict[str, Any] = field(init=False)
    guarded: list[Range] = field(default_factory=list)
    """Protected by this plan, on the timeline as it was."""
    parts: list[Part] = field(default_factory=list)
    """What became of stretches of the timeline, and why."""
    cause: str = ""
    """Why the present operation is carried out, where it is not the user's own wish."""
    done: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.main = main_track(self.draft)
        self.effects = [dict(effect) for effect in self.draft.effects]
        self.metadata = dict(self.draft.metadata)
        self.music = [s for track in self.draft.tracks if is_music(track) for s in _placed(track)]
        texts = self.draft.of_type(TrackType.TEXT)
        self.titles = [s for track in texts if not is_captions(track) for s in _placed(track)]
        self.captions = [s for track in texts if is_captions(track) for s in _placed(track)]
        self.caption_facts = next((dict(track.metadata) for track in texts if is_captions(track)), {})
        self._ids = {s.id for track in self.draft.tracks for s in track.segments if s.id}
        self._last: dict[str, int] = {}
        self.pieces = []
        for segment in self.main.segments:
            whole = segment.model_copy(update={"duration_ms": max(1, round_half_up(segment.duration_ms))})
            self.append(whole if whole.id else whole.model_copy(update={"id": self.new_id("s")}))
        self.rebase()

    def rebase(self) -> None:
        """Let the timeline as it is now be the one that the times of the plan mean."""
        self.pieces = [
            replace(piece, was=(Fraction(start), Fraction(start + piece.length)))
            for start, piece in self.placed()
        ]
        self.was_length = self.length

    @property
    def length(self) -> int:
        """How long the timeline is now, in ms."""
        return sum(piece.length for piece in self.pieces)

    @property
    def has_picture(self) -> bool:
        """Whether the main track shows anything."""
        return self.main.type == TrackType.VIDEO

    @property
    def rate(self) -> Fraction:
        """Frames per second of the timeline."""
        return parse_rate(str(self.metadata.get("x_rate") or "30/1"))

    def say(self, key: str, **values: object) -> None:
        """Tell what was done."""
        self.done.append(say(self.language, key, **values))

    def note(self, key: str, **values: object) -> None:
        """Tell what was skipped, or done otherwise than said; the same thing once."""
        text = sentence(say(self.language, key, **values))
        if text not in self.notes:
            self.notes.append(text)

    def note_skip(self, skip: Skip) -> None:
        """Tell why an operation was not carried out."""
        self.note(skip.key, **skip.values)

    def new_id(self, prefix: str) -> str:
        """Return an id that no segment has or had in this plan."""
        number = self._last.get(prefix, 0) + 1
        while f"{prefix}{number}" in self._ids:
            number += 1
        self._last[prefix] = number
        return f"{prefix}{number}"

    def asset(self, piece: Piece) -> Asset:
        """Return the file of a piece.

        Raises:
            EditError: it is not in the library.
        """
        found = self.library.get(piece.segment.asset or "")
        if found is None:
            name = piece.segment.name or piece.segment.asset or "?"
            raise EditError(f"the timeline needs {name}, which is no longer there", remedy="Upload it again.")
        return found

    def append(self, segment: Segment) -> None:
        """Put a segment at the end of the main track."""
        self.pieces.append(Piece(segment, (Fraction(0), Fraction(0))))

    def placed(self) -> Iterator[tuple[int, Piece]]:
        """Yield each piece with its start on the timeline as it is now."""
        start = 0
        for piece in self.pieces:
            yield start, piece
            start += piece.length

    # Times ------------------------------------------------------------------------------------------

    def resolve(self, start: int | None, end: int | None) -> Range:
        """Return a stated range as start and end on the timeline as it was; negative counts from the end.

        Raises:
            Skip: it is empty, reversed, or not on the timeline.
        """
        length = self.was_length
        first = 0 if start is None else start + length if start < 0 else start
        last = length if end is None else end + length if end < 0 else end
        if first >= length or last <= 0:
            raise Skip("outside", range=shown(first, last), length=clock(length))
        if first >= last:
            raise Skip("empty", range=shown(first, last))
        if first < 0 or last > length:
            self.note("clamped", range=shown(first, last), length=clock(length))
        return max(0, first), min(length, last)

    def now(self, start: int, end: int) -> list[Range]:
        """Return where a stretch of the timeline as it was lies now; several places if it was torn apart."""
        found: list[Range] = []
        for at, piece in self.placed():
            low, high = max(Fraction(start), piece.was[0]), min(Fraction(end), piece.was[1])
            if low >= high:
                continue
            scale = piece.length / (piece.was[1] - piece.was[0])
            a = at + round_half_up((low - piece.was[0]) * scale)
            b = at + round_half_up((high - piece.was[0]) * scale)
            if found and found[-1][1] == a:
                found[-1] = found[-1][0], b
            elif b > a:
                found.append((a, b))
        return found

    def was(self, start: int, end: int) -> list[Range]:
        """Return which stretches of the timeline as it was a stretch of it shows now."""
        found: list[Range] = []
        for at, piece in self.placed():
            low, high = max(start, at), min(end, at + piece.length)
            if low >= high:
                continue
            begin, scale = piece.was[0], (piece.was[1] - piece.was[0]) / piece.length
            a, b = (round_half_up(begin + (edge - at) * scale) for edge in (low, high))
            if found and found[-1][1] == a:
                found[-1] = found[-1][0], b
            elif b > a:
                found.append((a, b))
        return found

    def account(self, kind: Literal["cut", "speed", "keep"], start: int, end: int, why: str) -> None:
        """Note what is about to become of a stretch of the timeline as it is now, and why."""
        self.parts += [Part(kind, a, b, self.cause or why) for a, b in self.was(start, end)]

    def point(self, time: int) -> int:
        """Return where a moment of the timeline as it was lies now; if it was cut, where the cut is."""
        later: tuple[Fraction, int] | None = None
        for at, piece in self.placed():
            begin, end = piece.was
            if begin <= time < end:
                return at + round_half_up((time - begin) * piece.length / (end - begin))
            if begin >= time and (later is None or begin < later[0]):
                later = begin, at
        return self.length if later is None else later[1]

    # Splitting --------------------------------------------------------------------------------------

    def carve(self, ranges: Iterable[Range]) -> list[bool]:
        """Split the pieces at the borders of ranges (of the timeline as it is now), on the frame grid of
        their files; return for each piece whether it lies inside."""
        spans = joined(ranges)
        self.split({edge for span in spans for edge in span})
        starts = [a for a, _ in spans]
        flags = []
        for start, piece in self.placed():
            middle = start + piece.length / 2
            at = bisect_left(starts, middle) - 1
            flags.append(at >= 0 and middle < spans[at][1])
        return flags

    def split(self, edges: Iterable[int]) -> None:
        """Split the pieces near these times of the timeline as it is now, on their files' frame grids."""
        ordered, result = sorted(edges), []
        for start, piece in list(self.placed()):
            end, rest = start + piece.length, piece
            at = start
            for edge in ordered[bisect_left(ordered, start) : bisect_left(ordered, end)]:
                halves = self._halves(rest, edge - at)
                if halves is not None:
                    result.append(halves[0])
                    at += halves[0].length
                    rest = halves[1]
            result.append(rest)
        self.pieces = result

    def _halves(self, piece: Piece, offset: int) -> tuple[Piece, Piece] | None:
        """Split a piece near ``offset`` ms; ``None`` where that is nearest to one of its own ends."""
        source = self.snapped(piece, piece.source_start + offset * piece.speed)
        length = round_half_up((source - piece.source_start) / piece.speed)
        if not 0 < length < piece.length:
            return None
        start, end = piece.was
        middle = start + (end - start) * length / piece.length
        left = piece.with_segment(duration_ms=length)
        if piece.segment.transition is not None:
            left = left.with_segment(transition=None)
        right = piece.with_segment(
            id=self.new_id("s"), duration_ms=piece.length - length, source_start_ms=source
        )
        return replace(left, was=(start, middle)), replace(right, was=(middle, end))

    def snapped(self, piece: Piece, source_ms: Fraction) -> int:
        """Return a time in a piece's file on that file's frame grid; a still is on the timeline's grid."""
        info = self.asset(piece).info
        if info.kind == "audio":
            return round_half_up(source_ms)
        return snap_ms(source_ms, info.frame_rate if info.kind == "video" else self.rate)

    def remove(self, ranges: Iterable[Range]) -> int:
        """Take ranges (of the timeline as it is now) out; return by how many ms it became shorter.

        Raises:
            EditError: nothing would be left.
        """
        before = self.length
        inside = self.carve(ranges)
        kept = [piece for piece, gone in zip(self.pieces, inside, strict=True) if not gone]
        if not kept:
            raise EditError(say(self.language, "everything"), remedy=say(self.language, "everything_remedy"))
        self.pieces = kept
        return before - self.length


def main_track(draft: Draft) -> Track:
    """Return the track that is edited: the first with pictures, else the first sound that is no music.

    Raises:
        EditError: there is none.
    """
    sounds = [track for track in draft.of_type(TrackType.AUDIO) if not is_music(track)]
    for track in (*draft.of_type(TrackType.VIDEO), *sounds):
        if track.segments:
            return track
    raise EditError("there is nothing on the timeline to edit", remedy="Upload a recording first.")


def is_music(track: Track) -> bool:
    """Tell whether a track was laid under the recording by a music operation."""
    return track.type == TrackType.AUDIO and track.metadata.get("role") == "music"


def is_captions(track: Track) -> bool:
    """Tell whether a track of text shows what is said."""
    return track.type == TrackType.TEXT and track.metadata.get("role") == CAPTIONS


def _placed(track: Track) -> list[Segment]:
    """Return a track's segments with their starts and lengths as whole ms."""
    return [
        segment.model_copy(
            update={"start_ms": round_half_up(start), "duration_ms": round_half_up(segment.duration_ms)}
        )
        for start, segment in track.placed()
    ]
