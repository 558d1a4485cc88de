# SPDX-License-Identifier: GPL-3.0-only
"""The desk where recordings are edited, one at a time; it decides what failed, what waits, what is over.

A network that is down and a disk that is full are no failures: the job waits and is taken up again.
Everything is written into the ledger before it is done, and the name of a result before the result, so that
after a kill it is clear what was made: a file has its name only when it is whole.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nemo_lab.errors import NemoError, OutputError
from obs_plugin.courtesy import Courtesy
from obs_plugin.editing import COMMAND, Edit, Task, Told
from obs_plugin.folders import Folders
from obs_plugin.jobs import RUNNING, Job, key_of
from obs_plugin.ledger import Ledger
from obs_plugin.presets import DEFAULT_WISH, Preset, Presets, output_folder, output_name
from obs_plugin.wishes import suffix_of, told_of, works_here

_log = logging.getLogger(__name__)
_WAITS = {
    "ConnectFailed": "waits for the network",
    "Disconnected": "waits for the network",
    "StreamTimeout": "waits for the backend",
    "BackendUnavailable": "waits for the backend",
    "RateLimited": "waits: too many requests",
    "DiskFull": "waits for space on the disk",
}
"""Errors that pass by themselves: the job is never given up over them."""
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 600.0
_ATTEMPTS = 3
_NAMING = "nemo_lab.recipes.conversation"
_SILENCE = 1800.0
"""Seconds without a word from an edit until it is taken for stuck: twice the longest wait of the client."""
_READY_SECONDS = 60.0
"""How long a process that was started ahead of its job is kept when none comes."""
_LONGEST_HOLD = 60.0
"""Seconds that an edit keeps still for OBS; then it ends and begins anew, before its own limits run out."""
_GOODBYE = 30.0
"""Seconds that an edit may take to end when it has said what came of it."""
_JOIN_GRACE = 3.0
"""Seconds after which no more parts of a recording are expected."""


class Desk:
    """Edits what is settled.

    Args:
        ledger: the queue.
        folders: ours.
        told: where the edits' messages go; give them to :meth:`hear`.
        ended: called with each job that is saved or failed.
        command: what edits; tests give another.
        first_wait: seconds until the first new try.
    """

    def __init__(
        self, ledger: Ledger, folders: Folders, told: queue.Queue[Any], ended: Callable[[Job], None], *,
        command: tuple[str, ...] = COMMAND, first_wait: float = _FIRST_WAIT,
    ) -> None:  # fmt: skip
        self._ledger, self._folders, self._told, self._ended = ledger, folders, told, ended
        self._command, self._first_wait = command, first_wait
        self._edit: Edit | None = None
        self._ready: Edit | None = None
        self._room = False
        self._courtesy = Courtesy()
        self._works_here = False
        self._held_since: float | None = None
        self._outcome: dict[str, Any] = {}
        self._heard = 0.0
        self._noted = ("", 0.0, 0.0)
        self._waits: dict[int, int] = {}
        self._owner = f"{os.getpid()}"

    @property
    def busy(self) -> bool:
        """Whether an edit runs."""
        return self._edit is not None

    def reconcile(self) -> None:
        """Find out what became of the jobs that were on their way when the last watcher ended."""
        for job in self._ledger.reconcile():
            if job.output is not None and job.output.exists():
                self._saved(job, "finished while the watcher was down")
            else:
                self._ledger.wait(job.id, "the watcher was interrupted", 0.0, spent=False)

    def prepare(self, *, ends: bool = False) -> None:
        """A recording is about to be complete: have a process ready that edits it.

        Args:
            ends: OBS was told to stop, and nothing is recorded or streamed any more.
        """
        if self._edit is not None or self._ready is not None or (self._courtesy.held and not ends):
            return
        with contextlib.suppress(OSError):  # it is tried again when there is a job
            self._ready = Edit(ahead=True, command=self._command)
            self._ready.leave_room(self._room and not ends)
        # It names the result; loading it takes up to half a second, in which messages must be heard.
        threading.Thread(target=importlib.import_module, args=(_NAMING,), daemon=True).start()

    def make_way(self, works: bool) -> None:
        """Step aside for OBS, which records or streams now, or come back: it does no longer."""
        self._room = works
        self._courtesy.work(works)
        for process in filter(None, (self._edit, self._ready)):
            process.leave_room(works)
        self._hold()

    def count_frames(self, lost: int, total: int) -> None:
        """Let an edit keep still or go on, by OBS's own count of the frames that it lost."""
        self._courtesy.count(lost, total)
        self._hold()

    def _hold(self) -> None:
        """Let what works on this machine keep still while OBS has nothing to spare; the cloud may work on."""
        if self._edit is None:
            return
        held = self._works_here and self._courtesy.held
        if held or self._held_since is not None:
            self._edit.hold(held)
        if held:
            self._heard = time.monotonic()
        if held != (self._held_since is not None):
            self._held_since = self._heard if held else None
            job = self._ledger.job(self._edit.job_id)
            if job.state in RUNNING:
                self._ledger.explain(job, self._courtesy.why if held else "")

    def _process(self) -> Edit:
        """Return a process that waits for a job.

        Raises:
            OSError: none can be started.
        """
        if self._ready is not None and self._ready.lives:
            ready, self._ready = self._ready, None
            return ready
        self._dismiss()
        return Edit(command=self._command)

    def _dismiss(self) -> None:
        """End the process that waits for a job, if there is one."""
        if self._ready is not None:
            self._ready.stop()
            self._ready = None

    def start_next(self, presets: Presets, *, recording: bool) -> None:
        """Start the oldest edit that may start, if none runs.

        While OBS records or streams and has nothing to spare, none starts that would work on this machine,
        and the job says so: a late edit is better than a stuttering recording, however long that is.

        Args:
            presets: what is to be done with which recording.
            recording: whether OBS records now.
        """
        if self._edit is not None:
            return
        for job in self._ledger.due("settled"):
            try:
                if self._must_wait(job, presets) or self._start(job, presets, recording=recording):
                    return
            except NemoError as exc:
                if isinstance(exc, OutputError) and exc.path == self._ledger.path:
                    raise  # not the job's fault: it waits until the disk can be written again
                # a preset or recipe that cannot be used
                self._fail(job.id, " ".join(str(exc).split()))

    def _must_wait(self, job: Job, presets: Presets) -> bool:
        preset = presets.for_job(job) if self._courtesy.held else None
        if preset is None or not works_here(job, preset, presets):
            return False
        if job.reason != self._courtesy.why:
            self._ledger.wait(job.id, self._courtesy.why, 0.0, spent=False)
        return True

    def _start(self, job: Job, presets: Presets, *, recording: bool) -> bool:
        preset = presets.for_job(job)
        if preset is None:
            self._ledger.end(job.id, "skipped", "no preset is for it")
            return False
        parts = self._parts(job, preset, recording=recording)
        if parts is None:
            return False
        output = job.output or self._free_output(job, preset, presets)
        if job.output is not None and output.exists():  # made by an attempt that could not say so any more
            self._saved(job, "")
            return False
        if not self._ledger.begin(job, output, preset=preset.name, owner=self._owner, joined=parts[1:]):
            return False
        task = Task(
            inputs=tuple(part.path for part in parts),
            output=output,
            project=f"obs-{job.id}-{job.path.stem}-{int(job.arrived)}",
            lock=self._folders.work_lock,
            recipe=None if job.wish.say else presets.recipe_of(preset),
            say=job.wish.say or preset.say or DEFAULT_WISH,
            backend=preset.backend,
            over_limit=preset.over_limit,
        )
        self._outcome, self._heard, self._noted = {}, time.monotonic(), ("", 0.0, 0.0)
        self._works_here, self._held_since = False, None
        try:
            self._edit = self._process()
        except OSError as exc:
            self._ledger.wait(
                job.id, f"the edit cannot be started: {exc.strerror}", self._pause(job.id), spent=False
            )
            return False
        self._edit.begin(job.id, task, self._told)
        self._edit.leave_room(self._room)
        _log.info("job %d: editing %s into %s", job.id, job.path, output)
        return True

    def _parts(self, job: Job, preset: Preset, *, recording: bool) -> list[Job] | None:
        """Return what is to be edited together, this job first; ``None`` when that is not yet known."""
        if not preset.join_splits:
            return [job]
        parts = [p for p in self._ledger.parts(job.first) if p.state != "failed"]
        joined = f"joined into job {job.id}"
        mine = [p for p in parts if p.state in {"new", "settled"} or p.reason == joined]
        mine.sort(key=_place_in_recording)
        if mine[0].id != job.id or recording or any(p.state == "new" for p in mine):
            return None
        # A clock that was set back must not hold them for days.
        if 0 <= time.time() - max(p.changed for p in mine) < _JOIN_GRACE:
            return None
        return mine

    def _free_output(self, job: Job, preset: Preset, presets: Presets) -> Path:
        """Return a name for the result that nothing has yet.

        Raises:
            RecipeError: the recipe cannot be read.
        """
        folder, stem = output_folder(preset, job), output_name(preset, job)
        suffix = suffix_of(job, preset, presets)
        path, number = folder / f"{stem}{suffix}", 2
        while path.exists() or self._ledger.is_ours(path):
            path = folder / f"{stem}-{number}{suffix}"
            number += 1
        return path

    def hear(self, told: Told) -> None:
        """Take a message of the running edit."""
        if self._edit is None or told.job_id != self._edit.job_id:
            return
        self._heard = time.monotonic()
        message = told.message
        if "here" in message:
            self._works_here = bool(message["here"])
            self._hold()
        elif "stage" in message and message["stage"] in RUNNING:
            self._note_progress(told.job_id, message["stage"], float(message.get("fraction") or 0.0))
        elif "ended" in message:
            self._decide(told.job_id, self._outcome, int(message["ended"]))
            self._edit = None
        else:
            self._outcome = message
            if "saved" in message:  # the file is there; the process may take its time to end
                self._saved(self._ledger.job(told.job_id), told_of(message["saved"]))

    def _note_progress(self, job_id: int, stage: Any, fraction: float) -> None:
        """Write progress down, not more often than somebody can read it."""
        now = time.monotonic()
        if stage != self._noted[0] or (fraction != self._noted[1] and now - self._noted[2] > 0.5):
            self._noted = (stage, fraction, now)
            self._ledger.progress(job_id, stage, fraction)

    def look_after(self) -> None:
        """Stop an edit that the user skipped or that was silent for too long, and one that got no job."""
        if self._ready is not None and time.monotonic() - self._ready.started > _READY_SECONDS:
            self._dismiss()
        if self._edit is None:
            return
        self._hold()  # what it has started since, too
        if self._held_since is not None and time.monotonic() - self._held_since > _LONGEST_HOLD:
            self._outcome = {"error": {"type": "GaveWay", "text": self._courtesy.why}}
            self._edit.stop()
            return
        job = self._ledger.job(self._edit.job_id)
        ending = "saved" in self._outcome or "error" in self._outcome
        stuck = time.monotonic() - self._heard > (_GOODBYE if ending else _SILENCE)
        if (ending or job.state in RUNNING) and not stuck:
            return
        if stuck and not ending:
            self._outcome = {"error": {"type": "Stuck", "text": "nothing was heard of it for half an hour"}}
        self._edit.stop()

    def stop(self) -> None:
        """End the running edit; it is taken up again by the next watcher."""
        self._dismiss()
        if self._edit is not None:
            self._edit.stop()
            self._ledger.wait(self._edit.job_id, "the watcher was stopped", 0.0, spent=False)
            self._edit = None

    def _decide(self, job_id: int, outcome: dict[str, Any], code: int) -> None:
        job = self._ledger.job(job_id)
        if job.state == "saved":
            return
        if "saved" in outcome or (job.output is not None and job.output.exists()):
            self._saved(job, told_of(outcome.get("saved") or {}))
            return
        error = outcome.get("error") or {"type": "Crash", "text": f"the edit crashed (exit code {code})"}
        kind, text = str(error.get("type")), str(error.get("text"))
        _log.warning("job %d: %s: %s", job_id, kind, text)
        if kind == "GaveWay":
            self._ledger.wait(job_id, self._courtesy.why, 0.0, spent=False)
        elif kind in _WAITS:
            self._ledger.wait(job_id, f"{_WAITS[kind]}: {text}", self._pause(job_id), spent=False)
        elif (kind in {"Crash", "BlockingIOError"} or error.get("retryable")) and job.attempts < _ATTEMPTS:
            self._ledger.wait(job_id, text, self._pause(job_id))
        else:
            self._fail(job_id, text)

    def _saved(self, job: Job, note: str) -> None:
        try:
            changed = job.key is not None and key_of(job.path, job.path.stat()) != job.key
        except OSError:
            changed = False
        if changed:
            note = "; ".join(filter(None, (note, "the recording was changed while it was edited")))
        self._waits.pop(job.id, None)
        self._ledger.end(job.id, "saved", note=note)
        _log.info("job %d: saved %s", job.id, job.output)
        self._ended(self._ledger.job(job.id))

    def _fail(self, job_id: int, reason: str) -> None:
        self._ledger.end(job_id, "failed", reason)
        self._ended(self._ledger.job(job_id))

    def _pause(self, job_id: int) -> float:
        """Return how long to wait: twice as long each time."""
        self._waits[job_id] = self._waits.get(job_id, 0) + 1
        return min(self._first_wait * 2.0 ** (self._waits[job_id] - 1), _LONGEST_WAIT)


def _place_in_recording(part: Job) -> tuple[bool, int]:
    """Return what puts the parts of a recording in order: the first, then by when they were finished."""
    return part.path != part.first, int(part.file.rpartition("|")[2]) if part.file else 0
