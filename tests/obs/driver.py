"""A watcher in a process of its own, to be killed: ``python -m tests.obs.driver ROOT [COMMAND]``.

``COMMAND`` (JSON) is what edits; without it recordings are only copied.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

from obs_plugin import intake
from obs_plugin.folders import Folders, ObsFolder
from obs_plugin.sealing import Patience
from obs_plugin.watcher import Options, Watcher

COPYING = (sys.executable, "-P", "-m", "tests.obs.copying_child")
QUICK = Options(
    pace=0.05,
    look_around_every=0.5,
    link=False,
    pulse=0.5,
    pauses={"off": 0.2, "password": 0.3, "hung": 0.2, "lost": 0.1, "other": 0.3},
    first_wait=0.2,
    sealing=Patience(quiet=0.1, quiet_unseen=0.2, abandoned=30.0),
    intake=intake.Patience(missing=1.0),
    command=COPYING,
    until_idle=True,
)


def start(root: Path, command: tuple[str, ...] = COPYING) -> list[str]:
    """Return what starts a watcher at a place."""
    return [sys.executable, "-m", "tests.obs.driver", str(root), json.dumps(command)]


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment in which it finds what this process does."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"} | more


def main() -> None:
    """Watch until nothing is left to do."""
    root = Path(sys.argv[1])
    options = replace(QUICK, command=tuple(json.loads(sys.argv[2])))
    Watcher(Folders(root / "home", root / "presets"), ObsFolder(root / "obs"), options).run(threading.Event())


if __name__ == "__main__":
    main()
