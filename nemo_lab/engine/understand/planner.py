"""A sentence becomes an :class:`EditPlan`: marks, clauses, rules, and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nemo_lab.engine.understand.appositions import events_timed, said_once
from nemo_lab.engine.understand.aside import unburnt, with_subtitles
from nemo_lab.engine.understand.asides import pointed, without_reasons
from nemo_lab.engine.understand.clause import Clause, Findings
from nemo_lab.engine.understand.denials import denies_any
from nemo_lab.engine.understand.denials import ordered as ordered_of
from nemo_lab.engine.understand.literals import mark_literals
from nemo_lab.engine.understand.marks import Marks
from nemo_lab.engine.understand.mood import permitted, spared, wishes
from nemo_lab.engine.understand.places import listed, mark_places
from nemo_lab.engine.understand.quantities import mark_quantities
from nemo_lab.engine.understand.rules import limits, read
from nemo_lab.engine.understand.second_thoughts import takes_back, without_taken_back
from nemo_lab.engine.understand.spans import mark_spans
from nemo_lab.engine.understand.splitting import clauses, hard_parts
from nemo_lab.engine.understand.times import mark_times
from nemo_lab.engine.understand.totals import Reading, total
from nemo_lab.engine.understand.typos import mend
from nemo_lab.protocol.asking import unsigned
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import EditPlan, Export
from nemo_lab.protocol.router import (
    asks_politely,
    begins_as_question,
    ends_as_question,
    export_wish,
    is_question,
    language_of,
    route,
    with_size,
)
from nemo_lab.protocol.wording import plain

LONGEST = 2000
"""Characters of a sentence that are read; nobody says more in one go."""


def understand(text: str, *, session: Draft | None = None) -> EditPlan:
    """Return what a sentence asks for, in English, Chinese or both.

    Args:
        text: what the user said.
        session: the timeline as it stands, where a wish needs it ("the first half", "clip 2").
    """
    text = text[:LONGEST].strip()
    language = language_of(text)
    command = route(text)
    if command in ("credits", "status", "upload"):
        return EditPlan(route=command, language=language)
    marks = Marks()
    wish = export_wish(text)
    exports = wish is not None
    memory: dict[str, Findings | None] = {}
    base = Clause(text="", marks=marks, language=language, session=session, exports=exports)
    readings: list[Reading] = []
    leftover: list[Clause] = []
    still = without_taken_back(text)
    said, told, asked = wishes(worded(still.text, marks), marks)
    located = placed(said, marks, session)
    denied = still.taken_back or denies_any(located, told)
    for clause, found in _read_all(located, base, memory, denied=denied):
        if found is not None:
            sized = [with_size(one, text) if isinstance(one, Export) else one for one in found]
            kept = [one for one in sized if getattr(one, "op", None) not in still.dropped]
            readings += [Reading(clause.said(), finding) for finding in kept]
        elif takes_back(clause.text):
            continue
        elif _asks(clause.text):
            asked = True
        else:
            leftover.append(clause)
    plan = total(readings, leftover, language, asked=asked, understand=understand)
    return with_subtitles(unburnt(plan, text), wish, session)


def _asks(text: str) -> bool:
    """Whether a clause that nothing could read asks to be told something."""
    return (is_question(text) or ends_as_question(text)) and not asks_politely(text)


def marked(text: str, marks: Marks, session: Draft | None = None) -> str:
    """Return the text with all quotes, quantities, times and spans as marks."""
    return placed(worded(text, marks), marks, session)


def worded(text: str, marks: Marks) -> str:
    """Return the text in the grammar's words, with quotes and names as marks."""
    return mend(plain(mark_literals(text, marks), marks.reworded))


def placed(text: str, marks: Marks, session: Draft | None = None) -> str:
    """Return words with quantities, times and spans as marks too."""
    timed = mark_times(mark_quantities(limits.positive(text), marks), marks)
    located = mark_places(listed(pointed(events_timed(timed))), marks, session)
    return said_once(without_reasons(mark_spans(located, marks)))


def _read_all(
    text: str, base: Clause, memory: dict[str, Findings | None], *, denied: bool
) -> Iterator[tuple[Clause, Findings | None]]:
    """Give every clause and what was found in it; a question asks for nothing."""

    def remembered(clause: Clause) -> Findings | None:
        if clause.text not in memory:
            memory[clause.text] = read(clause)
        return memory[clause.text]

    def allowed(clause: Clause) -> Findings | None:
        ordered = ordered_of(clause.text) if denied else clause.text
        if ordered in ("", clause.text):
            return permitted(clause, remembered(clause), wished=wished and bool(ordered))
        return (*spared(clause, remembered(clause)), *(remembered(clause.with_text(ordered)) or ()))

    wished = True
    for sentence in re.split(r"(?<=[?])|(?<=[!;\n])|\.(?=\s|$|[\u3400-\u9fff])", text):
        if not sentence or not sentence.strip(" ,.;!?"):
            continue
        whole = base.with_text(sentence.strip())
        if begins_as_question(sentence):
            yield whole, None
            continue
        parts = [c for part in hard_parts(sentence) for c in clauses(part, base, remembered)]
        wished = not unsigned(sentence)
        found = [(c, None if is_question(c.text) else allowed(c)) for c in parts if c.text.strip(" ,.;!?")]
        nothing = all(findings is None for _, findings in found)
        yield from [(whole, None)] if nothing and ends_as_question(sentence) else found
