"""A pretended OBS whose word cannot be relied on: each recording is edited exactly once all the same."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace

import pytest

from tests.obs.conftest import sealed_mp4
from tests.obs.driver import QUICK
from tests.obs.fake_obs import FakeObs


@pytest.fixture
def fake():
    found = FakeObs()
    found.up()
    yield found
    found.down()


def watching(place, fake, options=QUICK):
    place.presets(f"[watch]\nport = {fake.port}\n")
    stop = threading.Event()
    options = replace(options, link=True, until_idle=False)
    thread = threading.Thread(target=lambda: place.watcher(options).run(stop))
    thread.start()

    def end():
        stop.set()
        thread.join(30)
        assert not thread.is_alive()

    return end


def is_connected(place):
    return place.folders.status.exists() and "OBS 29" in place.folders.status.read_text()


def until(condition, place, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, [(job.path.name, job.state, job.reason) for job in place.jobs()][-5:]
        time.sleep(0.05)


def test_recordings_are_each_edited_once(place, fake, goal):
    record_badly(place, fake, goal, 25, 1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_five_hundred_recordings_are_each_edited_once(place, fake, goal):
    record_badly(place, fake, goal, 500, 2)


def record_badly(place, fake, goal, count, seed):
    """OBS is gone half of the time; its events come twice, in another order, or not at all."""
    dice, is_up, growing = random.Random(seed), True, []
    log = place.obs.path / "logs" / "2026-11-22 10-00-00.txt"
    log.parent.mkdir()
    place.work()  # the first start: what is older than it is left alone
    end = watching(place, fake)
    try:
        for number in range(count):
            if dice.random() < 0.2:
                (fake.down if is_up else fake.up)()
                is_up = not is_up
            path = place.videos / f"录像 {number}.mp4"
            whole = sealed_mp4(str(number).encode() * 50)
            events = [("STARTED", path), ("STOPPED", path)] * dice.choice([1, 1, 2])
            dice.shuffle(events)
            with log.open("a", encoding="utf-8") as file:
                file.write(f"10:00:00.000: [ffmpeg muxer: 'x'] Writing file '{path}'...\n")
            path.write_bytes(whole[: dice.choice([0, 20, len(whole) - 1])])
            for state, which in events:
                if dice.random() < 0.8:
                    state = f"OBS_WEBSOCKET_OUTPUT_{state}"
                    fake.tell(
                        "RecordStateChanged", outputActive=True, outputState=state, outputPath=str(which)
                    )
            growing.append((path, whole))
            while growing and dice.random() < 0.7:  # the file is complete some time after the events
                late, content = growing.pop(0)
                late.write_bytes(content)
            time.sleep(dice.uniform(0, 0.05))
        for late, content in growing:
            late.write_bytes(content)
        if not is_up:
            fake.up()
        fake.tell("RecordStateChanged", outputState="OBS_WEBSOCKET_OUTPUT_STOPPED", outputPath=None)
        until(lambda: [job.state for job in place.jobs()] == ["saved"] * count, place, 60 + 10 * count)
    finally:
        end()
    jobs = place.jobs()
    assert len({job.path for job in jobs}) == len({job.output for job in jobs}) == count
    assert len(place.edits()) == count
    assert all(job.output.read_bytes() == job.path.read_bytes() for job in jobs)
    goal.at_least("G7", "recordings edited exactly once, OBS gone half of the time", len(jobs), count)


def test_parts_are_told_by_newer_obs_and_the_stop_names_the_first(place, fake):
    end = watching(place, fake)
    try:
        status = place.folders.status
        until(lambda: status.exists() and "OBS 29" in status.read_text(), place, 20)
        parts = [place.record(f"{n}.mp4") for n in range(3)]
        started = {"outputState": "OBS_WEBSOCKET_OUTPUT_STARTED", "outputPath": str(parts[0])}
        fake.tell("RecordStateChanged", **started)
        for part in parts[1:]:
            fake.tell("RecordFileChanged", newOutputPath=str(part))
        fake.tell("RecordStateChanged", **started | {"outputState": "OBS_WEBSOCKET_OUTPUT_STOPPED"})
        until(lambda: [job.state for job in place.jobs()] == ["saved"] * 3, place, 30)
    finally:
        end()
    assert sorted(job.path for job in place.jobs()) == parts
    assert {job.first for job in place.jobs()} == {parts[0]}


def test_replays_are_edited_only_when_that_is_wished(place, fake):
    end = watching(place, fake)
    try:
        until(
            lambda: place.folders.status.exists() and "OBS 29" in place.folders.status.read_text(), place, 20
        )
        fake.tell("ReplayBufferSaved", savedReplayPath=str(place.record("no.mp4")))
        time.sleep(0.5)
        place.presets(f"[watch]\nport = {fake.port}\nreplay_buffer = true\n")
        time.sleep(0.5)
        fake.tell("ReplayBufferSaved", savedReplayPath=str(place.record("yes.mp4")))
        until(lambda: [job.state for job in place.jobs()] == ["saved"], place, 20)
    finally:
        end()
    assert [job.path.name for job in place.jobs()] == ["yes.mp4"]


def test_obs_that_hangs_is_noticed_and_left(place, fake):
    end = watching(place, fake)
    try:
        status = place.folders.status
        until(lambda: status.exists() and "OBS 29" in status.read_text(), place, 20)
        fake.silent = True
        until(lambda: "does not answer" in status.read_text(), place, 20)
        fake.silent = False
        until(lambda: "OBS 29" in status.read_text(), place, 20)
    finally:
        end()


def test_a_text_source_shows_what_is_done(place, fake, monkeypatch):
    monkeypatch.setenv("COPYING_SECONDS", "3")  # long enough to be seen
    fake.answers["SetInputSettings"] = {}
    end = watching(place, fake)
    try:
        place.presets(f'[watch]\nport = {fake.port}\ntext_source = "Status"\n')
        until(
            lambda: place.folders.status.exists() and "OBS 29" in place.folders.status.read_text(), place, 20
        )
        fake.tell("RecordStateChanged", outputState="OBS_STOPPED", outputPath=str(place.record("a.mp4")))

        def shown():
            return [data["inputSettings"]["text"] for kind, data in fake.asked if kind == "SetInputSettings"]

        until(lambda: any("a.mp4" in text for text in shown()) and shown()[-1] == "nothing to do", place, 20)
    finally:
        end()
