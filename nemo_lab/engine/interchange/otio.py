"""OpenTimelineIO: the format in which nothing that we write is lost.

What OTIO has words for (clips, gaps, transitions, time warps, markers, texts as generators) is said in them;
what only we know travels in ``metadata["nemo_lab"]`` of the object it belongs to.
https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-timeline-structure.html
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from nemo_lab.engine.interchange.paths import file_url
from nemo_lab.engine.interchange.reading import PLACED, Cut, Reading, Title, rate_of, reading_of
from nemo_lab.engine.interchange.sequence import Clip, Join, Sequence, Text
from nemo_lab.errors import EditError, MissingExtra
from nemo_lab.protocol.draft import TrackType

_OURS = "nemo_lab"
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_DEEPEST = 500
"""Levels of a document; the library ends the process over thousands."""
_MAIN, _SOUND, _LAYER, _TEXT = "main", "sound", "layer", "text"


def _library() -> Any:
    try:
        import opentimelineio
    except ImportError:
        raise MissingExtra("OpenTimelineIO", "otio") from None
    return opentimelineio


def to_otio(sequence: Sequence) -> str:
    """Return the sequence as an OTIO document.

    Raises:
        MissingExtra: OpenTimelineIO is not installed.
    """
    text: str = _Writer(_library(), sequence).timeline().to_json_string(indent=2)
    return text + "\n"


class _Writer:
    def __init__(self, library: Any, sequence: Sequence) -> None:
        self._otio, self._schema, self._sequence = library, library.schema, sequence
        self._rate = float(sequence.rate)

    def timeline(self) -> Any:
        sequence = self._sequence
        wire = sequence.draft.to_wire()
        whole = {key: value for key, value in wire.items() if key not in {"t", "d"}}
        timeline = self._schema.Timeline(sequence.name, metadata={_OURS: whole})
        timeline.global_start_time = self._time(0)
        kind = "Video" if sequence.pictures else "Audio"
        main = self._track("V1" if sequence.pictures else "A1", kind, _MAIN)
        self._fill(main, sequence.clips, sequence.joins)
        for mark in sequence.marks:
            main.markers.append(
                self._schema.Marker(mark.title, self._range(mark.frame, 1), metadata={_OURS: "chapter"})
            )
        timeline.tracks.append(main)
        for number in range(sequence.sounds if sequence.pictures else 0):
            timeline.tracks.append(self._sound(number))
        for number, row in enumerate(sequence.layers, 1):
            track = self._track(f"Music {number}", "Audio", _LAYER)
            self._fill(track, row, {})
            timeline.tracks.append(track)
        for number, place in enumerate(sequence.draft.of_type(TrackType.TEXT), 1):
            texts = [text for text in sequence.texts if text.segment in place.segments]
            timeline.tracks.append(self._texts(f"Titles {number}", texts, place.metadata))
        return timeline

    def _time(self, frame: int, rate: float | None = None) -> Any:
        return self._otio.opentime.RationalTime(frame, rate or self._rate)

    def _range(self, start: int, length: int) -> Any:
        return self._otio.opentime.TimeRange(self._time(start), self._time(length))

    def _track(self, name: str, kind: str, role: str, **more: Any) -> Any:
        return self._schema.Track(name, kind=kind, metadata={_OURS: {"role": role, **more}})

    def _fill(self, track: Any, clips: tuple[Clip, ...], joins: Any, stream: int | None = None) -> None:
        """Put clips on a track, with the gaps between them and the transitions at their joins."""
        at = 0
        for number, clip in enumerate(clips):
            if clip.start > at:
                track.append(self._schema.Gap(duration=self._time(clip.start - at)))
            silent = stream is not None and stream >= len(clip.media.info.audio)
            track.append(self._schema.Gap(duration=self._time(clip.length)) if silent
                         else self._clip(clip, stream))  # fmt: skip
            if number in joins and not silent and clip is not clips[-1]:
                track.append(self._transition(joins[number]))
            at = clip.end

    def _sound(self, stream: int) -> Any:
        """Return the track of one of the recording's sounds, cut as its pictures are."""
        titles = [c.media.info.audio[stream].title for c in self._sequence.clips
                  if stream < len(c.media.info.audio)]  # fmt: skip
        track = self._track(titles[0] or f"A{stream + 1}", "Audio", _SOUND, stream=stream)
        self._fill(track, self._sequence.clips, {}, stream)
        return track

    def _clip(self, clip: Clip, stream: int | None) -> Any:
        own = clip.media.info.frame_rate if clip.media.info.kind == "video" else self._sequence.rate
        schema, length = self._schema, clip.media.frames(own)
        reference = schema.ExternalReference(
            target_url=file_url(clip.media.path),
            available_range=self._otio.opentime.TimeRange(
                self._time(0, float(own)), self._time(length, float(own))
            ),
        )
        start = self._time(clip.source_frame(own), float(own))
        extras = {k: v for k, v in clip.segment.to_wire().items() if k not in PLACED}
        made = schema.Clip(
            name=clip.name,
            media_reference=reference,
            source_range=self._otio.opentime.TimeRange(start, self._time(clip.length)),
            metadata={_OURS: extras if stream is None else {"stream": stream}},
        )
        made.enabled = clip.enabled
        if clip.segment.speed != 1:
            made.effects.append(schema.LinearTimeWarp(time_scalar=clip.segment.speed))
        return made

    def _transition(self, join: Join) -> Any:
        kind = "SMPTE_Dissolve" if join.kind == "crossfade" else "Custom_Transition"
        before, after = self._time(join.before), self._time(join.after)
        return self._schema.Transition(
            name=join.kind, transition_type=kind, in_offset=before, out_offset=after,
            metadata={_OURS: {"kind": join.kind}},
        )  # fmt: skip

    def _texts(self, name: str, texts: list[Text], metadata: dict[str, Any]) -> Any:
        track, at = self._track(name, "Video", _TEXT, m=metadata), 0
        for text in sorted(texts, key=lambda text: text.start):
            if text.start < at:  # OTIO has no two things at once on a track
                continue
            if text.start > at:
                track.append(self._schema.Gap(duration=self._time(text.start - at)))
            at = text.end
            extras = {k: v for k, v in text.segment.to_wire().items() if k not in PLACED}
            reference = self._schema.GeneratorReference(
                name=text.text, generator_kind="Text", parameters={"text": text.text}
            )
            span = self._range(0, text.end - text.start)
            track.append(self._schema.Clip(text.text, reference, span, metadata={_OURS: extras}))
        return track


def from_otio(text: str) -> Reading:
    """Read an OTIO document: ours, or one that another program wrote.

    Of a foreign one the lowest track of pictures is the main row; sound that goes with its pictures needs no
    track of its own here, other sound is laid beside it.

    Raises:
        MissingExtra: OpenTimelineIO is not installed.
        EditError: it is no timeline, or has no clip.
    """
    library = _library()
    if _depth(text) > _DEEPEST:
        raise EditError("this is no OTIO document: it is nested too deeply")
    try:
        root = library.adapters.read_from_string(text, "otio_json")
    except Exception as exc:  # noqa: BLE001 - the library raises whatever its schemas raise
        raise EditError(f"this is no OTIO document: {str(exc)[:100]}") from None
    if not isinstance(root, library.schema.Timeline):
        raise EditError(f"the OTIO document holds no timeline but a {type(root).__name__}")
    return _Reader(library, root).reading()


def _depth(text: str) -> int:
    """Return how deep lists and objects lie in each other in a JSON text."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


class _Reader:
    def __init__(self, library: Any, timeline: Any) -> None:
        self._schema, self._timeline = library.schema, timeline
        clips = [clip for clip in timeline.find_clips() if clip.source_range is not None]
        if not clips:
            raise EditError("the OTIO document has no clip with a range")
        self._rate = rate_of(clips[0].source_range.duration.rate)
        self._notes: list[str] = []

    def reading(self) -> Reading:
        tracks = [track for track in self._timeline.tracks if isinstance(track, self._schema.Track)]
        main = self._main(tracks)
        cuts, joins = self._cuts(main, close=True)
        used = {cut.file for cut in cuts}
        layers, titles = [], []
        for track in tracks:
            ours = self._ours(track)
            if track is main or ours.get("role") == _SOUND:
                continue
            if track.kind == "Video":
                titles.append((_plain(ours.get("m", {})), self._titles(track)))
                continue
            row = self._cuts(track, close=False)[0]
            if ours.get("role") == _LAYER or not {cut.file for cut in row} <= used:
                layers.append(row)
        whole = _plain(self._ours(self._timeline))
        whole.setdefault("m", {}).setdefault("title", self._timeline.name or "timeline")
        marks = [
            {"start": round(float(mark.marked_range.start_time.to_seconds()) * 1000), "title": mark.name}
            for mark in main.markers
        ]
        if marks:
            whole["m"]["x_chapters"] = marks
        return reading_of(
            self._rate, cuts, joins=joins, layers=[row for row in layers if row],
            titles=[(meta, row) for meta, row in titles if row], whole=whole,
            sound_only=main.kind == "Audio", notes=tuple(dict.fromkeys(self._notes)),
        )  # fmt: skip

    def _ours(self, item: Any) -> dict[str, Any]:
        found = item.metadata.get(_OURS)
        return dict(found) if hasattr(found, "items") else {}

    def _main(self, tracks: list[Any]) -> Any:
        def of(kind: str) -> list[Any]:
            return [t for t in tracks if t.kind == kind and any(self._file(item) for item in t)]

        chosen = [t for t in tracks if self._ours(t).get("role") == _MAIN] or of("Video") or of("Audio")
        if not chosen:
            raise EditError("no track of the OTIO document shows a file")
        return chosen[0]

    def _file(self, item: Any) -> str:
        reference = getattr(item, "media_reference", None)
        return getattr(reference, "target_url", "") or ""

    def _cuts(self, track: Any, *, close: bool) -> tuple[list[Cut], dict[int, tuple[str, int]]]:
        """Return a track's clips; ``close`` closes its gaps, as the main row has none."""
        at = 0
        cuts: list[Cut] = []
        joins: dict[int, tuple[str, int]] = {}
        for item in track:
            if isinstance(item, self._schema.Transition):
                frames = self._frames(item.in_offset) + self._frames(item.out_offset)
                kind = self._ours(item).get("kind")
                joins[len(cuts) - 1] = (str(kind or "crossfade"), frames)
                continue
            length = self._frames(item.duration())
            file = self._file(item)
            if file and item.enabled:
                cuts.append(self._cut(item, file, length, None if close else at))
            elif close and isinstance(item, self._schema.Gap):
                self._notes.append("gaps were closed")
            elif isinstance(item, self._schema.Clip) and not file:
                self._notes.append(f"“{item.name}” shows no file and was left out")
            at += length
        return cuts, {n: join for n, join in joins.items() if 0 <= n < len(cuts) - 1}

    def _cut(self, item: Any, file: str, length: int, start: int | None) -> Cut:
        span = item.trimmed_range()
        warps = [e for e in item.effects if isinstance(e, self._schema.LinearTimeWarp)]
        begin = Fraction(round(span.start_time.value)) / rate_of(span.start_time.rate)
        reference = item.media_reference.available_range
        if reference is not None:  # files that begin at a timecode of their own
            begin -= Fraction(round(reference.start_time.value)) / rate_of(reference.start_time.rate)
        speed = float(warps[0].time_scalar) if warps else 1.0
        return Cut(file, max(begin, Fraction(0)), length, start, speed, item.name, _plain(self._ours(item)))

    def _titles(self, track: Any) -> list[Title]:
        at, found = 0, []
        for item in track:
            length = self._frames(item.duration())
            reference = getattr(item, "media_reference", None)
            if isinstance(reference, self._schema.GeneratorReference) and item.enabled:
                extras = _plain(self._ours(item)) or {"m": {"text": reference.parameters.get("text")}}
                if extras.get("m", {}).get("text"):
                    found.append(Title(at, length, extras))
            elif isinstance(item, self._schema.Clip):
                self._notes.append(f"“{item.name}” lies over the main track and was left out")
            at += length
        return found

    def _frames(self, time: Any) -> int:
        return round(Fraction(time.value) / rate_of(time.rate) * self._rate)


def _plain(value: Any) -> Any:
    """Return OTIO's own containers as plain ones."""
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple) or type(value).__name__ == "AnyVector":
        return [_plain(item) for item in value]
    return value
