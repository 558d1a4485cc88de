"""FCPXML 1.9, which Final Cut Pro and DaVinci Resolve read.

https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from __future__ import annotations

import math
from fractions import Fraction
from xml.etree.ElementTree import Element

from nemo_lab.engine.interchange.clock import rational
from nemo_lab.engine.interchange.paths import file_url
from nemo_lab.engine.interchange.sequence import Clip, Join, Media, Sequence, Text
from nemo_lab.engine.interchange.xml import add, document

_TITLE = ".../Titles.localized/Bumper:Opener.localized/Basic Title.localized/Basic Title.moti"
_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
"""Final Cut's own names of its Basic Title and its Cross Dissolve."""


def to_fcpxml(sequence: Sequence) -> str:
    """Return the sequence as an FCPXML document."""
    return _Writer(sequence).document()


class _Writer:
    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._files = {media.id: f"r{number}" for number, media in enumerate(sequence.media(), 10)}
        self._formats: dict[tuple[Fraction, int, int], str] = {}
        self._styles = 0

    def document(self) -> str:
        sequence = self._sequence
        root = Element("fcpxml", version="1.9")
        resources = add(root, "resources")
        form = self._format(resources, sequence.rate, sequence.width, sequence.height)
        for media in sequence.media():
            self._asset(resources, media)
        add(resources, "effect", id="r2", name="Basic Title", uid=_TITLE)
        add(resources, "effect", id="r3", name="Cross Dissolve", uid=_DISSOLVE)
        event = add(add(root, "library"), "event", name=sequence.name)
        project = add(event, "project", name=sequence.name)
        top = add(project, "sequence", format=form, duration=self._time(sequence.length), tcStart="0s",
                  tcFormat="NDF", audioLayout="stereo", audioRate="48k")  # fmt: skip
        self._spine(add(top, "spine"))
        return document(root, "fcpxml")

    def _time(self, frames: int | Fraction) -> str:
        return rational(frames, self._sequence.rate)

    def _format(self, resources: Element, rate: Fraction, width: int, height: int) -> str:
        key = (rate, width, height)
        if key not in self._formats:
            self._formats[key] = f"r{100 + len(self._formats)}"
            add(resources, "format", id=self._formats[key], frameDuration=rational(1, rate),
                width=width or None, height=height or None)  # fmt: skip
        return self._formats[key]

    def _asset(self, resources: Element, media: Media) -> None:
        info = media.info
        form = None
        if info.has_video:
            rate = info.frame_rate if info.kind == "video" else self._sequence.rate
            form = self._format(resources, rate, info.width, info.height)
        asset = add(
            resources, "asset", id=self._files[media.id], name=media.name, start="0s",
            duration=self._time(media.frames(self._sequence.rate)), format=form,
            hasVideo="1" if info.has_video else None, hasAudio="1" if info.has_audio else None,
            audioSources=len(info.audio) or None, audioChannels=media.channels or None,
            audioRate=info.audio[0].rate if info.audio else None,
        )  # fmt: skip
        add(asset, "media-rep", kind="original-media", src=file_url(media.path))

    def _spine(self, spine: Element) -> None:
        sequence = self._sequence
        for number, clip in enumerate(sequence.clips):
            self._clip(spine, clip)
            if number in sequence.joins:
                self._transition(spine, clip.end, sequence.joins[number])

    def _clip(self, spine: Element, clip: Clip) -> None:
        start = self._start(clip)
        item = add(
            spine, "asset-clip", ref=self._files[clip.media.id], name=clip.name,
            offset=self._time(clip.start), start=self._time(start), duration=self._time(clip.length),
            tcFormat="NDF", enabled=None if clip.enabled else "0",
        )  # fmt: skip
        self._retime(item, clip)
        _volume(item, clip)
        within = range(clip.start, clip.end)
        # What is connected says its place on the clock of the clip that carries it.
        for text in self._sequence.titles():
            if text.start in within:
                self._title(item, text, start + text.start - clip.start)
        for row, layer in enumerate(self._sequence.layers, 1):
            for sound in layer:
                if sound.start in within:
                    self._sound(item, sound, start + sound.start - clip.start, row)
        for mark in self._sequence.marks:
            if mark.frame in within:
                add(item, "chapter-marker", start=self._time(start + mark.frame - clip.start),
                    duration=self._time(1), value=mark.title)  # fmt: skip
        if len(clip.media.info.audio) > 1:
            self._sources(item, clip.media)

    def _start(self, clip: Clip) -> Fraction:
        """Return the clip's first frame on its own clock, which a change of speed stretches."""
        source = Fraction(clip.source_frame(self._sequence.rate))
        return source if clip.speed == 1 else Fraction(math.floor(source / clip.speed + Fraction(1, 2)))

    def _retime(self, item: Element, clip: Clip) -> None:
        if clip.speed == 1:
            return
        whole = clip.media.frames(self._sequence.rate)
        remap = add(item, "timeMap")
        add(remap, "timept", time="0s", value="0s", interp="linear")
        played = Fraction(whole) / clip.speed
        add(remap, "timept", time=self._time(played), value=self._time(whole), interp="linear")

    def _sources(self, item: Element, media: Media) -> None:
        """Tell the recording's audio tracks apart, each with a role of its own."""
        first = 1
        for stream in media.info.audio:
            channels = ", ".join(str(first + number) for number in range(stream.channels))
            name = (stream.title or f"track {stream.index + 1}").replace(".", " ").replace("?", " ")
            add(item, "audio-channel-source", srcCh=channels, role=f"dialogue.{name}")
            first += stream.channels

    def _transition(self, spine: Element, cut: int, join: Join) -> None:
        item = add(spine, "transition", name="Cross Dissolve", offset=self._time(cut - join.before),
                   duration=self._time(join.length))  # fmt: skip
        add(item, "filter-video", ref="r3", name="Cross Dissolve")

    def _title(self, parent: Element, text: Text, offset: Fraction) -> None:
        self._styles += 1
        style = f"ts{self._styles}"
        name, length = text.text.splitlines()[0][:60], self._time(text.end - text.start)
        item = add(parent, "title", ref="r2", lane=1, offset=self._time(offset), start="0s", name=name,
                   duration=length)  # fmt: skip
        add(add(item, "text"), "text-style", text.text, ref=style)
        size = round(self._sequence.height / 14 * float(text.segment.metadata.get("size") or 1))
        red, green, blue = _color(str(text.segment.metadata.get("color") or "#ffffff"))
        add(add(item, "text-style-def", id=style), "text-style", font="Helvetica", fontSize=size,
            fontColor=f"{red:g} {green:g} {blue:g} 1", alignment="center")  # fmt: skip

    def _sound(self, parent: Element, clip: Clip, offset: Fraction, row: int) -> None:
        item = add(
            parent, "asset-clip", ref=self._files[clip.media.id], lane=-row, offset=self._time(offset),
            name=clip.name, start=self._time(clip.source_frame(self._sequence.rate)),
            duration=self._time(clip.length), audioRole="music",
        )  # fmt: skip
        _volume(item, clip)


def _volume(item: Element, clip: Clip) -> None:
    factor = clip.segment.volume
    if factor not in {None, 1}:
        # The format's own bottom is -96 dB.
        decibel = 20 * math.log10(factor) if factor else -96.0
        add(item, "adjust-volume", amount=f"{max(decibel, -96.0):.4g}dB")


def _color(text: str) -> tuple[float, float, float]:
    red, green, blue = (round(int(text[place : place + 2], 16) / 255, 4) for place in (1, 3, 5))
    return red, green, blue
