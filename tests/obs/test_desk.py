"""The process that edits: started ahead of its job, gone when there is none, out of OBS's way."""

from __future__ import annotations

import os
import queue
import sys
import time
from pathlib import Path

import psutil
import pytest

from obs_plugin import desk as desk_module
from obs_plugin.desk import Desk
from obs_plugin.editing import Edit
from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from tests.obs.driver import COPYING

PARENT = (
    sys.executable, "-c",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sys; sys.stdin.read()'])",
)  # fmt: skip


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def desk(place):
    ledger = Ledger(place.folders.ledger)
    found = Desk(ledger, place.folders, queue.Queue(), lambda job: None, command=COPYING)
    yield found
    found.stop()
    ledger.close()


def test_the_process_is_there_before_the_recording_is_complete(place):
    for _ in range(2):
        place.spool.drop(Arrival(place.record(), "script"))
        place.work()
    assert [edit["ahead"] for edit in place.edits()] == [True, True]


def test_a_process_that_died_while_it_waited_is_not_used(place, monkeypatch):
    """Nor does its death count as an attempt."""
    real = desk_module.Edit

    def dies_ahead(**given):
        made = real(**given | ({"command": (sys.executable, "-c", "")} if given.get("ahead") else {}))
        if given.get("ahead"):
            until(lambda: not made.lives)
        return made

    monkeypatch.setattr(desk_module, "Edit", dies_ahead)
    place.spool.drop(Arrival(place.record(), "script"))
    (job,) = place.work()
    assert (job.state, job.attempts) == ("saved", 1)
    assert [edit["ahead"] for edit in place.edits()] == [False]


def test_a_process_that_gets_no_job_goes(desk, monkeypatch):
    desk.prepare()
    ready = desk._ready
    desk.look_after()
    assert ready.lives
    monkeypatch.setattr(desk_module, "_READY_SECONDS", 0.0)
    desk.look_after()
    assert not ready.lives
    assert desk._ready is None
    desk.prepare()
    last = desk._ready
    desk.stop()
    assert not last.lives


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs two processors"
)
def test_while_obs_records_an_edit_takes_what_nobody_wants_of_half_of_the_processors():
    mine = os.sched_getaffinity(0)
    edit = Edit(command=PARENT)
    try:
        until(lambda: len(family(edit)) == 2)
        for room, expected in ((True, len(mine) // 2), (False, len(mine))):
            edit.leave_room(room)
            assert {len(os.sched_getaffinity(pid)) for pid in family(edit)} == {expected}
            if room:
                assert {os.sched_getscheduler(pid) for pid in family(edit)} == {os.SCHED_IDLE}
                assert {nice for pid in family(edit) for nice in autogroup(pid)} <= {"19"}
    finally:
        edit.stop()


def autogroup(pid):
    found = Path(f"/proc/{pid}/autogroup")
    return found.read_text().split()[-1:] if found.exists() else []


def family(edit):
    leader = psutil.Process(edit._process.pid)
    return [leader.pid, *(child.pid for child in leader.children())]
