"""What a chat stream says, as typed events, in all three dialects that are in use.

* **ADK**: Google Agent Development Kit events, camelCase (snake_case is read too).
* **flat**: ``{"type": "text", "content": …}``, ``tool_call``, ``tool_result``, ``heartbeat``.
* **naive**: ``{"text": …}``.

Text comes as pieces that are never doubled and never lost: the texts of all :class:`Text` events, one
after the other, are the whole text, and one with ``partial=False`` ends a message (its own text may be
empty, when the pieces before it said everything).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the agent's words, to be appended to what came before."""

    text: str
    partial: bool = False
    """Whether more of the same message follows; after ``False`` a new message begins."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The agent began to use a tool; not for the user's eyes."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool answered the agent; not for the user's eyes."""

    name: str
    response: dict[str, Any] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is."""

    stage: str
    fraction: float | None = None
    """From 0 to 1, where it is known."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life without content."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the agent asks the user."""

    prompt: str
    options: tuple[Option, ...] = ()
    id: str = ""
    allow_multiple: bool = False
    title: str = ""
    number: int = 1
    """Its place among the questions asked together."""
    default: str | None = None
    """Label of the option that a run without a person takes."""

    def answer(self, *labels: str) -> str:
        """Return the chat message that answers it (the vendor's form: ``1. prompt: label``)."""
        return f"{self.number}. {self.prompt}: {', '.join(labels)}"


@dataclass(frozen=True, slots=True)
class StreamError:
    """The backend failed in the middle of the stream."""

    message: str
    code: int | str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not understood; kept for logs, never shown as text."""

    raw: Any


Event = Text | ToolCall | ToolResult | Progress | Heartbeat | Question | StreamError | Unknown
