"""A child process that does the heavy work: probing, analysing, rendering.

It reads one job a line from stdin (JSON) and writes lines to stdout: ``{"progress": 0.4}`` any number of
times, then ``{"result": …}`` or ``{"error": {"type", "message", "remedy"}}``, with ``"spent": true`` when it
should do no other job. A job's ``limits`` (processor, memory) hold until the next one. When stdin ends, its
parent is gone and so is it, whatever it was doing. It is not `multiprocessing`, which would import the user's
script.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, get_args

from nemo_lab.errors import NemoError
from nemo_lab.local import limits

if TYPE_CHECKING:
    from pydantic import BaseModel

Report = Callable[[float], None]
_PROGRESS_EVERY = 0.1
"""Seconds between two progress lines, at least."""
_LISTENS, _RENDERS = "nemo_lab.engine.analysis.levels", "nemo_lab.engine.render.run"
_COMES_AFTER = {"start": (_LISTENS, _RENDERS), "probe": (_LISTENS, _RENDERS), "analyse": (_RENDERS,)}
"""What is needed after a job, and after the start."""
_MORE = "NEMO_WORKER_MEMORY sets how many bytes a worker process may take (0: no limit)."


def main() -> None:
    """Do jobs until stdin ends."""
    out = _claim_stdout()
    _be_modest()
    jobs: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(jobs,), daemon=True).start()
    import nemo_lab.engine.media.probing  # noqa: F401 - every job needs it, and the first may take its time

    _expect("start", jobs)
    while True:
        job = json.loads(jobs.get())
        _write(out, _answer(job, _reporter(out)))
        _expect(job["job"], jobs)


def _expect(after: str, jobs: queue.Queue[str]) -> None:
    """Load what is likely to be needed next, while there is nothing to do."""
    for part in _COMES_AFTER.get(after, ()):
        if jobs.empty():
            _answer({"job": "warm", "part": part}, lambda _: None)


def _claim_stdout() -> TextIO:
    """Keep the real stdout for us: what a library prints must not break the protocol."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return out


def _be_modest() -> None:
    """Leave Ctrl-C to the parent and the processor to those who wait in front of the screen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(10)
    if sys.platform != "win32":
        import resource

        # A crash over a hostile file must not write gigabytes of core.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(jobs: queue.Queue[str]) -> None:
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)


def _write(out: TextIO, message: dict[str, Any]) -> None:
    try:
        out.write(json.dumps(message) + "\n")
        out.flush()
    except BrokenPipeError:
        os._exit(0)


def _reporter(out: TextIO) -> Report:
    """Return a function that sends progress (0 to 1) on, not too often."""
    last = [-_PROGRESS_EVERY]

    def report(fraction: float) -> None:
        now = time.monotonic()
        if now - last[0] >= _PROGRESS_EVERY:
            last[0] = now
            _write(out, {"progress": min(max(float(fraction), 0.0), 1.0)})

    return report


def _answer(job: dict[str, Any], report: Report) -> dict[str, Any]:
    try:
        limits.apply(**job.get("limits", {"cpu": None, "memory": None}))
        return {"result": JOBS[job["job"]](job, report)}
    except NemoError as exc:
        return _failure(type(exc).__name__, exc.message, exc.remedy)
    except MemoryError:
        return _failure("NemoError", "it needs too much memory", _MORE) | {"spent": True}
    except Exception as exc:  # noqa: BLE001 - the border: the parent must hear of every fault
        return _failure("NemoError", f"{type(exc).__name__}: {exc}") | {"spent": True}


def _failure(kind: str, message: str, remedy: str = "") -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, "remedy": remedy}}


def _warm(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Load ahead of time what an edit needs, or one part of it."""
    for part in (job["part"],) if "part" in job else _COMES_AFTER["start"]:
        importlib.import_module(part)
    return {}


def _probe(job: dict[str, Any], report: Report) -> dict[str, Any]:
    from nemo_lab.engine.media import probe

    return probe(Path(job["path"])).model_dump(mode="json")


def _analyse(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Analyse a file into ``target``, which appears whole or not at all."""
    from nemo_lab.engine.analysis import analyse
    from nemo_lab.engine.media import MediaInfo

    info = MediaInfo.model_validate(job["info"])
    _keep(analyse(Path(job["path"]), info, progress=report), Path(job["target"]))
    return {}


def _strip(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Look through a file into ``target``."""
    from nemo_lab.engine.media import MediaInfo
    from nemo_lab.engine.strip import strip

    info = MediaInfo.model_validate(job["info"])
    _keep(strip(Path(job["path"]), info, most=job["most"], progress=report), Path(job["target"]))
    return {}


def _transcribe(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write down what is said in a file, into ``target``."""
    from nemo_lab.engine.analysis import Analysis
    from nemo_lab.engine.media import MediaInfo
    from nemo_lab.engine.words import WhisperModel, transcribe

    model = job["model"] | {"path": job["model"]["path"] and Path(job["model"]["path"])}
    found = transcribe(
        Path(job["path"]),
        MediaInfo.model_validate(job["info"]),
        Analysis.model_validate_json(Path(job["analysis"]).read_bytes()),
        model=WhisperModel(**model),
        language=job["language"],
        progress=report,
    )
    _keep(found, Path(job["target"]))
    return {}


def _keep(found: BaseModel, target: Path) -> None:
    """Write what was found; the file appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    part.write_text(found.model_dump_json(), encoding="utf-8")
    part.replace(target)


def _render(job: dict[str, Any], report: Report) -> dict[str, Any]:
    from nemo_lab.engine.render import render
    from nemo_lab.protocol.draft import Draft
    from nemo_lab.protocol.plan import Export, TimelineFormat

    sources = {asset: Path(path) for asset, path in job["sources"].items()}
    settings = Export.model_validate(job["settings"])
    draft = Draft.from_wire(job["draft"])
    if settings.format in get_args(TimelineFormat):
        from nemo_lab.engine.interchange import write_timeline

        return write_timeline(draft, sources, Path(job["target"]), settings).model_dump(mode="json")
    shared = Path(job["shared"]) if job.get("shared") else None
    made = render(draft, sources, Path(job["target"]), settings, progress=report, shared=shared)
    return made.model_dump(mode="json")


def _help(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Help with a film that another machine leads, until it is over."""
    from nemo_lab.engine.render.spans.helping import help_with

    return {"frames": help_with(Path(job["folder"]), job["threads"])}


def _read_timeline(job: dict[str, Any], report: Report) -> dict[str, Any]:
    """Read a timeline of another editor; its files are named as written there, with where they are."""
    from nemo_lab.engine.interchange import read_timeline

    reading, files = read_timeline(Path(job["path"]))
    named = {written: str(path) for written, path in files.items()}
    return {"draft": reading.draft.to_wire(), "files": named, "notes": list(reading.notes)}


JOBS: dict[str, Callable[[dict[str, Any], Report], dict[str, Any]]] = {
    "warm": _warm,
    "probe": _probe,
    "analyse": _analyse,
    "strip": _strip,
    "transcribe": _transcribe,
    "render": _render,
    "help": _help,
    "read_timeline": _read_timeline,
}
"""What a job's ``job`` may be."""

if __name__ == "__main__":
    main()
