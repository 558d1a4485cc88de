"""Edits keep still while OBS records and has nothing to spare."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

import psutil
import pytest

from obs_plugin import desk
from obs_plugin.courtesy import CALM, SHORT, Courtesy
from obs_plugin.editing import Edit
from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from tests.obs.driver import QUICK
from tests.obs.fake_obs import FakeObs
from tests.obs.test_desk import family, until
from tests.obs.test_simulated import is_connected, watching

SPLIT = (
    sys.executable, "-c",
    "import subprocess, sys, threading; from obs_plugin import edit_child;"
    "threading.Thread(target=edit_child._end_with_the_watcher).start();"
    "subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])",
)  # fmt: skip


def counted(courtesy, *losses):
    """Let OBS count 100 frames a time, of which so many are lost; return when edits are held."""
    held = []
    for lost in losses:
        counted.lost, counted.total = counted.lost + lost, counted.total + 100
        courtesy.count(counted.lost, counted.total)
        held.append(courtesy.held)
    return held


counted.lost, counted.total = 1000, 5000  # OBS counts from its start


def test_edits_run_once_obs_was_seen_to_lose_nothing():
    courtesy = Courtesy()
    assert counted(courtesy, 50, 50) == [False, False]  # it does not record
    courtesy.work(True)
    assert courtesy.held
    assert counted(courtesy, 0, *[0] * CALM) == [True] * CALM + [False]
    courtesy.work(True)  # said twice
    assert not courtesy.held


def test_edits_keep_still_when_obs_loses_frames_and_longer_each_time():
    courtesy = Courtesy()
    courtesy.work(True)
    counted(courtesy, 0, *[0] * CALM)
    assert counted(courtesy, 10, *[0] * 2 * CALM) == [True] * 2 * CALM + [False]
    assert counted(courtesy, 10, *[0] * 4 * CALM) == [True] * 4 * CALM + [False]
    assert counted(courtesy, 10, 10, 10) == [True] * 3
    courtesy.work(False)
    assert not courtesy.held


def test_obs_that_loses_frames_by_itself_is_left_alone():
    courtesy = Courtesy()
    courtesy.work(True)
    assert all(counted(courtesy, *[38] * 50))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are held on Linux")
def test_what_an_edit_started_keeps_still_and_ends_with_the_watcher():
    edit = Edit(command=SPLIT)
    until(lambda: len(family(edit)) == 2)
    leader, child = map(psutil.Process, family(edit))
    edit.hold(True)
    until(lambda: child.status() == psutil.STATUS_STOPPED)
    assert leader.status() != psutil.STATUS_STOPPED
    edit.hold(False)
    until(lambda: child.status() != psutil.STATUS_STOPPED)
    edit.hold(True)
    edit._process.stdin.close()  # the watcher dies
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    until(lambda: not edit.lives)
    edit._process.stdout.close()


@pytest.fixture
def short(place, monkeypatch):
    """An OBS that loses half of its frames, and a watcher of it that edits slowly."""
    monkeypatch.setattr(desk, "_LONGEST_HOLD", 0.3)
    monkeypatch.setenv("COPYING_SECONDS", "3")
    frames, fake = itertools.count(0, 100), FakeObs()
    fake.answers["GetStats"] = lambda: {
        "renderSkippedFrames": (n := next(frames)),
        "renderTotalFrames": 2 * n,
    }
    fake.up()
    end = watching(place, fake, replace(QUICK, pulse=0.05))
    try:
        until(lambda: is_connected(place))
        yield fake
    finally:
        end()
        fake.down()


def say(fake, state):
    fake.tell("RecordStateChanged", outputState=f"OBS_WEBSOCKET_OUTPUT_{state}", outputPath=None)


def test_no_edit_begins_beside_a_recording_that_loses_frames_and_it_says_so(place, short, monkeypatch):
    monkeypatch.setenv("COPYING_SECONDS", "0")
    say(short, "STARTED")
    place.spool.drop(Arrival(place.record("a.mp4"), "script"))
    until(lambda: SHORT in place.folders.status.read_text())
    assert place.edits() == []
    assert [reason for _, _, reason in history(place)][-1] == SHORT
    say(short, "STOPPED")
    until(lambda: [job.state for job in place.jobs()] == ["saved"])
    assert [job.reason for job in place.jobs()] == [""]


def test_the_cloud_may_work_beside_a_recording_that_loses_frames(place, short, monkeypatch):
    monkeypatch.setenv("COPYING_SECONDS", "0")
    place.presets(f'[watch]\nport = {short.port}\n[[preset]]\nbackend = "cloud"\n')
    say(short, "STARTED")
    until(lambda: place.folders.status.exists())
    place.spool.drop(Arrival(place.record(), "script"))
    until(lambda: [job.state for job in place.jobs()] == ["saved"])


def test_an_edit_gives_way_and_is_done_when_obs_has_stopped(place, short, monkeypatch):
    place.spool.drop(Arrival(place.record(), "script"))
    until(lambda: [job.state for job in place.jobs()] == ["editing"])
    say(short, "STARTED")
    until(lambda: [job.state for job in place.jobs()] == ["settled"])
    assert place.edits() == []
    monkeypatch.setenv("COPYING_SECONDS", "0")
    say(short, "STOPPED")
    until(lambda: [job.state for job in place.jobs()] == ["saved"])
    assert len(place.edits()) == 1
    assert [job.attempts for job in place.jobs()] == [1]


def test_a_stream_goes_before_edits_too(place, short, monkeypatch):
    monkeypatch.setenv("COPYING_SECONDS", "0")
    short.tell("StreamStateChanged", outputActive=True, outputState="OBS_WEBSOCKET_OUTPUT_STARTED")
    say(short, "STARTED")
    say(short, "STOPPED")
    place.spool.drop(Arrival(place.record("a.mp4"), "script"))
    until(lambda: SHORT in place.folders.status.read_text())
    assert place.edits() == []
    short.tell("StreamStateChanged", outputActive=False, outputState="OBS_WEBSOCKET_OUTPUT_STOPPED")
    until(lambda: [job.state for job in place.jobs()] == ["saved"])


def history(place):
    ledger = Ledger(place.folders.ledger)
    try:
        return ledger.history(1)
    finally:
        ledger.close()
