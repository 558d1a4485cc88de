"""Encode pictures and sound and put them into one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as SoundStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nemo_lab.engine.media import AudioStream
from nemo_lab.engine.render.formats import Format, video_options
from nemo_lab.engine.render.look import Colour
from nemo_lab.engine.render.model import Size
from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.protocol.plan import Quality

if TYPE_CHECKING:
    from av.container.core import Chapter

_KEYFRAME_SECONDS = 4
"""A player that jumps has to decode at most this much."""
_LIMITED_RANGE = 1


_MS = Fraction(1, 1000)
_WITH_CHAPTERS = {"mp4", "mov", "matroska", "webm", "ipod"}


@dataclass(frozen=True)
class VideoSpec:
    """What the picture stream is to be."""

    size: Size
    rate: Fraction
    colour: Colour
    most_bits: int | None = None
    """Bits per second that may not be exceeded."""


class Writer:
    """A file being written; pictures and sound are given in turns, in order of time.

    Args:
        path: where to write.
        form: container and codecs.
        quality: how good.
        video: the picture, if there is one.
        sounds: titles and languages of the audio tracks.
        sound_bits: bits per second of each; ``None`` leaves it to the codec.
    """

    def __init__(
        self,
        path: Path,
        form: Format,
        quality: Quality,
        video: VideoSpec | None,
        sounds: Sequence[AudioStream | None],
        sound_bits: int | None,
    ) -> None:
        # bitexact: no version numbers, dates or random ids, so that the same edit gives the same bytes.
        options = form.options | {"fflags": "+bitexact"}
        self._out: OutputContainer = av.open(str(path), "w", format=form.container, options=options)
        try:
            self._video = self._add_video(form, quality, video) if video else None
            self._sounds = [self._add_sound(form, sound_bits, tag) for tag in sounds]
        except BaseException:
            self._out.close()
            raise
        self._count = 0
        self._written = [0] * len(sounds)

    def chapters(self, marks: Sequence[tuple[int, str]], end_ms: int) -> None:
        """Mark chapters, before anything else is written.

        Args:
            marks: where each begins (ms) and its title, ascending.
            end_ms: where the last one ends.
        """
        if not marks or self._out.format.name not in _WITH_CHAPTERS:
            return
        ends = [*(start for start, _ in marks[1:]), end_ms]
        made: list[Chapter] = [
            {"id": n, "start": start, "end": end, "time_base": _MS, "metadata": {"title": title}}
            for n, ((start, title), end) in enumerate(zip(marks, ends, strict=True), 1)
        ]
        self._out.set_chapters(made)

    def picture(self, frame: VideoFrame) -> None:
        """Write the next picture."""
        assert self._video is not None
        frame.pts, frame.time_base = self._count, 1 / Fraction(self._video.codec_context.framerate or 1)
        frame.pict_type = 0
        self._count += 1
        self._out.mux(self._video.encode(frame))

    def sound(self, track: int, block: Sound) -> None:
        """Write the next samples of an audio track."""
        frame = AudioFrame.from_ndarray(block, "fltp", "stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._written[track]
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._written[track] += block.shape[1]
        self._out.mux(self._sounds[track].encode(frame))

    def finish(self) -> None:
        """Write what the encoders still hold, and the index."""
        for sound in self._sounds:
            self._out.mux(sound.encode(None))
        if self._video is not None:
            self._out.mux(self._video.encode(None))
        self._out.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._out.close()

    def _add_video(self, form: Format, quality: Quality, spec: VideoSpec) -> VideoStream:
        assert form.video is not None
        options = video_options(form.video, quality, spec.most_bits)
        stream = cast(VideoStream, self._out.add_stream(form.video, rate=spec.rate, options=options))
        context: Any = stream.codec_context
        context.width, context.height = spec.size
        context.pix_fmt = "yuv420p"
        context.time_base = 1 / spec.rate
        context.gop_size = max(1, round(_KEYFRAME_SECONDS * spec.rate))
        context.colorspace, context.color_primaries = spec.colour.matrix, spec.colour.primaries
        context.color_trc, context.color_range = spec.colour.transfer, _LIMITED_RANGE
        context.flags |= av.codec.context.Flags.bitexact.value
        return stream

    def _add_sound(self, form: Format, bits: int | None, tag: AudioStream | None) -> SoundStream:
        assert form.audio is not None
        stream = cast(SoundStream, self._out.add_stream(form.audio, rate=SAMPLE_RATE, layout="stereo"))
        if bits:
            stream.bit_rate = bits
        stream.codec_context.flags |= av.codec.context.Flags.bitexact.value
        if tag is not None and tag.title:
            stream.metadata["title"] = tag.title
        if tag is not None and tag.language:
            stream.metadata["language"] = tag.language
        return stream
