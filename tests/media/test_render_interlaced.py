"""Interlaced recordings come out as whole pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from nemo_lab.engine.render import render
from nemo_lab.protocol.plan import Export
from tests.media.clips import lumas
from tests.media.drafts import piece, timeline

WIDTH, HEIGHT, FRAMES = 320, 192, 30


def field(moment: int) -> np.ndarray:
    """A bar that moves by 6 pixels from field to field."""
    luma = np.full((HEIGHT, WIDTH), 50, np.uint8)
    luma[32:160, 20 + 4 * moment : 60 + 4 * moment] = 200
    return luma


def record(path: Path) -> Path:
    with av.open(str(path), "w") as out:
        options = {"preset": "veryfast", "crf": "12", "x264-params": "tff=1"}
        stream = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(FRAMES):
            planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            planes[0:HEIGHT:2] = field(2 * number)[0::2]
            planes[1:HEIGHT:2] = field(2 * number + 1)[1::2]
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def combing(luma: np.ndarray) -> float:
    """How much neighbouring lines differ where the lines next to them agree."""
    rows = luma[40:150].astype(float)
    return float((np.abs(rows[1:-1] - rows[:-2]) - np.abs(rows[2:] - rows[:-2])).clip(0).mean())


def test_fields_are_brought_to_one_moment(tmp_path: Path) -> None:
    source = record(tmp_path / "camera.mp4")
    report = render(timeline(piece(200, 1000), rate="25/1"), {"a": source}, tmp_path / "o.mp4", Export())
    assert report.encoded_because == ("interlaced",)
    before, after = list(lumas(source)), list(lumas(tmp_path / "o.mp4"))
    assert len(after) == 20
    assert min(map(combing, before)) > 3
    assert max(map(combing, after)) < 0.7
    # The picture is where the first field was, or between the two, at any time.
    for number, luma in enumerate(after):
        left = int(np.nonzero(luma[96] > 125)[0][0])
        assert abs(left - (20 + 8 * (number + 5))) <= 4, number
