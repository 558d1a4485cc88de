"""How much moves, against screens that stand still and move at known times."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.analysis import analyse
from nemo_lab.engine.analysis.motion import busy_spans
from nemo_lab.engine.media import probe
from tests.media.clips import make

RATE = 20
MOVES = ((4.0, 8.0), (14.0, 17.0))
SECONDS = 20


def screen(path: Path, codec: str = "libx264", moves: object = MOVES, **options: str) -> Path:
    """Write a page of soft bars that scrolls at known times and stands still else."""
    bars = np.random.default_rng(3).integers(40, 200, (90, 40), dtype=np.uint8)
    texture = bars.repeat(8, axis=0).repeat(8, axis=1)
    row = 0
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {"g": "60"} | options
        for number in range(SECONDS * RATE):
            if any(start <= number / RATE < end for start, end in moves):
                row = (row + 7) % 500
            planes = np.concatenate([texture[row : row + 180], np.full((90, 320), 128, np.uint8)])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        out.mux(stream.encode(None))
    return path


def busy(path: Path) -> list[tuple[int, int]]:
    info = probe(path)
    return busy_spans(analyse(path, info).motion, info.duration_ms)


def assert_found(spans: list[tuple[int, int]]) -> None:
    assert len(spans) == len(MOVES)
    for (start, end), (true_start, true_end) in zip(spans, MOVES, strict=True):
        assert abs(start - true_start * 1000) <= 500
        assert -500 <= end - true_end * 1000 <= 1500  # what came to rest is still refined


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        (".mkv", "libx264", {"preset": "veryfast", "crf": "23"}),
        (".mp4", "libx264", {"preset": "ultrafast", "crf": "20", "g": "20"}),
        (".webm", "libvpx", {"deadline": "realtime", "cpu-used": "8", "b": "1M"}),
        (".avi", "mpeg4", {"qscale": "5"}),
    ],
)
def test_movement_is_found(tmp_path: Path, suffix: str, codec: str, options: dict[str, str]) -> None:
    assert_found(busy(screen(tmp_path / f"screen{suffix}", codec, **options)))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_filler_of_constant_bit_rate_does_not_count(tmp_path: Path, suffix: str) -> None:
    rate = "2000k"
    options = {"x264-params": "nal-hrd=cbr:filler=1", "b": rate, "maxrate": rate, "bufsize": rate}
    path = screen(tmp_path / f"cbr{suffix}", preset="veryfast", **options)
    assert path.stat().st_size > 2_000_000 / 8 * SECONDS * 0.8, "the test needs a file full of filler"
    assert_found(busy(path))


@pytest.mark.parametrize("moves", [(), ((0.0, 99.0),)])
def test_equally_busy_all_through_says_nothing(tmp_path: Path, moves: object) -> None:
    assert busy(screen(tmp_path / "even.mkv", moves=moves, preset="veryfast")) == []


def test_sound_stills_and_single_pictures_have_no_motion(tmp_path: Path) -> None:
    for name in ("tone.wav", "still.png"):
        path = make(tmp_path / name, seconds=2)
        assert analyse(path, probe(path)).motion == ()
    alone = screen(tmp_path / "alone.avi", "mpeg4", g="1", qscale="5")
    assert analyse(alone, probe(alone)).motion == ()


def test_borders_of_busy_stretches() -> None:
    calm, moving = 500, 50_000
    motion = (calm,) * 20 + (moving,) * 4 + (calm,) + (moving,) * 4 + (calm,) * 10 + (moving,) + (calm,) * 10
    assert busy_spans(motion, 24_900) == [(10_000, 14_500)]
    assert busy_spans((), 1000) == []
    assert busy_spans((0,) * 10, 5000) == []


def slides(path: Path, changes: tuple[float, ...], **options: str) -> Path:
    """Write pages that follow each other at once, with a pointer that never rests."""
    dice = np.random.default_rng(5)
    pages = [dice.integers(40, 200, (23, 40), dtype=np.uint8) for _ in range(len(changes) + 1)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {"g": "60", "preset": "veryfast"} | options
        for number in range(SECONDS * RATE):
            page = sum(number / RATE >= at for at in changes)
            luma = pages[page].repeat(8, axis=0).repeat(8, axis=1)[:180].copy()
            at = 20 + 3 * number % 260
            luma[80:90, at : at + 10] = 255
            planes = np.concatenate([luma, np.full((90, 320), 128, np.uint8)])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("options", [{}, {"sc_threshold": "0"}], ids=["keys at scenes", "keys by the clock"])
def test_a_new_slide_is_a_new_scene(tmp_path: Path, options: dict[str, str]) -> None:
    changes = (3.5, 7.25, 11.6, 16.1)
    path = slides(tmp_path / "slides.mkv", changes, **options)
    found = analyse(path, probe(path)).scenes
    assert len(found) == len(changes)
    assert all(abs(at - true * 1000) <= 100 for at, true in zip(found, changes, strict=True))


def test_what_scrolls_or_rests_is_no_new_scene(tmp_path: Path) -> None:
    for moves in ((), ((4.0, 6.0), (14.0, 15.0))):  # a longer one would jump back to the top
        path = screen(tmp_path / "screen.mkv", moves=moves, preset="veryfast")
        assert analyse(path, probe(path)).scenes == ()
