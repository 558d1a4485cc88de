"""What a worker process really opens and connects to, told by strace."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import nemo_lab
from nemo_lab.local.starting import COMMAND
from nemo_lab.local.workers import Workers

STRACE = shutil.which("strace")
_MARK = "from-here-on-every-open-counts"
_PATH = re.compile(r'\b(?:open|openat|openat2|creat|execve|connect)\(.*?"((?:[^"\\]|\\.)*)"')
_PACKAGE = str(Path(nemo_lab.__file__).parent)
_OUR_OWN = (_PACKAGE, sys.prefix, sys.base_prefix, "/proc/", "/sys/", "/usr/lib/", "/lib/", "/dev/null")
"""What Python and the C library read of themselves."""


class Traced:
    """Worker processes whose calls of the system are written down.

    Args:
        log: where to.
        folder: the one in which they may open files.
    """

    def __init__(self, log: Path, folder: Path) -> None:
        self._log, self._folder = log, folder
        trace = "trace=open,openat,openat2,creat,execve,connect,bind,sendto"
        command = (str(STRACE), "-f", "-qq", "-A", "-o", str(log), "-e", trace, *COMMAND)
        self.workers = Workers(command=command)

    def begin(self) -> None:
        """Let what is opened from here on count."""
        with self._log.open("a") as log:
            log.write(f"{_MARK}\n")

    def astray(self) -> tuple[list[str], int]:
        """Return the calls that led elsewhere since :meth:`begin`, and how many there were in all."""
        lines = self._log.read_text(errors="replace").rpartition(_MARK)[2].splitlines()
        calls = [line for line in lines if "(" in line and "resumed" not in line and "+++" not in line]
        return [call for call in calls if self._is_astray(call)], len(calls)

    def _is_astray(self, call: str) -> bool:
        if re.search(r"\b(connect|bind|sendto|execve)\(", call):
            return True
        found = _PATH.search(call)
        path = found.group(1) if found else ""
        return not (path.startswith(_OUR_OWN) or Path(path).is_relative_to(self._folder))
