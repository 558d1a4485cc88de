"""Stands before the process that edits: the first time with the faults of a file, from then on without.

``python -m tests.obs.faulty_child FILE``; the file holds strace's words as JSON and is removed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from obs_plugin.editing import COMMAND


def main() -> None:
    faults, words = Path(sys.argv[1]), [*COMMAND, *sys.argv[2:]]
    if faults.exists():
        words = [*json.loads(faults.read_text()), *words]
        faults.unlink()
    os.execvp(words[0], words)


if __name__ == "__main__":
    main()
