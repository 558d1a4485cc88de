"""Fast renders: ends of cuts move a little, and sound is copied packet by packet."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.report import RenderReport
from tests.media.clips import frame_numbers, noise, offset, sound
from tests.media.drafts import blend, piece, timeline, title
from tests.media.smart_material import warnings_of

Maker = Callable[..., Path]
CUTS = [(700, 1900), (3100, 4330), (5230, 6870), (8010, 9560)]
FAST = Export(fast=True)


def fast(clip: Maker, target: Path, suffix: str = ".mp4", **wishes: object) -> tuple[Path, RenderReport]:
    source = clip(suffix, seconds=11, gop=240, **wishes)
    draft = timeline(*(piece(start, end) for start, end in CUTS))
    return source, render(draft, {"a": source}, target, FAST)


def packets(path: Path, track: int = 0) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=track) if packet.size]


def stretches(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last number of each run."""
    edges = [0, *(k + 1 for k, (a, b) in enumerate(pairwise(numbers)) if b != a + 1), len(numbers)]
    return [(numbers[a], numbers[b - 1] + 1) for a, b in pairwise(edges)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_ends_move_by_no_more_than_a_tenth_of_a_second(clip: Maker, tmp_path: Path, suffix: str) -> None:
    _, report = fast(clip, tmp_path / f"o{suffix}", suffix)
    shown = stretches(frame_numbers(tmp_path / f"o{suffix}"))
    assert len(shown) == len(CUTS)
    for found, asked in zip(shown, CUTS, strict=True):
        assert all(abs(frame * 100 / 3 - at) <= 117 for frame, at in zip(found, asked, strict=True))
    assert report.frames == sum(end - start for start, end in shown)
    assert report.frames_encoded <= 2 * len(CUTS)
    assert not warnings_of(tmp_path / f"o{suffix}")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_is_copied_and_stays_within_half_a_packet(clip: Maker, tmp_path: Path, suffix: str) -> None:
    source, _ = fast(clip, tmp_path / f"o{suffix}", suffix)
    assert set(packets(tmp_path / f"o{suffix}")) <= set(packets(source))
    heard, whole = sound(tmp_path / f"o{suffix}")[0], noise(11 * 48_000)
    at = 0
    for start, end in stretches(frame_numbers(tmp_path / f"o{suffix}")):
        count = (end - start) * 1600
        inner = slice(at + 2400, at + count - 2400)
        lag, match = offset(heard[inner], whole[start * 1600 + 2400 : start * 1600 + count - 2400])
        # Half a packet, and what Matroska rounds.
        assert abs(lag) <= 512 + 96
        assert match > 0.9
        at += count


def test_every_track_is_copied(clip: Maker, tmp_path: Path) -> None:
    source, report = fast(clip, tmp_path / "o.mp4", tracks=2, titles=("Mix", "Mic"))
    assert report.audio_tracks == 2
    for track in (0, 1):
        assert set(packets(tmp_path / "o.mp4", track)) <= set(packets(source, track))
    assert [stream.title for stream in probe(tmp_path / "o.mp4").audio] == ["Mix", "Mic"]


def test_the_same_bytes_again(clip: Maker, tmp_path: Path) -> None:
    fast(clip, tmp_path / "one.mp4")
    fast(clip, tmp_path / "two.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_louder_sound_is_encoded(clip: Maker, tmp_path: Path, suffix: str) -> None:
    source = clip(suffix, seconds=11, gop=240)
    draft = timeline(*(piece(start, end, x_volume=0.5) for start, end in CUTS))
    report = render(draft, {"a": source}, tmp_path / "o.mp4", FAST)
    assert not set(packets(tmp_path / "o.mp4")[2:-2]) & set(packets(source))
    assert report.frames_encoded <= 2 * len(CUTS)


def test_what_lies_over_the_cuts_stays_in_place(clip: Maker, tmp_path: Path) -> None:
    draft = timeline(
        piece(700, 1900, **blend(duration=400)), piece(3100, 6000), titles=(title("Hi", 500, 3000),)
    )
    source = clip(".mp4", seconds=11, gop=240)
    for name, settings in (("fast", FAST), ("exact", Export())):
        render(draft, {"a": source}, tmp_path / f"{name}.mp4", settings)
    assert (tmp_path / "fast.mp4").read_bytes() == (tmp_path / "exact.mp4").read_bytes()


def test_chapters_move_with_their_pieces(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=11, gop=240)
    draft = timeline(*(piece(start, end) for start, end in CUTS))
    starts = [sum(b - a for a, b in CUTS[:k]) for k in range(len(CUTS))]
    marks = [{"start": at, "title": str(k)} for k, at in enumerate(starts)]
    draft = draft.model_copy(update={"metadata": {**draft.metadata, "x_chapters": marks}})
    render(draft, {"a": source}, tmp_path / "o.mkv", FAST)
    lengths = [end - start for start, end in stretches(frame_numbers(tmp_path / "o.mkv"))]
    with av.open(str(tmp_path / "o.mkv")) as container:
        found = [float(c["start"] * c["time_base"]) for c in container.chapters()]
    assert found == pytest.approx([sum(lengths[:k]) / 30 for k in range(len(CUTS))], abs=0.04)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_that_is_not_cut_is_copied_whole(clip: Maker, tmp_path: Path, suffix: str) -> None:
    source = clip(suffix, seconds=5)
    draft = timeline(piece(0, 5000), titles=(title("Hi", 500, 1000),))
    report = render(draft, {"a": source}, tmp_path / "o.mp4", Export())
    assert packets(tmp_path / "o.mp4") == packets(source)
    assert report.frames_copied > 100
    heard, whole = sound(tmp_path / "o.mp4")[0], noise(5 * 48_000)
    lag, match = offset(heard[2400:-4800], whole[2400:-4800])
    assert abs(lag) <= 48
    assert match > 0.9
    assert np.abs(heard).max() > 0
