"""A watcher that is killed at any time: nothing is lost, nothing is done twice, nothing half made is seen."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nemo_lab.client import connect
from nemo_lab.engine.media import probe
from nemo_lab.errors import UsageError
from nemo_lab.local import Options as ServerOptions
from nemo_lab.local import Policy
from obs_plugin.editing import COMMAND
from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from tests.contract.serving import serving
from tests.media.clips import Clip, make
from tests.obs.driver import QUICK, start, surroundings

PIECES = range(10)
"""Of the soak tests, of some minutes each: a hundred kills, or fifty while real edits run."""
RICH = 10**6
COST = 50
RECORDINGS = 10
CLOUD = replace(
    Policy.like_cloud(), silent_share=0.0, trouble_share=0.0, starting_credits=RICH, edit_cost=COST
)
TALK = Clip(seconds=4, size=(160, 90), sound="speech", speech=((0.0, 1.0), (2.5, 3.5)))


def test_a_watcher_that_is_killed_anywhere_loses_and_doubles_nothing(place, goal):
    """The same as the soak test, but few kills."""
    kill_at_random(place, goal, kills=25, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", PIECES)
def test_a_thousand_kills(place, goal, seed, piece):
    kill_at_random(place, goal, kills=100, seed=1000 * seed + piece)


def kill_at_random(place, goal, *, kills, seed):
    """A recording and a kill, again and again; edits only copy."""
    dice, killed = random.Random(seed), 0
    while killed < kills:
        place.spool.drop(Arrival(place.record(), "script"))
        killed += run_and_kill(start(place.root), dice.uniform(0.15, 1.2), COPYING_SECONDS="0.02")
    finish(place)
    check(place, place.made)
    for job in place.jobs():
        assert job.output.read_bytes() == job.path.read_bytes()
    goal.at_least("G6", "recordings with one whole result each, a kill in each", len(place.jobs()), kills)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("backend", ["embedded", "like-cloud"])
def test_kills_while_real_edits_run(place, tmp_path, monkeypatch, backend, seed, piece):
    """Five kills for each recording, of the watcher alone or of all its processes at once."""
    dice, killed, content = (
        random.Random(1000 * seed + piece),
        0,
        make(tmp_path / "talk.mp4", TALK).read_bytes(),
    )
    place.presets('[[preset]]\nsay = "cut the pauses"\n')
    with cloud(tmp_path, monkeypatch) if backend == "like-cloud" else nullcontext():
        for number in range(RECORDINGS):
            place.spool.drop(Arrival(place.record(f"r{number}.mp4", content), "script"))
            for _ in range(5):
                seconds, everything = dice.uniform(0.5, 6), dice.random() < 0.3
                killed += run_and_kill(start(place.root, COMMAND), seconds, everything=everything)
        tries = finish(place, COMMAND)
        check(place, RECORDINGS)
        for job in place.jobs():
            assert 1500 < probe(job.output).duration_ms < 3500
        sys.stdout.write(f"\n{backend}, {seed}, {piece}: {killed} kills, {RECORDINGS} recordings\n")
        if backend == "like-cloud":
            with connect("cloud") as client:
                edits = (RICH - client.credits().total) // COST
            sys.stdout.write(f"\n{edits} edits for {RECORDINGS} recordings, {tries} tried again by hand\n")
            assert RECORDINGS <= edits <= RECORDINGS + tries


@contextmanager
def cloud(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A backend with the cloud's rules, which everything uses.

    It knows this client: whoever is killed while the first token is on its way has no other for seven days.
    """
    with serving(folder / "cloud", ServerOptions(policy=CLOUD)) as server:
        monkeypatch.setenv("NEMO_API_URL", server.embedded.url)
        with connect("cloud") as client:
            client.credits()
        yield


def run_and_kill(command, seconds, *, everything=False, **environment) -> bool:
    """Kill it after a while; return whether it still ran."""
    process = subprocess.Popen(command, env=surroundings(**environment))
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        family = psutil.Process(process.pid).children(recursive=True) if everything else []
        process.kill()
        for child in family:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        process.wait()
        return True


def finish(place, command=QUICK.command) -> int:
    """Let a watcher finish what is left, and what failed be tried again; return how often that was needed."""
    tries, end = 0, time.monotonic() + 3600
    while time.monotonic() < end:
        try:
            jobs = place.work(replace(QUICK, command=command))
        except UsageError:  # the one that was killed is not quite dead
            time.sleep(0.1)
            continue
        failed = [job for job in jobs if job.state == "failed"]
        if not failed:
            return tries
        ledger = Ledger(place.folders.ledger)
        for job in failed:
            sys.stdout.write(f"\nfailed: {job.reason}\n")
            ledger.retry(job.id)
            tries += 1
        ledger.close()
        assert tries < 100
    raise AssertionError("it is never finished")


def check(place, count):
    """All recordings have one result each, and the queue is whole."""
    jobs = place.jobs()
    assert [job.state for job in jobs] == ["saved"] * count
    assert len({job.output for job in jobs}) == count
    visible = {path for path in place.videos.iterdir() if not path.name.startswith(".")}
    assert {path for path in visible if path.suffix == ".mp4"} == {
        path for job in jobs for path in (job.path, job.output)
    }
    ledger = Ledger(place.folders.ledger)
    assert ledger._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    ledger.close()
