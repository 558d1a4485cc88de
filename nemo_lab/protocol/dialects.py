"""Reads the frames of a chat stream into the typed events of :mod:`nemo_lab.protocol.events`."""

from __future__ import annotations

import re
from typing import Any

from nemo_lab.protocol.envelope import message_of
from nemo_lab.protocol.events import (
    Event,
    Heartbeat,
    Option,
    Progress,
    Question,
    StreamError,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from nemo_lab.protocol.parsing import parsed
from nemo_lab.protocol.sse import ServerSentEvent

_HEARTBEATS = {"", "heartbeat", "ping", "keep-alive", "keepalive"}
_BROKEN_ERROR = re.compile(r'^\s*\{\s*"error"\s*:\s*"?(.*?)"?\s*\}?\s*$', re.DOTALL)
_ADK_KEYS = {
    "content", "invocationId", "invocation_id", "author", "actions", "errorCode", "error_code",
    "errorMessage", "error_message", "customMetadata", "custom_metadata", "turnComplete", "partial",
}  # fmt: skip
_Key = tuple[Any, Any, Any]


class EventReader:
    """Reads one chat stream, frame by frame.

    It remembers which text came in pieces, so that the whole text that ADK repeats after them
    (one event without ``partial``, per invocation and author) adds nothing but what was missing.
    """

    def __init__(self) -> None:
        self._pieces: dict[_Key, list[str]] = {}
        self._open = False

    def read(self, frame: ServerSentEvent) -> list[Event]:
        """Return what one frame says; never raises, whatever it holds."""
        text = frame.data.strip()
        if frame.event.lower() in {"heartbeat", "ping"} or text.lower() in _HEARTBEATS:
            return [Heartbeat()]
        try:
            data = parsed(text)
        except (ValueError, RecursionError):
            return [*self._close(), _unreadable(frame, text)]
        if isinstance(data, str) and data.strip().lower() in _HEARTBEATS:
            return [Heartbeat()]
        if not isinstance(data, dict):
            return [Unknown(data)]
        return self._read_object(data)

    @property
    def unfinished(self) -> bool:
        """Whether pieces came of a text that ADK has not repeated whole: its end is missing."""
        return bool(self._pieces)

    def finish(self) -> list[Event]:
        """Return what ends the message that is still open when the stream ends."""
        return self._close()

    def _read_object(self, data: dict[str, Any]) -> list[Event]:
        kind = data.get("type")
        if "heartbeat" in data or kind in ("heartbeat", "ping"):
            return [Heartbeat()]
        if data.get("error"):
            return [*self._close(), StreamError(message_of(data) or "unknown error", _code_of(data))]
        if _ADK_KEYS & data.keys() and not isinstance(data.get("content"), str):
            return self._read_adk(data)
        if isinstance(kind, str):
            return self._read_flat(kind, data)
        if isinstance(data.get("text"), str):
            return self._piece(data["text"])
        if data.get("code") not in (None, 0):
            return [*self._close(), StreamError(message_of(data) or "unknown error", _code_of(data))]
        return [Unknown(data)]

    def _read_adk(self, data: dict[str, Any]) -> list[Event]:
        events: list[Event] = []
        content = data.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        parts = [part for part in parts or () if isinstance(part, dict)] if isinstance(parts, list) else []
        if isinstance(content, dict) and content.get("role") == "user" and data.get("author") == "user":
            return []  # the user's own message, echoed
        said = "".join(p["text"] for p in parts if isinstance(p.get("text"), str) and not p.get("thought"))
        if said:
            events += self._adk_text(data, said)
        for part in parts:
            events += _tool_events(part)
        events += _progress(_get(data, "customMetadata", "custom_metadata"))
        error = _get(data, "errorCode", "error_code")
        message = _get(data, "errorMessage", "error_message")
        if error or message:
            events += [*self._close(), StreamError(str(message or error), error)]
        return events or [Heartbeat()]

    def _adk_text(self, data: dict[str, Any], said: str) -> list[Event]:
        key = (_get(data, "invocationId", "invocation_id"), data.get("author"), data.get("branch"))
        if data.get("partial"):
            self._pieces.setdefault(key, []).append(said)
            self._open = True
            return [Text(said, partial=True)]
        known = "".join(self._pieces.pop(key, ()))
        if not known:
            return [*self._close(), Text(said)]
        self._open = False
        if said.strip() == known.strip():
            return [Text("")]
        if said.startswith(known):
            return [Text(said[len(known) :])]
        # Not a repetition: it is a message of its own, and what came in pieces stands too.
        return [Text(""), Text(said)]

    def _read_flat(self, kind: str, data: dict[str, Any]) -> list[Event]:
        if kind in {"text", "chunk", "message"}:
            words = data.get("content", data.get("text"))
            return self._piece(words) if isinstance(words, str) else [Unknown(data)]
        if kind in {"tool_call", "tool_result", "function_call", "function_response"}:
            return [*self._close(), *_flat_tool(kind, data)]
        if kind == "ask_question":
            return [*self._close(), *(_questions(data) or [Unknown(data)])]
        if kind == "progress":
            return _progress({"nemo": data}) or [Unknown(data)]
        if kind == "error":
            words = data.get("content") if isinstance(data.get("content"), str) else message_of(data)
            return [*self._close(), StreamError(words or "unknown error", _code_of(data))]
        return [Unknown(data)]

    def _piece(self, words: str) -> list[Event]:
        """Flat and naive text may be cut anywhere, so pieces belong together until something else comes."""
        if not words:
            return [Heartbeat()]
        self._open = True
        return [Text(words, partial=True)]

    def _close(self) -> list[Event]:
        was_open, self._open = self._open, False
        return [Text("")] if was_open else []


def _tool_events(part: dict[str, Any]) -> list[Event]:
    call = _get(part, "functionCall", "function_call")
    if isinstance(call, dict):
        return _called(call)
    result = _get(part, "functionResponse", "function_response")
    if isinstance(result, dict):
        return [ToolResult(str(result.get("name") or ""), _object(result.get("response")), result.get("id"))]
    return []


def _flat_tool(kind: str, data: dict[str, Any]) -> list[Event]:
    if kind in {"tool_call", "function_call"}:
        return _called(data)
    result = _object(data.get("result", data.get("response")))
    return [ToolResult(str(data.get("name") or ""), result, data.get("id"))]


def _called(call: dict[str, Any]) -> list[Event]:
    """Read a tool call; the one that asks the user something becomes its questions."""
    name, args = str(call.get("name") or ""), _object(call.get("args"))
    asked = _questions(args) if name == "ask_question" else []
    return asked or [ToolCall(name, args, call.get("id"))]


def _questions(args: dict[str, Any]) -> list[Event]:
    items = args.get("questions")
    asked: list[Event] = []
    for item in items if isinstance(items, list) else ():
        prompt = item.get("prompt") if isinstance(item, dict) else None
        if not isinstance(prompt, str):
            continue
        asked.append(
            Question(
                prompt,
                _options(item.get("options")),
                id=str(item.get("id") or ""),
                allow_multiple=bool(item.get("allow_multiple")),
                title=str(args.get("title") or ""),
                number=len(asked) + 1,
                default=item["default"] if isinstance(item.get("default"), str) else None,
            )
        )
    return asked


def _options(items: Any) -> tuple[Option, ...]:
    found = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            found.append(Option(item, item))
        elif isinstance(item, dict) and isinstance(item.get("label"), str):
            found.append(Option(str(item.get("id") or item["label"]), item["label"]))
    return tuple(found)


def _progress(metadata: Any) -> list[Event]:
    """Read the local backend's progress: ``customMetadata.nemo`` = ``{"stage", "progress"}``."""
    nemo = metadata.get("nemo") if isinstance(metadata, dict) else None
    if not isinstance(nemo, dict) or not isinstance(nemo.get("stage"), str):
        return []
    value = nemo.get("progress")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [Progress(nemo["stage"])]
    return [Progress(nemo["stage"], min(max(float(value), 0.0), 1.0))]


def _unreadable(frame: ServerSentEvent, text: str) -> Event:
    """Old ADK servers do not escape quotes in error frames, which makes them invalid JSON."""
    broken = _BROKEN_ERROR.match(text)
    if broken:
        return StreamError(broken.group(1).strip() or "unknown error")
    return StreamError(text) if frame.event.lower() == "error" else Unknown(text)


def _code_of(data: dict[str, Any]) -> int | str | None:
    for source in (data, data.get("error"), data.get("error_details")):
        if isinstance(source, dict):
            code = source.get("code", source.get("error_type"))
            if isinstance(code, int | str) and not isinstance(code, bool):
                return code
    return None


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {} if value is None else {"result": value}


def _get(data: dict[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)
