"""Client, proxy and server together, at random: credits add up, every call ends in a result or our error."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from nemo_lab.client import AsyncClient, Client, http
from nemo_lab.client.core import Backend
from nemo_lab.config import Settings
from nemo_lab.errors import NemoError
from nemo_lab.local import Options, Policy
from tests.contract.scripted import VirtualClock
from tests.contract.serving import serving
from tests.faults.proxy import Fault, FaultProxy
from tests.media.clips import Clip, make

START, EDIT = 100_000, 50
SAID = [
    "cut the first half second",
    "mute it",
    "add a title 'Hi'",
    "make it louder",
    "how long is it?",
    "undo",
    "余额",
]


@pytest.mark.parametrize("steps", [25, pytest.param(600, marks=pytest.mark.soak)])
def test_g29_credits_add_up_whatever_happens(goal, seed, tmp_path, monkeypatch, steps):
    monkeypatch.setattr(http, "_LIMITS", httpx.Limits(max_keepalive_connections=0))
    policy = replace(Policy.like_cloud(seed), starting_credits=START, tokens_per_client=None)
    dice, chats, wrong = random.Random(seed), [0], []
    clip = make(tmp_path / "talk.mp4", Clip(seconds=3, size=(160, 90)))

    def choose(first: str) -> Fault | None:
        chats[0] += first.startswith("POST /run_sse")
        if first.startswith("POST /api/tasks") or dice.random() < 0.7:
            return None
        how = dice.choice(["fin", "rst"])
        return Fault(
            cut_at=dice.randrange(900), how=how, upwards=dice.random() < 0.3, slices=dice.choice([9, 9999])
        )

    with (
        serving(tmp_path / "server", Options(policy=policy)) as server,
        FaultProxy(server.embedded.url, choose, renames=True) as road,
    ):
        token = server.anonymous().json()["data"]["token"]
        server.use(token)
        folders = {f"{kind}_dir": tmp_path / kind for kind in ("data", "cache", "config")}
        settings = Settings(backend="cloud", api_url=road.url, token=SecretStr(token), **folders)
        client = Client(AsyncClient(Backend("cloud", road.url), settings, clock=VirtualClock()))
        session, wished = client.create_session("walk"), 0
        for step in range(steps):
            call, is_message = _a_call(client, session, clip, tmp_path / f"{step}.mp4", dice)
            wished += is_message
            try:
                call()
            except NemoError:
                pass
            except Exception as exc:  # noqa: BLE001 - what must not come out
                wrong.append(repr(exc))
            wrong += _not_adding_up(server.credits(), wished)
        client.close()
        spent = START - server.credits()["total"]
    goal.none("G29", "steps at which credits did not add up, or another error than ours came", wrong, steps)
    assert chats[0] <= wished, "a message was sent more often than it was said"
    assert spent > 0


def _a_call(client: Any, session: Any, clip: Any, target: Any, dice: random.Random) -> tuple[Any, bool]:
    """Return something to do, and whether it is a message."""
    kind = dice.randrange(10)
    if kind < 5:
        text = dice.choice(SAID)
        return lambda: session.chat(text), text != "余额"
    calls = [
        lambda: session.upload(clip), lambda: session.export(target), client.credits, session.state,
        session.timeline,
    ]  # fmt: skip
    return calls[kind - 5], False


def _not_adding_up(balance: dict[str, Any], wished: int) -> list[str]:
    spent = START - balance["total"]
    fine = (
        balance["available"] + balance["frozen"] == balance["total"]
        and balance["frozen"] >= 0
        and spent % EDIT == 0
        and 0 <= spent <= wished * EDIT
    )
    return [] if fine else [f"{balance} after {wished} messages"]
