"""The door: what may not come in is turned away before its body is read.

A page in the user's browser can send requests to 127.0.0.1, or resolve its own name to it. So the Host must
be ours, an Origin must be ours where there is one, no CORS header is ever sent, and a body must come as JSON
(or as an upload), which no form of a foreign page can send without being asked first.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nemo_lab.errors import NemoError
from nemo_lab.local.replies import refusal, refuse

USER_KEY = "nemo.user"
"""Where in the ASGI scope the user is found."""
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of a JSON body; a draft of a day's recording is far below it."""
_OPEN = {"/api/auth/anonymous-token", "/health", "/openapi.json"}
_UPLOAD = "/api/upload-video/"

log = logging.getLogger("nemo_lab.local")


class Guard:
    """Wraps the whole app.

    Args:
        app: what is inside.
        hosts: the values that a Host header may have.
        user_of: returns the user of a token, or raises AuthError.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], user_of: Callable[[str], Awaitable[str]]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        self._user_of = user_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it at the door (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = (
            self._stranger(headers) or self._misfit(scope, headers) or await self._nobody(scope, headers)
        )
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._inside(scope, _limited(receive, scope, headers), send)

    def _stranger(self, headers: Headers) -> Response | None:
        """Refuse what does not come from this machine's own address in the user's mind."""
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return refusal(403, "this server answers to its own address only")
        if any(origin not in self._origins for origin in headers.getlist("origin")):
            return refusal(403, "requests of other web pages are refused")
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            return refusal(403, "requests of other web pages are refused")
        return None

    def _misfit(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse a body of a kind that a foreign page's form can send, and one that is too large."""
        if scope["method"] in {"GET", "HEAD"} or not _has_body(headers):
            return None
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        if scope["path"].startswith(_UPLOAD) and kind == "multipart/form-data":
            return None
        if kind != "application/json":
            return refusal(415, "send application/json")
        if int(headers.get("content-length", "0")) > BODY_LIMIT:
            return refusal(413, "the body is too large")
        return None

    async def _nobody(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse who does not show a token; note whose it is."""
        if scope["path"] in _OPEN:
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return refusal(1001, "a bearer token is needed", 401)
        try:
            scope[USER_KEY] = await self._user_of(token.strip())
        except NemoError as exc:
            return refuse(exc)
        return None

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; a fault of ours was answered with a bare 500 and is written down here."""
        try:
            await self._app(scope, receive, send)
        except Exception:
            log.exception("request %s failed", scope["path"])


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _limited(receive: Receive, scope: Scope, headers: Headers) -> Receive:
    """Cut a JSON body that does not say its length when it becomes too large."""
    if "transfer-encoding" not in headers or scope["path"].startswith(_UPLOAD):
        return receive
    left = BODY_LIMIT

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if left < 0 else message

    return limited
