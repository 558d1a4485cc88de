# SPDX-License-Identifier: GPL-3.0-only
"""The folder into which anybody may drop word of a recording: the scripts inside OBS, other programs.

One JSON file a job, taken in the order of their names, complete from the moment it has its name (written
elsewhere, then renamed)::

    spool/new/<anything>.json   {"v": 1, "path": "/videos/a.mkv", "source": "script",
                                 "preset": "", "instruction": "", "folder": "", "first": "",
                                 "profile": "", "collection": "", "scene": ""}

Only ``path`` is needed. What cannot be understood is moved to ``spool/bad`` with the reason in the log; what
the disk does not give just now stays for later.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from obs_plugin.jobs import Arrival, Wish

_log = logging.getLogger(__name__)
_MOST_BYTES = 256 * 1024


class Spool:
    """The spool folder.

    Args:
        folder: where it is; made when something is dropped or taken.
    """

    def __init__(self, folder: Path) -> None:
        self._new, self._scratch, self._bad = folder / "new", folder / "tmp", folder / "bad"

    def drop(self, arrival: Arrival) -> Path:
        """Leave word of a recording for the watcher, whether it runs now or not.

        Raises:
            OSError: it cannot be written.
        """
        self._make()
        job = {"v": 1, "path": str(arrival.path), "source": arrival.source, "instruction": arrival.wish.say}
        job |= {name: value for name, value in vars(arrival.wish).items() if name != "say" and value}
        if arrival.first is not None:
            job["first"] = str(arrival.first)
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.json"
        scratch = self._scratch / name
        with scratch.open("w", encoding="utf-8") as file:
            json.dump(job, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        return scratch.replace(self._new / name)

    def take(self, arrive: Callable[[Arrival], object]) -> int:
        """Hand over all that was dropped; return how many. Each is removed after it was taken for good.

        Raises:
            OSError: the disk fails; what was not taken lies there still.
        """
        found = sorted(self._new.glob("*.json"))
        for path in found:
            self._take_one(path, arrive)
        return len(found)

    def _take_one(self, path: Path, arrive: Callable[[Arrival], object]) -> None:
        try:
            arrival = _read(path)
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError, ValueError, TypeError) as exc:
            _log.warning("a job that cannot be read was put aside: %s: %s", self._bad / path.name, exc)
            self._bad.mkdir(exist_ok=True)
            path.replace(self._bad / path.name)
            return
        arrive(arrival)
        path.unlink(missing_ok=True)

    def _make(self) -> None:
        for folder in (self._new, self._scratch):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _read(path: Path) -> Arrival:
    """Read one job.

    Raises:
        OSError, ValueError, TypeError: it is none.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("too large for a job")
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise TypeError("not a JSON object")
    if data.get("v", 1) != 1:
        raise ValueError(f"version {data['v']!r} is not known")
    recording = Path(_text(data, "path"))
    if not recording.is_absolute():
        raise ValueError("its path is not absolute")
    first = _text(data, "first")
    wish = Wish(
        preset=_text(data, "preset"),
        say=_text(data, "instruction").strip(),
        folder=_text(data, "folder"),
        profile=_text(data, "profile"),
        collection=_text(data, "collection"),
        scene=_text(data, "scene"),
    )
    return Arrival(recording, _text(data, "source") or "script", Path(first) if first else None, wish)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(f"{name} is not a text")
    value.encode()  # half a surrogate pair can neither name a file nor be stored
    return value
