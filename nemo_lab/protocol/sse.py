"""Server-sent events: bytes in, events out, and back (WHATWG HTML standard, section 9.2.6).

Chunk borders do not matter, the work is linear in the bytes, and memory is bounded: what is kept is the
line and the event that are under way, at most :data:`EVENT_LIMIT` bytes of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nemo_lab.errors import EventTooLarge

EVENT_LIMIT = 16 * 1024 * 1024
"""Bytes that one event (or one line) may have."""

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_TEXT_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream."""

    data: str
    """The payload; empty for a bare ``data:``, which NemoVideo sends as a heartbeat."""
    event: str = "message"
    """The event's type."""
    id: str = ""
    """The last event id in force."""


class SSEDecoder:
    """Reads a stream piece by piece. An event that no empty line ended is dropped, as in browsers.

    Args:
        limit: most bytes that one event may have.
    """

    def __init__(self, *, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._head: bytes | None = b""
        self._line = bytearray()
        self._data = bytearray()
        self._type = b""
        self._id = ""
        self._skip_newline = False
        self.last_event_id = ""
        """Id of the last event that was complete."""
        self.retry_ms: int | None = None
        """Reconnection time that the server asked for, in ms."""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take in the next bytes; return the events that they complete.

        Raises:
            EventTooLarge: one event, or a line without an end, is over the limit.
        """
        chunk = self._without_bom(chunk)
        if not chunk:
            return []
        if self._skip_newline and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        # A CR ends the line at once; only whether a LF belongs to it is seen in the next chunk.
        self._skip_newline = chunk.endswith(b"\r") if chunk else False
        events, position = [], 0
        for end in _LINE_END.finditer(chunk):
            self._take(chunk[position : end.start()])
            position = end.end()
            event = self._end_line()
            if event is not None:
                events.append(event)
        self._take(chunk[position:])
        return events

    def _without_bom(self, chunk: bytes) -> bytes:
        """Drop one byte order mark at the very start, however it is cut up."""
        if self._head is None:
            return chunk
        head = self._head + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _take(self, piece: bytes) -> None:
        self._line += piece
        self._check()

    def _check(self) -> None:
        if len(self._line) + len(self._data) > self._limit:
            raise EventTooLarge(f"the backend sent an event of more than {self._limit} bytes")

    def _end_line(self) -> ServerSentEvent | None:
        line = bytes(self._line)
        self._line.clear()
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        self._field(name, value.removeprefix(b" "))
        return None

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"data":
            self._data += value
            self._data += b"\n"
            self._check()
        elif name == b"event":
            self._type = value
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 19:
            self.retry_ms = int(value)

    def _dispatch(self) -> ServerSentEvent | None:
        self.last_event_id = self._id
        kind, data = self._type.decode("utf-8", "replace"), self._data
        self._type, self._data = b"", bytearray()
        if not data:
            return None
        text = data[:-1].decode("utf-8", "replace")
        return ServerSentEvent(text, kind or "message", self.last_event_id)


def encode(data: str, *, event: str = "", id: str | None = None, retry_ms: int | None = None) -> bytes:
    """Return one event as bytes; line ends inside ``data`` all become newlines.

    Raises:
        ValueError: the type or the id holds a line end or NUL, or the retry time is negative.
    """
    for value in (event, id or ""):
        if re.search(r"[\r\n\0]", value):
            raise ValueError("an event's type and id must be one line")
    if retry_ms is not None and retry_ms < 0:
        raise ValueError("retry_ms must not be negative")
    lines = [f"event: {event}"] if event else []
    lines += [f"id: {id}"] if id is not None else []
    lines += [f"retry: {retry_ms}"] if retry_ms is not None else []
    lines += [f"data: {line}" for line in _TEXT_LINE_END.split(data)]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def encode_comment(text: str = "heartbeat") -> bytes:
    """Return a comment as bytes: it keeps the connection awake and is no event."""
    return "".join(f": {line}\n" for line in _TEXT_LINE_END.split(text)).encode("utf-8", "replace") + b"\n"
