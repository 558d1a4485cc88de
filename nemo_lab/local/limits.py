"""What one job may take: time, processor, memory.

A file of a few bytes can ask a decoder for gigabytes or for hours. The pictures that it may unpack are
limited where files are opened (:data:`nemo_lab.engine.media.files.MAX_PIXELS`); these limits hold whatever
else is tried. The server enforces the time, and the system the rest, on the worker process.
"""

from __future__ import annotations

import math
import os
import signal
import sys
from dataclasses import dataclass, replace

GIB = 1024**3
MEMORY = 8 * GIB + (os.cpu_count() or 2) * GIB
"""Bytes of address space. Threads reserve far more than they use: 64 MiB for an allocator's arena and 8 MiB
for a stack each, and a codec may start three for a core. On 2 cores, rendering 4K was measured at 1.4 GiB and
1080p at 0.8."""
PROBE_MEMORY = 2 * GIB + (os.cpu_count() or 2) * GIB // 4
"""The same while a file of unknown worth is looked into. On 2 cores, a picture of 64 megapixels
was measured at 0.5 GiB."""
PROBE_SECONDS = 120.0
"""All packets of a recording are read, which a slow disk makes slow."""
PROBE_CPU = 100
"""Seconds of processor. One picture is decoded, and packets are but counted."""


@dataclass(frozen=True)
class Limits:
    """Of one job; ``None`` is without limit."""

    seconds: float | None = None
    cpu: int | None = None
    """Seconds of processor, all threads together."""
    memory: int | None = None
    """Bytes of address space."""


LIMITS = {
    "probe": Limits(PROBE_SECONDS, PROBE_CPU, PROBE_MEMORY),
    "read_timeline": Limits(PROBE_SECONDS, PROBE_CPU, PROBE_MEMORY),
}
"""By the job's name. What a film may take depends on its length: the others have but :data:`MEMORY`."""


def limits_of(job: str, memory: int | None = None) -> Limits:
    """Return the limits of a job.

    Args:
        job: its name.
        memory: the user's own limit in bytes in place of ours; 0 is none.
    """
    found = LIMITS.get(job, Limits(memory=MEMORY))
    return found if memory is None else replace(found, memory=memory or None)


def apply(cpu: int | None, memory: int | None) -> None:
    """Bound this process until the next call; on Windows there is nothing to bound it with."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(used.ru_utime + used.ru_stime)
    _soften(resource.RLIMIT_CPU, None if cpu is None else spent + cpu)
    _soften(resource.RLIMIT_AS, memory)


def _soften(which: int, value: int | None) -> None:
    """Set the soft limit, as far as the hard one goes; it can be raised again."""
    import resource

    hard = resource.getrlimit(which)[1]
    fits = value is not None and (hard == resource.RLIM_INFINITY or value <= hard)
    resource.setrlimit(which, (value if value is not None and fits else hard, hard))


def ending(code: int, limits: Limits) -> str:
    """Say why a worker process ended, by its exit code."""
    if code == -getattr(signal, "SIGXCPU", 0) and limits.cpu is not None:
        return f"it takes more than {limits.cpu} s of the processor to read"
    return f"the worker process ended unexpectedly ({code})"
