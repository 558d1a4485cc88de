"""The queue: each recording once, each step written before it is taken."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from nemo_lab.errors import DiskFull, OutputNotWritable, UsageError
from obs_plugin.jobs import Arrival, Wish
from obs_plugin.ledger import Ledger
from obs_plugin.spool import Spool


@pytest.fixture
def ledger(tmp_path):
    found = Ledger(tmp_path / "home" / "queue.db")
    yield found
    found.close()


def settled(ledger, path, **options):
    number = ledger.arrive(Arrival(path, "obs", **options))
    ledger.settle(ledger.job(number), path.stat())
    return ledger.job(number)


def test_word_from_many_is_one_job(ledger, tmp_path):
    path = tmp_path / "a.mkv"
    numbers = {ledger.arrive(Arrival(path, source)) for source in ("obs", "script")}
    path.write_bytes(b"1")
    numbers |= {ledger.arrive(Arrival(tmp_path / "." / "a.mkv", "log"))}
    assert len(numbers) == 1
    job = ledger.job(numbers.pop())
    assert ledger.settle(job, path.stat())
    assert ledger.arrive(Arrival(path, "folder")) == job.id
    ledger.end(job.id, "saved")
    assert ledger.arrive(Arrival(path, "script")) == job.id
    assert len(ledger.jobs()) == 1


def test_a_recording_that_was_renamed_is_known(ledger, tmp_path):
    path = tmp_path / "a.mkv"
    path.write_bytes(b"1")
    job = settled(ledger, path)
    path.rename(tmp_path / "b.mkv")
    assert ledger.arrive(Arrival(tmp_path / "b.mkv", "folder")) == job.id


def test_a_name_that_is_used_again_is_another_recording(ledger, tmp_path):
    path = tmp_path / "a.mkv"
    path.write_bytes(b"1")
    first = settled(ledger, path)
    path.write_bytes(b"22")
    second = settled(ledger, path)
    assert first.id != second.id


def test_two_that_turn_out_the_same_when_settled_are_one(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    first = settled(ledger, tmp_path / "a.mkv")
    number = ledger.arrive(Arrival(tmp_path / "late.mkv", "obs"))
    ledger.moved(ledger.job(number), tmp_path / "a.mkv")
    assert not ledger.settle(ledger.job(number), (tmp_path / "a.mkv").stat())
    assert [job.id for job in ledger.jobs()] == [first.id]


def test_an_explicit_wish_goes_first_whoever_comes_first(ledger, tmp_path):
    path = tmp_path / "a.mkv"
    ledger.arrive(Arrival(path, "script", wish=Wish(say="cut the first second")))
    number = ledger.arrive(Arrival(path, "obs", wish=Wish(profile="Talks", scene="Camera")))
    assert ledger.job(number).wish == Wish(say="cut the first second", profile="Talks", scene="Camera")
    other = ledger.arrive(Arrival(tmp_path / "b.mkv", "obs", wish=Wish(profile="Talks")))
    ledger.arrive(Arrival(tmp_path / "b.mkv", "script", wish=Wish(preset="x", profile="Other")))
    assert ledger.job(other).wish == Wish(preset="x", profile="Other")


def test_results_are_never_recordings(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    assert ledger.begin(job, tmp_path / "a-edited.mp4", preset="", owner="1")
    assert ledger.arrive(Arrival(tmp_path / "a-edited.mp4", "folder")) is None


def test_the_way_of_a_job_is_kept(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    ledger.begin(job, tmp_path / "out.mp4", preset="p", owner="1")
    ledger.progress(job.id, "editing", 0.0)
    ledger.progress(job.id, "rendering", 0.5)
    ledger.end(job.id, "saved", note="n")
    assert [state for _, state, _ in ledger.history(job.id)] == [
        "new", "settled", "uploading", "editing", "rendering", "saved",
    ]  # fmt: skip
    found = ledger.job(job.id)
    assert (found.state, found.attempts, found.note, found.progress) == ("saved", 1, "n", 1.0)


def test_waiting_costs_no_attempt_and_has_its_time(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    ledger.begin(job, tmp_path / "out.mp4", preset="", owner="1")
    ledger.wait(job.id, "waits for the network", 60, spent=False)
    assert ledger.job(job.id).attempts == 0
    assert ledger.due("settled") == []
    assert ledger.reconcile() == []


def test_a_clock_that_was_set_back_delays_nothing(ledger, tmp_path, monkeypatch):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    ledger.wait(job.id, "", 7 * 86_400)
    assert ledger.due("settled")


def test_retry_and_skip_are_for_what_allows_them(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    with pytest.raises(UsageError, match="is settled"):
        ledger.retry(job.id)
    assert ledger.skip(job.id).state == "skipped"
    with pytest.raises(UsageError, match="already"):
        ledger.skip(job.id)
    assert ledger.retry(job.id).state == "settled"
    with pytest.raises(UsageError, match="there is no job 99"):
        ledger.skip(99)


def test_what_the_user_skipped_stays_skipped(ledger, tmp_path):
    (tmp_path / "a.mkv").write_bytes(b"1")
    job = settled(ledger, tmp_path / "a.mkv")
    ledger.begin(job, tmp_path / "out.mp4", preset="", owner="1")
    ledger.skip(job.id)
    ledger.progress(job.id, "rendering", 0.5)
    ledger.end(job.id, "failed", "killed")
    ledger.wait(job.id, "later", 0)
    assert ledger.job(job.id).state == "skipped"
    assert not ledger.begin(job, tmp_path / "out.mp4", preset="", owner="1")


def test_a_ledger_that_is_no_ledger_is_one_line(tmp_path):
    (tmp_path / "queue.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(OutputNotWritable, match=r"queue\.db"):
        Ledger(tmp_path / "queue.db")


def test_a_full_disk_leaves_the_ledger_whole(ledger, tmp_path):
    number = ledger.arrive(Arrival(tmp_path / "a.mkv", "obs"))
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    arrivals = [Arrival(tmp_path / f"{n}.mkv", "obs") for n in range(500)]
    with pytest.raises(DiskFull):
        list(map(ledger.arrive, arrivals))
    ledger._db.execute("PRAGMA max_page_count = 100000")
    assert ledger.arrive(Arrival(tmp_path / "b.mkv", "obs")) != number
    assert sqlite3.connect(ledger.path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_spool_hands_over_once_and_puts_nonsense_aside(tmp_path):
    spool, taken = Spool(tmp_path), []
    recording = tmp_path / '录像 "it\'s" $(id).mkv'
    spool.drop(Arrival(recording, "script", wish=Wish(say="去掉停顿")))
    broken = ["{", "[]", '{"path": "relative.mkv"}', '{"path": 7}', '{"v": 2, "path": "/a"}', "\udce4"]
    for number, text in enumerate(broken):
        (tmp_path / "new" / f"{number}.json").write_bytes(text.encode(errors="surrogateescape"))
    spool.take(taken.append)
    spool.take(taken.append)
    assert [(arrival.path, arrival.wish.say) for arrival in taken] == [(recording, "去掉停顿")]
    assert len(list((tmp_path / "bad").iterdir())) == len(broken)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_the_spool_keeps_what_the_disk_does_not_give_just_now(tmp_path, monkeypatch, code):
    spool, taken = Spool(tmp_path), []
    spool.drop(Arrival(tmp_path / "a.mkv", "script"))

    def broken(*_, **__):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as at_first:
        at_first.setattr(Path, "read_text", broken)
        with pytest.raises(OSError, match=os.strerror(code)):
            spool.take(taken.append)
    assert spool.take(taken.append) == 1
    assert [arrival.path for arrival in taken] == [tmp_path / "a.mkv"]


def test_the_spool_keeps_what_could_not_be_taken(tmp_path):
    spool = Spool(tmp_path)
    spool.drop(Arrival(tmp_path / "a.mkv", "script"))

    def full(_):
        raise DiskFull("no space")

    with pytest.raises(DiskFull):
        spool.take(full)
    assert spool.take(lambda _: None) == 1
