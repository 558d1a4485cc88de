"""Read Final Cut Pro 7's XML, as Premiere Pro, Resolve and others write it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from nemo_lab.engine.interchange.reading import Cut, Reading, Title, reading_of
from nemo_lab.engine.interchange.xml import parse
from nemo_lab.errors import EditError

_KINDS = {"Dip to Black Dissolve": "fade_black", "Dip to White Dissolve": "fade_white"}


def from_fcp7(text: str) -> Reading:
    """Read an xmeml document: its first sequence. The lowest track of pictures is the main row; sound that
    goes with its pictures needs no track of its own here, other sound is laid beside it.

    Raises:
        EditError: it is no such document, or has no clip.
    """
    root = parse(text)
    sequence = root if root.tag == "sequence" else root.find(".//sequence")
    if root.tag != "xmeml" or sequence is None:
        raise EditError("this is no Final Cut Pro 7 XML with a sequence")
    return _Reader(root, sequence).reading()


class _Reader:
    def __init__(self, root: Element, sequence: Element) -> None:
        self._sequence, self._rate = sequence, _rate(sequence)
        self._files = {file.get("id"): file for file in root.iter("file") if file.find("pathurl") is not None}
        self._notes: list[str] = []

    def reading(self) -> Reading:
        pictures = [self._row(t) for t in self._sequence.iterfind("media/video/track")]
        sounds = [self._row(t) for t in self._sequence.iterfind("media/audio/track")]
        shown = [row for row in pictures if row[0]]
        heard = [row for row in sounds if row[0]]
        if not shown and not heard:
            raise EditError("the sequence has no clip that shows a file")
        main, joins = (shown or heard)[0]
        if len(shown) > 1:
            self._notes.append("pictures over the main track were left out")
        titles = [
            title for track in self._sequence.iterfind("media/video/track") for title in self._texts(track)
        ]
        whole = {"m": {"title": self._sequence.findtext("name") or "timeline"}}
        marks = [mark for mark in self._sequence.iterfind("marker") if mark.findtext("in")]
        if marks:
            whole["m"]["x_chapters"] = [self._mark(mark) for mark in marks]  # type: ignore[assignment]
        volumes = {(cut.start, cut.file): cut.extras for row, _ in heard for cut in row}
        main = [replace(cut, start=None, extras=volumes.get((cut.start, cut.file), {})) for cut in main]
        return reading_of(
            self._rate, main, joins=joins,
            layers=self._layers([row for row, _ in heard], {cut.file for cut in main}),
            titles=[({}, titles)] if titles else [], whole=whole, sound_only=not shown,
            notes=tuple(self._notes),
        )  # fmt: skip

    def _layers(self, rows: list[list[Cut]], own: set[str]) -> list[list[Cut]]:
        """Return the rows of sound that do not go with the pictures; the channels of one sound only once."""
        found: list[list[Cut]] = []
        for row in rows:
            layer = [cut for cut in row if cut.file not in own]
            if layer and layer not in found:
                found.append(layer)
        return found

    def _mark(self, mark: Element) -> dict[str, object]:
        frame = _number(mark, "in")
        return {"start": round(frame * 1000 / self._rate), "title": mark.findtext("name") or "Chapter"}

    def _row(self, track: Element) -> tuple[list[Cut], dict[int, tuple[str, int]]]:
        """Return a track's clips in order, and the transitions by the number of the clip before."""
        items = [item for item in track if item.tag in {"clipitem", "transitionitem"}]
        cuts: list[Cut] = []
        joins: dict[int, tuple[str, int]] = {}
        for place, item in enumerate(items):
            if item.tag == "transitionitem":
                name = item.findtext("effect/name") or ""
                length = _number(item, "end") - _number(item, "start")
                joins[len(cuts) - 1] = (_KINDS.get(name, "crossfade"), length)
            elif item.findtext("enabled", "TRUE").upper() != "FALSE":
                cut = self._cut(item, *_neighbours(items, place))
                if cut is not None:
                    cuts.append(cut)
        return cuts, {n: join for n, join in joins.items() if 0 <= n < len(cuts) - 1 and join[1] > 0}

    def _cut(self, item: Element, before: Element | None, after: Element | None) -> Cut | None:
        file = self._file(item)
        if not file:
            self._notes.append(f"“{item.findtext('name', '')}” shows no file and was left out")
            return None
        speed = _speed(item)
        start, end, first = (_number(item, tag) for tag in ("start", "end", "in"))
        # Beside a transition the border is said to be -1: it lies in the transition's middle.
        if start < 0 and before is not None:
            start = _middle(before)
            first += start - _number(before, "start")
        if end < 0 and after is not None:
            end = _middle(after)
        if end <= start:
            return None
        source = Fraction(first) * Fraction(speed).limit_denominator(1000) / self._rate
        volume = _level(item)
        extras = {} if volume is None else {"x_volume": volume}
        name = item.findtext("name") or ""
        return Cut(file, max(source, Fraction(0)), end - start, start, speed, name, extras)

    def _file(self, item: Element) -> str:
        file = item.find("file")
        known = file if file is None or file.find("pathurl") is not None else self._files.get(file.get("id"))
        return "" if known is None else known.findtext("pathurl") or known.findtext("name") or ""

    def _texts(self, track: Element) -> list[Title]:
        found = []
        for item in track.iterfind("generatoritem"):
            start, end = _number(item, "start"), _number(item, "end")
            for parameter in item.iterfind("effect/parameter"):
                text = parameter.findtext("value") if parameter.findtext("parameterid") == "str" else None
                if text and end > start >= 0:
                    found.append(Title(start, end - start, {"m": {"text": text}}))
        return found


def _neighbours(items: list[Element], place: int) -> tuple[Element | None, Element | None]:
    """Return the transitions on either side of an item."""
    around = (items[place - 1] if place else None, items[place + 1] if place + 1 < len(items) else None)
    before, after = (x if x is not None and x.tag == "transitionitem" else None for x in around)
    return before, after


def _middle(transition: Element) -> int:
    start, end = _number(transition, "start"), _number(transition, "end")
    kind = transition.findtext("alignment", "center")
    if kind in {"start", "start-black"}:
        return start
    return end if kind in {"end", "end-black"} else start + (end - start) // 2


def _rate(parent: Element) -> Fraction:
    base = _number(parent, "rate/timebase")
    if not 1 <= base <= 1000:
        raise EditError("the sequence says no frame rate")
    ntsc = parent.findtext("rate/ntsc", "FALSE").upper() == "TRUE"
    return Fraction(base * 1000, 1001) if ntsc else Fraction(base)


def _number(parent: Element, tag: str) -> int:
    """Return a whole number.

    Raises:
        EditError: it is missing or none.
    """
    text = parent.findtext(tag) or ""
    try:
        return int(text)
    except ValueError:
        raise EditError(f"the sequence has a {parent.tag} whose {tag} is “{text[:20]}”") from None


def _parameter(item: Element, effect: str, name: str) -> float | None:
    for found in item.iterfind("filter/effect"):
        if found.findtext("effectid") == effect:
            for parameter in found.iterfind("parameter"):
                if parameter.findtext("parameterid") == name:
                    return _decimal(parameter.findtext("value") or "")
    return None


def _decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise EditError(f"the sequence has an effect with the value “{text[:20]}”") from None


def _speed(item: Element) -> float:
    percent = _parameter(item, "timeremap", "speed")
    if percent is None:
        return 1.0
    if not 5 <= percent <= 10000:
        raise EditError(f"a clip runs at {percent:g} %, which cannot be played", remedy="Change its speed.")
    return percent / 100


def _level(item: Element) -> float | None:
    level = _parameter(item, "audiolevels", "level")
    return level if level is not None and 0 <= level <= 100 else None
