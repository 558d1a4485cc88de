"""CMX 3600 edit decision lists: one row of pictures, its sound, cuts and dissolves.

The format knows no files: a clip's name stands in a comment (``FROM CLIP NAME``), as all programs do it.
Frame counts are non-drop timecodes at the sequence's rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from nemo_lab.engine.interchange.clock import frames_of, timecode
from nemo_lab.engine.interchange.reading import Cut, Reading, reading_of
from nemo_lab.engine.interchange.sequence import Clip, Sequence
from nemo_lab.errors import EditError

_EVENT = re.compile(
    r"(?P<number>\d+)\s+(?P<reel>\S+)\s+(?P<channel>\S+)\s+(?P<kind>[CDW]\d*|KB?)\s+(?:(?P<frames>\d+)\s+)?"
    r"(?P<source_in>[\d:;]{11})\s+(?P<source_out>[\d:;]{11})\s+(?P<start>[\d:;]{11})\s+(?P<end>[\d:;]{11})"
)
_SPEED = re.compile(r"M2\s+\S+\s+(-?[\d.]+)")
_RATE = re.compile(r"\*\s*FRAME RATE:\s*(\d+(?:/\d+)?)", re.I)
_NAME = re.compile(r"\*\s*(FROM|TO) CLIP NAME:\s*(.+)", re.I)
_FILE = re.compile(r"\*\s*(?:SOURCE )?FILE(?: PATH)?:\s*(.+)", re.I)


def to_edl(sequence: Sequence) -> str:
    """Return the sequence as an EDL. Titles, music and further audio tracks have no place in it."""
    title = " ".join(sequence.name.split())
    lines = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""]
    channel = ("AA/V" if sequence.sounds else "V") if sequence.pictures else "AA"
    number = 1
    for place, clip in enumerate(sequence.clips):
        if not clip.enabled:
            continue
        event = list(_Event(sequence, place, clip, channel, number).lines())
        if number == 1:  # readers take a comment only where an event stands before it
            event.insert(-1, f"* FRAME RATE: {sequence.rate}")
        lines += event
        number += 1
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Event:
    sequence: Sequence
    place: int
    clip: Clip
    channel: str
    number: int

    def lines(self) -> Iterator[str]:
        before = self.sequence.joins.get(self.place - 1)
        after = self.sequence.joins.get(self.place)
        rate = self.sequence.rate
        early = before.before if before else 0
        late = after.before if after else 0
        start, end = self.clip.start - early, self.clip.end - late
        source = self.clip.source_frame(rate) - round(early * self.clip.speed)
        if before is not None:
            previous = self.sequence.clips[self.place - 1]
            out = previous.source_frame(rate) + previous.source_length() - round(early * previous.speed)
            yield self._line("C", out, out, start, start)
            length = source + round((end - start) * self.clip.speed)
            yield self._line(f"D    {before.length:03d}", source, length, start, end)
            yield f"* FROM CLIP NAME: {_one_line(previous.name)}"
            yield f"* TO CLIP NAME: {_one_line(self.clip.name)}"
        else:
            length = source + round((end - start) * self.clip.speed)
            yield self._line("C", source, length, start, end)
            yield f"* FROM CLIP NAME: {_one_line(self.clip.name)}"
        if self.clip.speed != 1:
            fps = f"{float(rate * self.clip.speed):05.1f}"
            yield f"M2   AX       {fps}                {timecode(source, rate)}"
        yield f"* SOURCE FILE: {_one_line(str(self.clip.media.path))}"
        yield ""

    def _line(self, kind: str, source: int, out: int, start: int, end: int) -> str:
        rate = self.sequence.rate
        times = " ".join(timecode(frame, rate) for frame in (source, out, start, end))
        return f"{self.number:03d}  AX       {self.channel:<5} {kind:<8} {times}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def from_edl(text: str, rate: Fraction) -> Reading:
    """Read an EDL. Its first row of pictures is taken; sound goes with them.

    Args:
        text: the list.
        rate: frames per second, unless it says so itself, as ours do.

    Raises:
        EditError: it has no event that shows a file.
    """
    stated = _RATE.search(text)
    rate = Fraction(stated[1]) if stated else rate
    events = [event for event in _events(text, rate) if event.length > 0]
    pictures = [event for event in events if "V" in event.channel.upper() or event.channel.upper() == "B"]
    chosen = sorted(pictures or events, key=lambda event: event.start)
    if any(not event.file for event in chosen):
        raise EditError(
            "the EDL names no file for an event", remedy="Export it with clip names (FROM CLIP NAME)."
        )
    joins = {}
    for place, event in enumerate(chosen):
        if event.dissolve and place:
            joins[place - 1] = ("crossfade", event.dissolve)
    cuts = [
        _cut(event, rate, lead=event.dissolve // 2 if n - 1 in joins else 0,
             tail=chosen[n + 1].dissolve // 2 if n in joins else 0)
        for n, event in enumerate(chosen)
    ]  # fmt: skip
    return reading_of(rate, cuts, joins=joins, sound_only=not pictures)


@dataclass
class _Read:
    channel: str
    source: int
    start: int
    length: int
    dissolve: int
    name: str = ""
    path: str = ""
    speed: float = 1.0

    @property
    def file(self) -> str:
        return self.path or self.name


def _cut(event: _Read, rate: Fraction, lead: int, tail: int) -> Cut:
    """Return an event with its join moved from the dissolve's beginning to its middle."""
    source = event.source + round(lead * event.speed)
    length = event.length - lead + tail
    name = event.name or event.file.replace("\\", "/").rpartition("/")[2]
    return Cut(event.file, Fraction(source) / rate, length, speed=event.speed, name=name)


def _events(text: str, rate: Fraction) -> Iterator[_Read]:
    drop, current = False, None
    for line in text.splitlines():
        line = line.strip()
        if line.upper().startswith("FCM:"):
            drop = "NON" not in line.upper()
        found = _EVENT.match(line)
        if found:
            if current is not None:
                yield current
            current = _event(found, rate, drop=drop)
        elif current is not None:
            _note(line, current, rate)
    if current is not None:
        yield current


def _event(found: re.Match[str], rate: Fraction, *, drop: bool) -> _Read:
    times = [frames_of(found[n], rate, drop=drop) for n in ("source_in", "source_out", "start", "end")]
    frames = int(found["frames"] or 0) if found["kind"][0] in "DW" else 0
    event = _Read(found["channel"], times[0], times[2], times[3] - times[2], frames)
    if event.length > 0 and times[1] - times[0] not in {0, event.length}:
        event.speed = (times[1] - times[0]) / event.length
    return event


def _note(line: str, event: _Read, rate: Fraction) -> None:
    """Take what a comment tells of the event before it; of a dissolve's two names the second is its own."""
    if named := _NAME.match(line):
        if named[1].upper() == "TO" or not (event.dissolve and event.name):
            event.name = named[2].strip()
    elif file := _FILE.match(line):
        event.path = file[1].strip()
    elif (speed := _SPEED.match(line)) and event.speed == 1:  # in and out tell it more exactly
        event.speed = float(speed[1]) / float(rate)
