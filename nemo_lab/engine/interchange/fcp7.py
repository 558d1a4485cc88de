"""Final Cut Pro 7's XML (xmeml), which Premiere Pro, Resolve and others read and write.

https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/FinalCutPro_XML
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from xml.etree.ElementTree import Element

from nemo_lab.engine.interchange.clock import timebase
from nemo_lab.engine.interchange.paths import file_url
from nemo_lab.engine.interchange.sequence import Clip, Join, Media, Sequence, Text
from nemo_lab.engine.interchange.xml import add, document, tree

_DISSOLVES = {"fade_black": "Dip to Black Dissolve", "fade_white": "Dip to White Dissolve"}


def to_fcp7(sequence: Sequence) -> str:
    """Return the sequence as an xmeml document."""
    return _Writer(sequence).document()


class _Writer:
    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._base, self._ntsc = timebase(sequence.rate)
        self._known: set[str] = set()

    def document(self) -> str:
        sequence = self._sequence
        root = Element("xmeml", version="5")
        top = add(root, "sequence", id="sequence-1")
        add(top, "name", sequence.name)
        add(top, "duration", sequence.length)
        self._rate(top)
        code = tree(top, "timecode", {"string": "00:00:00:00", "frame": 0, "displayformat": "NDF"})
        self._rate(code)
        media = add(top, "media")
        if sequence.pictures:
            self._video(add(media, "video"))
        self._audio(add(media, "audio"))
        for mark in sequence.marks:
            tree(top, "marker", {"name": mark.title, "in": mark.frame, "out": -1})
        return document(root, "xmeml")

    def _rate(self, parent: Element, rate: Fraction | None = None) -> None:
        base, ntsc = (self._base, self._ntsc) if rate is None else timebase(rate)
        tree(parent, "rate", {"timebase": base, "ntsc": "TRUE" if ntsc else "FALSE"})

    def _video(self, video: Element) -> None:
        form = add(add(video, "format"), "samplecharacteristics")
        self._rate(form)
        size = {"width": self._sequence.width, "height": self._sequence.height}
        for name, value in (size | {"pixelaspectratio": "square", "fielddominance": "none"}).items():
            add(form, name, value)
        track = add(video, "track")
        for number, clip in enumerate(self._sequence.clips):
            self._item(track, clip, number, f"v-{number + 1}", None)
            if number in self._sequence.joins:
                self._transition(track, clip.end, self._sequence.joins[number], "video")
        titles = self._sequence.titles()
        if titles:
            row = add(video, "track")
            for number, text in enumerate(sorted(titles, key=lambda text: text.start), 1):
                self._text(row, text, number)

    def _audio(self, audio: Element) -> None:
        sequence = self._sequence
        tree(add(audio, "format"), "samplecharacteristics", {"depth": 16, "samplerate": 48000})
        for stream in range(sequence.sounds):
            channels = max(_channels(clip.media, stream) for clip in sequence.clips)
            for channel in range(channels):
                track = _audio_track(audio, channel, channels)
                for number, clip in enumerate(sequence.clips):
                    if channel < _channels(clip.media, stream):
                        place = _first_channel(clip.media, stream) + channel
                        self._item(track, clip, number, f"a{stream + 1}-{channel + 1}-{number + 1}", place)
                        if number in sequence.joins:
                            self._transition(track, clip.end, sequence.joins[number], "audio")
        for row, layer in enumerate(sequence.layers, 1):
            channels = max(_channels(clip.media, 0) for clip in layer)
            for channel in range(channels):
                track = _audio_track(audio, channel, channels)
                for number, clip in enumerate(layer):
                    self._item(track, clip, None, f"m{row}-{channel + 1}-{number + 1}", channel)

    def _item(self, track: Element, clip: Clip, number: int | None, name: str, channel: int | None) -> None:
        """Write a clip; ``channel`` is ``None`` for its picture, else which of its file's channels."""
        rate = self._sequence.rate
        item = add(track, "clipitem", id=f"clipitem-{name}")
        first, last = clip.source_frame(rate), clip.source_frame(rate) + clip.source_length()
        before, after = self._joins(number)
        start, end = clip.start, clip.end
        # Beside a transition the clip reaches to its far end, and its own border is said to be -1.
        if before is not None:
            first, start = first - round(before.before * clip.speed), -1
        if after is not None:
            last, end = last + round(after.after * clip.speed), -1
        add(item, "masterclipid", f"master-{clip.media.id}")
        add(item, "name", clip.name)
        add(item, "enabled", "TRUE" if clip.enabled else "FALSE")
        add(item, "duration", clip.media.frames(rate))
        self._rate(item)
        # In and out are counted on the clip as it plays, that is after the change of speed.
        for tag, value in (("start", start), ("end", end)):
            add(item, tag, value)
        add(item, "in", round(first / clip.speed))
        add(item, "out", round(last / clip.speed))
        self._file(item, clip.media)
        if channel is not None:
            tree(item, "sourcetrack", {"mediatype": "audio", "trackindex": channel + 1})
        if clip.speed != 1:
            _speed(item, clip.speed)
        level = clip.segment.volume
        if channel is not None and level not in {None, 1}:
            _level(item, float(level or 0))
        if number is not None:
            for other in self._links(number):
                tree(item, "link", other)

    def _joins(self, number: int | None) -> tuple[Join | None, Join | None]:
        if number is None:
            return None, None
        return self._sequence.joins.get(number - 1), self._sequence.joins.get(number)

    def _links(self, number: int) -> Iterator[dict[str, object]]:
        """Yield picture and sounds of one clip, which editors move together."""
        clip, sequence = self._sequence.clips[number], self._sequence
        if sequence.pictures:
            yield {"linkclipref": f"clipitem-v-{number + 1}", "mediatype": "video", "trackindex": 1,
                   "clipindex": number + 1}  # fmt: skip
        track = 0
        for stream in range(sequence.sounds):
            for channel in range(max(_channels(c.media, stream) for c in sequence.clips)):
                track += 1
                if channel < _channels(clip.media, stream):
                    name = f"clipitem-a{stream + 1}-{channel + 1}-{number + 1}"
                    yield {"linkclipref": name, "mediatype": "audio", "trackindex": track,
                           "clipindex": number + 1, "groupindex": 1}  # fmt: skip

    def _file(self, item: Element, media: Media) -> None:
        """Name the file; only the first time with all that is known of it."""
        file = add(item, "file", id=f"file-{media.id}")
        if media.id in self._known:
            return
        self._known.add(media.id)
        rate = media.info.frame_rate if media.info.kind == "video" else self._sequence.rate
        add(file, "name", media.path.name)
        add(file, "pathurl", file_url(media.path))
        self._rate(file, rate)
        add(file, "duration", media.frames(rate))
        code = tree(file, "timecode", {"string": "00:00:00:00", "frame": 0, "displayformat": "NDF"})
        self._rate(code, rate)
        kinds = add(file, "media")
        if media.info.has_video:
            form = add(add(kinds, "video"), "samplecharacteristics")
            add(form, "width", media.info.width)
            add(form, "height", media.info.height)
        for stream in media.info.audio:
            sound = add(kinds, "audio")
            tree(sound, "samplecharacteristics", {"depth": 16, "samplerate": stream.rate})
            add(sound, "channelcount", stream.channels)

    def _transition(self, track: Element, cut: int, join: Join, kind: str) -> None:
        item = add(track, "transitionitem")
        self._rate(item)
        span = {"start": cut - join.before, "end": cut + join.after, "alignment": "center"}
        for tag, value in span.items():
            add(item, tag, value)
        name = _DISSOLVES.get(join.kind, "Cross Dissolve") if kind == "video" else "Cross Fade (+3dB)"
        effect = {"name": name, "effectid": name, "effecttype": "transition", "mediatype": kind}
        tree(item, "effect", effect)

    def _text(self, track: Element, text: Text, number: int) -> None:
        item = add(track, "generatoritem", id=f"title-{number}")
        length = text.end - text.start
        for tag, value in {"name": text.text.splitlines()[0][:60], "duration": length}.items():
            add(item, tag, value)
        self._rate(item)
        span = {"start": text.start, "end": text.end, "in": 0, "out": length, "enabled": "TRUE"}
        for tag, value in (span | {"anamorphic": "FALSE", "alphatype": "black"}).items():
            add(item, tag, value)
        kind = {"effectid": "Text", "effectcategory": "Text", "effecttype": "generator"}
        effect = tree(item, "effect", {"name": "Text", **kind, "mediatype": "video"})
        tree(effect, "parameter", {"parameterid": "str", "name": "Text", "value": text.text})


def _channels(media: Media, stream: int) -> int:
    audio = media.info.audio
    return audio[stream].channels if stream < len(audio) else 0


def _first_channel(media: Media, stream: int) -> int:
    return sum(sound.channels for sound in media.info.audio[:stream])


def _audio_track(audio: Element, channel: int, channels: int) -> Element:
    """Append a track; the two of a pair are told to be one, as Premiere does."""
    if channels != 2:
        return add(audio, "track")
    return add(
        audio, "track", premiereTrackType="Stereo", currentExplodedTrackIndex=channel,
        totalExplodedTrackCount=2,
    )  # fmt: skip


def _speed(item: Element, speed: Fraction) -> None:
    kind = {"effectid": "timeremap", "effectcategory": "motion", "effecttype": "motion"}
    effect = tree(add(item, "filter"), "effect", {"name": "Time Remap", **kind, "mediatype": "video"})
    percent = {"parameterid": "speed", "name": "speed", "valuemin": -100000, "valuemax": 100000}
    tree(effect, "parameter", {"parameterid": "variablespeed", "name": "variablespeed", "value": 0})
    tree(effect, "parameter", {**percent, "value": f"{float(speed * 100):g}"})


def _level(item: Element, factor: float) -> None:
    kind = {"effectid": "audiolevels", "effectcategory": "audiolevels", "effecttype": "audiolevels"}
    effect = tree(add(item, "filter"), "effect", {"name": "Audio Levels", **kind, "mediatype": "audio"})
    level = {"parameterid": "level", "name": "Level", "valuemin": 0, "valuemax": "3.98109"}
    # The format's own top is +12 dB.
    tree(effect, "parameter", {**level, "value": f"{min(factor, 3.98109):g}"})
