"""One turn of the conversation: understand → analyse what is needed → compose → store → tell.

A turn runs to its end whatever becomes of the connection that asked for it, and it runs once. Turns of one
project come one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from nemo_lab.config import Settings
from nemo_lab.errors import NemoError, RateLimited
from nemo_lab.local.accounts import Accounts
from nemo_lab.local.generation import Generator
from nemo_lab.local.history import Walk, walk
from nemo_lab.local.library import Libraries, depends_on_sound
from nemo_lab.local.phrases import TROUBLE, phrase
from nemo_lab.local.policy import Policy
from nemo_lab.local.projects import Project, Projects
from nemo_lab.local.reading import read, to_pending
from nemo_lab.local.stream import Event, Invocation
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.exact import operation_said
from nemo_lab.protocol.plan import EditPlan, Operation
from nemo_lab.protocol.summary import summary

if TYPE_CHECKING:
    from nemo_lab.engine.compose import Asset, Composition

log = logging.getLogger("nemo_lab.local")
EDIT_TOOL = "edit_multitrack"
Events = asyncio.Queue[Event | None]
MOST_TURNS = 1000
"""Messages that may wait for their answer; each costs some memory, also when its sender hung up."""


@dataclass
class Turn:
    """One message and the way back to who sent it."""

    text: str
    streaming: bool
    events: Events
    invocation: Invocation
    hold: str
    """Credits reserved for it."""
    spent: bool = False
    edited: bool = False

    def emit(self, event: Event) -> None:
        """Send an event."""
        self.events.put_nowait(event)

    def say(self, text: str) -> None:
        """Send words; with ``streaming``, in pieces before the whole, as ADK does."""
        if self.streaming:
            for word in text.splitlines(keepends=True):
                self.emit(self.invocation.text(word, partial=True))
        self.emit(self.invocation.text(text))


class Agent:
    """Answers messages."""

    def __init__(
        self,
        projects: Projects,
        accounts: Accounts,
        libraries: Libraries,
        generator: Generator,
        policy: Policy,
        settings: Settings,
    ) -> None:
        self._projects = projects
        self._accounts = accounts
        self._libraries = libraries
        self._generator = generator
        self._policy = policy
        self._settings = settings
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._turns: set[asyncio.Task[None]] = set()
        self._coming = 0

    def lock(self, session: str) -> asyncio.Lock:
        """Return the lock that whoever changes a project's timeline holds."""
        return self._locks.setdefault(session, asyncio.Lock())

    async def begin(self, user: str, session: str, text: str, *, streaming: bool = False) -> Events:
        """Begin a turn; its events come out of the queue that is returned, ``None`` at the end.

        Raises:
            SessionNotFound: the user has no such project.
            InsufficientCredits: the policy asks for more credits than there are.
            RateLimited: :data:`MOST_TURNS` wait already.
        """
        if len(self._turns) + self._coming >= MOST_TURNS:
            raise RateLimited(f"{MOST_TURNS} messages wait for their answer already")
        self._coming += 1
        try:
            project, hold = await asyncio.to_thread(self._reserved, user, session, text)
        finally:
            self._coming -= 1
        turn = Turn(text, streaming, asyncio.Queue(), Invocation(), hold)
        turn.emit(turn.invocation.progress("reading"))  # a sign of life: others' messages may come first
        task = asyncio.create_task(self._run(project, turn))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        return turn.events

    async def close(self) -> None:
        """Stop all turns; what is reserved for them is given back."""
        for task in self._turns:
            task.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)

    def _reserved(self, user: str, session: str, text: str) -> tuple[Project, str]:
        """Return the project, and what was reserved for a message, in one go as :meth:`_understood`."""
        project = self._projects.get(user, session)
        return project, self._accounts.hold(user, self._cost(project, text))

    def _cost(self, project: Project, text: str) -> int:
        """Return what a message will cost, as far as its words tell."""
        if self._policy.starting_credits is None:
            return 0
        draft = self._projects.draft(project)
        if not draft.ready and self._policy.wants_generation(text):
            return self._policy.generation_cost
        if not draft.ready or not self._policy.edit_cost:
            return 0
        _, plan = read(text, draft, project.pending)
        work = [op for op in plan.operations if op.op not in {"undo", "redo", "export"}]
        return self._policy.edit_cost if work and not plan.questions else 0

    async def _run(self, project: Project, turn: Turn) -> None:
        try:
            async with self.lock(project.id):
                await self._answer(*await asyncio.to_thread(self._understood, project, turn.text), turn)
            if turn.edited and self._policy.stumbles():
                turn.say(TROUBLE)
        except NemoError as exc:
            turn.emit(turn.invocation.error(exc))
        except Exception:
            log.exception("a turn failed")
            turn.emit(turn.invocation.error(NemoError("internal error")))
        finally:
            self._accounts.settle(turn.hold, spent=turn.spent)
            turn.events.put_nowait(None)

    def _understood(self, project: Project, text: str) -> tuple[Project, Draft, tuple[str, EditPlan] | None]:
        """Take a message down and read it, in one go: each way to a thread and back waits for all others'.

        Returns:
            The project and its timeline as they now are, and the whole wish with its plan; ``None`` in place
            of these where the message wants a film out of nothing.
        """
        project = self._projects.get(project.user, project.id)
        self._projects.say(project, "user", text)
        draft = self._projects.draft(project)
        if not draft.ready and self._policy.wants_generation(text):
            return project, draft, None
        return project, draft, read(text, draft, project.pending)

    async def _answer(
        self, project: Project, draft: Draft, understood: tuple[str, EditPlan] | None, turn: Turn
    ) -> None:
        if understood is None:
            await self._generator.generate(project, turn)
            turn.spent = turn.edited = True
            return
        whole, grammar = understood
        plan = await self._planned(project, turn, whole, grammar, draft)
        if project.pending is not None:
            await asyncio.to_thread(self._projects.ask, project, None)
        operations: list[Operation] = [op for op in plan.operations if op.op != "export"]
        if plan.questions:
            await self._ask(project, turn, plan, whole)
        elif operations:
            await self._edit(project, turn, plan, operations)
        else:
            await self._tell(project, turn, await self._words(project, plan, draft, turn.text))

    async def _planned(
        self, project: Project, turn: Turn, said: str, plan: EditPlan, draft: Draft
    ) -> EditPlan:
        """Let the user's language model, if there is one, read what the grammar could not."""
        from nemo_lab.engine.understand.llm import Said, asks_model, plan_with_model

        if not draft.ready or not asks_model(said, plan, self._settings):
            return plan
        turn.emit(turn.invocation.progress("planning", 0.0))
        library = await self._libraries.known(project)
        speech, pauses = await asyncio.to_thread(_heard, draft, library)
        return await plan_with_model(
            said,
            grammar_plan=plan,
            draft=draft,
            files=library,
            settings=self._settings,
            said=[Said(*line) for line in speech],
            pauses=pauses,
        )

    async def _words(self, project: Project, plan: EditPlan, draft: Draft, text: str) -> str:
        """Return the answer to what is no edit."""
        if plan.route == "status":
            return summary(draft)
        if plan.route == "question":
            from nemo_lab.engine.understand import answer

            library = await self._libraries.of(project)
            return await asyncio.to_thread(answer, text, draft, library, plan.language)
        if plan.route == "export" and not draft.ready:
            return phrase("empty", plan.language)
        if plan.route == "edit":
            return await asyncio.to_thread(_reply, plan, draft, (), plan.notes)
        return phrase(plan.route, plan.language)

    async def _ask(self, project: Project, turn: Turn, plan: EditPlan, said: str) -> None:
        """Ask the user; the next message is taken for the answer."""
        asked = [
            {
                "id": f"q{number}",
                "prompt": question.text,
                "options": [{"id": str(n), "label": label} for n, label in enumerate(question.options, 1)],
                "allow_multiple": False,
                **({"default": question.default} if question.default else {}),
            }
            for number, question in enumerate(plan.questions, 1)
        ]
        await asyncio.to_thread(self._projects.ask, project, to_pending(said, plan))
        _, event = turn.invocation.call(
            "ask_question", {"title": phrase("question", plan.language), "questions": asked}
        )
        turn.emit(event)
        await self._tell(project, turn, "\n".join([*(q.text for q in plan.questions), *plan.notes]))

    async def _edit(self, project: Project, turn: Turn, plan: EditPlan, operations: list[Operation]) -> None:
        """Carry operations out, store the new timeline, tell what was done."""
        wire = [operation.model_dump(mode="json", exclude_defaults=False) for operation in operations]
        call, event = turn.invocation.call(EDIT_TOOL, {"operations": wire})
        turn.emit(event)
        walked, rest = await asyncio.to_thread(walk, self._projects, project, operations, plan.language)
        try:
            composition = await self._composed(project, turn, plan, walked, rest)
            draft = await asyncio.to_thread(self._keep, project, turn, walked, composition)
        except NemoError as exc:
            turn.emit(turn.invocation.result(call, EDIT_TOOL, {"status": "error", "error": str(exc)}))
            raise
        done, notes = [*walked.done, *composition.done], [*plan.notes, *walked.notes, *composition.notes]
        response: dict[str, Any] = {"status": "success" if turn.edited else "unchanged"}
        response |= {"done": done, "notes": [*notes, *plan.unsupported]}
        response["parts"] = [asdict(part) for part in composition.parts]
        response["suggestions"] = await asyncio.to_thread(_suggested, draft, plan)
        turn.emit(turn.invocation.result(call, EDIT_TOOL, response, draft if turn.edited else None))
        if turn.edited and self._policy.falls_silent():
            return
        words = "\n".join([*walked.done, *walked.notes])
        if rest or not words:
            words = await asyncio.to_thread(_reply, plan, draft, done, notes)
        await self._tell(project, turn, words)

    async def _composed(
        self, project: Project, turn: Turn, plan: EditPlan, walked: Walk, rest: list[Operation]
    ) -> Composition:
        stage = "analysing" if any(depends_on_sound(op) for op in rest) else "composing"

        def progress(fraction: float) -> None:
            turn.emit(turn.invocation.progress(stage, fraction))

        known = self._libraries.of(project, rest, progress)
        library, compose = await asyncio.gather(known, asyncio.to_thread(_composer))
        progress(1.0)
        return await asyncio.to_thread(compose, walked.version.draft, rest, library, language=plan.language)

    def _keep(self, project: Project, turn: Turn, walked: Walk, composition: Composition) -> Draft:
        """Store the timeline that came out, where it is another one."""
        if composition.draft != walked.version.draft:
            exact = operation_said(turn.text) is not None and composition.done
            said = composition.done[0] if exact else " ".join(turn.text.split())
            self._projects.append(project, walked.version.position, composition.draft, said)
            turn.spent = turn.edited = True
        elif walked.version.position != project.position:
            self._projects.move(project, walked.version.position)
            turn.edited = True
        return composition.draft

    async def _tell(self, project: Project, turn: Turn, text: str) -> None:
        await asyncio.to_thread(self._projects.say, project, "agent", text)
        turn.say(text)


def _composer() -> Callable[..., Composition]:
    """Load what composes: done while a worker listens, the first time costs nobody anything."""
    from nemo_lab.engine.compose import compose

    return compose


def _heard(
    draft: Draft, library: Mapping[str, Asset]
) -> tuple[list[tuple[int, int, str]], list[tuple[int, int]]]:
    """Return what is said on a timeline and where nobody speaks, as far as it is known already."""
    from nemo_lab.engine.compose.telling import pauses_of, speech_of

    return speech_of(draft, library), pauses_of(draft, library)


def _suggested(draft: Draft, plan: EditPlan) -> list[str]:
    from nemo_lab.engine.understand import suggestions

    return list(suggestions(draft, plan, plan.language))


def _reply(plan: EditPlan, draft: Draft, done: Sequence[str] = (), notes: Sequence[str] = ()) -> str:
    from nemo_lab.engine.compose import Composition
    from nemo_lab.engine.understand import reply

    return reply(plan, Composition(draft, list(done), list(notes)), plan.language)
