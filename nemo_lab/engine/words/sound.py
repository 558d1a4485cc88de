"""Read stretches of a recording's voice, as a speech model hears it, in one pass and little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from numpy.typing import NDArray

from nemo_lab.engine.analysis.speech import SPEECH_RATE
from nemo_lab.engine.media import MediaInfo, open_media, reading

Samples = NDArray[np.float32]


def stretches(
    path: Path, info: MediaInfo, stream: int, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Samples]]:
    """Yield (start in ms, mono samples at 16 kHz) of each stretch; where there is no sound, silence.

    Args:
        path: the file.
        info: what is in it.
        stream: which of its sounds, the first is 0.
        spans: (start, end) in ms of the file, ascending and apart.
    """
    waiting = iter(spans)
    span = next(waiting, None)
    buffer = _empty(span)
    for first, samples in _decoded(path, info, stream):
        while span is not None and first * 1000 >= span[1] * SPEECH_RATE:
            yield span[0], buffer
            span = next(waiting, None)
            buffer = _empty(span)
        while span is not None:
            offset = first - span[0] * SPEECH_RATE // 1000
            low, high = max(0, offset), min(len(buffer), offset + len(samples))
            if low < high:
                buffer[low:high] = samples[low - offset : high - offset]
            if offset + len(samples) <= len(buffer):
                break
            yield span[0], buffer
            span = next(waiting, None)
            buffer = _empty(span)
        if span is None:
            return
    while span is not None:
        yield span[0], buffer
        span = next(waiting, None)
        buffer = _empty(span)


def _empty(span: tuple[int, int] | None) -> Samples:
    return np.zeros(0 if span is None else (span[1] - span[0]) * SPEECH_RATE // 1000, np.float32)


def _decoded(path: Path, info: MediaInfo, stream: int) -> Iterator[tuple[int, Samples]]:
    """Yield (number of the first sample, samples), counted from the file's time 0."""
    with open_media(path) as container, reading(path):
        sound = container.streams.audio[stream]
        resampler = AudioResampler("flt", "mono", SPEECH_RATE)
        shape: tuple[str, str, int] | None = None
        for packet in container.demux(sound):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            for frame in frames:
                now = frame.format.name, frame.layout.name, frame.sample_rate
                if shape is not None and now != shape:
                    resampler = AudioResampler("flt", "mono", SPEECH_RATE)
                shape = now
                yield from _numbered(resampler, frame, info)


def _numbered(resampler: AudioResampler, frame: AudioFrame, info: MediaInfo) -> Iterator[tuple[int, Samples]]:
    for out in resampler.resample(frame):
        if out.pts is not None and out.time_base:
            yield round((out.pts * out.time_base - info.origin_s) * SPEECH_RATE), out.to_ndarray()[0]
