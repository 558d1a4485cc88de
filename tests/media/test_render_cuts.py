"""Cuts are exact: every picture of the result is the one that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.protocol.plan import Export
from tests.media.clips import (
    RATE,
    Clip,
    frame_numbers,
    frame_times,
    lumas,
    offset,
    read_number,
    sound,
    sound_of,
)
from tests.media.drafts import blend, piece, timeline

Maker = Callable[..., Path]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm", ".avi"])
def test_pieces_show_exactly_their_frames(clip: Maker, tmp_path: Path, suffix: str) -> None:
    source = clip(suffix, seconds=5)
    draft = timeline(piece(500, 1500), piece(3000, 4200), piece(4300, 4800))
    report = render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    assert frame_numbers(tmp_path / "out.mp4") == [*range(15, 45), *range(90, 126), *range(129, 144)]
    assert (report.frames, report.frames_copied + report.frames_encoded, report.duration_ms) == (81, 81, 2700)


def test_pieces_may_lie_in_any_order_and_files(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(".mkv", seconds=5), "b": clip(".mp4", seconds=2, first=1000)}
    draft = timeline(piece(4000, 4500), piece(1000, 1500, asset="b"), piece(0, 500), piece(0, 500, asset="b"))
    render(draft, sources, tmp_path / "out.mp4", Export())
    expected = [*range(120, 135), *range(1030, 1045), *range(15), *range(1000, 1015)]
    assert frame_numbers(tmp_path / "out.mp4") == expected


def test_ntsc_rate_stays_exact(clip: Maker, tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    source = clip(".mkv", seconds=5, rate=rate)
    cuts = [(15, 45), (80, 113), (120, 140)]
    pieces = [piece(round(a / rate * 1000), round(b / rate * 1000)) for a, b in cuts]
    render(timeline(*pieces, rate="30000/1001"), {"a": source}, tmp_path / "out.mp4", Export())
    assert frame_numbers(tmp_path / "out.mp4") == [n for a, b in cuts for n in range(a, b)]
    with av.open(str(tmp_path / "out.mp4")) as out:
        assert out.streams.video[0].average_rate == rate


def test_variable_rate_becomes_constant_where_all_is_encoded(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mov", seconds=3, vfr=True)
    settings = Export(quality="medium")
    report = render(timeline(piece(1000, 2000)), {"a": source}, tmp_path / "out.mp4", settings)
    # Every third frame (2, 5, 8 …) is not in the file; the one before is shown in its place.
    assert frame_numbers(tmp_path / "out.mp4") == [n - (n % 3 == 2) for n in range(30, 60)]
    assert frame_times(tmp_path / "out.mp4") == [Fraction(n, 30) for n in range(30)]
    assert report.rate == "30/1"


@pytest.mark.parametrize(("source_rate", "rate"), [(24, "30/1"), (60, "30/1"), (25, "30000/1001")])
def test_another_rate_shows_the_frame_that_is_due(
    clip: Maker, tmp_path: Path, source_rate: int, rate: str
) -> None:
    source = clip(".mp4", seconds=2, rate=Fraction(source_rate))
    draft = timeline(piece(400, 1400), rate=rate)
    render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    first, count = round(source_rate * 0.4), round(Fraction(rate))
    due = [first + int(n * source_rate / Fraction(rate)) for n in range(count)]
    assert frame_numbers(tmp_path / "out.mp4") == due


@pytest.mark.parametrize("speed", [2.0, 0.5, 1.25])
def test_speed_shows_every_nth_frame(clip: Maker, tmp_path: Path, speed: float) -> None:
    source = clip(".mkv", seconds=5)
    render(timeline(piece(1000, 3000, speed=speed)), {"a": source}, tmp_path / "out.mp4", Export())
    due = [30 + int(n * Fraction(speed)) for n in range(round(60 / speed))]
    assert frame_numbers(tmp_path / "out.mp4") == due


def test_split_without_a_cut_changes_nothing(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mkv", seconds=5)
    render(timeline(piece(0, 3000)), {"a": source}, tmp_path / "whole.wav", Export())
    split = timeline(piece(0, 1033), piece(1033, 2100), piece(2100, 3000))
    render(split, {"a": source}, tmp_path / "split.wav", Export())
    whole, parts = sound(tmp_path / "whole.wav"), sound(tmp_path / "split.wav")
    assert whole.shape == parts.shape
    assert np.abs(whole - parts).max() < 1e-6


@pytest.mark.parametrize("kind", ["crossfade", "fade_black", "fade_white", "wipe_left", "slide_right"])
def test_a_transition_lies_around_its_cut(clip: Maker, tmp_path: Path, kind: str) -> None:
    source = clip(".mkv", seconds=5)
    draft = timeline(piece(500, 1500, **blend(kind)), piece(3000, 4000))
    report = render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    numbers = frame_numbers(tmp_path / "out.mp4")
    assert report.frames == len(numbers) == 60
    assert numbers[:24] == list(range(15, 39))
    assert numbers[36:] == list(range(96, 120))
    hard = timeline(piece(500, 1500), piece(3000, 4000))
    render(hard, {"a": source}, tmp_path / "hard.mp4", Export())
    soft, cut = _lumas(tmp_path / "out.mp4"), _lumas(tmp_path / "hard.mp4")
    assert max(np.abs(soft[n] - cut[n]).max() for n in (28, 31)) > 40


def test_a_crossfade_mixes_both_sides_from_their_handles(clip: Maker, tmp_path: Path) -> None:
    """The material beyond the cut is used, so the middle of the blend shows half of each."""
    source, other = clip(".mp4", seconds=2, sound=None), clip(".mp4", seconds=2, sound=None, first=0x2A00)
    draft = timeline(piece(0, 1000, **blend(duration=500)), piece(1000, 1500, asset="b"))
    render(draft, {"a": source, "b": other}, tmp_path / "out.mp4", Export(quality="high"))
    frames = _lumas(tmp_path / "out.mp4")
    left, right = _lumas(source), _lumas(other)
    for number in range(23, 37):
        share = (number - 23 + 0.5) / 15 if number < 38 else 1.0
        expected = left[number] * (1 - share) + right[number] * share
        assert np.abs(frames[number] - expected).mean() < 3, number


def test_gap_and_lead_are_black(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=2)
    late = piece(0, 1000) | {"x_start": 500}
    draft = timeline(late).model_copy(update={"duration_ms": 2000})
    render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    assert frame_numbers(tmp_path / "out.mp4") == [-1] * 15 + list(range(30)) + [-1] * 15
    heard = sound(tmp_path / "out.mp4")
    assert np.abs(heard[:, :23000]).max() < 1e-3
    assert np.abs(heard[:, 30000:60000]).max() > 0.05


def test_rotated_phone_video_comes_out_upright(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mov", seconds=1, rotation=90)
    report = render(timeline(piece(0, 1000)), {"a": source}, tmp_path / "out.mp4", Export())
    assert (report.width, report.height) == (180, 320)
    assert frame_numbers(tmp_path / "out.mp4") == list(range(30)), "copied: a player turns it"
    assert probe(tmp_path / "out.mp4").rotation == probe(source).rotation == 270
    report = render(timeline(piece(0, 1000)), {"a": source}, tmp_path / "low.mp4", Export(quality="low"))
    assert (report.width, report.height) == (180, 320)
    assert [read_number(np.rot90(luma, -1)) for luma in _lumas(tmp_path / "low.mp4")] == list(range(30))


def test_still_picture_lasts(clip: Maker, tmp_path: Path) -> None:
    draft = timeline(piece(0, 1000), piece(0, 1000, asset="b"))
    render(draft, {"a": clip(".mp4", seconds=1), "b": clip(".png", first=77)}, tmp_path / "o.mp4", Export())
    assert frame_numbers(tmp_path / "o.mp4") == [*range(30), *[77] * 30]


def test_flash_and_click_stay_together(clip: Maker, tmp_path: Path) -> None:
    flashes = (0.5, 1.5, 2.5, 3.5, 4.5)
    source = clip(".mkv", seconds=5, sound="beeps", flashes=flashes)
    draft = timeline(piece(333, 1667), piece(2233, 2967), piece(3300, 4900))
    render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    white = [n for n, luma in enumerate(_lumas(tmp_path / "out.mp4")) if luma[-30:, -60:].mean() > 180]
    heard = np.abs(sound(tmp_path / "out.mp4")[0]) > 0.4
    starts = [int(i) for i in np.flatnonzero(heard) if not heard[max(0, i - 2000) : i].any()]
    assert len(white) == len(starts) == 5
    for frame, sample in zip(white, starts, strict=True):
        assert abs(frame / 30 - sample / RATE) < 0.001


def test_sound_is_cut_to_the_sample(clip: Maker, tmp_path: Path) -> None:
    for suffix in (".mkv", ".mp4", ".webm"):
        source = clip(suffix, seconds=5)
        render(timeline(piece(3500, 4500), piece(1000, 2000)), {"a": source}, tmp_path / "o.wav", Export())
        heard, full = sound(tmp_path / "o.wav")[0], sound_of(Clip(seconds=5))
        for at, begin in ((0, 3.5), (RATE, 1.0)):
            expected = full[round(begin * RATE) : round(begin * RATE) + RATE]
            shift, likeness = offset(heard[at : at + RATE], expected)
            assert abs(shift) <= (0 if suffix != ".webm" else 24), suffix
            assert likeness > 0.99


def _lumas(path: Path) -> list[np.ndarray]:
    return [luma.astype(np.float32) for luma in lumas(path)]
