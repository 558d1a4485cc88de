"""Pictures that nobody needs are left out of decoding, and the others come out as if they had not been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.render.smart.chain import Chain, plan_chain
from nemo_lab.engine.render.smart.decoding import FrameReader
from nemo_lab.engine.render.smart.index import Index, build_index
from tests.media.smart_material import decoded, make_recording, plane

FRAMES = 100


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recording(tmp_path_factory.mktemp("chain") / "plain.mp4", "long_gop", FRAMES)


def read(index: Index, frames: list[int]) -> list[av.VideoFrame]:
    with FrameReader(index) as reader:
        return [reader.frame(index.positions[frame]) for frame in frames]


@pytest.mark.parametrize(
    "kind", ["plain", "baseline", "pyramid", "references", "temporal", "cavlc", "slices", "zero_latency"]
)
def test_single_frames_are_what_a_player_shows(tmp_path: Path, kind: str) -> None:
    path = make_recording(tmp_path / "source.mkv", kind, 48)
    index = build_index(path, Fraction(30))
    own = list(decoded(path))
    for frame in (1, 18, 19, 20, 21, 22, 47):
        (found,) = read(index, [frame])
        assert np.array_equal(plane(found), plane(own[frame]))


def test_middle_references_of_a_pyramid_are_left_out(recording: Path) -> None:
    index = build_index(recording, Fraction(30))
    last = index.positions[80]
    chain = plan_chain(index, 0, {last})
    references = [k for k in range(last + 1) if index.is_reference(k)]
    assert len(chain.positions) < 0.8 * len(references)
    assert chain.renumbered


STILL = [
    "plain", "baseline", "main_no_b", "zero_latency", "cavlc", "slices", "pyramid", "references", "temporal",
]  # fmt: skip
SEVERAL = STILL[-2:]
"""Kinds whose pictures have several references: two of them must not become one."""


@pytest.mark.parametrize("quality", [10, 21, 38])
@pytest.mark.parametrize("kind", STILL)
def test_pictures_of_a_screen_that_stands_still_are_not_decoded(
    tmp_path: Path, kind: str, quality: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_recording(tmp_path / "still.mkv", kind, 180, still=45, quality=quality)
    index = build_index(path, Fraction(30))
    own = list(decoded(path))
    frames = (7, 40, 44, 45, 46, 59, 131, 178, 179)
    for frame in frames:
        (found,) = read(index, [frame])
        assert np.array_equal(plane(found), plane(own[frame])), frame
    fewer = _decoded(index, frames)
    monkeypatch.setattr("nemo_lab.engine.render.smart.chain.is_repeat", lambda *_: False)
    # At CRF 10 without B pictures, x264 goes on refining what stands still.
    if kind not in SEVERAL and (kind, quality) != ("zero_latency", 10):
        assert fewer < 0.9 * _decoded(index, frames)


def _decoded(index: Index, frames: Collection[int]) -> int:
    """Return how many pictures are decoded for these, each by itself."""
    positions = [index.positions[frame] for frame in frames]
    entries = [max(k for k in index.entries if k <= position) for position in positions]
    chains = [plan_chain(index, *wish) for wish in zip(entries, ({k} for k in positions), strict=True)]
    return sum(len(chain.positions) for chain in chains)


def test_what_is_asked_for_later_comes_out_on_the_way(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = build_index(recording, Fraction(30))
    own = list(decoded(recording))
    planned: list[int] = []

    def counting(index: Index, entry: int, wanted: Collection[int]) -> Chain:
        planned.append(entry)
        return plan_chain(index, entry, wanted)

    monkeypatch.setattr("nemo_lab.engine.render.smart.decoding.plan_chain", counting)
    # As a transition asks: by turns for two places, and at last for one of them again.
    frames = [30, 50, 31, 51, 32, 52, 80, 81, 52]
    with FrameReader(index) as reader:
        reader.expect(Counter(index.positions[frame] for frame in frames))
        for frame in frames:
            assert np.array_equal(plane(reader.frame(index.positions[frame])), plane(own[frame]))
        assert planned == [0]
        assert np.array_equal(plane(reader.frame(index.positions[10])), plane(own[10]))


def test_few_pictures_wait_for_their_turn(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nemo_lab.engine.render.smart.decoding._HELD", 4 * 320 * 180 * 3 // 2)
    index = build_index(recording, Fraction(30))
    own = list(decoded(recording))
    frames = [frame for pair in zip(range(20, 40), range(60, 80), strict=True) for frame in pair]
    with FrameReader(index) as reader:
        reader.expect(Counter(index.positions[frame] for frame in frames))
        for frame in frames:
            assert np.array_equal(plane(reader.frame(index.positions[frame])), plane(own[frame]))
