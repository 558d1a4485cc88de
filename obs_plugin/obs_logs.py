# SPDX-License-Identifier: GPL-3.0-only
"""What was recorded while nobody watched: OBS's own log files name every recording, also when OBS is off.

The log's text is no interface, so what it does not say (FFmpeg custom output) is found by looking into the
recording folder. Seen in OBS 29, 30 and 32; each line is flushed as it is written and survives a kill.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_LINE = re.compile(
    r"^\d\d:\d\d:\d\d\.\d+: \[[^\]]+\] "
    r"(?P<what>Writing (?:.* )?file|Changing output file to|Wrote replay buffer to) "
    r"'(?P<path>.+)'(?:\.\.\.)?\s*$"
)
_LOGS = 12
"""OBS keeps 10."""


class Logged(NamedTuple):
    """One file that OBS says it wrote."""

    path: Path
    first: Path
    """The first part of the same recording; ``path`` itself unless it was split."""
    replay: bool = False


def recordings(config: Path) -> list[Logged]:
    """Return what the logs in OBS's configuration folder name, oldest first."""
    found: list[Logged] = []
    for log in sorted((config / "logs").glob("*.txt"))[-_LOGS:]:
        try:
            text = log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found += _of_one(text)
    return found


def _of_one(text: str) -> list[Logged]:
    found: list[Logged] = []
    first: Path | None = None
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        path = Path(match["path"])
        if match["what"].startswith("Wrote"):
            found.append(Logged(path, path, replay=True))
            continue
        if match["what"].startswith("Writing") or first is None:
            first = path
        found.append(Logged(path, first))
    return found
