"""The full render in spans: the same bytes on any number of cores, nothing lost, nothing left over."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import formats
from nemo_lab.engine.render.job import Job, Progress
from nemo_lab.engine.render.plan import make_plan
from nemo_lab.engine.render.spans import movie
from nemo_lab.engine.render.spans.film import spans_of
from nemo_lab.engine.render.spans.movie import write_in_spans
from nemo_lab.engine.render.spans.packets import Packet, packed, unpacked
from nemo_lab.engine.render.spans.pool import Stretches
from nemo_lab.engine.render.spans.shelf import Shelf
from nemo_lab.errors import UnreadableMedia
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import frame_numbers
from tests.media.drafts import blend, piece, timeline, title

Maker = Callable[..., Path]
CUTS = timeline(
    piece(500, 6500, **blend()), piece(8000, 15000), piece(16000, 21000), titles=(title("Hello", 2000),)
)


def job(
    draft: Draft,
    source: Path,
    target: Path,
    *,
    settings: Export | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Job:
    settings = settings or Export(format="mp4", height=90)
    infos = {"a": probe(source)}
    plan = make_plan(draft, infos, settings)
    return Job(plan, {"a": source}, infos, settings, target, Progress(progress))


@pytest.fixture(params=["one thread", "two threads"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders as small pictures have them, and as large ones do."""
    if request.param == "two threads":
        monkeypatch.setattr(formats, "_LARGE", 0)


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_the_same_bytes_on_any_number_of_cores(clip: Maker, tmp_path: Path, ending: str) -> None:
    source = clip(".mkv", seconds=22, gop=90)
    made = []
    for workers in (0, 1, 3):
        target = tmp_path / f"{workers}.{ending}"
        write_in_spans(job(CUTS, source, target, settings=Export(format=ending, height=90)), workers)
        made.append(target.read_bytes())
    assert made[0] == made[1] == made[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{n}.{ending}" for n in (0, 1, 3)]


@pytest.mark.usefixtures("each_way")
def test_reframed_and_coloured_pictures_are_made_in_threads(clip: Maker, tmp_path: Path) -> None:
    effects = ({"op": "reframe", "aspect": "9:16", "mode": "crop"}, {"op": "color", "contrast": 0.2})
    draft = timeline(piece(500, 9500, **blend()), piece(11000, 20000), effects=effects)
    source, settings = clip(seconds=22, gop=90), Export(format="mp4")
    for workers in (0, 2):
        write_in_spans(job(draft, source, tmp_path / f"{workers}.mp4", settings=settings), workers)
    assert probe(tmp_path / "2.mp4").duration_ms == 18_000
    assert (tmp_path / "2.mp4").read_bytes() == (tmp_path / "0.mp4").read_bytes()


@pytest.mark.usefixtures("each_way")
def test_no_frame_is_lost_or_doubled_at_a_join(clip: Maker, tmp_path: Path) -> None:
    source = clip(seconds=22, gop=90)
    draft = timeline(piece(500, 9500), piece(11000, 20000))
    target = tmp_path / "o.mp4"
    write_in_spans(job(draft, source, target, settings=Export(format="mp4")), 2)
    assert frame_numbers(target) == [*range(15, 285), *range(330, 600)]
    assert probe(target).duration_ms == 18_000


@pytest.mark.usefixtures("each_way")
def test_a_fault_in_a_thread_is_told_as_what_it_is(clip: Maker, tmp_path: Path) -> None:
    source = tmp_path / "broken.mkv"
    source.write_bytes(clip(".mkv", seconds=22, gop=90).read_bytes())
    wish = job(CUTS, source, tmp_path / "o.mp4")

    def spoil(self: object, *args: object) -> None:
        source.write_bytes(b"gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(movie.Writer, "begin", spoil)
        with pytest.raises(UnreadableMedia):
            write_in_spans(wish, 2)


@pytest.mark.usefixtures("each_way")
def test_stopping_leaves_no_thread_and_no_file(clip: Maker, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(fraction: float) -> None:
        if fraction > 0.05:
            raise Stop

    source = clip(seconds=22, gop=90)
    count = threading.active_count()
    with pytest.raises(Stop):
        write_in_spans(job(CUTS, source, tmp_path / "o.mp4", progress=stop), 2)
    assert threading.active_count() == count
    assert [path.name for path in tmp_path.iterdir()] == ["o.mp4"]


def test_spans_cover_the_film_and_begin_at_cuts_where_one_is_near(clip: Maker, tmp_path: Path) -> None:
    plan = job(CUTS, clip(".mkv", seconds=22, gop=90), tmp_path / "o.mp4").plan
    # Cuts at 6 s (blended) and 13 s, the end at 18 s.
    assert spans_of(plan, 240) == [(0, 240), (240, 540)]
    assert spans_of(plan, 300) == [(0, 390), (390, 540)]
    assert spans_of(plan, 1000) == [(0, 540)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_span_is_made_once(count: int, workers: int) -> None:
    stretches = Stretches(count)
    mine: list[int | None] = [None] * workers
    given = []
    for turn in range(10 * count):
        # Some are faster than others.
        worker = turn % workers if turn % 3 else 0
        number, mine[worker] = stretches.next(mine[worker])
        given.append(number)
    done = [number for number in given if number is not None]
    assert sorted(done) == list(range(count))


def test_the_first_worker_goes_on_and_the_second_takes_the_later_half() -> None:
    stretches = Stretches(8)
    _, first = stretches.next(None)
    number, _ = stretches.next(None)
    assert number == 4
    assert stretches.next(first)[0] == 1


def test_packets_come_back_as_they_were() -> None:
    packets = [Packet(b"abc", -2, -3, 1, True), Packet(b"x" * 70_000, 5, 4, 1024, False, 3)]
    part = b"".join(packed(packet) for packet in packets)
    assert list(unpacked(part)) == packets


def test_a_full_shelf_goes_on_in_a_file_without_a_name(tmp_path: Path) -> None:
    with Shelf(tmp_path, in_memory=10) as shelf:
        parts = {n: bytes([n]) * (n + 3) for n in range(9)}
        for n in reversed(range(9)):
            shelf.put(n, parts[n])
        assert list(tmp_path.iterdir()) == [] or os.name == "nt"
        assert all(shelf.take(n) == parts[n] for n in range(9))
    assert list(tmp_path.iterdir()) == []


def test_one_who_waits_hears_of_a_fault(tmp_path: Path) -> None:
    with Shelf(tmp_path) as shelf:
        shelf.fail(OSError("full"))
        with pytest.raises(OSError, match="full"):
            shelf.take(1)


_BETWEEN_PICTURES = """
import os
from nemo_lab.engine.render.memory import give_back_large_blocks
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
give_back_large_blocks()
b"x" * (30 << 20)
before = resident()
made = [(b"x" * (3 << 20), b"x" * 50_000) for _ in range(40)]
packets = [packet for _, packet in made]
del made
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps large blocks")
def test_pictures_that_are_gone_hold_no_memory_between_packets() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _BETWEEN_PICTURES], capture_output=True, text=True, check=True
    )
    assert int(found.stdout) < 30 << 20
