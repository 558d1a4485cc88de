"""A sentence becomes an :class:`EditPlan`: marks, clauses, rules, and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, KeepAll, Unsupported
from nemo_lab.engine.understand.literals import mark_literals
from nemo_lab.engine.understand.marks import Marks, words
from nemo_lab.engine.understand.quantities import mark_quantities
from nemo_lab.engine.understand.rules import limits, read
from nemo_lab.engine.understand.spans import mark_spans
from nemo_lab.engine.understand.splitting import clauses, hard_parts
from nemo_lab.engine.understand.times import mark_times
from nemo_lab.engine.understand.typos import mend
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import (
    Condense,
    Cut,
    EditPlan,
    Export,
    Highlights,
    Keep,
    Language,
    Operation,
    Protect,
    Question,
    Reframe,
    RemoveSilence,
    Route,
    Title,
)
from nemo_lab.protocol.router import export_wish, is_question, language_of, route

LONGEST = 4000
"""Characters of a sentence that are read; nobody says more in one go."""

_REQUEST = words(
    r"^\W*(?:please |can you |could you |and |then |also |just )*(?:add|remove|replace|generate|create"
    r"|change|put|swap|turn|make|apply|insert|cut|delete|give|move|convert|do|use|show|set|draw|build|send"
    r"|open|find|track|detect|sync|animate|play|trim|mute|zoom|blur|color|colour)\b",
    r"把|将|加|换|做|生成|让|变|去[掉除]|删|剪|调|给",
)
_REMOVALS = (Cut, Keep, Condense, Highlights)


def understand(text: str, *, session: Draft | None = None) -> EditPlan:
    """Return what a sentence asks for, in English, Chinese or both.

    Args:
        text: what the user said.
        session: the timeline as it stands, where a wish needs it ("the first half", "clip 2").
    """
    text = text[:LONGEST]
    language = language_of(text)
    command = route(text)
    if command in ("credits", "status", "upload"):
        return EditPlan(route=command, language=language)
    findings, leftover, asked = _findings(text, language, session)
    if not findings and not leftover and (asked or command == "question"):
        return EditPlan(route="question", language=language)
    return _plan(findings, leftover, language, asked)


def _findings(text: str, language: Language, session: Draft | None) -> tuple[list[Finding], list[str], bool]:
    """Return what was found, what was not understood, and whether a question was asked."""
    marks = Marks()
    marked = mark_spans(mark_times(mark_quantities(mend(mark_literals(text, marks)), marks), marks), marks)
    base = Clause(
        text="", marks=marks, language=language, session=session, exports=export_wish(text) is not None
    )
    findings: list[Finding] = []
    leftover: list[str] = []
    asked = False
    for sentence in _sentences(limits.positive(marked)):
        if is_question(marks.restore(sentence)):
            asked = True
            continue
        for clause, found in _read_sentence(sentence, base):
            if found is None:
                leftover.append(clause.said())
            else:
                findings += found
    return findings, leftover, asked


def _sentences(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[?])|(?<=[!;\n])|\.(?=\s|$|[\u3400-\u9fff])", text):
        if sentence and sentence.strip(" ,.;!?"):
            yield sentence.strip()


def _read_sentence(sentence: str, base: Clause) -> Iterator[tuple[Clause, Findings | None]]:
    for part in hard_parts(sentence):
        for clause in clauses(part, base, read):
            if clause.text.strip(" ,.;!?"):
                yield clause, read(clause)


def _plan(findings: list[Finding], leftover: list[str], language: Language, asked: bool) -> EditPlan:
    operations = _without_repeats(
        [f for f in findings if not isinstance(f, Question | Unsupported | KeepAll)]
    )
    questions = [f for f in findings if isinstance(f, Question)]
    unsupported = [f.text for f in findings if isinstance(f, Unsupported)]
    unsupported += [text for text in leftover if words_of_request(text)]
    conflict = _conflict(operations, findings, language)
    if conflict:
        return EditPlan(
            route="clarify", questions=(conflict,), unsupported=tuple(unsupported), language=language
        )
    if not operations and not questions and not unsupported and leftover and not asked:
        questions.append(limits.what_to_do(language))
        unsupported += leftover
        return _done("clarify", (), questions, unsupported, language)
    if not operations and not questions and not unsupported and asked:
        return EditPlan(route="question", language=language)
    return _done(_route(operations, questions, unsupported), operations, questions, unsupported, language)


def _done(
    kind: Route, operations: tuple[Operation, ...] | list[Operation], questions: list[Question], unsupported: list[str],
    language: Language,
) -> EditPlan:  # fmt: skip
    return EditPlan(
        route=kind,
        operations=tuple(operations),
        questions=tuple(dict.fromkeys(questions)),
        unsupported=tuple(dict.fromkeys(unsupported)),
        language=language,
    )


def words_of_request(text: str) -> bool:
    """Whether words that no rule could read ask for something (rather than chat)."""
    return bool(_REQUEST.search(text))


def _route(operations: list[Operation], questions: list[Question], unsupported: list[str]) -> Route:
    if any(not isinstance(op, Export) for op in operations):
        return "edit"
    if operations:
        return "export"
    return "clarify" if questions else "edit"


def _without_repeats(operations: list[Operation]) -> list[Operation]:
    """Drop an operation that was said twice; undo and redo may be meant twice."""
    kept: list[Operation] = []
    for operation in operations:
        if operation.op in ("undo", "redo") or operation not in kept:
            kept.append(operation)
    exports = [op for op in kept if isinstance(op, Export)]
    if len(exports) > 1:
        bare = Export()
        kept = [op for op in kept if op != bare] or kept[:1]
    return kept


def _conflict(operations: list[Operation], findings: list[Finding], language: Language) -> Question | None:
    """Return the question that a contradiction raises: removed and kept, or two shapes at once."""
    whole = next((f for f in findings if isinstance(f, KeepAll)), None)
    removals = [op for op in operations if isinstance(op, _REMOVALS) or _cuts_silence(op)]
    if whole and removals:
        return _which(language)
    spans = {(op.start_ms, op.end_ms) for op in operations if isinstance(op, Cut)}
    kept = {(op.start_ms, op.end_ms) for op in operations if isinstance(op, Keep | Protect)}
    shapes = {op.aspect for op in operations if isinstance(op, Reframe)}
    if spans & kept or len(shapes) > 1:
        return _which(language)
    return None


def _cuts_silence(operation: Operation) -> bool:
    return isinstance(operation, RemoveSilence) and operation.mode == "cut"


def _which(language: Language) -> Question:
    if language == "zh":
        return Question(
            text="两个要求互相矛盾，以哪个为准？",
            options=("照前一个做", "照后一个做", "先不改"),
            default="先不改",
        )
    return Question(
        text="These two wishes contradict each other. Which one counts?",
        options=("the first one", "the second one", "leave it as it is"),
        default="leave it as it is",
    )


__all__ = ["Title", "understand"]
