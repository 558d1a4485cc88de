"""Small test media that tell their own time, made by PyAV alone.

Every frame carries its number as a luma barcode in its top eighth; the sound is band-limited noise that is
different everywhere, so that correlation against :func:`noise` gives the offset to the sample. Readers give
back what a file really shows and plays, whatever coded it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

RATE = 48_000
"""Samples per second of all sound here."""
BITS = 15
"""Bits of a frame's number; a parity bit follows them."""
CELLS = BITS + 5
"""Cells of the barcode: white, black, the bits, parity, black, white."""
_CODECS = {
    ".mp4": ("libx264", "aac"),
    ".mov": ("libx264", "aac"),
    ".mkv": ("libx264", "aac"),
    ".webm": ("libvpx", "libopus"),
    ".avi": ("mpeg4", "pcm_s16le"),
    ".gif": ("gif", None),
    ".wav": (None, "pcm_s16le"),
    ".mp3": (None, "libmp3lame"),
    ".m4a": (None, "aac"),
    ".aac": (None, "aac"),
}
_FAST = {
    "libx264": {"preset": "ultrafast", "crf": "20"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "2M", "threads": "1"},
    "mpeg4": {"qscale": "3"},
}


_FORMATS = {"gif": "rgb8"}


@dataclass(frozen=True)
class Clip:
    """What to make.

    ``sound`` is ``noise`` (tells its time), ``speech`` (bursts at ``speech``, near silence elsewhere),
    ``beeps`` (a click of 5 ms at each of ``flashes``), ``tone`` (440 Hz) or ``None``.
    """

    seconds: Fraction | float = 2
    rate: Fraction = Fraction(30)
    size: tuple[int, int] = (320, 180)
    sound: str | None = "noise"
    tracks: int = 1
    titles: tuple[str, ...] = ()
    """Titles of the audio tracks, as OBS writes them."""
    channels: int = 2
    speech: tuple[tuple[float, float], ...] = ((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))
    """Seconds in which something is said."""
    flashes: tuple[float, ...] = ()
    """Seconds at which a white square flashes for one frame."""
    first: int = 0
    """Number of the first frame."""
    vfr: bool = False
    """Every third frame is left out and the rest stay where they were."""
    rotation: int = 0
    """Degrees counter-clockwise by which a player has to turn it (display matrix)."""
    gop: int = 30
    bframes: int = 2
    floor: float = 0.001
    """Level between the bursts of ``speech``, as a part of ``level``."""
    level: float = 0.1
    """RMS of the sound, as a part of full scale."""

    @property
    def frames(self) -> int:
        """Frames of the clip, before any is left out."""
        return round(Fraction(self.seconds) * self.rate)

    @property
    def samples(self) -> int:
        """Samples of each audio track."""
        return round(Fraction(self.seconds) * RATE)


def make(path: Path, clip: Clip | None = None, **changes: object) -> Path:
    """Write the clip to ``path``, whose suffix chooses container and codecs; return ``path``."""
    clip = replace(clip or Clip(), **changes)  # type: ignore[arg-type]
    if path.suffix in {".png", ".jpg", ".jpeg", ".webp"}:
        av.VideoFrame.from_ndarray(picture(clip, 0), format="yuv420p").to_image().save(path)
        return path
    video_codec, audio_codec = _CODECS[path.suffix]
    with av.open(str(path), "w") as out:
        video = _add_video(out, video_codec, clip) if video_codec else None
        sounds = _add_sounds(out, audio_codec, clip) if audio_codec and clip.sound else []
        for number, frame in _frames(clip) if video is not None else ():
            frame = _in_format(frame, video.codec_context.name)
            frame.pts, frame.time_base = number, 1 / clip.rate
            out.mux(video.encode(frame))
            for sound in sounds:
                sound.write_until(round((number + 1) / clip.rate * RATE))
        for sound in sounds:
            sound.write_until(clip.samples)
            sound.end()
        if video is not None:
            out.mux(video.encode(None))
    return path


def picture(clip: Clip, number: int) -> np.ndarray:
    """Return one frame as yuv420p planes in one array (height * 3/2, width)."""
    width, height = clip.size
    luma, chroma = _background(width, height)
    luma = luma.copy()
    left = (number * 4) % max(1, width - 32)
    luma[height // 2 : height // 2 + 24, left : left + 32] = 200
    if any(round(Fraction(at) * clip.rate) == number for at in clip.flashes):
        luma[-height // 3 :, -width // 3 :] = 235
    elif clip.flashes:
        luma[-height // 3 :, -width // 3 :] = 16
    _draw_barcode(luma, number + clip.first)
    return np.concatenate([luma, chroma])


@lru_cache(maxsize=8)
def _background(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what all frames of a size share: luma (height, width) and chroma (height / 2, width)."""
    y, x = np.mgrid[0:height, 0:width]
    luma = (60 + 80 * x / width + 40 * y / height).astype(np.uint8)
    blue = np.full((height // 2, width // 2), 110, np.uint8)
    red = np.tile(np.linspace(100, 156, width // 2).astype(np.uint8), (height // 2, 1))
    chroma = np.concatenate([blue.reshape(-1), red.reshape(-1)]).reshape(height // 2, width)
    return luma, chroma


def noise(samples: int, track: int = 0) -> np.ndarray:
    """Return float32 noise of RMS 1, 300 to 4000 Hz, whose every stretch is unlike any other.

    The first n samples are the same whatever ``samples`` is (blocks of 10 s).
    """
    block = 10 * RATE
    parts = []
    for number in range(-(-samples // block)):
        spectrum = np.fft.rfft(np.random.default_rng([track, number]).normal(size=block))
        hertz = np.fft.rfftfreq(block, 1 / RATE)
        spectrum[(hertz < 300) | (hertz > 4000)] = 0
        part = np.fft.irfft(spectrum, block)
        parts.append(part / np.sqrt(np.mean(part**2)))
    return np.concatenate([*parts, np.zeros(0)])[:samples].astype(np.float32)


def sound_of(clip: Clip, track: int = 0) -> np.ndarray:
    """Return one channel of the clip's sound, float32 at 48 kHz (all channels are equal)."""
    count = clip.samples
    if clip.sound == "tone":
        return (clip.level * np.sqrt(2) * np.sin(2 * np.pi * 440 * np.arange(count) / RATE)).astype(
            np.float32
        )
    base = noise(count, track) * np.float32(clip.level)
    if clip.sound == "noise":
        return np.clip(base, -1, 1)
    loud = np.full(count, clip.floor if clip.sound == "speech" else 0.0, np.float32)
    spans = clip.speech if clip.sound == "speech" else [(at, at + 0.005) for at in clip.flashes]
    for start, end in spans:
        loud[round(start * RATE) : round(end * RATE)] = 1.0
    if clip.sound == "beeps":
        ticks = np.where(np.arange(count) % 24 < 12, 0.9, -0.9).astype(np.float32)
        return ticks * loud
    return np.clip(base * loud, -1, 1)


def frame_numbers(path: Path) -> list[int]:
    """Return the number that each frame of the file shows, in order; -1 where it cannot be read."""
    return [read_number(luma) for luma in lumas(path)]


def frame_times(path: Path) -> list[Fraction]:
    """Return when each frame is shown, in seconds, by the container's clock."""
    with av.open(str(path)) as source:
        return [frame.pts * frame.time_base for frame in source.decode(video=0)]


def lumas(path: Path) -> Iterator[np.ndarray]:
    """Yield the luma plane of each frame, as stored (a rotation mark is not carried out)."""
    yield from images(path, "gray")


def images(path: Path, form: str = "rgb24") -> Iterator[np.ndarray]:
    """Yield each frame as an array in this pixel format (gray keeps the range of luma)."""
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            if form == "gray":
                planar = frame if frame.format.name.startswith("yuv") else frame.reformat(format="yuv444p")
                plane = planar.planes[0]
                rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
                yield rows[: planar.height, : planar.width].copy()
            else:
                yield frame.to_ndarray(format=form)


def read_number(luma: np.ndarray) -> int:
    """Return the number that the barcode in this luma plane shows, -1 if there is none."""
    height, width = luma.shape
    row = luma[height // 32 : max(height // 10, height // 32 + 1)].astype(np.float32)
    edges = np.linspace(0, width, CELLS + 1)
    cells = [row[:, round(a + (b - a) * 0.3) : round(a + (b - a) * 0.7)].mean() for a, b in pairwise(edges)]
    white, black = (cells[0] + cells[-1]) / 2, (cells[1] + cells[-2]) / 2
    if white - black < 60 or abs(cells[0] - cells[-1]) > 50:
        return -1
    bits = [cell > (white + black) / 2 for cell in cells[2 : 3 + BITS]]
    if sum(bits) % 2:
        return -1
    return sum(1 << place for place, bit in enumerate(bits[:BITS]) if bit)


def sound(path: Path, track: int = 0) -> np.ndarray:
    """Return what is heard of one audio track as float32 (channels, samples) at 48 kHz.

    Zero is where the picture begins (without a picture, where this track begins): sound that starts later
    has silence before it, earlier sound is left out.
    """
    with av.open(str(path)) as source:
        stream = source.streams.audio[track]
        leading = source.streams.video[0] if source.streams.video else stream
        zero = (leading.start_time or 0) * leading.time_base
        resampler = av.AudioResampler(format="fltp", rate=RATE)
        parts, start = [], None
        for frame in source.decode(stream):
            if start is None and frame.pts is not None:
                start = frame.pts * frame.time_base - zero
            frame.pts = None
            parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray() for piece in resampler.resample(None)]
    whole = np.concatenate(parts, axis=1)
    late = round((start or 0) * RATE)
    silence = np.zeros((whole.shape[0], max(0, late)), np.float32)
    return np.concatenate([silence, whole[:, max(0, -late) :]], axis=1)


def offset(heard: np.ndarray, expected: np.ndarray, *, reach: int = 4800) -> tuple[int, float]:
    """Return by how many samples ``heard`` comes after ``expected`` and how well they agree (0 to 1)."""
    size = 1 << (len(heard) + len(expected)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(expected, size))
    curve = np.fft.irfft(product, size)
    lags = np.concatenate([curve[-reach:], curve[: reach + 1]])
    best = int(np.argmax(lags)) - reach
    moved = expected[max(0, -best) :]
    there = heard[max(0, best) :][: len(moved)]
    moved = moved[: len(there)]
    scale = float(np.linalg.norm(moved) * np.linalg.norm(there))
    return best, float(moved @ there) / scale if scale else 0.0


def _draw_barcode(luma: np.ndarray, number: int) -> None:
    height, width = luma.shape
    bits = [(number >> place) & 1 for place in range(BITS)]
    cells = [1, 0, *bits, sum(bits) % 2, 0, 1]
    edges = np.linspace(0, width, CELLS + 1)
    for (a, b), bit in zip(pairwise(edges), cells, strict=True):
        luma[: height // 8, round(a) : round(b)] = 235 if bit else 16


def _frames(clip: Clip) -> Iterator[tuple[int, av.VideoFrame]]:
    for number in range(clip.frames):
        if not (clip.vfr and number % 3 == 2):
            frame = av.VideoFrame.from_ndarray(picture(clip, number), format="yuv420p")
            frame.colorspace, frame.color_range = 1, 1
            yield number, frame


def _add_video(out: av.container.OutputContainer, codec: str, clip: Clip) -> av.VideoStream:
    stream = out.add_stream(codec, rate=clip.rate, options=_FAST.get(codec, {}))
    stream.width, stream.height = clip.size
    stream.pix_fmt = _FORMATS.get(codec, "yuv420p")
    stream.codec_context.time_base = 1 / clip.rate
    stream.codec_context.gop_size = clip.gop
    if codec == "libx264":
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
    stream.codec_context.max_b_frames = clip.bframes if codec == "libx264" else 0
    if clip.rotation:
        stream.set_display_rotation(clip.rotation)
    return stream


def _in_format(frame: av.VideoFrame, codec: str) -> av.VideoFrame:
    form = _FORMATS.get(codec)
    return frame.reformat(format=form) if form else frame


def _add_sounds(out: av.container.OutputContainer, codec: str, clip: Clip) -> list[_Sound]:
    return [_Sound(out, codec, clip, track) for track in range(clip.tracks)]


class _Sound:
    """One audio track being written."""

    def __init__(self, out: av.container.OutputContainer, codec: str, clip: Clip, track: int) -> None:
        self.out, self.done = out, 0
        self.stream = out.add_stream(codec, rate=RATE, layout="mono" if clip.channels == 1 else "stereo")
        if not codec.startswith("pcm"):
            self.stream.bit_rate = 160_000
        if track < len(clip.titles):
            self.stream.metadata["title"] = clip.titles[track]
        self.samples = np.tile(sound_of(clip, track), (clip.channels, 1))

    def write_until(self, sample: int) -> None:
        """Write what is not written yet, in pieces of at most 0.1 s."""
        while self.done < min(sample, self.samples.shape[1]):
            end = min(sample, self.done + 4800, self.samples.shape[1])
            self._write(self.samples[:, self.done : end])
            self.done = end

    def end(self) -> None:
        """Write what the encoder still holds."""
        self.out.mux(self.stream.encode(None))

    def _write(self, piece: np.ndarray) -> None:
        layout = self.stream.codec_context.layout.name
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.done, Fraction(1, RATE)
        self.out.mux(self.stream.encode(frame))
