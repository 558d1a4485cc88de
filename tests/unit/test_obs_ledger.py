"""The queue's steps, one by one: what a row says after each, and what may not happen any more."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nemo_lab.errors import DiskFull, OutputNotWritable, UsageError
from obs_plugin import ledger as ledgers
from obs_plugin.jobs import Arrival, Job
from obs_plugin.ledger import Ledger, unwritten


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "home" / "queue.db")
    yield found
    found.close()


def arrived(ledger: Ledger, path: Path, first: Path | None = None) -> Job:
    path.write_bytes(path.name.encode())
    return ledger.job(ledger.arrive(Arrival(path, "obs", first)) or 0)


def settled(ledger: Ledger, path: Path, first: Path | None = None) -> Job:
    job = arrived(ledger, path, first)
    assert ledger.settle(job, path.stat(), duration_ms=7, note="whole")
    return ledger.job(job.id)


def steps(ledger: Ledger, job: Job) -> list[tuple[str, str]]:
    return [(state, reason) for _, state, reason in ledger.history(job.id)]


def test_the_history_tells_each_step_and_why(ledger, tmp_path):
    job = settled(ledger, tmp_path / "a.mkv")
    assert (job.duration_ms, job.note, job.reason) == (7, "whole", "whole")
    assert ledger.begin(job, tmp_path / "out.mp4", preset="p", owner="me")
    ledger.progress(job.id, "uploading", 0.25)
    ledger.progress(job.id, "editing", 0.5)
    ledger.wait(job.id, "waits for the network", 5)
    ledger.end(job.id, "failed", "broken", note="twice")
    ledger.retry(job.id)
    ledger.skip(job.id)
    assert steps(ledger, job) == [
        ("new", "obs"), ("settled", "whole"), ("uploading", ""), ("editing", ""),
        ("settled", "waits for the network"), ("failed", "broken"), ("settled", "retry"),
        ("skipped", "by the user"),
    ]  # fmt: skip
    times = [at for at, _, _ in ledger.history(job.id)]
    assert times == sorted(times)
    assert ledger.job(job.id).note == "whole; twice"


def test_a_step_that_changes_nothing_is_not_told_again(ledger, tmp_path):
    job = settled(ledger, tmp_path / "a.mkv")
    for _ in range(2):
        ledger.wait(job.id, "later", 0)
    assert [reason for _, reason in steps(ledger, job)].count("later") == 1


def test_beginning_writes_down_all_that_a_crash_must_not_lose(ledger, tmp_path):
    first, part = settled(ledger, tmp_path / "a.mkv"), settled(ledger, tmp_path / "b.mkv")
    assert ledger.begin(first, tmp_path / "out.mp4", preset="p", owner="me", joined=[part])
    now, other = ledger.job(first.id), ledger.job(part.id)
    assert (now.state, now.output, now.preset, now.attempts) == ("uploading", tmp_path / "out.mp4", "p", 1)
    assert (other.state, other.reason) == ("skipped", f"joined into job {first.id}")
    assert ledger.is_ours(tmp_path / "out.mp4")
    assert not ledger.is_ours(tmp_path / "a.mkv")
    assert [job.id for job in ledger.reconcile()] == [first.id]
    assert not ledger.begin(now, tmp_path / "out.mp4", preset="p", owner="me")
    assert ledger.job(first.id).attempts == 1


def test_an_end_stands_unless_the_result_is_saved_after_all(ledger, tmp_path):
    job = settled(ledger, tmp_path / "a.mkv")
    ledger.begin(job, tmp_path / "out.mp4", preset="", owner="me")
    ledger.skip(job.id)
    ledger.end(job.id, "failed", "late")
    ledger.progress(job.id, "rendering", 0.9)
    ledger.wait(job.id, "late", 5)
    found = ledger.job(job.id)
    assert (found.state, found.reason, found.progress) == ("skipped", "by the user", 0.0)
    ledger.end(job.id, "saved")
    assert (ledger.job(job.id).state, ledger.job(job.id).progress) == ("saved", 1.0)
    failing = settled(ledger, tmp_path / "b.mkv")
    ledger.begin(failing, tmp_path / "out2.mp4", preset="", owner="me")
    ledger.progress(failing.id, "rendering", 0.9)
    ledger.end(failing.id, "failed", "broken")
    assert (ledger.job(failing.id).state, ledger.job(failing.id).progress) == ("failed", 0.0)


@pytest.mark.parametrize(("begun", "spent", "left"), [(True, True, 1), (True, False, 0), (False, False, 0)])
def test_waiting_gives_an_attempt_back_only_when_one_was_taken(ledger, tmp_path, begun, spent, left):
    job = settled(ledger, tmp_path / "a.mkv")
    if begun:
        ledger.begin(job, tmp_path / "out.mp4", preset="", owner="me")
    ledger.wait(job.id, "w", 60, spent=spent)
    assert (ledger.job(job.id).attempts, ledger.due("settled")) == (left, [])


def test_what_was_never_complete_goes_back_to_where_it_was(ledger, tmp_path):
    job = arrived(ledger, tmp_path / "a.mkv")
    ledger.wait(job.id, "not yet", 0)
    assert (ledger.job(job.id).state, ledger.job(job.id).reason) == ("new", "not yet")
    ledger.end(job.id, "failed", "gone")
    assert (ledger.retry(job.id).state, ledger.job(job.id).reason) == ("new", "retry")
    ledger.explain(ledger.job(job.id), "is not complete yet")
    assert (ledger.job(job.id).reason, len(steps(ledger, job))) == ("is not complete yet", 4)


def test_only_what_ended_badly_is_retried_and_what_is_saved_is_not_skipped(ledger, tmp_path):
    job = settled(ledger, tmp_path / "a.mkv")
    with pytest.raises(UsageError) as refused:
        ledger.retry(job.id)
    assert refused.value.remedy == "Only what failed or was skipped can be retried."
    ledger.begin(job, tmp_path / "out.mp4", preset="", owner="me")
    ledger.end(job.id, "failed", "x")
    assert ledger.announce(job.id)
    assert not ledger.announce(job.id)
    again = ledger.retry(job.id)
    assert (again.state, again.attempts, again.announced) == ("settled", 0, False)
    ledger.end(job.id, "saved")
    with pytest.raises(UsageError, match="is saved already"):
        ledger.skip(job.id)


def test_a_rename_is_followed_and_parts_keep_their_first(ledger, tmp_path):
    alone = arrived(ledger, tmp_path / "a.mkv")
    part = arrived(ledger, tmp_path / "a 2.mkv", first=tmp_path / "a.mkv")
    for job in (alone, part):
        ledger.moved(job, job.path.with_suffix(".mp4"))
    assert (ledger.job(alone.id).path, ledger.job(alone.id).first) == (tmp_path / "a.mp4", tmp_path / "a.mp4")
    assert (ledger.job(part.id).path, ledger.job(part.id).first) == (
        tmp_path / "a 2.mp4", tmp_path / "a.mkv",
    )  # fmt: skip
    assert [job.id for job in ledger.parts(tmp_path / "a.mkv")] == [part.id]


def test_the_first_part_is_learnt_while_it_is_of_use(ledger, tmp_path):
    path, first = tmp_path / "a 2.mkv", tmp_path / "a.mkv"
    job = settled(ledger, path)
    ledger.arrive(Arrival(path, "log", first))
    assert ledger.job(job.id).first == first
    ledger.arrive(Arrival(path, "log", tmp_path / "other.mkv"))
    assert ledger.job(job.id).first == first  # it is known already
    ledger.end(job.id, "saved")
    ended = settled(ledger, tmp_path / "b.mkv")
    ledger.end(ended.id, "failed", "x")
    ledger.arrive(Arrival(tmp_path / "b.mkv", "log", first))
    assert ledger.job(ended.id).first == tmp_path / "b.mkv"


def test_jobs_are_listed_by_state_the_newest_last_and_no_more_than_wanted(ledger, tmp_path):
    jobs = [settled(ledger, tmp_path / f"{n}.mkv") for n in range(4)]
    fresh = arrived(ledger, tmp_path / "new.mkv")
    ledger.end(jobs[1].id, "failed", "x")
    ids = [job.id for job in jobs]
    assert [job.id for job in ledger.jobs()] == [*ids, fresh.id]
    assert [job.id for job in ledger.jobs("settled")] == [ids[0], ids[2], ids[3]]
    assert [job.id for job in ledger.jobs("new", "failed")] == [ids[1], fresh.id]
    assert [job.id for job in ledger.jobs(limit=2)] == [ids[3], fresh.id]


def test_what_is_due_is_told_by_the_clock(ledger, tmp_path, monkeypatch):
    job = settled(ledger, tmp_path / "a.mkv")
    now = ledgers.time.time()
    ledger.wait(job.id, "", 60)
    for later, due in ((0, []), (50, []), (70, [job.id])):
        monkeypatch.setattr(ledgers.time, "time", lambda later=later: now + later)
        assert [found.id for found in ledger.due("settled")] == due


@pytest.mark.parametrize("text", ["database or disk is full", "No space left on device"])
def test_a_full_disk_is_told_from_what_else_is_wrong(tmp_path, monkeypatch, text):
    full, other = (
        unwritten(tmp_path / "q.db", sqlite3.OperationalError(say)) for say in (text, "disk I/O error")
    )
    assert isinstance(full, DiskFull)
    assert (full.path, full.remedy) == (tmp_path / "q.db", "Free some space.")
    assert isinstance(other, OutputNotWritable)
    assert (other.path, "disk I/O error" in str(other)) == (tmp_path / "q.db", True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    assert isinstance(unwritten(tmp_path / "q.db", sqlite3.OperationalError("disk I/O error")), DiskFull)

    def gone(_: Path) -> None:
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", gone)
    assert isinstance(unwritten(tmp_path / "q.db", sqlite3.OperationalError("x")), OutputNotWritable)


def test_a_fact_is_decided_once(ledger):
    assert [ledger.fact("since", text) for text in ("1", "2")] == ["1", "1"]


def test_the_queue_is_for_its_user_alone_and_read_while_it_is_written(tmp_path):
    """The status command reads it while the watcher works."""
    path = tmp_path / "deep" / "home" / "queue.db"
    first = Ledger(path)
    second = Ledger(path)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    job = settled(first, tmp_path / "a.mkv")
    assert [found.id for found in second.jobs()] == [job.id]
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    first.close()
    second.close()


def test_what_is_no_ledger_is_told_with_the_reason(tmp_path):
    (tmp_path / "queue.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(OutputNotWritable, match=r"queue\.db cannot be written: file is not a database"):
        Ledger(tmp_path / "queue.db")


def test_a_recording_that_grows_is_renamed_or_is_put_back_is_the_same(ledger, tmp_path):
    path, renamed = tmp_path / "a.mkv", tmp_path / "b.mkv"
    job = arrived(ledger, path)
    path.write_bytes(b"it grows")
    assert ledger.arrive(Arrival(path, "folder")) == job.id
    other = arrived(ledger, tmp_path / "c.mkv")
    (tmp_path / "c.mkv").rename(renamed)
    assert ledger.arrive(Arrival(renamed, "folder")) == other.id  # renamed before it was complete
    assert ledger.settle(ledger.job(job.id), path.stat())
    shutil.copy2(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    assert ledger.arrive(Arrival(path, "folder")) == job.id  # another inode, the same recording
    assert len(ledger.jobs()) == 2


def test_an_empty_file_has_nothing_to_be_known_by(ledger, tmp_path):
    path = tmp_path / "a.mkv"
    path.write_bytes(b"")
    job = ledger.job(ledger.arrive(Arrival(path, "obs")) or 0)
    ledger.end(job.id, "failed", "it is empty")
    path.rename(tmp_path / "b.mkv")
    assert ledger.arrive(Arrival(tmp_path / "b.mkv", "obs")) != job.id


def test_word_of_a_recording_brings_it_forward(ledger, tmp_path):
    fresh, whole = arrived(ledger, tmp_path / "a.mkv"), settled(ledger, tmp_path / "b.mkv")
    for job in (fresh, whole):
        ledger.wait(job.id, "later", 60)
        ledger.arrive(Arrival(job.path, "script"))
    assert [[job.id for job in ledger.due(state)] for state in ("new", "settled")] == [[fresh.id], [whole.id]]
    ledger.wait(fresh.id, "later", 60)
    ledger.settle(fresh, fresh.path.stat())
    ledger.begin(whole, tmp_path / "out.mp4", preset="", owner="me")
    ledger.wait(whole.id, "later", 60)
    ledger.end(whole.id, "failed", "x")
    assert ledger.retry(whole.id).attempts == 0
    assert [job.id for job in ledger.due("settled")] == [fresh.id, whole.id]


def test_what_turned_out_to_be_known_is_gone_for_good(ledger, tmp_path):
    first = settled(ledger, tmp_path / "a.mkv")
    late = ledger.job(ledger.arrive(Arrival(tmp_path / "late.mkv", "obs")) or 0)
    ledger.moved(late, first.path)
    assert not ledger.settle(ledger.job(late.id), first.path.stat())
    assert not ledger.begin(late, tmp_path / "out.mp4", preset="", owner="me")
    ledger.progress(late.id, "editing", 0.5)
    ledger.end(late.id, "saved")
    ledger.wait(late.id, "later", 5)
    assert [state for state, _ in steps(ledger, late)] == ["new"]
    assert not ledger.is_ours(tmp_path / "out.mp4")
    with pytest.raises(UsageError, match=f"there is no job {late.id}") as refused:
        ledger.job(late.id)
    assert refused.value.remedy == "nemo obs history shows their numbers."


def test_what_breaks_midway_leaves_all_as_it_was(ledger, tmp_path):
    job, part = settled(ledger, tmp_path / "a.mkv"), settled(ledger, tmp_path / "b.mkv")

    def parts() -> Iterator[Job]:
        yield part
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.begin(job, tmp_path / "out.mp4", preset="", owner="me", joined=parts())
    assert [found.state for found in ledger.jobs()] == ["settled", "settled"]
    assert not ledger.is_ours(tmp_path / "out.mp4")
    assert ledger.begin(job, tmp_path / "out.mp4", preset="", owner="me")


def test_a_row_says_no_more_than_was_said(ledger, tmp_path):
    job = arrived(ledger, tmp_path / "a.mkv")
    ledger.settle(job, job.path.stat())
    assert (ledger.job(job.id).note, ledger.job(job.id).duration_ms) == ("", None)
    ledger.begin(ledger.job(job.id), tmp_path / "out.mp4", preset="", owner="me")
    ledger.progress(job.id, "editing", 0.5)
    assert (ledger.job(job.id).state, ledger.job(job.id).progress) == ("editing", 0.5)
    ledger.wait(job.id, "later", 5)
    assert ledger.job(job.id).attempts == 1  # waiting counts unless it is said not to
    ledger.end(job.id, "saved")
    assert (ledger.job(job.id).note, ledger.job(job.id).reason) == ("", "")


@pytest.mark.parametrize(("free", "kind"), [(65_535, DiskFull), (65_536, OutputNotWritable)])
def test_a_disk_is_full_below_64_kib(tmp_path, monkeypatch, free, kind):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert type(unwritten(tmp_path / "q.db", OSError("x"))) is kind
