"""Threads make the same bytes as one after the other, and what goes wrong in one is heard of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import pytest

from nemo_lab.engine.render.smart.assemble import VideoPacket, video_packets
from nemo_lab.engine.render.smart.decoding import FrameReader
from nemo_lab.engine.render.smart.demand import untouched
from nemo_lab.engine.render.smart.index import Index, build_index
from nemo_lab.engine.render.smart.planner import Piece, SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.window import WindowEncoder
from nemo_lab.engine.render.smart.windows import PictureMaker, PooledWindows, Windows
from tests.media.smart_material import as_frame, make_recording

CUTS = [Piece(17, start) for start in (3, 31, 47, 70, 101, 122, 20, 140)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, SplicePlan]:
    path = make_recording(tmp_path_factory.mktemp("pool") / "plain.mp4", "plain", 160)
    return planned(path, CUTS)


def planned(path: Path, pieces: list[Piece]) -> tuple[Index, SplicePlan]:
    index = build_index(path, Fraction(30))
    plan = plan_splices(index, pieces, SpliceOptions())
    return replace(index, format=replace(index.format, poc_step=plan.poc_step)), plan


def one_by_one(index: Index, plan: SplicePlan) -> list[VideoPacket]:
    with Windows(index, WindowEncoder(index.format), drawing) as windows:
        return list(video_packets(index, plan, windows))


def pooled(index: Index, plan: SplicePlan, threads: int) -> list[VideoPacket]:
    opened = partial(Windows, index, WindowEncoder(index.format), drawing)
    with PooledWindows(index, plan.encodes, partial(untouched, index), opened, threads) as windows:
        return list(video_packets(index, plan, windows))


def drawing(reader: FrameReader) -> PictureMaker:
    return drawn


def drawn(first: int, count: int) -> Iterator[av.VideoFrame]:
    return (as_frame(number) for number in range(first, first + count))


def test_any_number_of_threads_gives_the_same_bytes(source: tuple[Index, SplicePlan]) -> None:
    assert len(source[1].encodes) >= 4
    alone = one_by_one(*source)
    assert pooled(*source, threads=1) == alone
    assert pooled(*source, threads=3) == alone


def test_edited_frames_are_made_in_threads_too(source: tuple[Index, SplicePlan]) -> None:
    pieces = [Piece(30, 5), Piece(9), Piece(40, 50), Piece(7), Piece(30, 110)]
    index, plan = planned(source[0].path, pieces)
    assert pooled(index, plan, threads=2) == one_by_one(index, plan)


def test_what_fails_in_a_thread_reaches_the_one_who_waits(source: tuple[Index, SplicePlan]) -> None:
    index, plan = source
    encoder = WindowEncoder(index.format)
    count = threading.active_count()

    class Failing(Windows):
        def __call__(self, span: object) -> Iterator[object]:  # type: ignore[override]
            raise ZeroDivisionError

    opened = partial(Failing, index, encoder, None)
    pool = PooledWindows(index, plan.encodes, partial(untouched, index), opened, 2)
    with pytest.raises(ZeroDivisionError), pool as windows:
        list(video_packets(index, plan, windows))
    assert threading.active_count() == count


def test_one_who_does_not_wait_to_the_end_leaves_no_thread(source: tuple[Index, SplicePlan]) -> None:
    index, plan = source
    count = threading.active_count()
    opened = partial(Windows, index, WindowEncoder(index.format), None)
    with PooledWindows(index, plan.encodes, partial(untouched, index), opened, 2) as windows:
        next(video_packets(index, plan, windows))
    assert threading.active_count() == count
