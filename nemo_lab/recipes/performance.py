"""One run on its way: session, upload, each step, export, record."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.errors import NemoError, RecipeError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.events import Progress
from nemo_lab.protocol.plan import Export, Language, Operation
from nemo_lab.protocol.report import RenderReport
from nemo_lab.protocol.router import language_of
from nemo_lab.recipes.beside import with_subtitles
from nemo_lab.recipes.conversation import Conversation, OnEvent
from nemo_lab.recipes.frozen import Frozen
from nemo_lab.recipes.record import FileFact, InputHashes, RunRecord, draft_hash, versions
from nemo_lab.recipes.reuse import Reuse

if TYPE_CHECKING:
    from nemo_lab.client import Client, Session, Video
    from nemo_lab.protocol.messages import UploadItem
    from nemo_lab.recipes.unfinished import Unfinished

_TAKEN_UP: dict[Language, str] = {
    "en": "an earlier run of the same was interrupted: its project was taken up",
    "zh": "之前相同的任务被中断：已接着做",
}


@dataclass(frozen=True)
class Order:
    """What is to be done, checked."""

    name: str
    paths: tuple[Path, ...]
    steps: tuple[str | Operation, ...]
    target: Path
    export: Export
    pinned: Frozen | None
    """A timeline to be rendered as it is; the steps are not said then."""
    overwrite: bool
    project: str | None = None
    """A name by which the cloud's project is found again after an interruption."""
    shared: Path | None = None
    """A folder in which other machines help with the render."""
    unfinished: Unfinished | None = None
    """Where a run on the cloud is noted until it ends; without it, or embedded, all begins anew."""


class Performance:
    """An order being carried out, with the time that each stage takes.

    Args:
        order: what to do.
        client: by whom.
        reuse: what was done before, and where to keep what is done now.
        hashes: of the recordings.
        on_event: told of each event.
    """

    def __init__(
        self, order: Order, client: Client, reuse: Reuse, hashes: InputHashes, on_event: OnEvent | None
    ) -> None:
        self._order, self._client, self._reuse = order, client, reuse
        self._hashes, self._on_event = hashes, on_event
        self._started, self._clock = datetime.now(UTC), time.monotonic()
        self._seconds: dict[str, float] = {}
        spoken = next((step for step in order.steps if isinstance(step, str)), "")
        self._language = language_of(spoken)
        self._taken_up = False

    def carry_out(self) -> RunRecord:
        """Go the whole road; when it breaks, tell the backend to stop."""
        why = self._reuse.why
        with self._timed("connect"):
            session = self._session()
        try:
            with self._timed("upload"):
                items = self._upload(session)
            before = session.timeline()
            talk = Conversation(session, self._language, self._on_event)
            with self._timed("edit"):
                after = self._edited(session, talk, items)
            assets = _contents(items, self._hashes.facts())
            with self._timed("export"):
                known = self._reuse.rendered(after, assets)
                report = known.report if known is not None else self._export(session, after).report
        except BaseException:
            with suppress(NemoError):
                session.cancel()
            raise
        record = self._record(session, talk, (before, after), report)
        record = record.model_copy(
            update={"assets": tuple(assets), "reused": "render" if known else "", "why": why}
        )
        record = with_subtitles(record).kept()
        self._reuse.keep(record, after, assets)
        return record

    @property
    def _may_go_on(self) -> bool:
        """Whether an earlier attempt may have left a project behind; an embedded backend died with it."""
        named = self._order.project is not None and not self._client.embedded
        return named or bool(self._order.unfinished and self._order.unfinished.session_id)

    def _session(self) -> Session:
        begun = self._order.unfinished
        if begun is not None and begun.session_id:
            self._taken_up = True
            return self._client.session(begun.session_id)
        if self._may_go_on:
            return self._client.create_session(self._order.project, resume=True)
        session = self._client.create_session(self._order.name or self._order.paths[0].stem)
        if begun is not None:
            begun.note(session.id)
        return session

    def _upload(self, session: Session) -> Sequence[UploadItem]:
        """Upload what is not there yet; return what the backend said of all files, or nothing."""
        missing = self._order.paths
        if self._may_go_on:
            there = {str(item.get("filename")) for item in session.state().state.video_infos}
            missing = tuple(path for path in missing if path.name not in there)
        items = session.upload(*missing, on_progress=self._reporter("upload")) if missing else ()
        return items if missing == self._order.paths else ()

    def _edited(self, session: Session, talk: Conversation, items: Sequence[UploadItem]) -> Draft:
        """Return the timeline that the steps come to, or the pinned one.

        Raises:
            RecipeError: the backend does not say how the recordings are called in a timeline.
        """
        pinned = self._order.pinned
        if pinned is None:
            talk.say_all(self._order.steps)
            return session.timeline()
        names = [item.id for item in items if item.id]
        if len(names) != len(self._order.paths):
            raise RecipeError("this backend takes no timelines", remedy="Run it with --backend local.")
        return pinned.draft(names)

    def _export(self, session: Session, draft: Draft) -> Video:
        more: dict[str, Any] = {} if self._order.pinned is None else {"draft": draft}
        if self._order.shared is not None:
            more["shared"] = self._order.shared
        return session.export(
            self._order.target,
            **more,
            **self._order.export.model_dump(exclude={"op", "subtitles"}),  # they come with the record
            overwrite=self._order.overwrite,
            on_progress=self._reporter("export"),
        )

    def _record(
        self,
        session: Session,
        talk: Conversation,
        drafts: tuple[Draft, Draft],
        report: RenderReport | None,
    ) -> RunRecord:
        self._seconds["in all"] = round(time.monotonic() - self._clock, 3)
        before, after = drafts
        return RunRecord(
            name=self._order.name,
            started=self._started,
            backend=self._client.backend,
            language=self._language,
            session_id=session.id,
            inputs=self._hashes.facts(),
            output=self._hashes.fact(self._order.target),
            export=self._order.export,
            render=report,
            said=tuple(talk.said),
            before_ms=before.length_ms,
            after_ms=after.length_ms,
            draft_before=before.to_wire(),
            draft=after.to_wire(),
            draft_sha256=draft_hash(after),
            versions=versions(),
            seconds=self._seconds,
            notes=(
                *((_TAKEN_UP[self._language],) if self._taken_up else ()),
                *talk.notes,
                *(report.notes if report else ()),
            ),
            depends=self._reuse.wanted if talk.complete else None,
        )

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


def _contents(items: Sequence[UploadItem], facts: Sequence[FileFact]) -> Mapping[str, str]:
    """Return the hash of each uploaded file by the id that it has in the session."""
    found = zip(items, facts, strict=False)  # the cloud may tell less than it was sent
    return {item.id: fact.sha256 for item, fact in found if item.id}
