# SPDX-License-Identifier: GPL-3.0-only
"""The watcher: hears of recordings, waits until they are complete, edits them, tells what came of it.

One thread does all of it and is the only one that writes to the ledger; the connection to OBS and the
messages of a running edit come to it through one queue. It runs until it is told to stop, whatever fails in
between.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nemo_lab.errors import ConfigError, NemoError, UsageError
from obs_plugin import sealing
from obs_plugin.aftermath import tell_the_world
from obs_plugin.desk import Desk
from obs_plugin.editing import COMMAND, Told
from obs_plugin.folders import DEFAULT_PORT, Folders, ObsFolder
from obs_plugin.intake import Intake
from obs_plugin.intake import Patience as IntakePatience
from obs_plugin.jobs import RUNNING, Arrival, Job
from obs_plugin.ledger import Ledger, unwritten
from obs_plugin.locks import Lock
from obs_plugin.presets import FILE_NAME, Preset, Presets
from obs_plugin.sealing import SealTest
from obs_plugin.spool import Spool
from obs_plugin.status import StatusFile
from obs_plugin.supervisor import (
    Address,
    FramesCounted,
    LinkChanged,
    LookAround,
    RecordingChanged,
    RecordingEnds,
    Supervisor,
    WorkChanged,
)
from obs_plugin.tidying import delete_edited

_log = logging.getLogger(__name__)
_TROUBLE_PAUSE = 5.0
_DAY = 86_400.0
_FAREWELL = 10.0
"""Seconds that webhooks and commands have when the watcher is stopped; they have all when nothing is left."""


@dataclass(frozen=True)
class Options:
    """How the watcher behaves; the defaults are for people, tests are in more of a hurry. Seconds.

    ``link`` is whether OBS is spoken to; without, the scripts' spool and the logs must do.
    """

    pace: float = 0.5
    look_around_every: float = 300.0
    link: bool = True
    pulse: float = 3.0
    pauses: dict[str, float] = field(default_factory=dict)
    first_wait: float = 5.0
    sealing: sealing.Patience = field(default_factory=sealing.Patience)
    intake: IntakePatience = field(default_factory=IntakePatience)
    command: tuple[str, ...] = COMMAND
    until_idle: bool = False
    """End when nothing is left to do."""


class Watcher:
    """The whole of it.

    Args:
        folders: ours.
        obs: OBS's settings and logs.
        options: pace.

    Raises:
        UsageError: another watcher runs.
        OutputError: our folder cannot be used; :class:`~nemo_lab.errors.DiskFull` may pass.
    """

    def __init__(self, folders: Folders, obs: ObsFolder, options: Options | None = None) -> None:
        self._folders, self._obs, self._options = folders, obs, options or Options()
        self._lock = Lock(folders.lock)
        try:
            free = self._lock.acquire()
        except OSError as exc:
            raise unwritten(folders.lock, exc) from None
        if not free:
            raise UsageError("the watcher runs already", remedy="nemo obs status shows what it does.")
        try:
            self._ledger = Ledger(folders.ledger)
            since = float(self._ledger.fact("since", str(time.time())))
        except BaseException:
            self._lock.release()
            raise
        self._inbox: queue.Queue[Any] = queue.Queue()
        self._intake = Intake(
            self._ledger, Spool(folders.spool), SealTest(self._options.sealing), obs,
            since=since, patience=self._options.intake,
        )  # fmt: skip
        self._desk = Desk(
            self._ledger, folders, self._inbox, self._ended,
            command=self._options.command, first_wait=self._options.first_wait,
        )  # fmt: skip
        self._status = StatusFile(folders.status)
        self._presets = Presets()
        self._presets_seen: object = None
        self._trouble = ""
        self._recording = False
        self._recording_path: Path | None = None
        self._connection = "off"
        self._next_look, self._next_tidy = 0.0, 0.0
        self._supervisor: Supervisor | None = None
        self._telling: list[threading.Thread] = []

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop."""
        if self._options.link:
            self._supervisor = Supervisor(
                self._address, self._inbox, pulse=self._options.pulse, pauses=self._options.pauses,
                replays=lambda: self._presets.watch.replay_buffer,
            )  # fmt: skip
            self._supervisor.start()
        _log.info("watching; OBS's settings are in %s", self._obs.path)
        self._guarded(self._desk.reconcile)
        try:
            while not stop.is_set():
                self._guarded(self._turn)
                if self._options.until_idle and self._idle():
                    return
                self._take(self._inbox_next())
        finally:
            self.close()

    def close(self) -> None:
        """Stop what runs; what was not finished is taken up by the next watcher."""
        if self._supervisor is not None:
            self._supervisor.stop()
        with contextlib.suppress(NemoError):
            self._desk.stop()
        self._status.write([], self._connection, running=False)
        end = time.monotonic() + (_DAY if self._options.until_idle else _FAREWELL)
        for thread in self._telling:
            thread.join(max(0.0, end - time.monotonic()))
        self._ledger.close()
        self._lock.release()

    def _guarded(self, work: Any) -> None:
        """Do something; when the disk is full or broken, say so and go on later."""
        try:
            work()
            self._trouble = ""
        except NemoError as exc:
            self._in_trouble(str(exc))
        except OSError as exc:
            self._in_trouble(f"{exc.filename or 'the disk'}: {exc.strerror}")

    def _in_trouble(self, text: str) -> None:
        if text != self._trouble:
            _log.error("%s", text)
        self._trouble = text
        self._status.write([], self._connection, running=True, trouble=text)
        time.sleep(min(_TROUBLE_PAUSE, self._options.pace * 4))

    def _inbox_next(self) -> Any:
        """Wait for a message, but no longer than until something is to be looked at."""
        try:
            return self._inbox.get(timeout=max(0.02, min(self._options.pace, self._intake.next_look)))
        except queue.Empty:
            return None

    def _take(self, message: Any) -> None:
        """Take this message and all others that are there. None is lost to a disk that is full."""
        while message is not None:
            while True:
                self._guarded(partial(self._hear, message))
                if not self._trouble:
                    break
            try:
                message = self._inbox.get_nowait()
            except queue.Empty:
                return

    def _hear(self, message: Any) -> None:
        if isinstance(message, Told):
            self._desk.hear(message)
        elif isinstance(message, Arrival):
            _log.info("OBS wrote %s", message.path)
            self._intake.arrive(message)
        elif isinstance(message, RecordingEnds):
            self._desk.prepare(ends=not message.streams)
        elif isinstance(message, RecordingChanged):
            self._recording = message.active
            self._recording_path = message.path
        elif isinstance(message, WorkChanged):
            self._desk.make_way(message.active)
        elif isinstance(message, FramesCounted):
            self._desk.count_frames(message.lost, message.total)
        elif isinstance(message, LookAround):
            self._next_look = 0.0
        elif isinstance(message, LinkChanged):
            self._connection = message.text
            self._next_look = 0.0
            _log.info("OBS: %s", message.text)

    def _turn(self) -> None:
        """Do all that is due."""
        self._load_presets()
        self._intake.take_spool()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + self._options.look_around_every
            self._look_around()
        self._intake.settle(self._is_recording_into)
        if self._intake.soon:
            self._desk.prepare()
        self._desk.look_after()
        self._desk.start_next(self._presets, recording=self._recording)
        if time.monotonic() >= self._next_tidy:
            self._next_tidy = time.monotonic() + _DAY / 24
            delete_edited(self._ledger, self._presets)
        self._show()

    def _look_around(self) -> None:
        watch = self._presets.watch
        self._intake.read_logs(replays=watch.replay_buffer)
        if not self._recording:
            self._intake.look_into_folders([Path(folder).expanduser() for folder in watch.folders])

    def _is_recording_into(self, path: Path) -> bool:
        return self._recording and path == self._recording_path

    def _show(self) -> None:
        jobs = self._ledger.jobs("new", "settled", *RUNNING)
        changed = self._status.write(jobs, self._connection, running=True)
        source = self._presets.watch.text_source
        if changed and source and self._supervisor is not None:
            self._supervisor.ask_soon(
                "SetInputSettings", inputName=source, inputSettings={"text": self._status.line}, overlay=True
            )

    def _idle(self) -> bool:
        waiting = self._desk.busy or self._ledger.jobs("new", "settled", *RUNNING)
        return not waiting and self._inbox.empty()

    def _load_presets(self) -> None:
        """Read the presets anew when their file has changed; a broken one leaves the old ones in force."""
        try:
            found = (self._folders.presets / FILE_NAME).stat()
            seen: object = (found.st_mtime_ns, found.st_size)
        except OSError:
            seen = "none"
        if seen == self._presets_seen:
            return
        self._presets_seen = seen
        try:
            self._presets = Presets.load(self._folders.presets)
        except ConfigError as exc:
            if not self._presets.preset:
                raise
            _log.error("%s", exc)

    def _address(self) -> Address:
        """Say where OBS is: as ``obs.toml`` says, else as OBS's own settings do, read anew each time."""
        watch, server = self._presets.watch, self._obs.websocket()
        port = watch.port or (server.port if server else DEFAULT_PORT)
        password = watch.password if watch.password is not None else (server.password if server else None)
        return Address(watch.host, port, password)

    def _ended(self, job: Job) -> None:
        if not self._ledger.announce(job.id):
            return
        preset: Preset | None = None
        with contextlib.suppress(ConfigError):
            preset = self._presets.for_job(job)
        telling = tell_the_world(job, preset, notify=self._presets.watch.notify)
        self._telling = [*(thread for thread in self._telling if thread.is_alive()), telling]
