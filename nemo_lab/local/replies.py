"""How the server answers: the cloud's envelope, and errors by their code.

What the vendor leaves open is decided here: an app error (1002, 2001, 4001, 4002) is HTTP 200 with
``code`` ≠ 0; what HTTP has its own number for keeps it: 1001 is HTTP 401, and 400, 402, 403, 415, 429 and
507 (no room) are both the code and the status. Malformed bodies get 422 in the shape of stock FastAPI (and
ADK), without quoting the input.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from nemo_lab.errors import (
    ApiError,
    AuthError,
    DiskFull,
    NemoError,
    RateLimited,
    SubscriptionRequired,
    UnreadableMedia,
)
from nemo_lab.protocol.envelope import failure

_APP_ERRORS = {1002, 2001, 4001, 4002}
_RETRY_AFTER = {"Retry-After": "30"}


def refusal(code: int, message: str, status: int | None = None) -> JSONResponse:
    """Return the envelope of an error; the status is the code unless it is given."""
    status = status or code
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: _RETRY_AFTER}.get(status)
    # A message may quote what somebody sent, which need not be proper text.
    words = message.encode("utf-8", "replace").decode()
    return JSONResponse(failure(code, words), status, headers)


def refuse(error: NemoError) -> JSONResponse:
    """Return the reply to a request that ended in ``error``."""
    code = 4001 if isinstance(error, UnreadableMedia) else error.code
    if isinstance(error, AuthError):
        return refusal(1001, error.message, 401)
    if isinstance(error, SubscriptionRequired | RateLimited):
        return refusal(error.code or 400, error.message)
    if code in _APP_ERRORS:
        # The client has a remedy of its own for each of these.
        return refusal(code, error.message, 200)
    if isinstance(error, DiskFull):
        return refusal(507, str(error))
    status = error.status if isinstance(error, ApiError) and error.status else 400
    return refusal(code or status, str(error), status)


async def on_error(_: Request, exc: Exception) -> JSONResponse:
    """Answer a request that one of our own errors ended."""
    assert isinstance(exc, NemoError)
    return refuse(exc)


async def on_fault(_: Request, __: Exception) -> JSONResponse:
    """Answer a request that a fault of ours ended; the guard writes down which."""
    return refusal(500, "internal error")


async def on_malformed(_: Request, exc: Exception) -> JSONResponse:
    """Answer a request whose body is not what it should be."""
    assert isinstance(exc, RequestValidationError)
    detail = [{"type": e["type"], "loc": list(e["loc"]), "msg": e["msg"]} for e in exc.errors()]
    return JSONResponse({"detail": detail}, 422)
