"""After a broken stream: how often and how long the state is looked at, and what counts as a change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from nemo_lab.client.recovery import CHECKING, await_change, fingerprint
from nemo_lab.errors import AuthError, Disconnected, GenerationUnknown, SessionNotFound
from nemo_lab.protocol.events import Event, Progress
from nemo_lab.protocol.messages import ProjectState
from tests.contract.scripted import DRAFT, TITLED, VirtualClock


def state(draft: Any = DRAFT, **more: Any) -> ProjectState:
    return ProjectState.read({"draft": draft, **more})


class Looks:
    """Plays what each look at the state finds; the last one for ever."""

    def __init__(self, found: Iterable[ProjectState | Exception]) -> None:
        self.found, self.clock, self.said = list(found), VirtualClock(), list[Event]()
        self.start, self.times = self.clock.now, list[float]()

    async def read(self) -> ProjectState:
        self.times.append(self.clock.now - self.start)
        found = self.found.pop(0) if len(self.found) > 1 else self.found[0]
        if isinstance(found, Exception):
            raise found
        return found

    def wait(self, before: ProjectState | None, **options: Any) -> ProjectState:
        return asyncio.run(await_change(self.read, before, self.clock, self.said.append, **options))


@pytest.mark.parametrize(
    "after",
    [
        state(TITLED),
        state(video_infos=[{"filename": "a"}]),
        state(generated_media=["a"]),
        state(generated_media={"a": 1}),
        state(generated_media="a"),
    ],
)
def test_each_part_of_the_content_counts(after):
    looks = Looks([state(), after])
    assert looks.wait(state()) is after
    assert looks.times == [30, 90]
    assert looks.said == [Progress(CHECKING)] * 2


def test_new_addresses_of_the_same_media_are_no_change():
    one, two = (
        state(video_infos=[{"url": f"u?sig={n}"}], generated_media=[{"url": f"v?sig={n}"}]) for n in (1, 2)
    )
    assert fingerprint(one) == fingerprint(two)
    more = state(video_infos=[{"url": "u?sig=1"}], generated_media=[{"url": "v"}, {"url": "w"}])
    assert fingerprint(one) != fingerprint(more)


def test_five_looks_at_the_same_are_enough():
    looks = Looks([state()])
    with pytest.raises(GenerationUnknown, match=r"^the connection was lost, and") as unknown:
        looks.wait(state())
    assert looks.times == [30, 90, 150, 210, 270]
    assert unknown.value.remedy == "Say it again if you still want it; it may cost credits a second time."


def test_a_state_that_nobody_knew_before_tells_nothing():
    looks = Looks([Disconnected("lost"), state(TITLED)])
    with pytest.raises(GenerationUnknown):
        looks.wait(None)
    assert looks.times == [30, 90]  # one that could be read, and no more


def test_looks_that_fail_go_on_for_ten_minutes_and_not_a_second_longer():
    looks = Looks([Disconnected("lost")])
    with pytest.raises(GenerationUnknown):
        looks.wait(state())
    assert looks.times == [30 + 60 * n for n in range(10)]
    exact = Looks([Disconnected("lost")])
    with pytest.raises(GenerationUnknown):
        exact.wait(state(), first_wait=0.0)
    assert exact.times[-1] == 600


@pytest.mark.parametrize("end", [SessionNotFound("gone"), AuthError("refused")])
def test_nothing_is_looked_at_twice_that_is_no_more_there(end):
    looks = Looks([end])
    with pytest.raises(type(end)):
        looks.wait(state())
    assert looks.times == [30]


def test_a_backend_of_our_own_is_asked_once_and_at_once():
    looks = Looks([state()])
    with pytest.raises(GenerationUnknown):
        looks.wait(state(), first_wait=0.0, queries=1)
    assert looks.times == [0]
