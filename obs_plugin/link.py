# SPDX-License-Identifier: GPL-3.0-only
"""One connection to OBS's websocket server; the only place that knows obsws-python.

What is worked around here was measured with obsws-python 1.7 and 1.8: it logs the password, an exception in a
callback kills its event thread, after a timeout its answers are off by one, a hung OBS looks alive to it for
ever, and closing its socket alone leaks a thread. So: one owner thread, events go straight into a queue, and
any error ends the whole connection.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from nemo_lab.errors import MissingExtra

TIMEOUT = 4.0
"""Seconds until OBS counts as hung."""
_WANTED = {
    "RecordStateChanged",
    "RecordFileChanged",
    "ReplayBufferSaved",
    "StreamStateChanged",
    "ExitStarted",
    "CurrentProfileChanged",
    "CurrentSceneCollectionChanged",
    "CurrentProgramSceneChanged",
}
_NOT_READY = 207
"""The server is up before OBS is (obs-websocket: RequestStatus NotReady)."""


class Event(NamedTuple):
    """What OBS said; ``at`` on our monotonic clock."""

    at: float
    kind: str
    data: dict[str, Any]


class LinkError(Exception):
    """The connection cannot be made, or is lost.

    Args:
        kind: ``off`` (nobody listens), ``password``, ``hung``, ``lost`` or ``other``.
        text: for the log; never holds the password.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class NotReady(Exception):
    """OBS is still loading; the connection is fine."""


class Link:
    """A connection that is there when the constructor returns.

    Args:
        host: where OBS runs.
        port: of its websocket server.
        password: ``None`` or empty when it asks for none.
        timeout: seconds until OBS counts as hung.

    Raises:
        LinkError: there is none.
        MissingExtra: obsws-python is not installed.
    """

    def __init__(self, host: str, port: int, password: str | None, *, timeout: float = TIMEOUT) -> None:
        try:
            import obsws_python
            from obsws_python.subs import Subs
        except ImportError:
            raise MissingExtra("the connection to OBS (obsws-python)", "obs") from None
        # It writes the password into its log, and a traceback for each refused connection.
        logging.getLogger("obsws_python").setLevel(logging.CRITICAL + 1)
        self._events: queue.Queue[Event] = queue.Queue()
        self._requests: Any = None
        self._listener: Any = None
        given = {"host": host, "port": port, "password": password or "", "timeout": timeout}
        try:
            self._requests = obsws_python.ReqClient(**given)
            wanted = Subs.GENERAL | Subs.CONFIG | Subs.OUTPUTS | Subs.SCENES
            self._listener = _listener(self._take, **given, subs=wanted)
        except BaseException as exc:
            self.close()
            _close_half_open(exc)
            if not isinstance(exc, Exception):
                raise
            raise _error(exc) from None

    def _take(self, kind: str, data: dict[str, Any] | None) -> None:
        if kind in _WANTED:
            self._events.put(Event(time.monotonic(), kind, data or {}))

    def next_event(self, timeout: float) -> Event | None:
        """Return the next event; ``None`` when there was none in so many seconds.

        Raises:
            LinkError: the connection is lost.
        """
        with contextlib.suppress(queue.Empty):
            return self._events.get(timeout=timeout)
        if not self._listener.worker.is_alive():
            raise LinkError("lost", "OBS closed the connection")
        return None

    def ask(self, request: str, **data: Any) -> dict[str, Any]:
        """Send a request and return its answer.

        Raises:
            NotReady: OBS is still loading.
            KeyError: OBS does not know it, or refuses it.
            LinkError: the connection is lost; it must be closed.
        """
        from obsws_python.error import OBSSDKRequestError

        try:
            answer = self._requests.send(request, data or None, raw=True)
        except OBSSDKRequestError as exc:
            if exc.code == _NOT_READY:
                raise NotReady from None
            raise KeyError(request) from None
        except Exception as exc:  # noqa: BLE001 - a library's: whatever it is, the connection is of no use
            raise _error(exc) from None
        return answer if isinstance(answer, dict) else {}

    def close(self) -> None:
        """Close it, at once even while OBS hangs; a second call does nothing."""
        for client in (self._requests, self._listener):
            if client is None:
                continue
            # This wakes the event thread; closing the descriptor alone would leave it waiting for ever.
            with contextlib.suppress(Exception):
                client.base_client.ws.sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(Exception):
                client.base_client.ws.shutdown()
        if self._listener is not None:
            self._listener.worker.join(2)
        self._requests = self._listener = None


def _listener(take: Callable[[str, dict[str, Any] | None], None], **given: Any) -> Any:
    """Connect for events; ``take`` is in place before the library's thread reads the first of them."""
    from obsws_python import EventClient

    class Listener(EventClient):  # type: ignore[misc] # the library has no types
        def subscribe(self) -> None:
            self.callback.trigger = take
            super().subscribe()

    return Listener(**given)


def _close_half_open(error: BaseException) -> None:
    """Close the socket of a connection that was refused: the library keeps it to itself."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        half = getattr(frame.f_locals.get("self"), "ws", None)
        if half is not None:
            with contextlib.suppress(Exception):
                half.shutdown()


def _error(error: Exception) -> LinkError:
    """Tell a wrong password from an OBS that is off or hangs. The library's own texts are not passed on."""
    text = str(error)
    name = type(error).__name__
    if isinstance(error, ConnectionRefusedError):
        return LinkError("off", "OBS does not run, or its websocket server is off")
    if name == "OBSSDKError" and ("identify" in text or "password" in text):
        return LinkError("password", "OBS refuses the password")
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return LinkError("hung", "OBS does not answer")
    if isinstance(error, ConnectionError) or "ConnectionClosed" in name:
        return LinkError("lost", "OBS closed the connection")
    return LinkError("other", f"this is not OBS's websocket server ({name})")
