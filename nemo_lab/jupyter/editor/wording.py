"""What a view shows as text: messages, edits by hand, errors."""

from __future__ import annotations

from typing import Any

from nemo_lab.client import Reply
from nemo_lab.errors import NemoError
from nemo_lab.protocol.events import Option, Question
from nemo_lab.protocol.messages import Credits
from nemo_lab.protocol.plan import Operation


def user(text: str) -> dict[str, Any]:
    """Return what the user said."""
    return {"role": "user", "text": text}


def by_hand(operation: Operation) -> dict[str, Any]:
    """Return an edit by hand in words."""
    fields = operation.model_dump(mode="json", exclude_defaults=True, exclude={"op"})
    times = [clock(fields.pop(name)) for name in ("start_ms", "end_ms", "at_ms") if name in fields]
    rest = [f"{name.removesuffix('_ms').replace('_', ' ')} {value}" for name, value in fields.items()]
    what = operation.op.replace("_", " ").capitalize()
    return {"role": "hand", "text": " ".join([what, "–".join(times), ", ".join(rest)]).rstrip()}


def agent(reply: Reply) -> dict[str, Any]:
    """Return a reply."""
    message: dict[str, Any] = {"role": "agent", "text": _without(reply.text, reply.suggestions)}
    if reply.changes:
        message["changes"] = list(reply.changes)
    if reply.suggestions:
        message["suggestions"] = list(reply.suggestions)
    if reply.questions:
        message["questions"] = [_question(question) for question in reply.questions]
    return message


def _without(text: str, suggestions: tuple[str, ...]) -> str:
    """Leave out the last line where it only lists the suggestions: they are shown as buttons."""
    head, _, last = text.rpartition("\n")
    return head if head and suggestions and all(one in last for one in suggestions) else text


def error(fault: NemoError) -> dict[str, Any]:
    """Return an error: one line, and what to do about it."""
    return {
        "role": "error",
        "text": " ".join(fault.message.split()),
        "remedy": " ".join(fault.remedy.split()),
    }


def note(text: str) -> dict[str, Any]:
    """Return something that happened."""
    return {"role": "note", "text": text}


def question_of(data: dict[str, Any]) -> Question:
    """Return a question again that was shown."""
    options = tuple(Option(option["id"], option["label"]) for option in data["options"])
    return Question(data["prompt"], options, number=data["number"], allow_multiple=data["multiple"])


def _question(question: Question) -> dict[str, Any]:
    return {
        "prompt": question.prompt,
        "number": question.number,
        "multiple": question.allow_multiple,
        "options": [{"id": option.id, "label": option.label} for option in question.options],
        "default": question.default,
    }


def credits_text(credits: Credits) -> str:
    """Return the balance in a few words."""
    return "free" if credits.unlimited else f"{credits.available:g} credits"


def clock(ms: int) -> str:
    """Return a time as a person reads it off the player: ``1:02.5``."""
    sign, ms = "-" if ms < 0 else "", abs(ms)
    minutes, rest = divmod(ms, 60_000)
    seconds = f"{rest / 1000:04.1f}" if rest % 1000 else f"{rest // 1000:02}"
    return f"{sign}{minutes}:{seconds}"
