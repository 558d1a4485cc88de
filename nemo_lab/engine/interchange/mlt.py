"""MLT XML, which Shotcut and melt open; Kdenlive has a document of its own (:mod:`.kdenlive`).

https://www.mltframework.org/docs/mltxml. All counts are frames of the profile; ``out`` is the last frame
itself. A transition is a tractor of two tracks inside the playlist, as Shotcut writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import count
from xml.etree.ElementTree import Element

from nemo_lab.engine.interchange.sequence import Clip, Media, Sequence, Text
from nemo_lab.engine.interchange.xml import add, document


def to_mlt(sequence: Sequence) -> str:
    """Return the sequence as an MLT document."""
    return _Writer(sequence).document()


def add_profile(root: Element, sequence: Sequence) -> None:
    """Append what the picture of the sequence is."""
    rate = sequence.rate
    width, height = sequence.width or 1920, sequence.height or 1080
    ratio = Fraction(width, height)
    add(
        root, "profile", description=sequence.name, width=width, height=height, progressive=1,
        sample_aspect_num=1, sample_aspect_den=1, display_aspect_num=ratio.numerator,
        display_aspect_den=ratio.denominator, frame_rate_num=rate.numerator,
        frame_rate_den=rate.denominator, colorspace=709 if height >= 720 else 601,
    )  # fmt: skip


def add_properties(item: Element, given: Mapping[str, object]) -> None:
    """Append properties to a service."""
    for key, value in given.items():
        add(item, "property", value, name=key)


def source_of(media: Media, speed: Fraction) -> dict[str, object]:
    """Return the properties by which a producer plays a file at a speed."""
    path = str(media.path)
    if media.info.kind == "image":
        return {"mlt_service": "qimage", "resource": path}
    if speed == 1:
        return {"mlt_service": "avformat", "resource": path}
    factor = f"{float(speed):g}"
    return {"mlt_service": "timewarp", "resource": f"{factor}:{path}", "warp_speed": factor,
            "warp_resource": path, "warp_pitch": 1}  # fmt: skip


class _Writer:
    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._root = Element("mlt", LC_NUMERIC="C", producer="main", title=sequence.name)
        self._producers: dict[tuple[str, Fraction, int | None], str] = {}
        self._numbers = count(1)

    def document(self) -> str:
        sequence = self._sequence
        add_profile(self._root, sequence)
        tracks = [self._main()]
        # The first sound comes with the picture.
        tracks += [self._sound(number) for number in range(1, sequence.sounds)]
        tracks += [self._playlist(f"music{number}", layer, None)
                   for number, layer in enumerate(sequence.layers, 1)]  # fmt: skip
        titles = sequence.titles()
        texts = [self._titles(titles)] if titles and sequence.pictures else []
        main = add(self._root, "tractor", id="main")
        main.set("in", "0")
        main.set("out", str(sequence.length - 1))
        add(main, "property", 1, name="shotcut")
        for name in (*tracks, *texts):
            add(main, "track", producer=name, hide="video" if name in tracks[1:] else None)
        for number in range(1, len(tracks)):
            self._blend(main, "mix", 0, number, always_active=1, sum=1)
        if texts:
            self._blend(main, "composite", 0, len(tracks))
        return document(self._root)

    def _named(self, tag: str, name: str, **properties: object) -> Element:
        item = add(self._root, tag, id=name)
        add_properties(item, properties)
        return item

    def _blend(self, parent: Element, service: str, a: int, b: int, **more: object) -> Element:
        item = add(parent, "transition")
        for key, value in ({"a_track": a, "b_track": b, "mlt_service": service} | more).items():
            add(item, "property", value, name=key)
        return item

    def _producer(self, clip: Clip, stream: int | None) -> str:
        """Return the producer of a file at a speed; ``stream`` gives one of its sounds alone."""
        key = (clip.media.id, clip.speed, stream)
        if key not in self._producers:
            name = self._producers[key] = f"producer{next(self._numbers)}"
            length = round(clip.media.frames(self._sequence.rate) / clip.speed)
            properties = {"length": max(length, clip.length), **source_of(clip.media, clip.speed)}
            if stream is not None:
                properties |= {"astream": stream, "vstream": -1, "video_index": -1}
            self._named("producer", name, **properties)
        return self._producers[key]

    def _main(self) -> str:
        name, pieces = "main_row", []
        for kind, number, clip in self._parts():
            pieces.append(self._cross(number) if kind == "join" else clip)
        playlist = Element("playlist", id=name)
        for piece in pieces:
            if isinstance(piece, str):
                length = self._sequence.joins[int(piece.removeprefix("join"))].length
                playlist.append(entry(piece, 0, length))
            else:
                self._play(playlist, piece, None)
        self._root.append(playlist)
        return name

    def _parts(self) -> Iterator[tuple[str, int, Clip]]:
        """Yield the main row's clips without what their joins take of them, and the joins between."""
        joins = self._sequence.joins
        for number, clip in enumerate(self._sequence.clips):
            head = joins[number - 1].after if number - 1 in joins else 0
            tail = joins[number].before if number in joins else 0
            source = clip.source + head * clip.speed / self._sequence.rate
            body = replace(clip, start=clip.start + head, end=clip.end - tail, source=source)
            if body.length > 0:
                yield "clip", number, body
            if number in joins:
                yield "join", number, clip

    def _cross(self, number: int) -> str:
        """Write the tractor in which two clips go over into each other."""
        join, clips = self._sequence.joins[number], self._sequence.clips
        before, after = clips[number], clips[number + 1]
        rate, name = self._sequence.rate, f"join{number}"
        leaving = before.source + (before.length - join.before) * before.speed / rate
        entering = after.source - join.before * after.speed / rate
        out_of = replace(before, start=0, end=join.length, source=leaving)
        into = replace(after, start=0, end=join.length, source=entering)
        tracks = [(self._producer(clip, None), clip) for clip in (out_of, into)]
        tractor = add(self._root, "tractor", id=name)
        tractor.set("in", "0")
        tractor.set("out", str(join.length - 1))
        for producer, clip in tracks:
            first = self._first(clip)
            track = add(tractor, "track", producer=producer)
            track.set("in", str(first))
            track.set("out", str(first + join.length - 1))
        for service, more in (("luma", {}), ("mix", {"start": -1})):
            item = self._blend(tractor, service, 0, 1, **more)
            item.set("in", "0")
            item.set("out", str(join.length - 1))
        return name

    def _first(self, clip: Clip) -> int:
        """Return the producer's frame at which a clip begins; a warped producer counts as it plays."""
        return round(clip.source_frame(self._sequence.rate) / clip.speed)

    def _sound(self, stream: int) -> str:
        clips = tuple(clip for clip in self._sequence.clips if stream < len(clip.media.info.audio))
        return self._playlist(f"sound{stream + 1}", clips, stream)

    def _playlist(self, name: str, clips: tuple[Clip, ...], stream: int | None) -> str:
        playlist, at = Element("playlist", id=name), 0
        for clip in clips:
            if clip.start > at:
                add(playlist, "blank", length=clip.start - at)
            self._play(playlist, clip, stream)
            at = clip.end
        self._root.append(playlist)
        return name

    def _play(self, playlist: Element, clip: Clip, stream: int | None) -> None:
        item = entry(self._producer(clip, stream), self._first(clip), clip.length)
        playlist.append(item)
        factor = clip.segment.volume
        if factor not in {None, 1}:
            effect = add(item, "filter")
            for key, value in {"mlt_service": "volume", "gain": f"{factor:g}"}.items():
                add(effect, "property", value, name=key)

    def _titles(self, texts: list[Text]) -> str:
        playlist, at = Element("playlist", id="titles"), 0
        for number, text in enumerate(sorted(texts, key=lambda text: text.start), 1):
            if text.start < at:
                continue
            if text.start > at:
                add(playlist, "blank", length=text.start - at)
            playlist.append(entry(self._title(text, number), 0, text.end - text.start))
            at = text.end
        self._root.append(playlist)
        return "titles"

    def _title(self, text: Text, number: int) -> str:
        look = text.segment.metadata
        place = str(look.get("position") or "center")
        size = round(self._sequence.height / 14 * float(look.get("size") or 1))
        item = self._named("producer", f"title{number}", mlt_service="color", resource="#00000000",
                           length=text.end - text.start)  # fmt: skip
        effect = add(item, "filter")
        style = {
            "mlt_service": "dynamictext", "argument": text.text.replace("#", r"\#"),
            "geometry": "0 0 100% 100%",
            "fgcolour": str(look.get("color") or "#ffffff"), "bgcolour": "#00000000", "size": size,
            "halign": next((word for word in ("left", "right") if word in place), "center"),
            "valign": next((word for word in ("top", "bottom") if word in place), "middle"),
        }  # fmt: skip
        for key, value in style.items():
            add(effect, "property", value, name=key)
        return f"title{number}"


def entry(producer: str, first: int, length: int) -> Element:
    """Return a stretch of a producer, for a playlist."""
    item = Element("entry", producer=producer)
    item.set("in", str(first))
    item.set("out", str(first + length - 1))
    return item
