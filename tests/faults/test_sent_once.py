"""Thousands of messages over a network that fails in this process: each reaches the backend at most once."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from nemo_lab.client import AsyncClient, Client, http
from nemo_lab.client.core import Backend
from nemo_lab.errors import NemoError
from nemo_lab.protocol.messages import RUN_SSE
from nemo_lab.protocol.sse import encode
from tests.contract.scripted import Cloud, Request, edited, message

_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Nothing was sent: these alone may be tried again."""
_AFTER = (httpx.ReadError, httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError)
_EVENTS = [
    encode(json.dumps(event)) for event in (message("Hel", partial=True), message("Hello."), *edited())
]


class Network(httpx.AsyncBaseTransport):
    """Carries requests to a scripted cloud without a socket, and loses what the dice say."""

    def __init__(self, cloud: Cloud, dice: random.Random) -> None:
        self._cloud, self._dice = cloud, dice
        self.reached = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        if request.url.path != RUN_SSE:
            if self._dice.random() < 0.1:
                raise self._dice.choice((*_BEFORE, *_AFTER))("lost", request=request)
            reply = self._cloud.answer(
                Request(request.method, str(request.url), dict(request.headers.items()), body)
            )
            return httpx.Response(reply.status, json=reply.body, request=request)
        if self._dice.random() < 0.3:
            raise self._dice.choice(_BEFORE)("not sent", request=request)
        self.reached += 1
        if self._dice.random() < 0.3:
            raise self._dice.choice(_AFTER)("lost", request=request)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._dice.random() < 0.3:
            status, code = self._dice.choice([(401, 1001), (200, 1001), (200, 1002), (402, 402), (429, 429),
                                              (500, 500), (502, 0), (503, 0), (307, 0)])  # fmt: skip
            return httpx.Response(status, json={"code": code}, headers={"Retry-After": "0"}, request=request)
        head = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        return httpx.Response(200, headers=head, stream=_Cut(self._dice, request), request=request)


class _Cut(httpx.AsyncByteStream):
    def __init__(self, dice: random.Random, request: httpx.Request) -> None:
        self._dice, self._request = dice, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in _EVENTS[: self._dice.randint(0, len(_EVENTS))]:
            yield event
        if self._dice.random() < 0.5:
            raise self._dice.choice(_AFTER)("cut", request=self._request)


@pytest.mark.parametrize("count", [100, pytest.param(4000, marks=pytest.mark.soak)])
def test_g4_a_message_reaches_the_backend_once_at_most(goal, seed, clock, settings, monkeypatch, count):
    cloud, dice = Cloud(), random.Random(seed)
    cloud.valid_tokens.add("nmv_usr_own")
    network, wrong, unsure = Network(cloud, dice), [], 0
    plain = http.Http._client
    monkeypatch.setattr(http.Http, "_client", lambda self, **more: plain(self, transport=network, **more))
    client = Client(AsyncClient(Backend("cloud", "http://cloud.test"), settings, clock=clock))
    session: Any = client.session("7")
    for number in range(count):
        before = network.reached
        try:
            session.chat(f"cut the first {number} seconds")
        except NemoError:
            unsure += 1
        except Exception as exc:  # noqa: BLE001 - what must not come out
            wrong.append(repr(exc))
        if network.reached - before > 1:
            wrong.append(f"message {number} reached it {network.reached - before} times")
    client.close()
    assert count / 4 < network.reached <= count
    assert 0 < unsure < count
    goal.none("G4", "messages sent twice over a network that fails in this process", wrong, count)
