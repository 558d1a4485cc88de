"""Real OBS, headless: what it records is edited once, through splits, formats, crashes and a script alone."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nemo_lab.engine.media import probe
from obs_plugin.folders import our_folders
from obs_plugin.install import install, uninstall
from obs_plugin.locks import Lock
from obs_plugin.sealing import Patience
from tests.media.clips import RATE, frame_times, lumas, read_number, sound
from tests.obs.real_obs import needs_obs
from tests.obs.watching import REAL, Watching, all_saved, each_once, jobs, program, write_presets

pytestmark = [needs_obs, pytest.mark.timeout(300)]


def heard(path: Path) -> list[float]:
    """Return for each word when it begins, in ms of the film that OBS played, by the picture shown then."""
    loud = np.abs(sound(path)[0]) > 0.03
    starts = np.flatnonzero(loud)
    begins = starts[np.diff(starts, prepend=-RATE) > 0.1 * RATE] / RATE
    times = frame_times(path)
    pictures = zip(times, lumas(path), strict=True)
    shown = [(float(at - times[0]), read_number(luma[:180, :320])) for at, luma in pictures]
    found = []
    for begin in begins:
        at, number = max((one for one in shown if one[0] <= begin), default=shown[0])
        assert number >= 0
        found.append(number * 1000 / 30 + (begin - at) * 1000)
    return found


def test_a_recording_lies_edited_beside_it(obs):
    """In sync: where a word begins the same picture is shown as in the recording, to 10 ms."""
    write_presets('[[preset]]\nsay = "cut the pauses"\n')
    obs.configure(name="录像 it's %hh-%mm-%ss")
    obs.start()
    with Watching(obs, REAL) as watching:
        watching.until_connected()
        path = obs.record(6)
        watching.until(all_saved(1), 120)
    (job,) = jobs()
    assert (job.path, job.output) == (path, path.with_name(f"{path.stem}-edited.mp4"))
    assert path.name.startswith("录像 it's ")
    before, after = probe(path), probe(job.output)
    assert before.duration_ms - after.duration_ms > 1000
    assert [stream.codec for stream in after.audio] == ["aac"]
    words, kept = heard(path), heard(job.output)
    assert len(words) >= 2
    assert all(min(abs(one - other) for other in words) < 10 for one in kept[1:]), (words, kept)
    assert len(kept) >= len(words) - 1
    assert (job.source, job.wish.profile, job.wish.scene) == ("obs", "CI", "Scene")


def test_the_lua_script_alone_does(obs, tmp_path, monkeypatch):
    check_script(obs, tmp_path, monkeypatch, "lua")


@pytest.mark.soak
def test_the_python_script_alone_does(obs, tmp_path, monkeypatch):
    check_script(obs, tmp_path, monkeypatch, "python")


def check_script(obs, tmp_path, monkeypatch, language):
    """Installed by our command; it drops the job in time and starts the watcher, which survives OBS."""
    from obs_plugin.folders import ObsFolder

    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    folders, settings = our_folders(), ObsFolder(obs.config)
    before = (obs.config / "basic" / "scenes" / "CI.json").read_bytes()
    install(folders, settings, program(tmp_path), language=language, at_login=False)
    write_presets(f"[watch]\nport = {obs.port + 1}\n")  # nobody listens there
    obs.start()
    try:
        obs.record(3)
        end = time.monotonic() + 120
        while not folders.ledger.exists() or not all_saved(1)():
            assert time.monotonic() < end, scripts_log(obs)
            time.sleep(0.2)
        (job,) = jobs()
        assert (job.source, job.wish.profile, job.wish.collection) == ("script", "CI", "CI")
        assert job.wish.scene == "Scene"
        took = [float(ms) for ms in re.findall(r"queued .* in ([\d.]+) ms", scripts_log(obs))]
        assert len(took) == 1
        obs.close()
        assert Lock(folders.lock).taken()  # the watcher lives on
    finally:
        pid = json.loads(folders.status.read_text()).get("pid") if folders.status.exists() else None
        if pid and Lock(folders.lock).taken():
            os.kill(pid, 15)
    uninstall(folders, settings)
    data = json.loads((obs.config / "basic" / "scenes" / "CI.json").read_text())
    assert not data.get("modules", {}).get("scripts-tool")
    assert json.loads(before)["name"] == data["name"]


def scripts_log(obs) -> str:
    logs = sorted((obs.config / "logs").glob("*.txt"))
    return "".join(log.read_text(errors="replace") for log in logs)


def test_parts_of_a_split_recording_are_each_edited_once(obs):
    obs.configure(split=True)
    obs.start()
    with Watching(obs) as watching:
        watching.until_connected()
        obs.begin()
        for _ in range(2):
            time.sleep(1.5)
            obs.link.ask("TriggerHotkeyByName", hotkeyName="OBSBasic.SplitFile")
        time.sleep(1.5)
        obs.end()
        watching.until(lambda: len(jobs()) == 3 and all_saved(3)())
    each_once(obs)
    assert len({job.first for job in jobs()}) == 1


def test_whatever_happens_to_obs_each_recording_is_edited_once(obs):
    """Off at first, killed in a recording, hung, restarted; a wrong password, then the right one."""
    with Watching(obs) as watching:
        watching.until(lambda: "does not run" in watching.connection())
        obs.start()
        watching.until_connected()
        obs.begin()
        time.sleep(2)
        obs.kill()  # its muxing process still finishes the file
        watching.until(lambda: "does not run" in watching.connection() or "closed" in watching.connection())
        watching.until(all_saved(1))
        presets = write_presets('[watch]\npassword = "wrong"\n')
        obs.start()
        watching.until(lambda: "refuses the password" in watching.connection())
        presets.unlink()
        watching.until_connected()
        obs.hang()
        watching.until(lambda: "does not answer" in watching.connection(), 20)
        obs.resume()
        watching.until_connected()
        obs.record(1.5)
        watching.until(all_saved(2))
    obs.record(1.5)  # nobody watches
    with Watching(obs) as watching:
        watching.until(all_saved(3))
    each_once(obs)


@pytest.mark.soak
@pytest.mark.parametrize("format", ["mkv", "mp4", "mov"])
@pytest.mark.parametrize("remux", [False, True])
def test_formats_and_auto_remux(obs, format, remux):
    obs.configure(format=format, remux=remux)
    obs.start()
    with Watching(obs) as watching:
        watching.until_connected()
        path = obs.record(2)
        watching.until(all_saved(1))
        time.sleep(2)
    assert [job.path for job in jobs()] == [path]


@pytest.mark.soak
def test_a_recording_whose_writer_was_killed_too_is_salvaged(obs):
    obs.start()
    patience = Patience(quiet=0.2, quiet_unseen=0.2, abandoned=3.0)
    with Watching(obs, replace(REAL, sealing=patience)) as watching:
        watching.until_connected()
        obs.begin()
        time.sleep(20)  # the muxer writes only when its buffer is full
        obs.kill(with_writer=True)
        watching.until(lambda: bool(jobs()) and jobs()[0].state in {"saved", "failed"}, 120)
    (job,) = jobs()
    assert job.state == "saved", job
    assert "salvaged" in job.note
    assert probe(job.output).duration_ms > 500
