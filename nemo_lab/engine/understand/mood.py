"""The mood of each sentence, decided before any operation is read: only a possible wish is read on."""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, KeepAll, Unsupported
from nemo_lab.engine.understand.marks import MARK, Marks, words
from nemo_lab.protocol.asking import begins_as_order, forbids
from nemo_lab.protocol.moods import only_tells
from nemo_lab.protocol.plan import Markers, Protect, Remove, RemoveSilence
from nemo_lab.protocol.router import is_question

_SENTENCE: Final = re.compile(r"(?<=[?!;\n])|(?<=\.)(?=\s|$|[\u3400-\u9fff])")
_POINTS_BACK: Final = words(
    r"\b(?:it|that|them|those|these|this|both|there|all (?:two|three|four))\b", r"[它这那]|都|全部"
)
_HARMLESS: Final = (Protect, Markers, KeepAll, Unsupported)
_PLACE: Final = words(r"\d|\b(?:first|last|minutes?|seconds?)\b|[秒分]")


def permitted(clause: Clause, findings: Findings | None, *, wished: bool) -> Findings | None:
    """Return what may come of a clause: of one that only forbids or tells, no more than what is to be spared.

    Args:
        clause: as the rules read it.
        findings: of the rules.
        wished: the sentence shows a wish.
    """
    if findings is None or (wished and not forbids(clause.text)):
        return findings
    return spared(clause, findings)


def spared(clause: Clause, findings: Findings | None) -> Findings:
    """Return what of the findings of a clause changes nothing that is not to be changed."""
    return tuple(
        one for one in findings or () if isinstance(one, _HARMLESS) or _spares(one) or _unsaid(one, clause)
    )


def _unsaid(finding: Finding, clause: Clause) -> bool:
    """Whether what is denied ("no music") may be there already, and is to go."""
    return isinstance(finding, Remove) and clause.session is not None


def _spares(finding: Finding) -> bool:
    """Whether pauses are cut only where nothing happens: "don't cut silence where the robot moves"."""
    return isinstance(finding, RemoveSilence) and finding.busy != "cut"


def wishes(text: str, marks: Marks) -> tuple[str, str, bool]:
    """Return the sentences that may hold a wish, the others, and whether one of those asks a question.

    A report that says when something is ("the mic was muted from 1:00 to 1:10. cut that") stays where a later
    sentence points back at it.
    """
    kept: list[str] = []
    others: list[str] = []
    asked = False
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
    for number, sentence in enumerate(sentences):
        rest = "".join(sentences[number + 1 :])
        if _PLACE.search(sentence) and _POINTS_BACK.search(rest):
            kept.append(sentence)
        elif is_question(sentence) or (
            MARK.search(sentence) and not begins_as_order(sentence) and is_question(marks.restore(sentence))
        ):
            asked = True
            others.append(sentence)
        else:
            (others if only_tells(sentence) else kept).append(sentence)
    return "".join(kept), "".join(others), asked
