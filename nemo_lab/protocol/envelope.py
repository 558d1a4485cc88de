"""Envelopes around replies, and which error each code is.

Two are in use: ``{"code": 0, "data": …}`` and ``{"success": true, "data": …}``. They are told apart in the
order of the vendor's own client. The documents do not say whether an error comes with HTTP 200 or with
a 4xx, so both are read; FastAPI's own ``{"detail": …}`` is read too.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from nemo_lab.errors import (
    ApiError,
    AuthError,
    BackendUnavailable,
    FileTooLarge,
    InsufficientCredits,
    NemoError,
    RateLimited,
    SessionNotFound,
    SubscriptionRequired,
    UnsupportedFormat,
)

FORMATS_TEXT = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac"

_CLASSES: dict[int, type[ApiError]] = {
    1001: AuthError,
    1010: AuthError,
    1011: AuthError,
    401: AuthError,
    1002: SessionNotFound,
    2001: InsufficientCredits,
    402: SubscriptionRequired,
    403: SubscriptionRequired,
    429: RateLimited,
}
_MESSAGES = {
    1001: "the token is bad or has expired",
    1002: "the backend does not have this session any more",
    2001: "the credits are used up",
    402: "this plan does not allow it (a matter of subscription, not of credits)",
    429: "too many requests",
    4001: "the backend does not take this type of file",
    4002: "the file is too large for the backend",
}
_REMEDIES: dict[type[ApiError], str] = {
    AuthError: "Set NEMO_TOKEN to a valid token (Settings → API Tokens), or unset it.",
    SessionNotFound: "Start a new session and upload the files again.",
    InsufficientCredits: "Top up at nemovideo.com.",
    SubscriptionRequired: "Register at nemovideo.com to unlock export.",
    RateLimited: "Wait a little, then try again.",
    BackendUnavailable: "Try again later.",
}


def error_for(code: int | None, message: str = "", *, status: int | None = None) -> NemoError:
    """Return the error that a code stands for; the code of the reply's body goes before the HTTP status."""
    number = status if code is None else code
    words = message or _MESSAGES.get(number or 0, "") or f"the backend refused (code {number})"
    if number == UnsupportedFormat.code:
        return UnsupportedFormat(words, remedy=f"Supported: {FORMATS_TEXT}.")
    if number == FileTooLarge.code:
        return FileTooLarge(words, remedy="Compress or trim it first.")
    # Stock ADK servers know no codes: 404 {"detail": "Session not found: <id>"}.
    gone = number == HTTPStatus.NOT_FOUND and "session not found" in words.lower()
    kind = SessionNotFound if gone else _class_of(number, status)
    return kind(words, code=number, status=status, remedy=_REMEDIES.get(kind, ""))


def _class_of(number: int | None, status: int | None) -> type[ApiError]:
    if number in _CLASSES:
        return _CLASSES[number]
    known = _CLASSES.get(status or 0)
    if known is not None:
        return known
    server_fault = any(
        value is not None and (500 <= value < 600 or value == 408) for value in (number, status)
    )
    return BackendUnavailable if server_fault else ApiError


def unwrap(status: int, body: Any) -> Any:
    """Return what is inside a reply's envelope.

    Args:
        status: the HTTP status.
        body: the parsed JSON, or the raw text when it was none.

    Raises:
        ApiError: the backend said no; also :class:`~nemo_lab.errors.UnsupportedFormat` and
            :class:`~nemo_lab.errors.FileTooLarge` for 4001 and 4002.
    """
    fields = body if isinstance(body, dict) else {}
    code = _as_code(fields.get("code"))
    if not 200 <= status < 300:
        raise error_for(code or None, message_of(fields) or _status_text(status), status=status)
    if code is not None:
        if code != 0:
            raise error_for(code, message_of(fields), status=status)
        return fields.get("data")
    if "success" in fields:
        if not fields["success"]:
            raise error_for(None, message_of(fields), status=status)
        inner = fields.get("data")
        return fields if inner is None else inner
    return body


def message_of(body: dict[str, Any]) -> str:
    """Return what an error body says, under any of the keys in use."""
    for key in ("message", "error", "msg", "reason", "detail"):
        value = body.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            where = ".".join(map(str, value[0].get("loc") or ()))
            value = f"{where}: {value[0].get('msg', 'not accepted')}"
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:500]
    return ""


def success(data: Any) -> dict[str, Any]:
    """Return the envelope of a good reply."""
    return {"code": 0, "data": data}


def failure(code: int, message: str) -> dict[str, Any]:
    """Return the envelope of a refusal."""
    return {"code": code, "message": message, "data": None}


def _as_code(value: Any) -> int | None:
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _status_text(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
