"""A Kdenlive project: https://invent.kde.org/multimedia/kdenlive/-/blob/master/dev-docs/fileformat.md.

It is written as generation 4 (document version 1.04), which Kdenlive opens from 20.12 on; 23.04 and later
make it their own when they open it. A track is a tractor of two playlists, so that two clips can overlap in
a mix; picture and sound lie on tracks of their own; each file is in the bin under a number by which its clips
are known. Like all MLT documents it counts in frames, and ``out`` is the last frame itself.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from nemo_lab.engine.interchange.kdenlive_title import title_document
from nemo_lab.engine.interchange.mlt import add_profile, add_properties, entry, source_of
from nemo_lab.engine.interchange.sequence import Clip, Join, Media, Sequence, Text
from nemo_lab.engine.interchange.xml import add, document

_INTERNAL = {"internal_added": 237, "always_active": 1}
"""Marks what Kdenlive itself puts between tracks."""
_FIRST_ID = 2
"""Of the bin; Kdenlive counts from there."""


def to_kdenlive(sequence: Sequence) -> str:
    """Return the sequence as a Kdenlive project."""
    return _Project(sequence).document()


@dataclass(frozen=True)
class _Cut:
    """A stretch of a producer on a track, in frames of the timeline."""

    producer: str
    bin_id: int
    first: int
    """Frame of the producer."""
    start: int
    end: int
    volume: float | None = None

    def reaching(self, before: int, after: int) -> _Cut:
        """Return it longer by so many frames at either end."""
        return replace(self, first=self.first - before, start=self.start - before, end=self.end + after)

    def element(self) -> Element:
        """Return its place in a playlist."""
        item = Element("entry", producer=self.producer)
        item.set("in", str(self.first))
        item.set("out", str(self.first + self.end - self.start - 1))
        add_properties(item, {"kdenlive:id": self.bin_id})
        if self.volume not in {None, 1}:
            level = 20 * math.log10(self.volume) if self.volume else -60.0
            named = {"mlt_service": "volume", "kdenlive_id": "volume", "level": f"{level:.3f}"}
            add_properties(add(item, "filter"), named)
        return item


class _Project:
    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._root = Element("mlt", LC_NUMERIC="C", producer="main_bin", title=sequence.name)
        self._producers: dict[tuple[str, Fraction, int | None, int], str] = {}
        self._tracks: list[tuple[str, bool]] = []
        """Name, and whether it is of sound; the lowest first."""
        self._bin: dict[str, int] = {}
        self._entries: list[Element] = []

    def document(self) -> str:
        """Return the project."""
        sequence = self._sequence
        add_profile(self._root, sequence)
        black = {"mlt_service": "color", "resource": "black", "length": 2**31 - 1, "eof": "continue",
                 "set.test_audio": 0}  # fmt: skip
        self._producer("black_track", sequence.length, black)
        for media in sequence.media():
            self._put_media(media)
        titles = [self._put_title(text) for text in sequence.titles()] if sequence.pictures else []
        self._write_bin()
        self._lay_tracks(titles)
        self._write_timeline()
        return document(self._root)

    def _put_media(self, media: Media) -> None:
        length = media.frames(self._sequence.rate)
        self._put(media.id, media.name, length, source_of(media, Fraction(1)))

    def _put_title(self, text: Text) -> _Cut:
        length = text.end - text.start
        name, title = f"title at {text.start}", title_document(text, self._sequence)
        wishes = {"mlt_service": "kdenlivetitle", "xmldata": title, "kdenlive:duration": length}
        number = self._put(name, text.text.splitlines()[0], length, wishes)
        return _Cut(f"bin{number}", number, 0, text.start, text.end)

    def _put(self, key: str, name: str, length: int, wishes: Mapping[str, object]) -> int:
        """Put something into the bin; return its number there."""
        number = self._bin[key] = _FIRST_ID + len(self._bin)
        known = {"length": length, "kdenlive:id": number, "kdenlive:clipname": name, "kdenlive:folderid": -1}
        self._producer(f"bin{number}", length, {**wishes, **known})
        self._entries.append(entry(f"bin{number}", 0, length))
        return number

    def _producer(self, name: str, length: int, wishes: Mapping[str, object]) -> None:
        item = add(self._root, "producer", id=name)
        item.set("in", "0")
        item.set("out", str(length - 1))
        add_properties(item, wishes)

    def _lay_tracks(self, titles: list[_Cut]) -> None:
        """Write the tracks from the lowest: sounds upside down, picture, titles."""
        sequence = self._sequence
        for layer in reversed(sequence.layers):
            self._track([self._cut(clip, 0) for clip in layer], {}, sound=True)
        for stream in reversed(range(sequence.sounds)):
            self._track(*self._heard(stream), sound=True)
        if sequence.pictures:
            cuts = [self._cut(clip, None) for clip in sequence.clips]
            self._track(cuts, sequence.joins, sound=False)
        for row in _rows(titles):
            self._track(row, {}, sound=False)

    def _heard(self, stream: int) -> tuple[list[_Cut], dict[int, Join]]:
        """Return the clips that have this sound, and the joins between those of them that touch."""
        clips = self._sequence.clips
        numbers = [number for number, clip in enumerate(clips) if stream < len(clip.media.info.audio)]
        place = {number: at for at, number in enumerate(numbers)}
        joins = {place[n]: join for n, join in self._sequence.joins.items() if n in place and n + 1 in place}
        return [self._cut(clips[number], stream) for number in numbers], joins

    def _cut(self, clip: Clip, stream: int | None) -> _Cut:
        """Make a producer for a clip: of a sound of the file, or of its picture alone."""
        rate, speed, sounds = self._sequence.rate, clip.speed, stream is not None
        first = round(clip.source_frame(rate) / speed)
        length = max(round(clip.media.frames(rate) / speed), first + clip.length)
        number, key = self._bin[clip.media.id], (clip.media.id, speed, stream, length)
        if key not in self._producers:
            self._producers[key] = f"clip{len(self._producers)}"
            alone = {"set.test_audio": int(not sounds), "set.test_image": int(sounds)}
            which = {"astream": stream, "vstream": -1, "video_index": -1} if sounds else {"audio_index": -1}
            wishes = {
                **source_of(clip.media, speed),
                "length": length,
                "kdenlive:id": number,
                **alone,
                **which,
            }
            self._producer(self._producers[key], length, wishes)
        volume = clip.segment.volume if sounds else None
        return _Cut(self._producers[key], number, first, clip.start, clip.end, volume)

    def _track(self, cuts: list[_Cut], joins: Mapping[int, Join], *, sound: bool) -> None:
        """Write a track; a clip that is mixed into lies on the other playlist than the one before it, any
        other on the first."""
        number = len(self._tracks)
        mark = {"kdenlive:audio_track": 1} if sound else {}
        lanes = [Element("playlist", id=f"playlist{2 * number + lane}") for lane in (0, 1)]
        for playlist in lanes:
            add_properties(playlist, mark)
        ends, lane = [0, 0], 0
        tractor = Element("tractor", id=f"track{number}")
        for at, cut in enumerate(cuts):
            lane = 1 - lane if at - 1 in joins else 0
            before = joins[at - 1].before if at - 1 in joins else 0
            after = joins[at].after if at in joins else 0
            placed = cut.reaching(before, after)
            if placed.start > ends[lane]:
                add(lanes[lane], "blank", length=placed.start - ends[lane])
            lanes[lane].append(placed.element())
            ends[lane] = placed.end
            if at in joins:
                _mix(tractor, cut.end, joins[at], sound=sound, back=lane == 1)
        add_properties(tractor, mark)
        hidden = "video" if sound else "audio"
        for place, playlist in enumerate(lanes):
            self._root.append(playlist)
            tractor.insert(place, Element("track", producer=playlist.get("id", ""), hide=hidden))
        tractor.set("in", "0")
        tractor.set("out", str(self._sequence.length - 1))
        self._root.append(tractor)
        self._tracks.append((f"track{number}", sound))

    def _write_bin(self) -> None:
        """Write the bin, before any track: Kdenlive looks for the version in the first playlist."""
        guides = [{"comment": mark.title, "pos": mark.frame, "type": 0} for mark in self._sequence.marks]
        named = hashlib.sha256(self._sequence.draft.model_dump_json().encode()).hexdigest()
        wishes = {
            "kdenlive:docproperties.version": "1.04",
            "kdenlive:docproperties.kdenliveversion": "22.12.3",
            # Names the folder in which Kdenlive keeps what it makes of this project: milliseconds, to it.
            "kdenlive:docproperties.documentid": int(named[:10], 16),
            "kdenlive:docproperties.audioChannels": 2,
            "kdenlive:docproperties.compositing": 1,
            "kdenlive:docproperties.guides": json.dumps(guides, ensure_ascii=False),
            "kdenlive:docproperties.seekOffset": 30000,
            "xml_retain": 1,
        }  # fmt: skip
        item = add(self._root, "playlist", id="main_bin")
        add_properties(item, wishes)
        item.extend(self._entries)

    def _write_timeline(self) -> None:
        item = add(self._root, "tractor", id="timeline", global_feed=1)
        item.set("in", "0")
        item.set("out", str(self._sequence.length - 1))
        add(item, "track", producer="black_track")
        for name, _ in self._tracks:
            add(item, "track", producer=name)
        for number, (_, sound) in enumerate(self._tracks, 1):
            service = "mix" if sound else "qtblend"
            more = {"kdenlive_id": service, "sum": 1} if sound else {"kdenlive_id": service}
            tracks = {"a_track": 0, "b_track": number, "mlt_service": service}
            add_properties(add(item, "transition"), {**tracks, **more, **_INTERNAL})


def _mix(tractor: Element, cut: int, join: Join, *, sound: bool, back: bool) -> None:
    """Let the clips of a track go over into each other around a cut.

    Args:
        tractor: of the track.
        cut: frame at which one clip ends and the next begins for who edits.
        join: how far they overlap.
        sound: what the track has.
        back: whether the first clip lies on the second playlist.
    """
    item = add(tractor, "transition")
    item.set("in", str(cut - join.before))
    item.set("out", str(cut + join.after))
    service = {"mlt_service": "mix", "kdenlive_id": "mix", "start": -1, "accepts_blanks": 1} if sound else {
        "mlt_service": "luma", "kdenlive_id": "luma"}  # fmt: skip
    tracks = {"a_track": int(back), "b_track": int(not back)}
    add_properties(
        item, {**tracks, **service, "reverse": int(back) if sound else 0, "kdenlive:mixcut": join.after}
    )


def _rows(cuts: list[_Cut]) -> Iterator[list[_Cut]]:
    """Yield the cuts in rows in which none overlap."""
    rest = sorted(cuts, key=lambda cut: cut.start)
    while rest:
        row, later = [rest[0]], list[_Cut]()
        for cut in rest[1:]:
            (row if cut.start >= row[-1].end else later).append(cut)
        yield row
        rest = later
