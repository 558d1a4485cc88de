"""A long 1080p30 screen recording for benchmarks: still, typed, scrolled and playing parts, and noise."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

WIDTH, HEIGHT, RATE = 1920, 1080, 30
_SCENE = 6 * RATE
"""Frames until something else goes on."""


def record(path: Path, seconds: int, keyframe_seconds: int, voice: np.ndarray | None = None) -> Path:
    """Write the recording: x264 veryfast crf 20 with AAC 160k, as OBS would.

    ``voice`` is mono at 48 kHz and begins again where it ends; without one there is noise with pauses.
    """
    options = {"preset": "veryfast", "crf": "20", "g": str(keyframe_seconds * RATE)}
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=RATE, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = _add_sound(out)
        screen = _Screen()
        for number in range(seconds * RATE):
            frame = av.VideoFrame.from_ndarray(screen.next(number), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(video.encode(frame))
            out.mux(audio.encode(_sound(number, voice)))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return path


def prolong(source: Path, path: Path, times: int, voice: np.ndarray | None = None) -> Path:
    """Write a recording whose picture is another's, again and again, under sound that never stops.

    The picture is copied, so two hours take a minute. ``voice`` as in :func:`record`.
    """
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(given.streams.video[0])
        audio = _add_sound(out)
        length = given.streams.video[0].frames
        for again in range(times):
            given.seek(0)
            packets = (packet for packet in given.demux(video=0) if packet.size)
            for number, packet in enumerate(packets, again * length):
                base = packet.time_base
                shift = round(Fraction(again * length, RATE) / base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = video
                out.mux(packet)
                out.mux(audio.encode(_sound(number, voice)))
        out.mux(audio.encode(None))
    return path


def _add_sound(out: OutputContainer) -> AudioStream:
    audio = out.add_stream("aac", rate=48_000, layout="stereo")
    audio.bit_rate = 160_000
    return audio


class _Screen:
    def __init__(self) -> None:
        random = np.random.default_rng(7)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        luma = 60 + 50 * y / HEIGHT + 20 * np.sin(x / 150) + random.normal(0, 2, (HEIGHT, WIDTH))
        self._planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        self._planes[:HEIGHT] = luma.astype(np.uint8)
        self._text = np.where(random.random((4000, 60)) < 0.3, 220, 30).repeat(16, 1).astype(np.uint8)
        smooth = random.normal(0, 1, (700, 1500))
        for axis in (0, 1):
            smooth = sum(np.roll(smooth, k, axis) for k in range(-9, 10))
        self._film = (128 + 90 * smooth / np.abs(smooth).max()).astype(np.uint8)

    def next(self, number: int) -> np.ndarray:
        """Return the next picture."""
        luma, kind, at = self._planes[:HEIGHT], number // _SCENE % 4, number % _SCENE
        if kind == 1 and number % 4 == 0:
            luma[200 + 26 * (at // 60) :][:18, 100 + 12 * (at % 60) :][:, :10] = 220
        elif kind == 2:
            luma[100:900, 80:1040] = self._text[4 * at : 4 * at + 800]
        elif kind == 3:
            luma[200:740, 1200:1840] = self._film[at // 2 : at // 2 + 540, 3 * at : 3 * at + 640]
        return self._planes


def _sound(number: int, voice: np.ndarray | None) -> av.AudioFrame:
    count = 48_000 // RATE
    if voice is None:
        level = 0.2 if number // 75 % 3 else 0.0008
        samples = np.random.default_rng(number).normal(0, level, (2, count)).astype(np.float32)
    else:
        first = number * count % len(voice)
        samples = np.stack([voice[first : first + count]] * 2)
    frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, number * count, Fraction(1, 48_000)
    return frame
