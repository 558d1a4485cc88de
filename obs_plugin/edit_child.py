# SPDX-License-Identifier: GPL-3.0-only
"""The process that edits one recording: ``python -m obs_plugin.edit_child``, started by the watcher.

It reads one job as a line of JSON from stdin and writes lines of JSON to stdout: ``{"stage", "fraction"}``
any number of times, then ``{"saved": …}`` or ``{"error": …}``. When stdin ends the watcher is dead, and this
process ends at once. It holds the lock on editing as long as it edits, so that the next watcher's first edit
waits for it. Started with ``--ahead`` it loads what an edit needs, and starts the local backend, before it
reads: while a recording settles there is time for that.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.errors import NemoError
from obs_plugin.editing import AHEAD
from obs_plugin.fitting import fitted
from obs_plugin.locks import Lock

if TYPE_CHECKING:
    from nemo_lab.client import Client
    from nemo_lab.recipes import Recipe, RunRecord

_NICE = 5
"""Below OBS, which must not lose a frame over us; what renders goes down further by itself."""
_STAGES = {"upload": "uploading", "export": "rendering"}
_LOCK_SECONDS = 60.0


def main() -> None:
    """Edit one recording and say what came of it."""
    _step_back()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for a message
    client = _prepared() if AHEAD in sys.argv else None
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(0)
    job: dict[str, Any] = json.loads(line)
    threading.Thread(target=_end_with_the_watcher, daemon=True).start()

    def tell(**message: Any) -> None:
        out.write(json.dumps(message, ensure_ascii=False) + "\n")

    try:
        with _alone(Path(job["lock"])):
            tell(saved=edit(job, tell, client))
    except NemoError as exc:
        tell(
            error={"type": type(exc).__name__, "text": " ".join(str(exc).split()), "retryable": exc.retryable}
        )
    except Exception as exc:  # noqa: BLE001 - the border: the watcher must hear of every fault
        tell(error={"type": type(exc).__name__, "text": f"{type(exc).__name__}: {exc}", "retryable": False})
    out.flush()
    if client is not None:
        client.close()
    os._exit(0)


def _prepared() -> Client | None:
    """Load all that an edit needs; return a connection to the local backend where that is the usual one."""
    from nemo_lab.client import connect
    from nemo_lab.config import load_settings

    importlib.import_module("nemo_lab.recipes.runner")
    try:
        return connect("local", eager=True) if load_settings().chosen_backend == "local" else None
    except NemoError:
        return None  # the edit itself will say what is wrong


def edit(job: dict[str, Any], tell: Any, client: Client | None = None) -> dict[str, Any]:
    """Carry a job out; return what is worth keeping of the record.

    Args:
        job: as :meth:`obs_plugin.editing.Task.line` writes it.
        tell: told the stages.
        client: a connection to the local backend that is there already.

    Raises:
        NemoError: as for :func:`nemo_lab.recipes.run`.
    """
    from nemo_lab.config import load_settings
    from nemo_lab.protocol.events import Event, Progress
    from nemo_lab.recipes import run

    output, recipe = Path(job["output"]), _recipe(job)
    output.parent.mkdir(parents=True, exist_ok=True)
    settings = load_settings(backend=recipe.backend)
    local = settings.chosen_backend == "local"

    tell(here=True)

    def report(event: Event) -> None:
        if isinstance(event, Progress):
            tell(stage=_STAGES.get(event.stage, "editing"), fraction=event.fraction or 0.0)

    def report_fitting(fraction: float) -> None:
        tell(stage="uploading", fraction=fraction)

    inputs = [Path(name) for name in job["inputs"]]
    small = nullcontext((inputs, list[str]())) if local else fitted(
        inputs, settings.upload_limit, job["over_limit"], client=client, report=report_fitting,
        folder=Path(job["lock"]).with_name("fitted"),
    )  # fmt: skip
    with small as (files, notes):
        tell(here=local)  # from here on it may be the cloud that works
        record = run(recipe, files, output=output, on_event=report, project=job["project"],
                     client=client if local else None)  # fmt: skip
    return _kept(record, notes)


def _kept(record: RunRecord, notes: list[str]) -> dict[str, Any]:
    """Return what the watcher keeps of a record."""
    replies = [said.reply for said in record.said if said.reply]
    return {
        "output": str(record.path),
        "before_ms": record.before_ms,
        "after_ms": record.after_ms,
        "backend": record.backend,
        "notes": [*notes, *record.notes, *(note for said in record.said for note in said.notes)],
        "reply": replies[-1] if replies else "",
    }


def _recipe(job: dict[str, Any]) -> Recipe:
    """Return what is to be said and exported.

    Raises:
        RecipeError: the recipe cannot be read.
    """
    from nemo_lab.recipes import Recipe

    if job["recipe"]:
        recipe = Recipe.load(job["recipe"])
    else:
        recipe = Recipe().changed(steps=(job["say"].replace("{", "{{").replace("}", "}}"),))
    return recipe.changed(backend=job["backend"]) if job["backend"] else recipe


def _step_back() -> None:
    if hasattr(os, "nice"):
        os.nice(_NICE)


def _end_with_the_watcher() -> None:
    # A read of the descriptor itself: the buffered reader would hold a lock that the end of Python waits for.
    while os.read(0, 65536):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)  # what was to keep still would never hear of it
    os._exit(1)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = Lock(path)
    if not lock.acquire(_LOCK_SECONDS):
        raise BlockingIOError("another edit still runs")
    with lock:
        yield


if __name__ == "__main__":
    main()
