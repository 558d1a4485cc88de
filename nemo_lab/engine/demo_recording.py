"""Makes a real recording, as OBS would write it, for `nemo demo`, the first notebook and the tests.

Matroska, H.264 high profile at 30 fps and 1280x720, AAC stereo at 48 kHz, about 48 s. The voice is given
as files; room noise lies under it, so that a pause is as quiet as in a real room and no quieter. Nothing
depends on the clock or on chance: the same files give the same recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nemo_lab.engine.demo_screen import HEIGHT, WIDTH, Screen
from nemo_lab.errors import OutputNotWritable

RATE = 30
SAMPLE_RATE = 48_000
PAUSES = (1.2, 3.4, 0.4, 5.2, 0.35, 2.8, 0.45)
"""Seconds of silence before each phrase."""
TAIL = 2.4
"""Seconds of silence after the last phrase."""
_NOISE = 10 ** (-62 / 20)
"""Level of the room noise (RMS, full scale is 1)."""
_AUDIO_FRAME = SAMPLE_RATE // RATE

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DemoRecording:
    """What was recorded. Times in seconds."""

    path: Path
    duration: float
    spoken: tuple[tuple[float, float], ...]
    """Where each phrase begins and ends."""


def record_demo(
    target: Path, voice: Sequence[Path], *, progress: Callable[[float], None] = lambda fraction: None
) -> DemoRecording:
    """Make the recording.

    Args:
        target: where it goes; a file there is replaced. Written whole or not at all.
        voice: the seven phrases, as sound files.
        progress: told how much is done, from 0 to 1.

    Raises:
        OutputNotWritable: it cannot be written there.
    """
    phrases = [_decoded(path) for path in voice]
    spoken = _schedule(phrases)
    frames = round((spoken[-1][1] + TAIL) * RATE)
    sound = _mixed(phrases, spoken, frames * _AUDIO_FRAME)
    scratch = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(scratch, Screen([start for start, _ in spoken]), sound, frames, progress)
        scratch.replace(target)
    except OSError as exc:
        raise OutputNotWritable(f"{target} cannot be written: {exc.strerror}", path=target) from None
    finally:
        with suppress(OSError):
            scratch.unlink()
    return DemoRecording(target, frames / RATE, tuple(spoken))


def _decoded(path: Path) -> Sound:
    """Return a sound file as mono samples at 48 kHz."""
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def schedule(voice: Sequence[Path]) -> list[tuple[float, float]]:
    """Return where each phrase begins and ends in the recording, in seconds."""
    return _schedule([_decoded(path) for path in voice])


def _schedule(phrases: Sequence[Sound]) -> list[tuple[float, float]]:
    spoken, now = [], 0.0
    for pause, phrase in zip(PAUSES, phrases, strict=True):
        start = now + pause
        now = start + len(phrase) / SAMPLE_RATE
        spoken.append((start, now))
    return spoken


def _mixed(phrases: Sequence[Sound], spoken: Sequence[tuple[float, float]], samples: int) -> Sound:
    """Lay the phrases over room noise."""
    noise = np.random.default_rng(7).standard_normal(samples, dtype=np.float32)
    sound: Sound = noise * np.float32(_NOISE)
    for phrase, (start, _) in zip(phrases, spoken, strict=True):
        first = round(start * SAMPLE_RATE)
        sound[first : first + len(phrase)] += phrase * np.float32(0.8)
    return np.clip(sound, -1, 1)


def _write(path: Path, screen: Screen, sound: Sound, frames: int, progress: Callable[[float], None]) -> None:
    # bitexact leaves out the random ids that Matroska would otherwise carry.
    with av.open(str(path), "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        container.metadata["title"] = "nemo_lab demo"
        video, audio = _video_stream(container), _audio_stream(container)
        reformatter = VideoReformatter()  # one for all frames: setting one up costs more than its use
        for number in range(frames):
            container.mux(video.encode(_picture(screen, number, reformatter)))
            container.mux(audio.encode(_samples(sound, number)))
            if number % RATE == 0:
                progress(number / frames)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    progress(1.0)


def _video_stream(container: OutputContainer) -> VideoStream:
    stream = container.add_stream("libx264", rate=RATE)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context = stream.codec_context
    context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    context.color_primaries = context.color_trc = 1  # BT.709, what OBS writes by default
    # A fixed number of threads: x264's output depends on it.
    stream.options = {"preset": "veryfast", "crf": "23", "profile": "high", "g": "250", "threads": "2"}
    return stream


def _audio_stream(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=160_000)
    stream.metadata["title"] = "Track1"
    return stream


def _picture(screen: Screen, number: int, reformatter: VideoReformatter) -> av.VideoFrame:
    image = screen.at(number / RATE)
    frame = reformatter.reformat(
        av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24"),
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def _samples(sound: Sound, number: int) -> av.AudioFrame:
    first = number * _AUDIO_FRAME
    both = np.stack([sound[first : first + _AUDIO_FRAME]] * 2)
    frame = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, first, Fraction(1, SAMPLE_RATE)
    return frame
