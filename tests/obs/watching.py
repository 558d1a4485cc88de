"""A watcher beside a real OBS, and what must be true of its recordings."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from obs_plugin.folders import our_folders
from obs_plugin.ledger import Ledger
from obs_plugin.watcher import Options, Watcher
from tests.cli.conftest import ROOT
from tests.obs.driver import QUICK
from tests.obs.real_obs import RealObs

COPYING = replace(QUICK, link=True, until_idle=False)
REAL = Options(pulse=0.5)


class Watching:
    """A watcher of this OBS on a thread."""

    def __init__(self, obs: RealObs, options: Options = COPYING) -> None:
        self.obs, self.options, self.stop = obs, options, threading.Event()
        self.failure: list[BaseException] = []
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        from obs_plugin.folders import ObsFolder

        try:
            Watcher(our_folders(), ObsFolder(self.obs.config), self.options).run(self.stop)
        except BaseException as exc:  # shown by the test's own thread
            self.failure.append(exc)
            raise

    def __enter__(self):
        self.thread.start()
        self.until(lambda: our_folders().status.exists(), 30)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()
        assert not self.failure

    def connection(self) -> str:
        return str(json.loads(our_folders().status.read_text())["connection"])

    def until(self, condition, seconds: float = 60):
        end = time.monotonic() + seconds
        while not condition():
            assert not self.failure, self.failure
            assert time.monotonic() < end, (jobs(), self.connection())
            time.sleep(0.05)

    def until_connected(self):
        self.until(lambda: "OBS 2" in self.connection() or "OBS 3" in self.connection())


def jobs():
    ledger = Ledger(our_folders().ledger)
    try:
        return ledger.jobs()
    finally:
        ledger.close()


def all_saved(count):
    return lambda: [job.state for job in jobs()] == ["saved"] * count


def files_on_disk(obs):
    return sorted(p for p in obs.videos.rglob("*") if p.is_file() and "-edited" not in p.name)


def each_once(obs):
    """Every recording on the disk has one result, and nothing else has."""
    assert sorted(job.path for job in jobs()) == files_on_disk(obs)
    assert {job.state for job in jobs()} == {"saved"}
    results = [job.output for job in jobs()]
    assert len(set(results)) == len(results)
    assert all(result.stat().st_size for result in results)


def program(tmp_path: Path) -> Path:
    """``nemo`` of this very source tree, as a script inside OBS can start it."""
    found = tmp_path / "nemo"
    found.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m nemo_lab "$@"\n')
    found.chmod(0o755)
    return found


def write_presets(text: str) -> Path:
    """Write ``obs.toml``; return where it lies."""
    path = our_folders().presets / "obs.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
