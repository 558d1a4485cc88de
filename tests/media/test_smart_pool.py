"""Workers make the same bytes as this process does, and nothing depends on their good health."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from nemo_lab.engine.render.smart import pool
from nemo_lab.engine.render.smart.assemble import LocalWindows, VideoPacket, video_packets
from nemo_lab.engine.render.smart.index import Index, build_index
from nemo_lab.engine.render.smart.planner import Piece, SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.pool import PooledWindows
from nemo_lab.engine.render.smart.window import WindowEncoder
from tests.media.smart_material import make_recording

CUTS = [Piece(17, start) for start in (3, 31, 47, 70, 101, 122, 20, 140)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, SplicePlan]:
    path = make_recording(tmp_path_factory.mktemp("pool") / "plain.mp4", "plain", 160)
    index = build_index(path, Fraction(30))
    plan = plan_splices(index, CUTS, SpliceOptions())
    return replace(index, format=replace(index.format, poc_step=plan.poc_step)), plan


def made(source: tuple[Index, SplicePlan], workers: int) -> list[VideoPacket]:
    index, plan = source
    encoder = WindowEncoder(index.format)
    with (
        LocalWindows(index, encoder, None) as local,
        PooledWindows(index, index.format, plan.encodes, local, workers) as windows,
    ):
        return list(video_packets(index, plan, windows))


def test_any_number_of_workers_gives_the_same_bytes(source: tuple[Index, SplicePlan]) -> None:
    assert len(source[1].encodes) >= 4
    alone = made(source, 0)
    assert made(source, 1) == alone
    assert made(source, 3) == alone


def test_workers_that_die_are_done_without(
    source: tuple[Index, SplicePlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = made(source, 0)
    answer, seen = pool.read_packets, []

    def dying(stream: object) -> list[bytes]:
        seen.append(stream)
        if len(seen) > 2:
            raise EOFError
        return answer(stream)  # type: ignore[arg-type]

    monkeypatch.setattr(pool, "read_packets", dying)
    assert made(source, 2) == alone
    assert len(seen) > 2


def test_workers_that_cannot_start_are_done_without(
    source: tuple[Index, SplicePlan], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pool.sys, "executable", str(tmp_path / "nothing"))
    assert made(source, 2) == made(source, 0)


def test_a_worker_that_fails_at_a_job_leaves_it_to_us(
    source: tuple[Index, SplicePlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "source_line", lambda path, form: b'{"path": "/nowhere.mp4", "format": {}}\n')
    assert made(source, 2) == made(source, 0)
