"""Running a recipe: the one road from a recording and words to a finished file.

Everything that can be refused is refused before anything starts. The order is: check, connect, create a
session, upload, say each step, export, write the record. Nothing but the output and its record is written.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.config import Backend
from nemo_lab.errors import NemoError, OutputError, UsageError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.events import Progress
from nemo_lab.protocol.plan import Export, Operation
from nemo_lab.protocol.router import language_of
from nemo_lab.recipes.conversation import Conversation, OnEvent, wish_of
from nemo_lab.recipes.files import check_inputs, check_output, choose_output
from nemo_lab.recipes.model import Recipe
from nemo_lab.recipes.record import InputHashes, RunRecord, draft_hash, file_fact, versions

if TYPE_CHECKING:
    from nemo_lab.client import Client, Session

PathLike = str | os.PathLike[str]


def run(
    recipe: Recipe,
    files: PathLike | Sequence[PathLike] | None = None,
    *,
    output: PathLike | None = None,
    client: Client | None = None,
    overwrite: bool = False,
    parameters: Mapping[str, Any] | None = None,
    on_event: OnEvent | None = None,
    project: str | None = None,
) -> RunRecord:
    """Carry out a recipe on files and return the record of it.

    Args:
        recipe: what to say and what to export.
        files: one file or several, joined in this order; ``None`` takes the recipe's own inputs.
        output: where the result goes; ``None`` is ``<name>-edited.mp4`` beside the first file.
        client: a connection to use, left open; ``None`` makes one as the recipe and the settings say.
        overwrite: whether the output may be replaced. An input never is.
        parameters: values for the recipe's parameters.
        on_event: called with each event (progress, text, tool calls), on the calling thread or the client's.
        project: a name for this very piece of work. When this machine died in the middle of it, the cloud's
            project of that name is taken up: nothing is uploaded or said a second time. (Work of the
            embedded backend died with it and is done anew.)

    Raises:
        UsageError, MediaError, OutputError: refused before anything started.
        GenerationUnknown: nobody knows what became of a message that was on its way when this machine died.
        EditError: nothing of it could be done, so nothing was saved.
        NemoError: the backend, the network or the render failed.
    """
    paths = recipe.input_files() if files is None else tuple(map(Path, _as_list(files)))
    steps = recipe.resolved_steps(parameters)
    check_inputs(paths)
    target, export = choose_output(
        paths, Path(output) if output is not None else None, recipe.export or Export(), wish_of(steps)
    )
    check_output(target, paths, overwrite=overwrite)
    with _connected(client, recipe.backend) as connection, InputHashes(paths) as hashes:
        work = _Run(recipe, paths, steps, connection, on_event, project)
        return work.carry_out(target, export, overwrite, hashes)


def edit(
    files: PathLike | Sequence[PathLike],
    text: str,
    output: PathLike | None = None,
    *,
    overwrite: bool = False,
    backend: Backend | None = None,
    client: Client | None = None,
    on_event: OnEvent | None = None,
    **export: Any,
) -> RunRecord:
    """Say one sentence to one file or several, and save the result.

    Args:
        files: one file or several, joined in this order.
        text: what you want, in English or Chinese.
        output: as for :func:`run`, as are the others.
        export: ``format``, ``height``, ``quality``, ``max_bytes``, ``preset``, ``tracks``.

    Raises:
        NemoError: as for :func:`run`.
    """
    if not text.strip():
        raise UsageError("nothing was said", remedy="Say what you want, e.g. 'cut the boring parts'.")
    recipe = Recipe().changed(
        steps=(text.replace("{", "{{").replace("}", "}}"),), backend=backend, export=export or None
    )
    return run(recipe, files, output=output, client=client, overwrite=overwrite, on_event=on_event)


class _Run:
    """One recipe on its way, with the time that each stage took."""

    def __init__(
        self,
        recipe: Recipe,
        paths: tuple[Path, ...],
        steps: tuple[str | Operation, ...],
        client: Client,
        on_event: OnEvent | None,
        project: str | None = None,
    ) -> None:
        self._project = project
        self._recipe, self._paths, self._steps = recipe, paths, steps
        self._client, self._on_event = client, on_event
        self._started, self._clock = datetime.now(UTC), time.monotonic()
        self._seconds: dict[str, float] = {}
        spoken = next((step for step in steps if isinstance(step, str)), "")
        self._language = language_of(spoken)

    def carry_out(self, target: Path, export: Export, overwrite: bool, hashes: InputHashes) -> RunRecord:
        """Go the whole road; when it breaks, tell the backend to stop."""
        with self._timed("connect"):
            session = self._session()
        try:
            with self._timed("upload"):
                self._upload(session)
            before = session.timeline()
            talk = Conversation(session, self._language, self._on_event)
            with self._timed("edit"):
                talk.say_all(self._steps)
            after = session.timeline()
            with self._timed("export"):
                self._export(session, target, export, overwrite)
        except BaseException:
            with suppress(NemoError):
                session.cancel()
            raise
        return self._record(session, talk, (before, after), (target, export), hashes)

    def _session(self) -> Session:
        if self._project is not None and not self._client.embedded:
            return self._client.create_session(self._project, resume=True)
        return self._client.create_session(self._recipe.name or self._paths[0].stem)

    def _upload(self, session: Session) -> None:
        """Upload what is not there yet; a project that was taken up may have some of it."""
        missing = list(self._paths)
        if self._project is not None and not self._client.embedded:
            there = {str(item.get("filename")) for item in session.state().state.video_infos}
            missing = [path for path in missing if path.name not in there]
        if missing:
            session.upload(*missing, on_progress=self._reporter("upload"))

    def _export(self, session: Session, target: Path, export: Export, overwrite: bool) -> None:
        session.export(
            target,
            format=export.format,
            height=export.height,
            quality=export.quality,
            max_bytes=export.max_bytes,
            preset=export.preset,
            tracks=export.tracks,
            overwrite=overwrite,
            on_progress=self._reporter("export"),
        )

    def _record(
        self,
        session: Session,
        talk: Conversation,
        drafts: tuple[Draft, Draft],
        result: tuple[Path, Export],
        hashes: InputHashes,
    ) -> RunRecord:
        self._seconds["in all"] = round(time.monotonic() - self._clock, 3)
        before, after = drafts
        record = RunRecord(
            name=self._recipe.name,
            started=self._started,
            backend=self._client.backend,
            language=self._language,
            session_id=session.id,
            inputs=hashes.facts(),
            output=file_fact(result[0]),
            export=result[1],
            said=tuple(talk.said),
            before_ms=before.length_ms,
            after_ms=after.length_ms,
            draft_before=before.to_wire(),
            draft=after.to_wire(),
            draft_sha256=draft_hash(after),
            versions=versions(),
            seconds=self._seconds,
            notes=tuple(talk.notes),
        )
        try:
            record.save()
        except OutputError as exc:  # the file itself is there and whole: that is what was wanted
            return record.model_copy(update={"notes": (*record.notes, f"no record was kept: {exc}")})
        return record

    def _reporter(self, stage: str) -> Any:
        """Return a progress callback that turns a fraction into an event."""

        def report(fraction: float) -> None:
            if self._on_event is not None:
                self._on_event(Progress(stage, fraction))

        return report

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._seconds[stage] = round(time.monotonic() - started, 3)


def _connected(client: Client | None, backend: Backend | None) -> AbstractContextManager[Client]:
    """Return the client given, to be left open, or a new one, to be closed."""
    if client is not None:
        return nullcontext(client)
    from nemo_lab.client import connect  # brings httpx: only when a connection is really wanted

    return connect(backend)


def _as_list(files: PathLike | Sequence[PathLike]) -> Sequence[PathLike]:
    return [files] if isinstance(files, str | os.PathLike) else files
