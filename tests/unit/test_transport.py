"""What is sent again, how often and after how long: against a network inside this process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from nemo_lab.client import http
from nemo_lab.client.auth import OwnToken
from nemo_lab.client.http import FilePart, Http
from nemo_lab.client.transport import Transport
from nemo_lab.errors import (
    ApiError,
    AuthError,
    BackendUnavailable,
    ConnectFailed,
    Disconnected,
    FileTooLarge,
    RateLimited,
)
from tests.contract.scripted import VirtualClock

_GOOD = (200, {"code": 0, "data": 7})
_OFF, _LOST = httpx.ConnectError, httpx.ReadError


class Renewing(OwnToken):
    """A token that can be exchanged."""

    def __init__(self) -> None:
        super().__init__(SecretStr("one"))
        self.refused: list[str] = []

    async def renew(self, refused: str) -> str:
        self.refused.append(refused)
        return f"two instead of {refused}"


class Net:
    """Plays replies (status, JSON, headers) or errors in turn and keeps what was asked."""

    def __init__(self, *replies: Any) -> None:
        self.replies, self.asked = list(replies), list[httpx.Request]()
        self.clock, self.auth = VirtualClock(), Renewing()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, type):
            raise reply("x", request=request)
        status, body, *headers = reply
        kind = "content" if isinstance(body, bytes) else "json"
        return httpx.Response(status, **{kind: body}, headers=headers[0] if headers else None)

    def run(self, work: Callable[[Transport], Awaitable[Any]]) -> Any:
        async def inside() -> Any:
            api = Http("https://api.test")
            try:
                return await work(Transport(api, self.auth, {"X-Skill-Source": "s"}, self.clock))
            finally:
                await api.aclose()
                assert self.replies == []

        return asyncio.run(inside())

    @property
    def sleeps(self) -> list[float]:
        return self.clock.sleeps


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest wait each time."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high if (low, high) == (0.5, 1.0) else -1)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Net]:
    plain = http.Http._client

    def make(*replies: Any) -> Net:
        made = Net(*replies)
        network = httpx.MockTransport(made.answer)
        monkeypatch.setattr(http.Http, "_client", lambda self, **more: plain(self, transport=network, **more))
        return made

    return make


def get(transport: Transport) -> Awaitable[Any]:
    return transport.get("/x")


def post(transport: Transport) -> Awaitable[Any]:
    return transport.post("/x", {"a": 1})


async def chat(transport: Transport) -> Any:
    async with transport.chat({"a": 1}) as incoming:
        return b"".join([chunk async for chunk in incoming.chunks()])


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_get_is_asked_three_times_with_growing_waits(net, status):
    works = net((status, {}), _LOST, _GOOD)
    assert works.run(get) == 7
    assert {request.method for request in works.asked} == {"GET"}
    assert works.sleeps == [1, 2]
    fails = net(*[(status, {})] * 3)
    with pytest.raises(ApiError):
        fails.run(get)
    assert fails.sleeps == [1, 2]


@pytest.mark.parametrize(("lost", "kind"), [(_OFF, ConnectFailed), (_LOST, Disconnected)])
def test_a_network_that_fails_each_time_is_told_as_it_is(net, lost, kind):
    fails = net(lost, lost, lost)
    with pytest.raises(kind):
        fails.run(get)
    assert fails.sleeps == [1, 2]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ((404, {}), ApiError),
        ((200, {"code": 402}), ApiError),
        ((200, {"code": 4002}), FileTooLarge),
        ((503, {"code": 4002}), FileTooLarge),
        ((429, {}, {"Retry-After": "21"}), RateLimited),
    ],
)
def test_an_answer_that_stands_is_not_asked_for_again(net, reply, kind):
    fails = net(reply)
    with pytest.raises(kind):
        fails.run(get)
    assert fails.sleeps == []


@pytest.mark.parametrize(
    ("asked", "waited"), [("0", 0), ("20", 20), (" 7 ", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 1), ("-1", 1)]
)
def test_a_wait_that_the_backend_asks_for_is_kept_where_it_is_short(net, asked, waited):
    works = net((200, {"code": 429}, {"Retry-After": asked}), _GOOD)  # busy, whatever the status says
    assert works.run(get) == 7
    assert works.sleeps == [waited]


@pytest.mark.parametrize("status", [401, 200])
@pytest.mark.parametrize("send", [get, post])
def test_a_refused_token_is_exchanged_once_and_all_else_is_kept(net, send, status):
    works = net((status, {"code": 1001}), _GOOD)
    assert works.run(send) == 7
    tokens = [request.headers["authorization"] for request in works.asked]
    assert tokens == ["Bearer one", "Bearer two instead of one"]
    assert {request.headers["x-skill-source"] for request in works.asked} == {"s"}
    assert len({(request.method, str(request.url), request.content) for request in works.asked}) == 1
    fails = net((401, {"code": 1001}), (200, {"code": 1001}))
    with pytest.raises(AuthError):
        fails.run(send)
    assert (fails.auth.refused, fails.sleeps) == (["one"], [])


def test_a_post_is_sent_again_only_while_nothing_was_sent(net):
    works = net(_OFF, _OFF, _GOOD)
    assert works.run(post) == 7
    assert works.sleeps == [1, 2]
    assert (works.asked[-1].method, works.asked[-1].content) == ("POST", b'{"a":1}')
    fails = net(_OFF, _OFF, _OFF)
    with pytest.raises(ConnectFailed):
        fails.run(post)
    for reply, kind in ((_LOST, Disconnected), ((503, {}), BackendUnavailable)):
        once = net(reply)
        with pytest.raises(kind):
            once.run(post)
        assert once.sleeps == []


def test_a_file_is_opened_anew_for_each_attempt(net):
    opened = []

    @contextlib.contextmanager
    def part() -> Iterator[FilePart]:
        opened.append(io.BytesIO(b"film"))
        yield FilePart("a.mp4", "video/mp4", opened[-1])
        opened[-1].close()

    works = net(_OFF, (401, {"code": 1001}), _GOOD)
    assert works.run(lambda transport: transport.post_file("/up", part)) == 7
    assert [file.closed for file in opened][1:] == [True, True]
    assert len(opened) == 3
    last = works.asked[-1]
    assert (last.method, last.url.path) == ("POST", "/up")
    assert b'filename="a.mp4"' in last.content
    assert b"film" in last.content
    assert last.headers["authorization"] == "Bearer two instead of one"
    refused = net((200, {"code": 4002}))
    with pytest.raises(FileTooLarge):
        refused.run(lambda transport: transport.post_file("/up", part))


def test_a_chat_is_posted_once_and_its_stream_returned(net):
    stream = (200, b"data: 1\n\n", {"Content-Type": "text/event-stream; charset=utf-8"})
    works = net(_OFF, (200, {"code": 1001}), stream)
    assert works.run(chat) == b"data: 1\n\n"
    last = works.asked[-1]
    assert (last.method, last.url.path, last.content) == ("POST", "/run_sse", b'{"a":1}')
    wanted = {"accept": "text/event-stream", "cache-control": "no-store", "x-skill-source": "s",
              "authorization": "Bearer two instead of one"}  # fmt: skip
    assert wanted.items() <= dict(last.headers).items()


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (
            (200, b"<html>", {"Content-Type": "Text/HTML; x=y"}),
            r"text/html \(HTTP 200\) in place of a stream",
        ),
        ((200, b""), r"nothing \(HTTP 200\) in place of a stream"),
        ((206, b"", {"Content-Type": "text/event-stream"}), r"text/event-stream \(HTTP 206\)"),
    ],
)
def test_a_reply_that_is_no_stream_is_not_asked_for_again(net, reply, what):
    fails = net(reply)
    with pytest.raises(BackendUnavailable, match=what) as told:
        fails.run(chat)
    assert told.value.status == reply[0]
    assert fails.sleeps == []


def test_a_chat_that_was_refused_says_so(net):
    for reply, kind in (
        ((200, {"code": 429}), RateLimited),
        ((503, {}), BackendUnavailable),
        (_LOST, Disconnected),
    ):
        with pytest.raises(kind):
            net(reply).run(chat)


def test_the_token_goes_to_the_api_alone(net):
    async def file(transport: Transport, url: str) -> Any:
        async with transport.file(url) as incoming:
            return b"".join([chunk async for chunk in incoming.chunks()])

    own = net((200, b"film"))
    assert own.run(lambda transport: file(transport, "/film")) == b"film"
    assert own.asked[0].headers["authorization"] == "Bearer one"
    other = net((200, b"film"))
    assert other.run(lambda transport: file(transport, "https://cdn.test/film")) == b"film"
    assert not {"authorization", "x-skill-source"} & set(other.asked[0].headers)
