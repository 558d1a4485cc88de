"""Memory that pictures leave behind."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_MMAP_THRESHOLD = -3
"""Number of the parameter in glibc's ``malloc.h``."""
_LARGE = 1 << 20
"""Bytes from which on a block is the system's again as soon as it is freed; a picture is larger."""


@cache
def give_back_large_blocks() -> None:
    """Let the C library give large blocks back to the system as soon as they are freed.

    By itself glibc begins to keep them (up to 32 MB each) once the first one was freed; packets then come to
    lie between them, and with every encoder that ends more memory is held that nobody uses. It takes a little
    more of the system's time, and does nothing with other C libraries.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
