# SPDX-License-Identifier: GPL-3.0-only
"""Keeps a connection to OBS, for ever: connects, listens, notices a hung OBS, and connects again.

It runs on a thread of its own and only puts messages into a queue. What it tells is no more than a hint: a
"stopped" may come before the file is complete and may name the wrong part, so every file is looked at.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nemo_lab.errors import MissingExtra
from obs_plugin.jobs import Arrival, Wish
from obs_plugin.link import Event, Link, LinkError, NotReady

_log = logging.getLogger(__name__)
LinkState = Literal["off", "password", "hung", "lost", "other", "missing", "up"]
_PAUSES = {"off": 2.0, "password": 10.0, "hung": 3.0, "lost": 1.0, "other": 5.0}
"""Seconds until the next try, by what went wrong."""
_READY_PAUSE = 0.25
_COUNT_EVERY = 1.0
"""Seconds between two counts of OBS's frames while it records or streams; a count costs OBS some 0.1 ms."""


@dataclass(frozen=True)
class Address:
    """Where OBS's websocket server is; asked for anew at each try, since users change it."""

    host: str
    port: int
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LinkChanged:
    """The connection is in another state."""

    state: LinkState
    text: str


@dataclass(frozen=True)
class RecordingChanged:
    """OBS began or ended to record; ``path`` where it says so."""

    active: bool
    path: Path | None = None


@dataclass(frozen=True)
class RecordingEnds:
    """OBS was told to stop, and completes the file; ``streams`` is whether it goes on to stream."""

    streams: bool = False


@dataclass(frozen=True)
class WorkChanged:
    """OBS began or ended to do what must not stutter: it records, or streams, or both."""

    active: bool


@dataclass(frozen=True)
class FramesCounted:
    """OBS's own count since it was started: ``lost`` were not drawn or not encoded in time, of ``total``."""

    lost: int
    total: int


@dataclass(frozen=True)
class LookAround:
    """It is a good time to look for recordings that nobody spoke of: OBS does not record."""


Message = LinkChanged | RecordingChanged | RecordingEnds | WorkChanged | FramesCounted | LookAround | Arrival


class Supervisor(threading.Thread):
    """The thread.

    Args:
        address: says where OBS is.
        tell: where its messages go.
        pulse: seconds between two signs of life that are asked for.
        pauses: seconds between two tries, by what went wrong; tests give shorter ones.
    """

    def __init__(
        self, address: Callable[[], Address], tell: queue.Queue[Any], *, pulse: float = 3.0,
        replays: Callable[[], bool] = lambda: False, pauses: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name="obs-link", daemon=True)
        self._address, self._tell, self._pulse = address, tell, pulse
        self._replays, self._pauses = replays, _PAUSES | (pauses or {})
        self._halt = threading.Event()
        self._state: LinkState | None = None
        self._asked: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue(maxsize=20)
        self._parts: list[Path] = []
        self._wish = Wish()
        self._works: set[str] = set()

    def stop(self) -> None:
        """Ask it to end; it does within a second or so."""
        self._halt.set()

    def ask_soon(self, request: str, **data: Any) -> None:
        """Send a request to OBS when there is a connection; it is dropped when there is none."""
        if self._state == "up":
            with contextlib.suppress(queue.Full):
                self._asked.put_nowait((request, data))

    def run(self) -> None:
        """Connect and listen until told to stop."""
        while not self._halt.is_set():
            try:
                self._once()
            except LinkError as exc:
                self._change(exc.kind, str(exc))
                self._halt.wait(self._pauses.get(exc.kind, _PAUSES["other"]))
            except MissingExtra as exc:
                self._change("missing", str(exc))
                return
            except Exception as exc:  # noqa: BLE001 - the thread must live, whatever OBS sends
                _log.exception("unexpected from OBS")
                self._change("other", f"unexpected: {type(exc).__name__}")
                self._halt.wait(_PAUSES["other"])

    def _once(self) -> None:
        where = self._address()
        link = Link(where.host, where.port, where.password)
        try:
            self._greet(link)
            self._listen(link)
        finally:
            link.close()
            if self._state == "up":
                self._recording(active=False)
                self._work("stream", active=False)

    def _change(self, kind: str, text: str) -> None:
        if kind != self._state:
            state: Any = kind
            self._state = state
            self._tell.put(LinkChanged(state, text))

    def _greet(self, link: Link) -> None:
        """Wait until OBS is ready, and find out what goes on."""
        while True:
            try:
                version = link.ask("GetVersion")
                status = link.ask("GetRecordStatus")
                break
            except NotReady:
                if self._halt.wait(_READY_PAUSE):
                    raise LinkError("lost", "told to stop") from None
        self._change("up", f"OBS {version.get('obsVersion', '?')}")
        self._learn(link)
        self._parts = []
        self._work("stream", active=bool(_asked_for(link, "GetStreamStatus").get("outputActive")))
        if status.get("outputActive"):
            self._recording(active=True)
        else:
            self._tell.put(LookAround())

    def _learn(self, link: Link) -> None:
        """Find out profile, scene collection and scene: presets are chosen by them."""
        profile = _asked_for(link, "GetProfileList").get("currentProfileName", "")
        collection = _asked_for(link, "GetSceneCollectionList").get("currentSceneCollectionName", "")
        scene = _asked_for(link, "GetCurrentProgramScene").get("currentProgramSceneName", "")
        self._wish = Wish(profile=str(profile), collection=str(collection), scene=str(scene))

    def _listen(self, link: Link) -> None:
        last = 0.0
        while not self._halt.is_set():
            event = link.next_event(0.5)
            if event is not None:
                self._hear(link, event)
            while not self._asked.empty():
                request, data = self._asked.get_nowait()
                with contextlib.suppress(KeyError, NotReady):
                    link.ask(request, **data)
            pulse = min(self._pulse, _COUNT_EVERY) if self._works else self._pulse
            if time.monotonic() - last > pulse:
                self._tell.put(_frames(_asked_for(link, "GetStats")))
                last = time.monotonic()

    def _hear(self, link: Link, event: Event) -> None:
        if event.kind == "RecordStateChanged":
            self._record_state(event.data)
        elif event.kind == "StreamStateChanged":
            self._work("stream", active=bool(event.data.get("outputActive")))
        elif event.kind == "RecordFileChanged" and event.data.get("newOutputPath"):
            self._tell_of_part()
            self._parts.append(Path(event.data["newOutputPath"]))
            self._tell_of_part()  # so that parts to be joined wait for this one
        elif event.kind == "ReplayBufferSaved" and self._replays() and event.data.get("savedReplayPath"):
            self._tell.put(Arrival(Path(event.data["savedReplayPath"]), "obs", wish=self._wish))
        elif event.kind.startswith("Current"):
            self._learn(link)

    def _record_state(self, data: dict[str, Any]) -> None:
        state, path = str(data.get("outputState", "")), data.get("outputPath")
        if state.endswith("_STARTED"):
            self._parts = [Path(path)] if path else []
            self._recording(active=True, path=self._parts[0] if path else None)
        elif state.endswith("_STOPPING"):
            self._tell.put(RecordingEnds(streams="stream" in self._works))
        elif state.endswith("_STOPPED"):
            # The event names the first part of a split recording, which was told of before.
            if len(self._parts) < 2 and path:
                self._parts = [Path(path)]
            self._tell_of_part()
            self._parts = []
            self._recording(active=False)
            self._tell.put(LookAround())

    def _recording(self, *, active: bool, path: Path | None = None) -> None:
        self._tell.put(RecordingChanged(active, path))
        self._work("record", active=active)

    def _work(self, what: str, *, active: bool) -> None:
        before = bool(self._works)
        self._works = self._works | {what} if active else self._works - {what}
        if bool(self._works) != before:
            self._tell.put(WorkChanged(not before))

    def _tell_of_part(self) -> None:
        if self._parts:
            self._tell.put(Arrival(self._parts[-1], "obs", self._parts[0], self._wish))


def _frames(stats: dict[str, Any]) -> FramesCounted:
    """Read the answer to GetStats; frames that are not counted at all are none lost."""
    lost = int(stats.get("renderSkippedFrames", 0)) + int(stats.get("outputSkippedFrames", 0))
    return FramesCounted(lost, int(stats.get("renderTotalFrames", 0)))


def _asked_for(link: Link, request: str) -> dict[str, Any]:
    try:
        return link.ask(request)
    except (KeyError, NotReady):
        return {}
