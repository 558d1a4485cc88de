# SPDX-License-Identifier: GPL-3.0-only
"""From word of a recording to a recording that is complete and known once.

Word comes from OBS, from the scripts' spool, from OBS's logs and from a look into folders, in any order and
any number of times; the ledger knows each recording once. What is not complete yet is looked at again, ever
less often, until it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nemo_lab.protocol.messages import UPLOAD_FORMATS
from obs_plugin.folders import ObsFolder
from obs_plugin.jobs import Arrival, Job
from obs_plugin.ledger import Ledger
from obs_plugin.obs_logs import recordings
from obs_plugin.sealing import SealTest, Verdict
from obs_plugin.spool import Spool

_log = logging.getLogger(__name__)
SUFFIXES = frozenset({".mkv", ".mp4", ".mov", ".webm", ".avi", ".flv", ".ts", ".m4v"})
"""What OBS records into."""
_REMUXED = (".mp4", ".mov")
"""What OBS's auto-remux makes, beside the recording."""
_FIRST_LOOK, _SLOWEST, _FACTOR = 0.25, 15.0, 1.5
"""Seconds between two looks at a recording that is not complete, and how they grow."""
_SALVAGED = "salvaged: OBS ended before the recording was complete, so it is used as far as it goes"
_LOST = {
    "": "nothing of it can be read: OBS ended before it was complete. Matroska (mkv) survives that",
    "empty": "it is empty: OBS wrote nothing into it (disk full?)",
}


@dataclass(frozen=True)
class Patience:
    """Seconds until a recording that is not there is given up."""

    missing: float = 60.0


class Intake:
    """Takes recordings in.

    Args:
        ledger: where they are kept.
        spool: where scripts drop theirs.
        seal: the test that a recording is complete.
        obs: OBS's settings and logs.
        since: only what was written after this (seconds since 1970) is found by looking.
        patience: how long is waited for what is not there.
    """

    def __init__(
        self, ledger: Ledger, spool: Spool, seal: SealTest, obs: ObsFolder, *, since: float,
        patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self._ledger, self._spool, self._seal, self._obs = ledger, spool, seal, obs
        self._since, self._patience = since, patience or Patience()
        self._again: dict[int, tuple[float, float]] = {}
        self.soon = False
        """Whether a recording is likely to be complete within seconds."""

    def arrive(self, arrival: Arrival) -> int | None:
        """Take word of one recording, and look at it soon."""
        job = self._ledger.arrive(arrival)
        if job is not None:
            self._again.pop(job, None)
        return job

    def take_spool(self) -> int:
        """Take what was dropped; return how much."""
        return self._spool.take(self.arrive)

    def read_logs(self, *, replays: bool) -> None:
        """Find what OBS's logs say it recorded, and saved replays where they are meant too."""
        for logged in recordings(self._obs.path):
            if (replays or not logged.replay) and self._is_new(logged.path):
                self.arrive(Arrival(logged.path, "log", logged.first))

    def look_into_folders(self, folders: Iterable[Path]) -> None:
        """Find recordings that no log names; only while OBS does not record.

        Args:
            folders: the user's, all of whose recordings are meant.
        """
        for folder in folders:
            for path in _files(folder):
                if self._is_new(path) and not _is_twin(path):
                    self.arrive(Arrival(path, "folder"))
        for folder, names in self._obs.recording_folders():
            for path in _files(folder):
                if names.fullmatch(path.stem) and self._is_new(path) and not _is_twin(path):
                    self.arrive(Arrival(path, "folder"))

    def _is_new(self, path: Path) -> bool:
        try:
            str(path).encode()  # a name that is no text cannot be stored, nor does OBS write one
            if path.stat().st_mtime < self._since:
                return False
        except (OSError, ValueError):
            return False
        # What any of our commands made has its record beside it.
        return path.suffix.lower() in SUFFIXES and not path.with_name(f"{path.name}.nemo.json").exists()

    def settle(self, recording: Callable[[Path], bool]) -> None:
        """Look at what is not complete yet, as far as its time has come.

        Args:
            recording: whether OBS is known to be writing to a file.
        """
        now = time.monotonic()
        self.soon = False
        jobs = [job for job in self._ledger.due("new") if self._again.get(job.id, (0.0, 0.0))[0] <= now]
        if not jobs:
            return
        verdicts = self._seal.look({job.path for job in jobs}, recording)
        self.soon = any(verdict.state == "changing" for verdict in verdicts.values())
        for job in jobs:
            if not self._judge(job, verdicts[job.path]):
                delay = min(self._again.get(job.id, (0.0, _FIRST_LOOK / _FACTOR))[1] * _FACTOR, _SLOWEST)
                self._again[job.id] = (now + delay, delay)
            else:
                self._again.pop(job.id, None)

    @property
    def next_look(self) -> float:
        """Seconds until something is to be looked at again; at most the slowest pace."""
        times = [at for at, _ in self._again.values()]
        return min(max(0.0, min(times) - time.monotonic()), _SLOWEST) if times else _SLOWEST

    def _judge(self, job: Job, verdict: Verdict) -> bool:
        """Act on what the seal test says; return whether this is decided."""
        if verdict.state == "missing":
            return self._seek(job)
        if verdict.state == "lost" and verdict.stat is not None:
            self._ledger.end(job.id, "failed", _LOST["" if verdict.stat.st_size else "empty"])
            return True
        if verdict.state in {"sealed", "salvage"} and verdict.stat is not None:
            if job.path.suffix[1:].lower() not in UPLOAD_FORMATS:
                return self._take_remuxed(job)
            note = _SALVAGED if verdict.state == "salvage" else ""
            self._ledger.settle(job, verdict.stat, duration_ms=verdict.duration_ms, note=note)
            return True
        self._ledger.explain(job, "is not complete yet")
        return False

    def _seek(self, job: Job) -> bool:
        """A recording that is not where it was said: another program may have renamed it."""
        for path in _files(job.path.parent, deep=False) if job.file else ():
            found = path.stat()
            if job.file is not None and job.file.startswith(f"{found.st_dev}:{found.st_ino}|"):
                self._ledger.moved(job, path)
                return False
        if time.time() - job.changed > self._patience.missing:
            self._ledger.end(job.id, "skipped", "the recording is not there (any more)")
            return True
        self._ledger.explain(job, "the recording is not there")
        return False

    def _take_remuxed(self, job: Job) -> bool:
        """For a format that cannot be edited, OBS's own remuxed copy does."""
        for suffix in _REMUXED:
            twin = job.path.with_suffix(suffix)
            if twin.is_file():
                self._ledger.moved(job, twin)
                return False
        if time.time() - job.changed > self._patience.missing:
            kind = job.path.suffix[1:]
            self._ledger.end(job.id, "failed", f"{kind} cannot be edited: choose Matroska (mkv) in OBS, "
                             "or switch on its automatic remuxing to mp4")  # fmt: skip
            return True
        return False


def _files(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """Return the recordings in a folder, in order; hidden ones (half-written results) are none."""
    try:
        found = sorted(folder.rglob("*") if deep else folder.iterdir())
    except OSError:
        return
    for path in found:
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file():
            yield path


def _is_twin(path: Path) -> bool:
    """Tell whether a file is the remuxed copy of a recording that can be edited itself.

    The copy of a split part was seen cut short (OBS 29), so the original is taken.
    """
    if path.suffix.lower() not in _REMUXED:
        return False
    siblings = (path.with_suffix(suffix) for suffix in SUFFIXES if suffix != path.suffix.lower())
    return any(other.is_file() for other in siblings if other.suffix[1:] in UPLOAD_FORMATS)
