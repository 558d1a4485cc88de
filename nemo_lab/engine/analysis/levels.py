"""Measure a recording in one pass: how loud it is, where somebody speaks, how much moves.

Samples are dropped as soon as they are measured, so an hour takes no more memory than a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nemo_lab.engine.analysis.model import FLOOR_DB, WINDOW_MS, Analysis, Envelope
from nemo_lab.engine.analysis.motion import MotionMeter
from nemo_lab.engine.analysis.roles import role_of
from nemo_lab.engine.analysis.speech import Listener, can_hear
from nemo_lab.engine.media import MediaInfo, open_media, reading
from nemo_lab.engine.media.probing import picture_of
from nemo_lab.engine.timebase import round_half_up

Progress = Callable[[float], None]

_log = logging.getLogger(__name__)
_BATCH_S = 4
"""Seconds of sound that are measured at a stroke."""
_JITTER = 50
"""Stamps may stray by a fiftieth of a second (containers round them) before it counts as a gap."""
_FULL_SCALE = {"u8": (128, 128), "s16": (0, 1 << 15), "s32": (0, 1 << 31), "s64": (0, 1 << 63)}
"""Zero and full scale of the whole-number sample formats; the others are floats to 1.0."""


def analyse(path: Path | str, info: MediaInfo, *, progress: Progress | None = None) -> Analysis:
    """Measure all audio streams of a file, and the packets of its picture. Time 0 is the file's first
    picture, or its first sound.

    Speech is heard on the microphone's stream where a title names it, else on all of them.

    Args:
        path: the file.
        info: what :func:`nemo_lab.engine.media.probe` said of it.
        progress: is told how much is done, from 0 to 1.

    Raises:
        MediaNotFound, UnsupportedFormat, UnreadableMedia: see :func:`nemo_lab.engine.media.open_media`.
    """
    if not info.audio and info.kind != "video":
        return Analysis(duration_ms=info.duration_ms)
    with open_media(path) as container, reading(path):
        picture = picture_of(container) if info.kind == "video" else None
        motion = None if picture is None else MotionMeter(picture, info.origin_s, info.duration_ms)
        meters = _measure(container, info, picture, motion, progress or (lambda _: None))
    envelopes = tuple(
        Envelope(
            index=sound.index,
            title=sound.title,
            levels=meter.levels(),
            decoded_ms=meter.decoded_ms,
            speech=meter.speech(),
        )
        for sound, meter in zip(info.audio, meters, strict=True)
    )
    if motion is None:
        return Analysis(duration_ms=info.duration_ms, envelopes=envelopes)
    return Analysis(
        duration_ms=info.duration_ms,
        envelopes=envelopes,
        motion=motion.motion(),
        scenes=motion.scenes(),
    )


def _measure(
    container: InputContainer,
    info: MediaInfo,
    picture: VideoStream | None,
    motion: MotionMeter | None,
    progress: Progress,
) -> list[_Meter]:
    """Decode the sound packet by packet into one meter per stream; look at the picture's packets."""
    streams = [container.streams.audio[sound.index] for sound in info.audio]
    voices = [sound for sound in info.audio if role_of(sound.title) == "mic"] or info.audio
    heard = {sound.index for sound in voices} if can_hear() else set()
    meters = {
        stream.index: _Meter(
            stream, info.origin_s, info.duration_ms, Listener(info.duration_ms) if number in heard else None
        )
        for number, stream in zip((sound.index for sound in info.audio), streams, strict=True)
    }
    told = 0
    for packet in _packets(container, [*streams, *([] if picture is None else [picture])]):
        meter = meters.get(packet.stream.index)  # the index in the packet itself is 0 when it drains
        if meter is None:
            if motion is not None:
                motion.feed(packet)
            continue
        meter.feed(packet)
        percent = min(99, meter.position_ms * 100 // max(1, info.duration_ms))
        if percent > told:
            told = percent
            progress(percent / 100)
    for meter in meters.values():
        meter.flush()
    progress(1.0)
    return list(meters.values())


def _packets(container: InputContainer, streams: list[AudioStream | VideoStream]) -> Iterator[Packet[Stream]]:
    """Yield packets, the empty one that drains a decoder included; a file that was cut off just ends."""
    try:
        yield from container.demux(list[Stream](streams)) if streams else ()
    except FFmpegError:
        _log.debug("%s is cut off", container.name)


class _Meter:
    """Adds up the power of one stream's samples, window by window, and lets a listener hear them."""

    def __init__(
        self, stream: AudioStream, origin: Fraction, duration_ms: int, listener: Listener | None
    ) -> None:
        windows = duration_ms // WINDOW_MS + 1
        self._listener = listener
        self._rate = stream.codec_context.sample_rate
        self._base = stream.time_base or Fraction(1, self._rate)
        self._zero = round_half_up(origin / self._base)
        self._power = np.zeros(windows)
        self._count = np.zeros(windows)
        self._batch: list[AudioFrame] = []
        self._start = 0
        """Sample, counted from time 0, at which the batch begins."""
        self._size = 0
        self._decoded_ms = 0
        self._shape: tuple[str, int, int] | None = None

    @property
    def position_ms(self) -> int:
        """How far the measuring has come."""
        return (self._start + self._size) * 1000 // self._rate

    @property
    def decoded_ms(self) -> int:
        """How much sound was measured."""
        return self._decoded_ms

    def feed(self, packet: Packet[Stream]) -> None:
        """Decode a packet; a damaged one is passed over."""
        try:
            frames = packet.decode()
        except FFmpegError:
            return
        for frame in frames:
            if isinstance(frame, AudioFrame):
                self._add(frame)

    def _add(self, frame: AudioFrame) -> None:
        shape = frame.format.name, frame.layout.nb_channels, frame.sample_rate
        if shape != self._shape:
            # The first frame knows the true rate (HE-AAC doubles the header's), and streams may change.
            self.flush()
            self._start = self._start * frame.sample_rate // self._rate
            self._shape, self._rate = shape, frame.sample_rate
        if frame.pts is not None:
            # Whole numbers: this runs for every frame of an hour.
            ticks, base = frame.pts - self._zero, self._base
            at = ticks * base.numerator * self._rate // base.denominator
            if not self._batch or abs(at - self._start - self._size) * _JITTER > self._rate:
                self.flush()
                self._start = at
        self._batch.append(frame)
        self._size += frame.samples
        if self._size >= _BATCH_S * self._rate:
            self.flush()

    def flush(self) -> None:
        """Measure what has gathered, sorted into its windows."""
        if not self._batch:
            return
        values = _values(self._batch)
        power: NDArray[np.float32] = np.einsum("cs,cs->s", values, values) / np.float32(len(values))
        first, end = self._start, self._start + self._size
        self._batch, self._start, self._size = [], end, 0
        self._decoded_ms += len(power) * 1000 // self._rate
        if self._listener is not None and len(power) > -first:
            mono = values.mean(axis=0, dtype=np.float32)[max(0, -first) :]
            self._listener.hear(mono, max(0, first), self._rate)
        power, first = power[max(0, -first) :], max(0, first)
        per_second = 1000 // WINDOW_MS
        low, high = first * per_second // self._rate, -(-end * per_second // self._rate)
        high = min(high, len(self._power))
        if low >= high or not len(power):
            return
        # Borders of the windows in samples: 22050 Hz and the like have no whole number per window.
        borders = -(-np.arange(low, high + 1, dtype=np.int64) * self._rate // per_second) - first
        borders = np.clip(borders, 0, len(power))
        sums = np.concatenate(([0.0], np.cumsum(power, dtype=np.float64)))
        self._power[low:high] += sums[borders[1:]] - sums[borders[:-1]]
        self._count[low:high] += np.diff(borders)

    def levels(self) -> tuple[int, ...]:
        """Return the level of each window, in tenths of dBFS."""
        mean = np.divide(self._power, self._count, out=np.zeros_like(self._power), where=self._count > 0)
        decibels = 10 * np.log10(np.maximum(mean, 10 ** (FLOOR_DB / 10)))
        return tuple(np.rint(decibels * 10).astype(int).tolist())

    def speech(self) -> tuple[int, ...]:
        """Return the probability of speech of each chunk, in percent; nothing when nobody listened."""
        return self._listener.probabilities() if self._listener is not None else ()


def _values(frames: list[AudioFrame]) -> NDArray[np.float32]:
    """Return the samples of each channel, 1.0 being full scale."""
    form = frames[0].format
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    if not form.is_planar:
        samples = samples.reshape(-1, frames[0].layout.nb_channels).T
    values: NDArray[np.float32] = samples.astype(np.float32, copy=False)
    kind = form.name.rstrip("p")
    if kind in _FULL_SCALE:
        zero, full = _FULL_SCALE[kind]
        return (values - np.float32(zero)) / np.float32(full)
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
