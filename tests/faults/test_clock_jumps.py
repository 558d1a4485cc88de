"""The machine's clock jumps by days, again and again: nothing is done twice, and nothing waits for it."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from nemo_lab.client import AsyncClient, Client
from nemo_lab.client.core import Backend
from nemo_lab.local import embedded
from nemo_lab.local.services import Services
from obs_plugin.jobs import Arrival, Wish
from tests.contract.scripted import DRAFT, Json, Stream, VirtualClock, edited
from tests.contract.serving import serving
from tests.media.clips import Clip, make
from tests.obs.conftest import place
from tests.obs.driver import QUICK

__all__ = ["place"]  # pytest finds it by name
WEEK = 7 * 86_400.0


class Jumps:
    """A wall clock that is off by up to a week; it jumps now and then while it is looked at."""

    def __init__(self, seed: int, now: Any = time.time) -> None:
        self._dice, self._now = random.Random(seed), now
        self.looks, self.offset, self.restless = 0, 0.0, True

    def __call__(self) -> float:
        self.looks += 1
        if self.restless and self._dice.random() < 0.3:
            self.offset = self._dice.choice([-WEEK, -3600.0, 0.0, 3600.0, WEEK])
        return float(self._now() + self.offset)

    def stay(self, offset: float) -> None:
        """Jump a last time."""
        self.restless, self.offset = False, offset


class JumpingClock(VirtualClock):
    """The client's time: waits are as they are, dates jump."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.wall = Jumps(seed, super().wall)  # type: ignore[method-assign]


@pytest.mark.parametrize("count", [20, pytest.param(300, marks=pytest.mark.soak)])
def test_g9_a_client_says_and_asks_for_everything_once(goal, seed, cloud, settings, tmp_path, count):
    clock = JumpingClock(seed)
    client = Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock))
    session, cloud.polls_until_done = client.create_session("jumps"), 4
    for number in range(count):
        cloud.draft = DRAFT | {"d": number}
        cloud.script("POST /run_sse", Stream([clock.tick(20), *edited(), clock.tick(20)]))
        session.chat("cut the boring parts")
        session.export(tmp_path / "film.mp4", overwrite=True)
    client.close()
    asked = [len(cloud.chats), len(cloud.asked("POST /api/render.*"))]
    wrong = [] if asked == [count, count] else asked
    assert clock.wall.looks >= count  # type: ignore[attr-defined]
    goal.none("G9", "messages and renders sent again while the client's clock jumped", wrong, 2 * count)


def test_g9_a_token_outlives_a_clock_that_is_wrong(goal, cloud, clock, settings):
    own = settings.model_copy(update={"token": None})
    for week in (0, 1):
        clock.advance(week * 8 * 86_400)
        client = Client(AsyncClient(Backend("cloud", cloud.url), own, clock=clock))
        client.credits()
        client.close()
        # The backend's week is not over: it has no other token for us.
        cloud.script("POST /api/auth/anonymous-token", *[Json({"code": 429, "message": "wait"}, 429)] * 2)
    goal.at_most("G9", "tokens that a clock a week ahead costs", cloud.token_count, 1)


@pytest.fixture
def jumping_server(seed: int, monkeypatch: pytest.MonkeyPatch) -> Jumps:
    """Servers that are started have a clock that jumps."""
    jumps = Jumps(seed)

    class Jumping(Services):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more, clock=jumps)

    monkeypatch.setattr(embedded, "Services", Jumping)
    return jumps


def test_g9_a_server_renders_once_and_forgets_nothing(goal, jumping_server, tmp_path):
    clip = make(tmp_path / "talk.wav", Clip(seconds=3, sound="speech"))
    wrong: list[Any] = []
    with serving(tmp_path) as backend:
        session = backend.session()
        backend.upload(session, clip)
        backend.say(session, "cut the first second")
        renders = [backend.submit(session, f"r{n}", format="wav").json()["id"] for n in range(4)]
        wrong += [
            again for again in renders if backend.submit(session, again, format="wav").status_code != 200
        ]
        wrong += [ended for ended in map(backend.finished, renders) if ended["status"] != "completed"]
        if not backend.state(session)["draft"]["t"]:
            wrong.append("the timeline is gone")
        made = list((backend.settings.data_dir / "local" / "renders").rglob("render.wav"))
    assert jumping_server.looks > len(renders)
    goal.none("G9", "renders lost or made twice while the server's clock jumped", wrong, len(renders))
    assert len(made) == len(renders)


@pytest.mark.parametrize("count", [4, pytest.param(60, marks=pytest.mark.soak)])
def test_g9_the_watcher_edits_each_recording_once(goal, seed, place, monkeypatch, count):
    place.presets("[[preset]]\njoin_splits = true\n")
    place.work()  # the first start, at the true time: what is older is left alone
    jumps = Jumps(seed)
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", jumps)
        stop = threading.Event()
        options = replace(QUICK, until_idle=False)
        thread = threading.Thread(target=lambda: place.watcher(options).run(stop))
        thread.start()
        try:
            for number in range(count):
                path = place.record(f"r{number}.mp4")
                place.spool.drop(Arrival(path, "script", wish=Wish(say="cut the pauses")))
            jumps.stay(-WEEK)  # so that all that was written down lies in the future
            end = time.monotonic() + 60 + 3 * count
            while [job.state for job in place.jobs()] != ["saved"] * count:
                assert time.monotonic() < end, [(job.state, job.reason) for job in place.jobs()]
                time.sleep(0.1)
        finally:
            stop.set()
            thread.join(60)
    outputs = [edit["output"] for edit in place.edits()]
    wrong = [output for output in outputs if outputs.count(output) > 1]
    assert len(set(outputs)) == count
    assert jumps.looks > count
    goal.none("G9", "recordings edited twice while the watcher's clock jumped", wrong, count)
