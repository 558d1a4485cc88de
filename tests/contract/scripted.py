"""A cloud made of paper: real sockets, scripted replies, a journal of all that was asked.

Without a script it plays the documented API faithfully and strictly (token and attribution or refusal).
``cloud.script("POST /run_sse", …)`` puts replies in front of that, used up one by one.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from nemo_lab.protocol import messages as m
from nemo_lab.protocol.sse import encode
from tests.sockets import LoopbackServer, reset

DRAFT = {"t": [{"tt": 0, "sg": [{"d": 10000, "m": {"name": "city"}}]}], "d": 10000}
TITLED = {"t": [*DRAFT["t"], {"tt": 7, "sg": [{"d": 3000, "m": {"text": "Urban Dreams"}}]}], "d": 10000}


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def token(self) -> str | None:
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Json:
    """A whole reply."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Bytes:
    """A file; ``length`` may lie, ``chunked`` says none."""

    body: bytes
    status: int = 200
    type: str = "video/mp4"
    length: int | None = None


@dataclass
class Stream:
    """Events: each step is JSON to send, raw bytes, or something to do (a callable).

    ``end`` is how it ends: properly, by a cut (``fin``, ``rst``), or never (``hang``). Without
    ``chunked`` only the end of the connection ends it.
    """

    steps: Iterable[Any]
    end: str = "properly"
    chunked: bool = True
    type: str = "text/event-stream; charset=utf-8"


class Drop:
    """No reply: the connection is reset after the request was read."""


def say(*texts: str) -> Stream:
    """Return a stream of whole messages, as the ADK sends them."""
    return Stream([message(text) for text in texts])


def message(text: str, **more: Any) -> dict[str, Any]:
    return {
        "content": {"parts": [{"text": text}], "role": "model"},
        "invocationId": "e",
        "author": "a",
        **more,
    }


def edited(name: str = "edit_multitrack", **response: Any) -> list[dict[str, Any]]:
    """Return a tool call and its result."""
    call, result = {"name": name, "args": {}}, {"name": name, "response": {"status": "success", **response}}
    return [
        {"content": {"parts": [{kind: value}]}, "author": "a", "invocationId": "e"}
        for kind, value in (("functionCall", call), ("functionResponse", result))
    ]


class Cloud(LoopbackServer):
    """The server. Attributes hold what it plays; change them from a test as you like."""

    def __init__(self) -> None:
        super().__init__()
        self.journal: list[Request] = []
        self.scripts: dict[str, deque[Any]] = defaultdict(deque)
        self.draft: Any = DRAFT
        self.video_infos: list[dict[str, Any]] = []
        self.balance = {"available": 100, "frozen": 0, "total": 100}
        self.valid_tokens = {"nmv_usr_own"}
        self.renders: dict[str, dict[str, Any]] = {}
        self.file = b"finished" * 1000
        self.output_url: str | None = None
        self.token_count = 0
        self.token_extra: dict[str, Any] = {}
        self.session_count = 0
        self.polls_until_done = 1
        self.strict = True

    def script(self, request: str, *replies: Any) -> None:
        """Answer the next requests of that kind so. A callable gets the request and returns the reply."""
        self.scripts[request].extend(replies)

    def asked(self, pattern: str) -> list[Request]:
        """Return the requests whose method and path match."""
        return [request for request in list(self.journal) if re.fullmatch(pattern, str(request))]

    @property
    def chats(self) -> list[Request]:
        return self.asked("POST /run_sse")

    # what it plays ------------------------------------------------------------------

    def answer(self, request: Request) -> Any:
        for pattern, replies in self.scripts.items():
            if replies and re.fullmatch(pattern, str(request)):
                reply = replies.popleft()
                return reply(request) if callable(reply) else reply
        if request.path == m.ANONYMOUS_TOKEN:
            return self._token(request)
        if self.strict and request.token not in self.valid_tokens:
            return Json({"code": 1001, "message": "bad token"}, 401)
        if self.strict and not all(
            f"x-skill-{name}" in request.headers for name in ("source", "version", "platform")
        ):
            return Json({"code": 402, "message": "attribution"}, 402)
        return self._route(request)

    def _token(self, request: Request) -> Json:
        if not request.headers.get("x-client-id"):
            return Json({"code": 400, "message": "missing X-Client-Id"}, 400)
        self.token_count += 1
        token = f"nmv_usr_anon{self.token_count}"
        self.valid_tokens.add(token)
        return Json(
            {"code": 0, "data": {"token": token, "user_id": "anon_7", "credits": 100, **self.token_extra}}
        )

    def _route(self, request: Request) -> Any:
        path = request.path
        if path == m.CREATE_SESSION:
            self.session_count += 1
            data = {"task_id": f"task_{self.session_count}", "session_id": str(10**18 + self.session_count)}
            return Json({"code": 0, "data": data})
        if path == m.CREDITS:
            return Json({"code": 0, "data": self.balance})
        if path == m.CLAIM_TOKEN:
            return Json({"code": 0, "data": {"claim_token": "clm_x", "expires_in": 604800}})
        if path == m.RUN_SSE:
            return say("Done.")
        if path.startswith("/api/upload-video/"):
            return self._upload(request)
        if path.startswith("/api/state/"):
            state = {"draft": self.draft, "video_infos": self.video_infos}
            return Json({"code": 0, "data": {"user_id": "anon_7", "state": state}})
        if path.startswith("/api/render/"):
            return self._render(request)
        return Json({"detail": "Not Found"}, 404)

    def _upload(self, request: Request) -> Json:
        if request.headers.get("content-type", "").startswith("application/json"):
            names = [url.rpartition("/")[2] for url in request.json["urls"]]
        else:
            names = [n.decode() for n in re.findall(rb'name="files"; filename="([^"]*)"', request.body)]
        items = [{"filename": name, "file_type": "video", "duration": 1.0} for name in names]
        self.video_infos = [*self.video_infos, *items]
        return Json({"code": 0, "data": {"files": items, "session_state_applied": True}})

    def _render(self, request: Request) -> Any:
        if request.path == m.RENDER:
            job = {"id": request.json["id"], "status": "pending", "progress": 5, "polls": 0}
            self.renders[job["id"]] = job
            return Json({"success": True, "data": job})
        if request.path.endswith("/download"):
            return Bytes(self.file)
        render_id = request.path.removesuffix("/cancel").rpartition("/")[2]
        job = self.renders.get(render_id)
        if job is None:
            return Json({"success": False, "error": "render not found"}, 404)
        if request.path.endswith("/cancel"):
            job["status"] = "cancelled"
            return Json({"success": True, "data": job})
        job["polls"] += 1
        if job["status"] == "pending" and job["polls"] >= self.polls_until_done:
            url = self.output_url or f"{self.url}{m.render_download_path(render_id)}"
            job |= {"status": "completed", "progress": 100, "outputUrl": url}
        return Json({"success": True, "data": job})

    # the sockets --------------------------------------------------------------------

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until one ends the connection."""
        while (request := await _read(reader)) is not None:
            self.journal.append(request)
            if not await self._reply(writer, self.answer(request)):
                break

    async def _reply(self, writer: asyncio.StreamWriter, reply: Any) -> bool:
        if isinstance(reply, Drop):
            reset(writer)
            return False
        if isinstance(reply, Stream):
            return await self._stream(writer, reply)
        if isinstance(reply, Bytes):
            body, kind, extra = reply.body, reply.type, {}
            length = len(body) if reply.length is None else reply.length
        else:
            text = isinstance(reply.body, str)
            body = reply.body.encode() if text else json.dumps(reply.body).encode()
            kind, extra, length = "text/html" if text else "application/json", reply.headers, len(body)
        head = {"Content-Type": kind, "Content-Length": str(length), **extra}
        writer.write(_head(reply.status, head) + body)
        await writer.drain()
        return length == len(body)

    async def _stream(self, writer: asyncio.StreamWriter, reply: Stream) -> bool:
        framing = {"Transfer-Encoding": "chunked"} if reply.chunked else {"Connection": "close"}
        writer.write(_head(200, {"Content-Type": reply.type, **framing}))
        await writer.drain()
        for step in reply.steps:
            if callable(step):
                await asyncio.sleep(0.01)  # the client must see what came before each step of time
                step()
                await asyncio.sleep(0.01)
                continue
            raw = step if isinstance(step, bytes) else encode(json.dumps(step, ensure_ascii=False))
            writer.write(b"%x\r\n%s\r\n" % (len(raw), raw) if reply.chunked else raw)
            await writer.drain()
        if reply.end == "hang":
            await asyncio.sleep(3600)
        if reply.end == "rst":
            await asyncio.sleep(0.05)
            reset(writer)
        if reply.end == "properly" and reply.chunked:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        return False


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *rest = head.decode().rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


class VirtualClock:
    """Time that passes only when someone waits for it, or when a test says so. Safe across threads."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.sleeps: list[float] = []
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + 700_000_000

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0.001)

    async def wait(self, future: asyncio.Future[Any], seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        entry = (self.now + seconds, loop, loop.create_future())
        with self._lock:
            self._waiting.append(entry)
        self.advance(0)
        await asyncio.wait({future, entry[2]}, return_when=asyncio.FIRST_COMPLETED)
        with self._lock:
            if entry in self._waiting:
                self._waiting.remove(entry)
        return future.done()

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            due = [entry for entry in self._waiting if entry[0] <= self.now]
            self._waiting = [entry for entry in self._waiting if entry[0] > self.now]
        for _, loop, timer in due:
            loop.call_soon_threadsafe(lambda timer=timer: timer.done() or timer.set_result(None))

    def tick(self, seconds: float) -> Callable[[], None]:
        """Return a step for a stream in which time passes."""
        return lambda: self.advance(seconds)


def check_journal(journal: list[Request]) -> None:
    """Assert what holds for every request of every run (rules H1, H4, H5, S2, X3)."""
    for request in journal:
        assert "nmv_usr" not in request.target
        assert request.headers.get("x-client-id", "no id") not in request.target
        for name in ("source", "version", "platform"):
            assert request.headers.get(f"x-skill-{name}"), request
        if request.path == m.ANONYMOUS_TOKEN:
            assert request.token is None
            assert request.body == b""
        else:
            assert request.token, request
            assert "x-client-id" not in request.headers
    for before, after in itertools.pairwise(journal):
        if (
            before.target == after.target
            and before.path in {m.RUN_SSE, m.RENDER}
            and before.body == after.body
        ):
            # A POST that does something follows itself only after its token was refused.
            assert before.token != after.token, f"sent twice: {before}"
