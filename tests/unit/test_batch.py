"""A batch without any media: what is listed, named, written down, done again, reported."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from nemo_lab.errors import MediaNotFound, UsageError
from nemo_lab.recipes import Recipe
from nemo_lab.recipes.batch.here import work_off
from nemo_lab.recipes.batch.ledger import Item, Ledger
from nemo_lab.recipes.batch.listing import listed
from nemo_lab.recipes.batch.report import BatchReport
from nemo_lab.recipes.batch.run import Order, batch
from nemo_lab.recipes.batch.watching import _arrivals
from nemo_lab.recipes.batch.work import Job

ROOT = Path(__file__).parents[2]
RECIPE = Recipe(name="Clean", steps=("cut the pauses",))


def copied(job: Job) -> Item:
    """Do the work of a render: put a file in its place, whole."""
    target = Path(job.out) / job.target
    shutil.copyfile(job.source, target.with_suffix(".part"))
    target.with_suffix(".part").replace(target)
    return Item(
        source=job.source, target=job.target, status="done", size_bytes=target.stat().st_size, before_ms=2000,
        after_ms=1000,
    )  # fmt: skip


class Carrier:
    """Does jobs by a function, and keeps which they were."""

    def __init__(self, work: Callable[[Job], Item] = copied, count: int = 1) -> None:
        self.jobs: list[str] = []
        self._work, self._count = work, count

    def __call__(self, jobs: Sequence[Job], done: Callable[[Item], bool]) -> None:
        def work(job: Job) -> Item:
            self.jobs.append(Path(job.source).name)
            return self._work(job)

        work_off(jobs, work, self._count, done)


def ran(
    folder: Path, carrier: Carrier | None = None, recipe: Recipe = RECIPE, **options: bool
) -> tuple[BatchReport, Carrier]:
    carrier = carrier or Carrier()
    order = Order.of(recipe, folder / "in", folder / "out", None)
    return order.carry_out(carrier, **options), carrier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b/a.MKV", "b/c.mov", "notes.txt", ".hidden.mp4", "cover.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(name.encode())
    return tmp_path


def names(paths: Sequence[Path]) -> list[str]:
    return [path.name for path in paths]


def test_folders_and_patterns_give_their_recordings_once(folder: Path) -> None:
    inside, out = folder / "in", folder / "out"
    assert names(listed([inside], out)) == ["a.mp4", "a.MKV", "c.mov"]
    assert names(listed([f"{inside}/**/*.[mM]*"], out)) == ["a.mp4", "a.MKV", "c.mov"]
    assert names(listed([inside / "b", inside, f"{inside}/*.mp4"], out)) == ["a.MKV", "c.mov", "a.mp4"]
    assert names(listed([inside / "none.mp4"], out)) == ["none.mp4"]
    (inside / "link.mp4").symlink_to(inside / "a.mp4")
    assert names(listed([inside], out)) == ["a.mp4", "a.MKV", "c.mov"]
    odd = inside / "a [1].mp4"
    odd.write_bytes(b"x")
    assert listed([odd], out) == [odd]
    with pytest.raises(MediaNotFound, match="gives no recordings"):
        listed([f"{inside}/*.avi"], out)
    with pytest.raises(UsageError, match="no recordings"):
        listed([], out)


def test_results_are_no_recordings(folder: Path) -> None:
    out = folder / "in" / "edited"
    out.mkdir()
    (out / "old.mp4").write_bytes(b"x")
    assert names(listed([folder / "in", f"{folder}/in/**/*.mp4"], out)) == ["a.mp4", "a.MKV", "c.mov"]


def test_two_of_the_same_name_do_not_meet(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "c.mp4").write_bytes(b"somebody's")
    report, _ = ran(folder)
    assert [item.target for item in report.items] == ["a.mp4", "a-2.mp4", "c-2.mp4"]
    assert (folder / "out" / "a-2.mp4").read_bytes() == b"b/a.MKV"
    assert (folder / "out" / "c.mp4").read_bytes() == b"somebody's"


def test_what_is_done_is_left_and_what_changed_is_done_again(folder: Path) -> None:
    assert ran(folder)[1].jobs == ["a.mp4", "a.MKV", "c.mov"]
    report, again = ran(folder)
    assert again.jobs == []
    assert (report.skipped, len(report.done)) == (3, 3)
    (folder / "in" / "a.mp4").write_bytes(b"new")
    (folder / "out" / "c.mp4").unlink()
    assert ran(folder)[1].jobs == ["a.mp4", "c.mov"]
    assert ran(folder, recipe=RECIPE.changed(steps=("cut the first second",)))[1].jobs == [
        "a.mp4",
        "a.MKV",
        "c.mov",
    ]
    assert ran(folder, recipe=RECIPE.changed(steps=("cut the first second",)), fresh=True)[1].jobs != []
    (folder / "in" / "z.mp4").write_bytes(b"z")
    report, more = ran(folder, recipe=RECIPE.changed(steps=("cut the first second",)))
    assert more.jobs == ["z.mp4"]
    assert [item.target for item in report.items] == ["a.mp4", "z.mp4", "a-2.mp4", "c.mp4"]


def failing(*bad: str, kind: str = "EditError") -> Callable[[Job], Item]:
    def work(job: Job) -> Item:
        if Path(job.source).name in bad:
            return Item(source=job.source, target=job.target, status="failed", error="=no <b>", kind=kind)
        return copied(job)

    return work


def test_one_bad_file_does_not_stop_the_rest_and_is_tried_again(folder: Path) -> None:
    report, carrier = ran(folder, Carrier(failing("a.mp4")))
    assert len(carrier.jobs) == 3
    assert (len(report.done), len(report.failed), report.stopped) == (2, 1, "")
    assert ran(folder)[1].jobs == ["a.mp4"]


def test_the_end_of_the_credits_is_the_end_of_the_batch(folder: Path) -> None:
    report, carrier = ran(folder, Carrier(failing("a.MKV", kind="InsufficientCredits")))
    assert carrier.jobs == ["a.mp4", "a.MKV"]
    assert (len(report.done), len(report.failed), len(report.waiting)) == (1, 1, 1)
    assert report.stopped == "=no <b>"
    assert "1 not begun" in str(report)
    assert ran(folder)[1].jobs == ["a.MKV", "c.mov"]


def test_a_fault_of_ours_ends_it_and_the_next_run_goes_on(folder: Path) -> None:
    def fault(job: Job) -> Item:
        if Path(job.source).name == "c.mov":
            raise ZeroDivisionError
        return copied(job)

    with pytest.raises(ZeroDivisionError):
        ran(folder, Carrier(fault))
    assert json.loads((folder / "out" / "batch.json").read_text())["items"][0]["status"] == "done"
    assert ran(folder)[1].jobs == ["c.mov"]


def test_the_report_is_for_programs_and_for_people(folder: Path) -> None:
    report, _ = ran(folder, Carrier(failing("c.mov")))
    out = folder / "out"
    assert BatchReport.model_validate_json((out / "batch.json").read_bytes()) == report
    rows = list(csv.DictReader((out / "batch.csv").read_text().splitlines()))
    assert [row["status"] for row in rows] == ["done", "done", "failed"]
    assert rows[2]["error"] == "'=no <b>"  # no formula for a spreadsheet
    page = (out / "batch.html").read_text()
    assert '<a href="./a-2.mp4">a-2.mp4</a>' in page
    assert "=no &lt;b&gt;" in page
    assert "<b>" not in page
    assert not list(out.glob(".batch*"))
    assert report.path == out / "batch.html"
    assert "text/html" in report._repr_mimebundle_()


def test_two_batches_do_not_work_on_one_folder(folder: Path) -> None:
    with Ledger(folder / "out"), pytest.raises(UsageError, match="another batch is at work"):
        ran(folder)
    ran(folder)


def test_what_a_killed_batch_left_half_written_goes(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / ".a.mp4.1234.part").write_bytes(b"half")
    ran(folder)
    assert not list((folder / "out").glob(".*.part"))


def test_the_call_is_checked_before_anything_is_made(folder: Path) -> None:
    with pytest.raises(UsageError, match="parameter"):
        batch(RECIPE, folder / "in", folder / "out", parameters={"x": 1})
    with pytest.raises(UsageError, match="0 recordings"):
        batch(RECIPE, folder / "in", folder / "out", jobs=0)
    (folder / "in" / os.fsdecode(b"\xff.mp4")).write_bytes(b"x")
    with pytest.raises(MediaNotFound, match="not UTF-8"):
        batch(RECIPE, folder / "in", folder / "out")
    assert not (folder / "out").exists()


def test_many_threads_do_each_job_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(60):
        (tmp_path / "in" / f"{number:03}.mp4").write_bytes(b"x")
    report, carrier = ran(tmp_path, Carrier(count=8))
    assert sorted(carrier.jobs) == [f"{number:03}.mp4" for number in range(60)]
    assert len(report.done) == 60


def test_a_recording_is_taken_when_it_stopped_growing(tmp_path: Path) -> None:
    stop, growing = threading.Event(), tmp_path / "new.mp4"
    growing.write_bytes(b"x")
    (tmp_path / os.fsdecode(b"no text \xff.mp4")).write_bytes(b"x")
    arrivals = _arrivals(tmp_path, tmp_path / "out", stop, settled=0.4)
    writer = threading.Thread(target=_grow, args=(growing, 6))
    writer.start()
    assert next(arrivals) == [growing]
    assert growing.stat().st_size == 7
    writer.join()
    other = tmp_path / "other.mp4"
    other.write_bytes(b"y")
    assert next(arrivals) == [other]
    stop.set()
    assert list(arrivals) == []


def _grow(path: Path, times: int) -> None:
    for _ in range(times):
        threading.Event().wait(0.15)
        with path.open("ab") as file:
            file.write(b"x")


_MANY = """
import re, sys, time
from pathlib import Path
from nemo_lab.recipes.batch.run import Order
from tests.unit.test_batch import RECIPE, Carrier, copied

folder, stop_at = Path(sys.argv[1]), int(sys.argv[2])
started = time.monotonic()

def work(job):
    if len(carrier.jobs) > stop_at:
        raise SystemExit(9)
    return copied(job)

carrier = Carrier(work)
report = Order.of(RECIPE, folder / "in", folder / "out", None).carry_out(carrier)
# Not ru_maxrss: a child's begins at what its parent had when it was forked.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(len(carrier.jobs), len(report.done), round(time.monotonic() - started, 2), int(peak[1]) // 1024)
"""


def many(folder: Path, stop_at: int = 10**9) -> tuple[int, int, float, int] | None:
    """Run a batch of 10,000 in a process of its own: jobs done, in all, seconds, MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _MANY, str(folder), str(stop_at)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": "."},
    )  # fmt: skip
    if done.returncode == 9:
        return None
    assert done.returncode == 0, done.stderr
    jobs, finished, seconds, mib = done.stdout.split()
    return int(jobs), int(finished), float(seconds), int(mib)


def test_ten_thousand_recordings_need_little(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(10_000):
        (tmp_path / "in" / f"recording {number:05}.mp4").write_bytes(b"recording")
    assert many(tmp_path, stop_at=6000) is None
    rest = many(tmp_path)
    assert rest is not None
    assert rest[:2] == (4000, 10_000)
    again = many(tmp_path)
    assert again is not None
    assert again[:2] == (0, 10_000)
    assert max(rest[3], again[3]) < 200
    assert len(list((tmp_path / "out").glob("*.mp4"))) == 10_000
    assert max(rest[2], again[2]) < 60
