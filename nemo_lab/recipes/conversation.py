"""Saying the steps of a recipe to a session when nobody is there to answer questions."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nemo_lab.errors import EditError, GenerationUnknown
from nemo_lab.protocol.events import Event, Question
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import Export, Language, Operation
from nemo_lab.protocol.router import export_wish, route
from nemo_lab.recipes.files import merge_exports
from nemo_lab.recipes.record import Said

if TYPE_CHECKING:
    from nemo_lab.client import Reply, Session

_NOTES: dict[Language, dict[str, str]] = {
    "en": {
        "skipped": "skipped, since it is no edit: {what}",
        "not done": "not done: {what}",
        "asked": "asked “{what}”, took “{answer}”",
        "again": 'Say it in other words, or try: nemo plan "…"',
        "before": "said before an interruption: {what}",
    },
    "zh": {
        "skipped": "已跳过（不是剪辑操作）：{what}",
        "not done": "未执行：{what}",
        "asked": "询问“{what}”，已采用“{answer}”",
        "again": '请换个说法，或者先试试：nemo plan "…"',
        "before": "中断之前已执行：{what}",
    },
}
_FULFILLED_BY_NOTHING = {"remove_silence", "condense", "transition", "merge", "protect", "undo", "redo"}
"""A recording without pauses needs none removed: these wishes are met although nothing changed."""
OnEvent = Callable[[Event], None]
_READING = {"captions", "chapters", "remove_fillers"}
"""What needs a model that may be missing."""
_ROUNDS = 3
"""How often a step may be asked back about before it is given up."""


def wish_of(steps: tuple[str | Operation, ...]) -> Export:
    """Return what the steps say about the finished file; a later step overrules an earlier one."""
    found = [export_wish(step) if isinstance(step, str) else step for step in steps]
    return merge_exports(*(wish for wish in found if isinstance(wish, Export)))


class Conversation:
    """Says steps one after the other and keeps what came of them."""

    def __init__(self, session: Session, language: Language = "en", on_event: OnEvent | None = None) -> None:
        self._session = session
        self._words = _NOTES[language]
        self._on_event = on_event
        self.said: list[Said] = []
        self.notes: list[str] = []
        self._edits = 0
        self._refused: list[str] = []
        self._answers: list[str] = []
        self._before = Counter(session.said)
        """What was said in this session before; a step of these is not said again."""

    @property
    def complete(self) -> bool:
        """Whether all was done that was asked for, so that the same words come to the same another time.

        What a missing model left undone may be done when it is there.
        """
        learnt = any(said.notes and _by_model(said.operations) for said in self.said)
        return not self._refused and not learnt

    def say_all(self, steps: tuple[str | Operation, ...]) -> None:
        """Say each step that is one for a chat.

        Raises:
            EditError: nothing of it could be done, or a question has no default answer.
        """
        exports = 0
        for step in steps:
            kind = route(step) if isinstance(step, str) else step.op
            if kind == "export":  # the wish is carried out at the end, for all steps together
                exports += 1
            elif kind in {"credits", "status", "upload"}:
                self.notes.append(self._words["skipped"].format(what=step))
            else:
                self._say(step, is_question=kind == "question")
        self._check(bool(steps) and not exports)

    def _check(self, edits_expected: bool) -> None:
        """Refuse to hand out a plain copy of the recording as if it had been edited."""
        if self._edits:
            self.notes += [self._words["not done"].format(what=text) for text in self._refused]
        elif self._refused:
            raise EditError(self._refused[0].rstrip("。. "), remedy=self._words["again"])
        elif edits_expected:
            answer = self._answers[0] if self._answers else "that is no wish for an edit"
            raise EditError(answer, remedy="Nothing was edited, so nothing was saved.")

    def _say(self, step: str | Operation, *, is_question: bool) -> None:
        started = time.monotonic()
        text = step if isinstance(step, str) else said(step)
        if self._before[text]:
            self._take_as_said(text)
            return
        replies = list(self._replies(text))
        operations = tuple(op for reply in replies for op in reply.operations if op.get("op") != "export")
        changes = tuple(change for reply in replies for change in reply.changes)
        answer = replies[-1].text
        self.said.append(
            Said(
                step=text,
                reply=answer,
                operations=operations,
                changes=changes,
                notes=tuple(note for reply in replies for note in reply.notes),
                seconds=round(time.monotonic() - started, 3),
            )
        )
        if changes or (operations and all(op.get("op") in _FULFILLED_BY_NOTHING for op in operations)):
            self._edits += 1
        else:
            self._refuse(text, one_line(answer), is_question=is_question)

    def _refuse(self, text: str, answer: str, *, is_question: bool) -> None:
        """Remember a step that edited nothing, unless it only said how the file is wanted."""
        wish = export_wish(text)
        if self._edits and wish is not None and wish.subtitles and not is_question:
            return
        (self._answers if is_question else self._refused).append(answer)

    def _take_as_said(self, text: str) -> None:
        """Count a step that was said before an interruption.

        Raises:
            GenerationUnknown: it was answered by a question, which nobody answered any more.
        """
        self._before[text] -= 1
        if self._session.asked and self._session.said[-1] == text:
            raise GenerationUnknown(
                "it was interrupted while the backend asked something back",
                remedy="Look at the project, or start anew.",
            )
        self.notes.append(self._words["before"].format(what=text))
        self._edits += 1

    def _replies(self, text: str) -> Iterator[Reply]:
        """Say something, and give each question that comes back its stated default, which is noted.

        Raises:
            EditError: a question has none, or the questions do not end.
        """
        for _ in range(_ROUNDS):
            reply = self._session.chat(text, on_event=self._on_event)
            yield reply
            if not reply.questions:
                return
            text = "\n".join(self._default_answer(question) for question in reply.questions)
        raise EditError(reply.questions[0].prompt, remedy="Say it in the sentence.")

    def _default_answer(self, question: Question) -> str:
        if question.default is None:
            options = ", ".join(option.label for option in question.options)
            raise EditError(question.prompt, remedy=f"Say it in the sentence: {options}." if options else "")
        self.notes.append(self._words["asked"].format(what=question.prompt, answer=question.default))
        return question.answer(question.default)


def _by_model(operations: tuple[dict[str, Any], ...]) -> bool:
    return any(op.get("op") in _READING or op.get("said") for op in operations)


def one_line(text: str) -> str:
    """Return text with its line breaks turned into spaces."""
    return " ".join(text.split())
