"""Streams that are odd, cut, or never end: read as browsers read them, and never sent twice."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nemo_lab.errors import GenerationUnknown, NemoError
from nemo_lab.protocol.events import Text, ToolCall, ToolResult
from nemo_lab.protocol.sse import SSEDecoder, encode
from tests.contract.scripted import Drop, Json, Stream, edited, message
from tests.faults.conftest import Road
from tests.faults.proxy import Fault
from tests.jupyter.harness import CHROMIUM, chromium

KINDS = ("message", "test", "heartbeat", "x y", "é")
PIECES = [
    b"data:", b"data: ", b"data", b"event:", b"id:", b"retry: ", b":", b"falsefield:", b"Data:", b" data:",
    b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b"a", b"1000", b"\0", b" ", b"\t",
    "…".encode(), "👩‍👧".encode(), b"\xef\xbb\xbf", b"\xff", b"\xc3", b"\xe2\x80", "\u2028".encode(), b"\x0b",
    b"\x85",
]  # fmt: skip
_PAGE = """
async ([count, kinds]) => {
  const read = n => new Promise(done => {
    const found = [], source = new EventSource('/' + n);
    for (const kind of kinds) source.addEventListener(kind, e => found.push([kind, e.data, e.lastEventId]));
    source.onerror = () => { source.close(); done(found); };
  });
  const all = new Array(count); let next = 0;
  const work = async () => { while (next < count) { const n = next++; all[n] = await read(n); } };
  await Promise.all([work(), work(), work(), work()]);
  return all;
}
"""


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_g1_streams_are_read_as_chromium_reads_them(goal, seed, count):
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    dice = random.Random(seed)
    streams = [_odd_stream(dice) for _ in range(count)]
    with _serving(streams) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/page")
        theirs = page.evaluate(_PAGE, [count, list(KINDS)])
    differ = []
    for stream, expected in zip(streams, theirs, strict=True):
        cuts = sorted(dice.sample(range(len(stream) + 1), min(3, len(stream))))
        ours = _decode(stream, cuts)
        if ours != [tuple(event) for event in expected]:
            differ.append((stream, ours, expected))
    assert sum(map(len, theirs)) > count / 4  # there was something to read
    goal.none("G1", "fuzzed streams read otherwise than Chromium's EventSource", differ, count)


def _odd_stream(dice: random.Random) -> bytes:
    while True:
        body = b"".join(dice.choices(PIECES, k=dice.randint(1, 40)))
        body = body.replace(b"event:", b"event:" + dice.choice(KINDS).encode() + b"\n", dice.randint(0, 2))
        if dice.random() < 0.7:
            body += dice.choice([b"\n\n", b"\r\r", b"\r\n\r\n"])
        # Chromium alone swallows a line end right after the byte order mark.
        if not body.startswith((b"\xef\xbb\xbf\n", b"\xef\xbb\xbf\r")):
            return body


def _decode(stream: bytes, cuts: list[int]) -> list[tuple[str, str, str]]:
    decoder, edges = SSEDecoder(), [0, *cuts, len(stream)]
    chunks = [stream[a:b] for a, b in itertools.pairwise(edges)]
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [(event.event, event.data, event.id) for event in events if event.event in KINDS]


@contextmanager
def _serving(streams: list[bytes]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            page = not name.isdecimal()
            self.send_response(200 if page or int(name) < len(streams) else 404)
            self.send_header("Content-Type", "text/html" if page else "text/event-stream")
            self.end_headers()
            self.wfile.write(b"" if page else streams[int(name)])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def spoken() -> list[Any]:
    """A stream with everything in it: partial words, whole ones, tools, heartbeats, Chinese."""
    return [
        message("Hel", partial=True), b": heartbeat\n\n", message("lo.", partial=True), message("Hello."),
        *edited(), b"data:\n\n", message("已经剪好了。", partial=True), message("已经剪好了。"),
        *edited("add_title"), message("All done: 3 parts are gone."),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [20, pytest.param(670, marks=pytest.mark.soak)])
@pytest.mark.parametrize("how", ["fin", "rst", "stall"])
def test_g3_a_cut_stream_is_never_taken_for_a_finished_one(goal, road, seed, how, count):
    size = {chunked: _length(road, chunked) for chunked in (True, False)}
    whole = _say(road, Stream(spoken()), None)
    wrong: list[Any] = []
    dice = random.Random(seed)
    for number in range(count):
        chunked = bool(number % 2)
        fault = Fault(cut_at=dice.randrange(size[chunked]), how=how, slices=dice.choice([1, 7, 65536]))
        said = _say(road, Stream(spoken(), chunked=chunked), fault)
        if not _is_part(said, whole) or said.posts != 1 or not said.states:
            wrong.append((fault, chunked, said))
    goal.none("G3", f"cuts ({how}) after which events were invented, or it was sent again", wrong, count)


class Said:
    """What one message led to."""

    def __init__(self, events: list[Any], posts: int, states: int, error: NemoError | None) -> None:
        self.text = "".join(event.text for event in events if isinstance(event, Text))
        self.tools = [event.name for event in events if isinstance(event, ToolCall | ToolResult)]
        self.posts, self.states, self.error = posts, states, error

    def __repr__(self) -> str:
        return f"{self.text!r} {self.tools} posts={self.posts} states={self.states} {self.error!r}"


def _say(road: Road, reply: Any, fault: Fault | None) -> Said:
    road.clear()
    road.cloud.script("POST /run_sse", reply)
    posts, states = len(road.cloud.chats), len(road.cloud.asked("GET /api/state.*"))
    events, error = [], None
    if fault is not None:
        road.befall("POST /run_sse", fault)
    try:
        road.session.chat("cut the boring parts", events.append)
    except NemoError as exc:
        error = exc
    # One look at the state is taken before each message.
    looks = len(road.cloud.asked("GET /api/state.*")) - states - 1
    return Said(events, len(road.cloud.chats) - posts, looks, error)


def _is_part(said: Said, whole: Said) -> bool:
    return whole.text.startswith(said.text) and whole.tools[: len(said.tools)] == said.tools


def _length(road: Road, chunked: bool) -> int:
    """Return how many bytes the answer has, head included."""
    frames = [
        step if isinstance(step, bytes) else encode(json.dumps(step, ensure_ascii=False)) for step in spoken()
    ]
    framing = sum(len(b"%x\r\n\r\n" % len(frame)) for frame in frames) + 5 if chunked else 0
    return 100 + sum(map(len, frames)) + framing


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.soak)])
def test_g4_whatever_happens_a_message_is_sent_once(goal, road, seed, count):
    dice, wrong = random.Random(seed), []
    for _ in range(count):
        reply = dice.choice([Stream(spoken()), Json("<html>", 502), Drop(), Stream([], end="rst")])
        fault = dice.choice([
            None, Fault(upwards=True, cut_at=dice.randrange(400), how=dice.choice(["fin", "rst"])),
            Fault(cut_at=dice.randrange(1500), how=dice.choice(["fin", "rst", "stall"])),
            Fault(latency=0.01, slices=5),
        ])  # fmt: skip
        said = _say(road, reply, fault)
        if said.posts > 1:
            wrong.append((reply, fault, said))
    goal.none("G4", "messages that reached the backend more than once", wrong, count)


def test_g4_the_user_is_told_that_nobody_knows(road):
    road.befall("POST /run_sse", Fault(cut_at=300))
    road.cloud.script("POST /run_sse", Stream(spoken(), chunked=False))
    with pytest.raises(GenerationUnknown, match="timeline has not changed"):
        road.session.chat("cut the boring parts")
