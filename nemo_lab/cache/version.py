"""Which engine this is: its version, and a digest of its source, for two checkouts of one version differ."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import nemo_lab

_DECIDING = ("engine", "local", "protocol")
"""The rooms that decide how a result comes out."""


@cache
def engine_version() -> str:
    """Return e.g. ``1.0.0+5f3a9c01d2b4``: what a cached result of the engine is good for."""
    home = Path(nemo_lab.__file__).parent
    digest = hashlib.sha256()
    for room in _DECIDING:
        for path in sorted((home / room).rglob("*.py")):
            digest.update(f"{path.relative_to(home).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return f"{nemo_lab.__version__}+{digest.hexdigest()[:12]}"
