"""Films of hundreds of megabytes, made in seconds: noise that no encoder can shrink, played over and over."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.media.clips import make

SECONDS = 6
"""Length of the piece that is repeated; every other second of it is a pause."""
_RATE, _SIZE = 10, (1280, 720)


def heavy_film(path: Path, megabytes: int) -> Path:
    """Write an MP4 of at least so many million bytes, H.264 and AAC, with its index in front."""
    picture = _noise(path.with_suffix(".noise.mp4"))
    sound = make(path.with_suffix(".sound.m4a"), seconds=SECONDS, sound="speech")
    times = -(-megabytes * 1_000_000 // picture.stat().st_size)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        sources = [av.open(str(picture)), av.open(str(sound))]
        streams = [out.add_stream_from_template(source.streams[0]) for source in sources]
        for number in range(times):
            for source, stream in zip(sources, streams, strict=True):
                source.seek(0)
                for packet in source.demux(0):
                    if packet.dts is None:
                        continue
                    shift = round(number * SECONDS / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)
        for source in sources:
            source.close()
    picture.unlink()
    sound.unlink()
    return path


def _noise(path: Path) -> Path:
    width, height = _SIZE
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=_RATE, options={"preset": "ultrafast", "qp": "12", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(SECONDS * _RATE):
            plane = random.integers(0, 256, (height * 3 // 2, width), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(plane, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
