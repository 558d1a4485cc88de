"""nest-asyncio, for cells that must call ``asyncio.run(...)``. Nothing of nemo_lab needs it.

A notebook runs a loop of its own, so ``asyncio.run`` is refused in a cell. nest-asyncio patches asyncio to
allow it, for the whole kernel and until it restarts. On ipykernel 7 it was measured to lose messages of
widgets, so it is never switched on by itself, and ``await`` at the top of a cell is better.
"""

from __future__ import annotations

import asyncio
from importlib import metadata

from nemo_lab.errors import MissingExtra, UsageError

_ADVICE = "`await …` at the top of a cell does the same without it."


def nest(wish: str) -> str:
    """Carry out ``%nemo nest on|off|status`` and say what is so now.

    Raises:
        MissingExtra: nest-asyncio is not installed.
        UsageError: it cannot be switched off, or the wish is none of the three.
    """
    if wish == "on":
        return _switch_on()
    if wish == "off" and nested():
        raise UsageError("nest-asyncio stays until the kernel ends", remedy="Restart the kernel.")
    if wish not in {"off", "status"}:
        raise UsageError(f"{wish!r} is not a wish about nesting", remedy="Say on, off or status.")
    return "nest-asyncio is on in this kernel." if nested() else f"nest-asyncio is off. {_ADVICE}"


def nested() -> bool:
    """Return whether ``asyncio.run`` may be called inside a running loop, whoever patched it."""
    return hasattr(asyncio, "_nest_patched")


def _switch_on() -> str:
    try:
        import nest_asyncio
    except ImportError:
        raise MissingExtra("nest-asyncio", "jupyter") from None
    nest_asyncio.apply()
    return f"nest-asyncio is on until the kernel restarts.{_warning()}"


def _warning() -> str:
    try:
        major = int(metadata.version("ipykernel").partition(".")[0])
    except metadata.PackageNotFoundError:
        return ""
    return f" With ipykernel {major}, widgets may lose messages; {_ADVICE}" if major >= 7 else ""
