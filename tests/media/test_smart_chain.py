"""Pictures that nobody needs are left out of decoding, and the others come out as if they had not been."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.render.smart.chain import plan_chain
from nemo_lab.engine.render.smart.decoding import FrameReader, Run
from nemo_lab.engine.render.smart.index import Index, build_index
from tests.media.smart_material import decoded, make_recording, plane

FRAMES = 100


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_recording(tmp_path_factory.mktemp("chain") / "plain.mp4", "long_gop", FRAMES)


def read(index: Index, frames: list[int], demand: frozenset[int] = frozenset()) -> list[av.VideoFrame]:
    positions = tuple(index.positions[frame] for frame in frames)
    with FrameReader(index, {0: demand}) as reader:
        return list(reader.frames(Run(0, positions)))


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


def test_frames_for_later_runs_come_out_on_the_way(recording: Path) -> None:
    index = build_index(recording, Fraction(30))
    own = list(decoded(recording))
    runs = [Run(0, tuple(index.positions[k] for k in frames)) for frames in ((30, 31), (32, 50), (10, 11))]
    demand = {0: frozenset(position for run in runs for position in run.wanted)}
    with FrameReader(index, demand) as reader:
        for run in runs:
            frames = list(reader.frames(run))
            assert len(frames) == len(run.wanted)
            for frame, position in zip(frames, run.wanted, strict=True):
                assert np.array_equal(plane(frame), plane(own[index.frames[position]]))
