"""What the readings of a sentence's clauses add up to: one plan, its questions, its contradictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nemo_lab.engine.understand.clause import Clause, Finding, KeepAll, Unsupported
from nemo_lab.engine.understand.joints import REMARK
from nemo_lab.engine.understand.marks import MARK, words
from nemo_lab.engine.understand.rules import limits
from nemo_lab.engine.understand.rules.vocabulary import SENDS_ZH, VERB
from nemo_lab.protocol.plan import (
    Condense,
    Cut,
    EditPlan,
    Export,
    Highlights,
    Keep,
    Language,
    Normalize,
    Operation,
    Protect,
    Question,
    Reframe,
    RemoveFillers,
    RemoveSilence,
    Route,
)

Understand = Callable[[str], EditPlan]
_SMALL_TALK = words(
    r"^[\s,.!]*(?:hi|hello|hey|thanks|thank you|thx|cool|nice|great|good (?:job|morning|evening)|bye"
    r"|ok(?:ay)?|yes|no|lol)\b",
    r"你好|您好|谢谢|多谢|好的|辛苦|再见|哈哈|嗨",
)
_REQUEST = words(
    r"^[\s,.]*(?:please |can you |could you |and |then |also |just )*(?:add|remove|replace|generate|create"
    r"|change|put"
    r"|swap|turn|make|apply|insert|cut|delete|give|move|convert|do|use|show|set|draw|build|send|open|find"
    r"|track|detect"
    r"|sync|animate|play|trim|mute|zoom|blur|colou?r|get|take|raise|lower|keep|write|record|import|load"
    r"|hide|mask|cover|redact|censor|upload|post|order|book|call|rename|translate|summari[sz]e"
    r"|fix)\b",
    r"把|将|加|换|做|生成|让|变|去[掉除]|删|剪|调|给|放|" + SENDS_ZH + r"|传|请|写|画(?![面质外])|翻",
)


_REASON = words(
    r"^[\s,.]*(?:because|since|as it|'?cause|cuz)\b", r"^[\s,.]*(?:因为|由于|毕竟|反正|我?改主意)"
)


@dataclass(frozen=True)
class Reading:
    """One finding and the words in which it was found."""

    said: str
    finding: Finding


def total(
    readings: list[Reading],
    leftover: list[Clause],
    language: Language,
    *,
    asked: bool,
    understand: Understand,
) -> EditPlan:
    """Return the plan.

    Args:
        readings: what the rules found, in the order in which it was said.
        leftover: clauses that no rule could read.
        language: of the reply.
        asked: a question was among them.
        understand: reads the options of a question, to see whether it has been answered already.
    """
    readings, conflict = settled(_spared(readings), language)
    if conflict:
        return EditPlan(route="clarify", questions=(conflict,), language=language)
    operations = _without_repeats([r.finding for r in readings if _is_operation(r.finding)])
    questions, passed_over = _questions(readings, understand)
    unsupported = [r.finding.text for r in readings if isinstance(r.finding, Unsupported)] + passed_over
    unsupported += [clause.said() for clause in leftover if _is_request(clause, among=bool(readings))]
    if not (readings or questions or unsupported):
        if asked or any(_SMALL_TALK.search(clause.text) for clause in leftover):
            return EditPlan(route="question", language=language)
        if leftover:
            questions = [limits.what_to_do(language)]
            unsupported = [clause.said() for clause in leftover]
    return EditPlan(
        route=_route(
            operations, questions, asked=asked and all(isinstance(r.finding, KeepAll) for r in readings)
        ),
        operations=tuple(operations),
        questions=tuple(dict.fromkeys(questions)),
        unsupported=tuple(dict.fromkeys(unsupported)),
        language=language,
    )


def _spared(readings: list[Reading]) -> list[Reading]:
    """Return the readings in which a stretch that is kept beside a length for the whole is protected."""
    spared: list[Reading] = []
    for reading in readings:
        found = reading.finding
        shortened = any(isinstance(before.finding, Condense) for before in spared)
        if shortened and isinstance(found, Keep) and not _ONLY.search(reading.said):
            found = Protect(start_ms=found.start_ms, end_ms=found.end_ms)
        spared.append(Reading(reading.said, found))
    return spared


_ONLY = words(r"\b(?:only|just)\b|[只仅]")


def _is_request(clause: Clause, *, among: bool) -> bool:
    """Whether words that nothing could read ask for something.

    Among wishes that were understood, a number, a quote or a verb is enough: nothing is passed over silently.
    """
    if _REASON.search(clause.text):
        return False
    if _REQUEST.search(clause.text):
        return True
    return (
        among
        and not REMARK.search(clause.text)
        and bool(MARK.search(clause.text) or VERB.search(clause.text))
    )


def _is_operation(finding: Finding) -> bool:
    return not isinstance(finding, Question | Unsupported | KeepAll)


def _route(operations: Sequence[Operation], questions: list[Question], *, asked: bool) -> Route:
    if any(not isinstance(op, Export) for op in operations):
        return "edit"
    if questions:
        return "clarify"
    if operations:
        return "export"
    return "question" if asked else "edit"


def _without_repeats(found: Sequence[Finding]) -> list[Operation]:
    """Drop an operation that was said twice, or more exactly elsewhere; undo and redo may be meant twice."""
    operations = [op for op in found if not isinstance(op, Question | Unsupported | KeepAll)]
    kept: list[Operation] = []
    for operation in operations:
        if operation.op in ("undo", "redo") or operation not in kept:
            kept.append(operation)
    kept = _one_export(_joined_pauses(kept))
    for bare in (Export(), RemoveSilence(), RemoveFillers(), Highlights(), Normalize()):
        if sum(op.op == bare.op for op in kept) > 1:
            kept = [op for op in kept if op != bare]
    if Condense() in kept and any(_removes(op) for op in kept if op != Condense()):
        kept = [op for op in kept if op != Condense()]  # how it is to be shorter is said
    return kept


def _one_export(found: list[Operation]) -> list[Operation]:
    """Return one wish for the file, at the place of the last, that holds what all of them say."""
    wishes = [op for op in found if isinstance(op, Export)]
    if len(wishes) < 2:
        return found
    values: dict[str, object] = {}
    for wish in wishes:
        values |= wish.model_dump(exclude_none=True)
    merged = Export.model_validate(values)
    return [merged if op is wishes[-1] else op for op in found if op is wishes[-1] or op not in wishes[:-1]]


def _joined_pauses(found: list[Operation]) -> list[Operation]:
    """Return one operation for the pauses where a later clause only says what becomes of busy ones."""
    pauses = [op for op in found if isinstance(op, RemoveSilence)]
    if len(pauses) < 2 or all(op.busy == "cut" for op in pauses):
        return found
    values: dict[str, object] = {}
    for op in pauses:
        values |= op.model_dump(exclude_defaults=True)
    merged = RemoveSilence.model_validate(values)
    return [merged if op is pauses[0] else op for op in found if op is pauses[0] or op not in pauses]


def _questions(readings: list[Reading], understand: Understand) -> tuple[list[Question], list[str]]:
    """Return the questions that are open, and the vague wishes that clearer ones outweigh."""
    still_open: list[Question] = []
    passed_over: list[str] = []
    clear = any(_is_operation(r.finding) and not isinstance(r.finding, Export) for r in readings)
    for number, reading in enumerate(readings):
        question = reading.finding
        if not isinstance(question, Question):
            continue
        later = readings[number + 1 :]
        if any(r.said.casefold() in map(str.casefold, question.options) for r in later):
            continue
        if question in map(limits.what_to_do, ("en", "zh")):
            if clear:
                passed_over.append(reading.said)
                continue
        elif _answered(question, readings if REMARK.search(reading.said) else later, understand):
            continue
        still_open.append(question)
    return still_open, passed_over


def _answered(question: Question, later: list[Reading], understand: Understand) -> bool:
    """Whether what was said later is of the kind that the question offers."""
    if not question.options:
        return False
    kinds = {op.op for option in question.options for op in understand(option).operations}
    if "condense" in kinds:
        kinds |= {"cut", "keep", "highlights"}
    return any(getattr(r.finding, "op", None) in kinds for r in later)


def settled(readings: list[Reading], language: Language) -> tuple[list[Reading], Question | None]:
    """Return the readings without contradiction, or the question which side counts.

    A side that is said twice has been chosen: that is how the answer to the question arrives.
    """
    for left, right in _sides(readings):
        said = Counter(r.said.casefold() for r in (*left, *right))
        chosen = [side for side in (left, right) if any(said[r.said.casefold()] > 1 for r in side)]
        if len(chosen) != 1:
            return readings, _which(left[0].said, right[0].said, language)
        dropped = right if chosen[0] is left else left
        readings = [r for r in readings if r not in dropped]
    return readings, None


def _sides(readings: list[Reading]) -> list[tuple[list[Reading], list[Reading]]]:
    """Return the pairs of sides that contradict each other."""
    pairs: list[tuple[list[Reading], list[Reading]]] = []
    whole = [r for r in readings if isinstance(r.finding, KeepAll)]
    removals = [r for r in readings if _removes(r.finding)]
    if whole and removals:
        pairs.append((removals, whole))
    for reading in readings:
        if isinstance(reading.finding, Cut):
            span = (reading.finding.start_ms, reading.finding.end_ms)
            kept = [r for r in readings if isinstance(r.finding, Keep | Protect)]
            against = [r for r in kept if (r.finding.start_ms, r.finding.end_ms) == span]  # type: ignore[union-attr] # narrowed above
            if against:
                pairs.append(([reading], against))
    shapes = [r for r in readings if isinstance(r.finding, Reframe)]
    if len({r.finding.aspect for r in shapes if isinstance(r.finding, Reframe)}) > 1:
        first = shapes[0].finding
        pairs.append(([r for r in shapes if r.finding == first], [r for r in shapes if r.finding != first]))
    return pairs


def _removes(finding: Finding) -> bool:
    if isinstance(finding, RemoveSilence):
        return finding.mode == "cut"
    return isinstance(finding, Cut | Keep | Condense | Highlights)


def _which(left: str, right: str, language: Language) -> Question:
    if language == "zh":
        return Question(
            text=f"“{left}”和“{right}”互相矛盾，以哪个为准？", options=(left, right), default=right
        )
    text = f"“{left}” and “{right}” contradict each other. Which one counts?"
    return Question(text=text, options=(left, right), default=right)
