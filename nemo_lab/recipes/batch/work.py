"""The work on one recording: a plain function of plain values, to be called in any thread or process.

A job holds paths, the recipe's text and options, nothing else: whoever carries it out takes its token from
its own settings, so that none travels.
"""

from __future__ import annotations

import logging
import platform
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_lab.errors import (
    Cancelled,
    ConnectFailed,
    Disconnected,
    GenerationUnknown,
    NemoError,
    RateLimited,
    StreamTimeout,
)
from nemo_lab.recipes.batch.ledger import FOLDER, Item
from nemo_lab.recipes.model import Recipe
from nemo_lab.recipes.record import RunRecord
from nemo_lab.recipes.runner import run

if TYPE_CHECKING:
    from nemo_lab.client import Client

log = logging.getLogger("nemo_lab.batch")
PAUSES = (30.0, 60.0, 120.0, 240.0)
"""Seconds to wait after each refusal for asking too often, or for a backend that is not there."""
_STILL_HEIGHT = 120


@dataclass(frozen=True)
class Job:
    """What is to be done with one recording; JSON all of it."""

    recipe: str
    """The recipe's text."""
    source: str
    target: str
    out: str
    backend: str
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    fresh: bool = False
    again: bool = False
    """Also when the cloud was at work on it when the last attempt died."""
    stills: bool = True


def do(job: Job, client: Client) -> Item:
    """Carry out a job and return how it ended; what goes wrong with this one recording is told, not raised.

    Safe to be done twice, at the same time too: the result is the same file, and appears whole.
    """
    started = time.monotonic()
    item = Item(source=job.source, target=job.target)
    try:
        with _claimed(job, client) as project:
            record = _patiently(job, client, project)
        item = _finished(item, record, _still(job, client, record))
    except NemoError as exc:
        item = item.model_copy(update={"status": "failed", "error": str(exc), "kind": type(exc).__name__})
    except Exception as exc:
        log.exception("a fault at %s", job.source)
        fault = f"a fault in nemo_lab: {type(exc).__name__}: {exc}"
        item = item.model_copy(update={"status": "failed", "error": fault, "kind": type(exc).__name__})
    return item.model_copy(
        update={"seconds": round(time.monotonic() - started, 3), "finished": round(time.time(), 3)}
    )


def _patiently(job: Job, client: Client, project: str | None) -> RunRecord:
    """Run the recipe; wait and try again only where nothing was done, because it was refused or not sent."""
    recipe = Recipe.loads(job.recipe)
    for pause in (*PAUSES, None):
        try:
            return run(
                recipe,
                job.source,
                output=Path(job.out) / job.target,
                client=client,
                overwrite=True,
                fresh=job.fresh,
                parameters=job.parameters,
                project=project,
            )
        except (RateLimited, ConnectFailed):
            if pause is None:
                raise
            time.sleep(pause)
    raise AssertionError  # the last round returns or raises


@contextmanager
def _claimed(job: Job, client: Client) -> Iterator[str | None]:
    """Let the cloud be asked once: yield the name of the project there, by which it is found again.

    A claim that outlives its maker means that nobody knows what was charged. Its maker's machine takes the
    project up where it was; any other leaves it alone. The local engine needs no claim, for doing it twice
    costs nothing and gives the same.

    Raises:
        GenerationUnknown: an attempt elsewhere died while the cloud was at work.
    """
    if client.backend == "local":
        yield None
        return
    claim = Path(job.out) / FOLDER / "claims" / job.target
    claim.parent.mkdir(parents=True, exist_ok=True)
    if job.again:
        claim.unlink(missing_ok=True)
    try:
        yield _project(claim, Path(job.source).stem, f"{platform.node()} {client.settings.data_dir}")
    except Cancelled:
        raise  # as if the process had died: it can be taken up
    except (GenerationUnknown, StreamTimeout, Disconnected):
        claim.write_text("", encoding="utf-8")  # nobody knows what became of it: only the user may go on
        raise
    except NemoError:
        claim.unlink(missing_ok=True)
        raise
    claim.unlink(missing_ok=True)


def _project(claim: Path, name: str, here: str) -> str:
    """Make a claim, or read our own; return the name of its project."""
    project = f"{name} {secrets.token_hex(6)}"
    try:
        with claim.open("x", encoding="utf-8") as file:
            file.write(f"{here}\n{project}")
            return project
    except FileExistsError:
        maker, _, known = claim.read_text(encoding="utf-8").partition("\n")
    if maker != here or not known:
        raise GenerationUnknown(
            "an attempt was interrupted while the cloud was at work, which may have cost credits",
            remedy="Look at your project there; --again does it again.",
        )
    return known


def _finished(item: Item, record: RunRecord, picture: str) -> Item:
    return item.model_copy(
        update={
            "status": "done",
            "before_ms": record.before_ms,
            "after_ms": record.after_ms,
            "size_bytes": record.output.size_bytes,
            "sha256": record.output.sha256,
            "reused": record.reused,
            "why": "; ".join(record.why),
            "notes": "; ".join(record.notes),
            "picture": picture,
        }
    )


def _still(job: Job, client: Client, record: RunRecord) -> str:
    """Have the backend make a small picture of the result for the report; without one it is as good."""
    place = Path(FOLDER) / "stills" / f"{job.target}.png"
    target = Path(job.out) / place
    if not job.stills or client.backend != "local" or record.render is None or not record.render.frames:
        return ""
    if record.reused in {"output", "cache"} and target.is_file():
        return place.as_posix()
    with suppress(NemoError, OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        session = client.session(record.session_id)
        session.export(target, format="png", height=_STILL_HEIGHT, overwrite=True)
        return place.as_posix()
    return ""
