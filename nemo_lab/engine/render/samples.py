"""Read the sound of files by sample number, as 48 kHz stereo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from math import lcm
from pathlib import Path

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.error import FFmpegError
from numpy.typing import NDArray

from nemo_lab.engine.media import MediaInfo, open_media
from nemo_lab.engine.render.tolerant import decoded
from nemo_lab.engine.timebase import SAMPLE_RATE, round_half_up

Sound = NDArray[np.float32]
"""Two rows, one a channel; full scale is 1."""
_NEAR = 2 * SAMPLE_RATE
"""Samples that are rather read than jumped over."""
_KEPT = SAMPLE_RATE // 2
"""Samples that stay at hand behind the reading place: a crossfade reads them twice."""
_PREROLL = Fraction(1, 4)
"""Seconds decoded before a place that was jumped to, until a codec has warmed up (Opus wants 80 ms)."""
_GAP = Fraction(30, 1000)
"""Seconds by which stamps must differ from the count of samples to mean a gap: recorders round to 1 ms,
and some to 20."""
_MOST_BAD = 1000
_AT_ONCE = 8192
"""Samples that are taken from the decoder together."""


def silence(count: int) -> Sound:
    """Return this many samples of silence."""
    return np.zeros((2, count), np.float32)


def as_sound(frame: AudioFrame) -> Sound:
    """Return the samples of a frame that is planar float; one channel is heard on both sides, as loud."""
    samples = np.empty((2, frame.samples), np.float32)
    planes = frame.planes
    for row, plane in zip(samples, planes if len(planes) == 2 else planes * 2, strict=True):
        row[:] = np.frombuffer(memoryview(plane), np.float32, frame.samples)
    return samples


class SampleReader:
    """One sound of a file, from its time 0 on; what is before it, after it or in a gap is silence."""

    def __init__(self, path: Path, info: MediaInfo, stream: int = 0) -> None:
        self._info = info
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_media(path, looks=False))
        self._stream = self._container.streams.audio[stream]
        self._base = Fraction(self._stream.time_base or Fraction(1, 1000))
        self._anchor: Fraction | None = None
        self._known = 0
        self._parts: list[Sound] = []
        self._length = 0
        self._ended = False
        self._pieces = self._decode()

    def read(self, start: int, count: int) -> Sound:
        """Return ``count`` samples from sample ``start`` on."""
        before = min(count, max(0, -start))
        start, wanted = start + before, count - before
        result = silence(count)
        there = self.available(start, wanted)
        if there:
            first = start - self._known
            result[:, before : before + there] = self._joined()[:, first : first + there]
        self._forget(start - _KEPT)
        return result

    def available(self, start: int, count: int) -> int:
        """Return how many of these samples there are before the sound is over."""
        if count <= 0:
            return 0
        if start < self._known or start > self._known + self._length + _NEAR:
            self._seek(start)
        self._fill(start + count)
        return max(0, min(count, self._known + self._length - start))

    def close(self) -> None:
        """Let go of the file."""
        self._pieces = iter(())
        self._stack.close()

    def _joined(self) -> Sound:
        if len(self._parts) != 1:
            self._parts = [np.concatenate([silence(0), *self._parts], axis=1)]
        return self._parts[0]

    def _fill(self, end: int) -> None:
        """Read until sample ``end`` is at hand or the sound is over."""
        while self._known + self._length < end and not self._ended:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
            else:
                self._append(*piece)

    def _append(self, place: int, sound: Sound) -> None:
        """Add what was decoded at its place: a gap becomes silence, what is known already is dropped."""
        end = self._known + self._length
        if place > end:
            self._parts.append(silence(place - end))
            self._length += place - end
        new = sound[:, max(0, end - place) :]
        self._parts.append(new)
        self._length += new.shape[1]

    def _forget(self, before: int) -> None:
        """Drop what lies before this sample, once it is much."""
        spare = before - self._known
        if spare > _KEPT:
            self._parts = [self._joined()[:, spare:].copy()]
            self._known += spare
            self._length = self._parts[0].shape[1]

    def _seek(self, start: int) -> None:
        """Begin to decode a little before a sample."""
        if self._anchor is None:
            next(self._pieces, None)
        time = Fraction(start, SAMPLE_RATE) - _PREROLL + self._info.origin_s
        stamp = max(round_half_up(time / self._base), self._stream.start_time or 0)
        try:
            self._container.seek(stamp, stream=self._stream, backward=True)
        except FFmpegError:
            # Some files cannot be sought in; what was asked for lies ahead, or is silent.
            if start < self._known:
                self._ended = True
                return
        self._known, self._parts, self._length, self._ended = start, [], 0, False
        self._pieces = self._decode()

    def _decode(self) -> Iterator[tuple[int, Sound]]:
        """Yield stretches of sound, each with the sample that it begins at, in order."""
        clock: _Clock | None = None
        gathered, place = _Gathered(2), 0
        for frame in decoded(self._container, self._stream, _MOST_BAD):
            if clock is None or clock.is_off(frame):
                if clock is not None:
                    yield place, gathered.rest()
                clock = self._clock(frame)
                gathered = _Gathered(clock.channels)
                place = round_half_up(clock.start * SAMPLE_RATE)
            clock.count += frame.samples
            if self._anchor is None:
                self._anchor = clock.start + Fraction(frame.samples, frame.sample_rate)
            if gathered.add(frame):
                piece = gathered.taken()
                yield place, piece
                place += piece.shape[1]
        if clock is not None:
            yield place, gathered.rest()

    def _clock(self, frame: AudioFrame) -> _Clock:
        """Begin to count at a frame; one without a stamp begins at 0."""
        start = Fraction(0)
        if frame.pts is not None:
            start = self._snapped(frame.pts * self._base - self._info.origin_s, frame)
        return _Clock(start, frame, self._base, self._info.origin_s)

    def _snapped(self, time: Fraction, frame: AudioFrame) -> Fraction:
        """Return the exact time of a frame whose stamp the container may have rounded.

        Coded sound comes in frames of one length, so all begin at whole multiples of it from any one.
        """
        length = Fraction(frame.samples, frame.sample_rate)
        if self._anchor is None or self._base <= Fraction(1, frame.sample_rate):
            return time
        exact = self._anchor + round_half_up((time - self._anchor) / length) * length
        return exact if abs(exact - time) <= self._base else time


class _Clock:
    """Counts samples and tells whether a stamp is off; in whole numbers, for it is asked often."""

    def __init__(self, start: Fraction, first: AudioFrame, base: Fraction, origin: Fraction) -> None:
        self.start, self.channels = start, first.layout.nb_channels
        rate = first.sample_rate
        self.count = 0
        """Samples since then."""
        unit = lcm(start.denominator, rate, base.denominator, origin.denominator, _GAP.denominator)
        self._tick, self._sample, self._rate = int(base * unit), unit // rate, rate
        self._zero, self._limit = int((origin + start) * unit), int(_GAP * unit)

    def is_off(self, frame: AudioFrame) -> bool:
        """Whether a frame is not where the ones before it end, or of another kind."""
        if frame.sample_rate != self._rate or frame.layout.nb_channels != self.channels:
            return True
        if frame.pts is None:
            return False
        return abs(frame.pts * self._tick - self._zero - self.count * self._sample) > self._limit


class _Gathered:
    """Frames at our rate, several at once: to take each by itself would cost more than to decode it."""

    def __init__(self, channels: int) -> None:
        layout = "mono" if channels == 1 else "stereo"
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
        self._fifo = AudioFifo()

    def add(self, frame: AudioFrame | None) -> bool:
        """Take in a frame, ``None`` for what the resampler still holds; return whether there are enough."""
        if frame is not None:
            frame.pts = None
        for out in self._resampler.resample(frame):
            out.pts = None
            self._fifo.write(out)
        return self._fifo.samples >= _AT_ONCE

    def taken(self) -> Sound:
        """Return what there is."""
        frame = self._fifo.read()
        return silence(0) if frame is None else as_sound(frame)

    def rest(self) -> Sound:
        """Return the last of it."""
        self.add(None)
        return self.taken()
