"""Small recordings for the smart render: every frame tells its number, in every kind of H.264."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import av.logging
import numpy as np

from nemo_lab.engine.render.formats import FORMATS
from nemo_lab.engine.render.smart.assemble import video_packets
from nemo_lab.engine.render.smart.cuts import TICKS, Schedule
from nemo_lab.engine.render.smart.index import Index, build_index
from nemo_lab.engine.render.smart.planner import Piece, SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.window import WindowEncoder
from nemo_lab.engine.render.smart.windows import PictureMaker, Windows
from nemo_lab.engine.render.smart.writer import PacketWriter

WIDTH, HEIGHT, BITS, CELL = 320, 180, 16, 16
KINDS: dict[str, dict[str, str]] = {
    "plain": {"preset": "veryfast", "g": "60"},
    "long_gop": {"preset": "veryfast", "g": "250"},
    "baseline": {"preset": "veryfast", "profile": "baseline", "g": "90"},
    "main_no_b": {"preset": "veryfast", "profile": "main", "bf": "0", "g": "90"},
    "zero_latency": {"preset": "veryfast", "tune": "zerolatency", "x264-params": "slices=4", "g": "80"},
    "slices": {"preset": "veryfast", "x264-params": "slices=3", "g": "90"},
    "pyramid": {"preset": "veryfast", "x264-params": "bframes=5:b-pyramid=strict", "g": "120"},
    "open_gop": {"preset": "veryfast", "x264-params": "open-gop=1", "g": "48"},
    "references": {"preset": "medium", "x264-params": "ref=4:weightp=2:b-adapt=2", "g": "150"},
    "cavlc": {"preset": "veryfast", "x264-params": "cabac=0", "g": "70"},
    "intra": {"preset": "veryfast", "g": "1"},
    "temporal": {"preset": "medium", "x264-params": "direct=temporal:ref=3", "g": "100"},
    "scaling": {"preset": "veryfast", "x264-params": "cqm=jvt", "g": "90"},
    "full_range": {"preset": "veryfast", "g": "75", "pix_fmt": "yuvj420p"},
}


@lru_cache(maxsize=256)
def picture(number: int) -> np.ndarray:
    """A screen that moves a little, with its number in black and white cells on top; planar 4:2:0."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    luma = 90 + 50 * np.sin((x + 2 * number) / 23.0) + 30 * np.cos((y - number) / 17.0)
    left = (5 * number) % (WIDTH - 40)
    luma[100:140, left : left + 40] = 200
    noise = np.random.default_rng(number // 20).normal(0, 3, (HEIGHT, WIDTH))
    luma = np.clip(luma + noise, 16, 235).astype(np.uint8)
    luma[:CELL] = 16
    for bit in range(BITS):
        luma[:CELL, bit * CELL : (bit + 1) * CELL] = 235 if number >> bit & 1 else 16
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    chroma[:, : WIDTH // 2] = 118 + (number // 7) % 20
    return np.concatenate([luma, chroma])


def number_of(frame: av.VideoFrame) -> int:
    """Read the number back."""
    luma = plane(frame)[4 : CELL - 4]
    return sum(1 << bit for bit in range(BITS) if luma[:, bit * CELL + 4 : (bit + 1) * CELL - 4].mean() > 125)


def plane(frame: av.VideoFrame) -> np.ndarray:
    """The luma plane."""
    first = frame.planes[0]
    return np.frombuffer(first, np.uint8).reshape(-1, first.line_size)[: frame.height, : frame.width]


def make_recording(
    path: Path, kind: str, frames: int, rate: Fraction = Fraction(30), *, still: int = 1, quality: int = 23
) -> Path:
    """Write a recording of one of :data:`KINDS`; the ending of the name decides the container.

    Each picture stands for ``still`` frames; ``quality`` is x264's CRF.
    """
    options = {"crf": str(quality)} | KINDS[kind]
    pixels = options.pop("pix_fmt", "yuv420p")
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.codec_context.thread_count = 1
        for number in range(frames):
            frame = as_frame(number // still * still, pixels)
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def as_frame(number: int, pixels: str = "yuv420p") -> av.VideoFrame:
    """Return a picture as a frame; in full range its values are taken as they are."""
    if pixels == "yuvj420p":
        return av.VideoFrame.from_ndarray(picture(number), format=pixels)
    return av.VideoFrame.from_ndarray(picture(number), format="yuv420p").reformat(format=pixels)


def decoded(path: Path) -> Iterator[av.VideoFrame]:
    """Yield all frames."""
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def worst_psnr(frame: av.VideoFrame, other: av.VideoFrame) -> float:
    """Return the PSNR of two frames' luma in dB; 99 when they are equal."""
    difference = plane(frame).astype(np.int32) - plane(other)
    error = float((difference**2).mean())
    return 99.0 if error == 0 else 10 * np.log10(255 * 255 / error)


@dataclass(frozen=True)
class Spliced:
    """A result and what was planned for it."""

    path: Path
    plan: SplicePlan
    index: Index


def splice(
    source: Path,
    pieces: Sequence[Piece],
    target: Path,
    options: SpliceOptions | None = None,
    picture: PictureMaker | None = None,
) -> Spliced:
    """Splice pictures without sound."""
    index = build_index(source, Fraction(30))
    plan = plan_splices(index, pieces, options or SpliceOptions())
    encoder = WindowEncoder(replace(index.format, poc_step=plan.poc_step))
    form = FORMATS[target.suffix[1:]]
    with (
        Windows(index, encoder, (lambda reader: picture) if picture else None) as windows,
        PacketWriter(target, form, index, steady(pieces), encoder.configuration, [], None) as writer,
    ):
        for packet in video_packets(index, plan, windows):
            writer.packet(packet)
        writer.finish()
    return Spliced(target, plan, index)


def steady(pieces: Sequence[Piece]) -> Schedule:
    """Return the times of frames at a constant rate."""
    end = TICKS * sum(piece.count for piece in pieces)
    return Schedule(list(pieces), range(0, end, TICKS), end)


def wanted(pieces: Sequence[Piece]) -> list[int]:
    """Return the source frames of untouched pieces."""
    return [frame for p in pieces if p.first is not None for frame in range(p.first, p.first + p.count)]


def warnings_of(path: Path) -> list[str]:
    """Decode everything and return what the decoder complains of."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as logs:
            for _ in decoded(path):
                pass
    finally:
        av.logging.set_level(level)
    return [text for severity, _, text in logs if severity <= av.logging.WARNING]
