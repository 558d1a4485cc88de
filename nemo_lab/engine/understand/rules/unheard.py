"""Times that a rule passed over: what is said and not done must be quoted, never dropped."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Findings, KeepAll, Unsupported
from nemo_lab.engine.understand.marks import MARK
from nemo_lab.protocol.plan import Condense, Highlights, Question, Undo

_LENGTHS = (Condense, Highlights, Undo)
"""They may be told the present length, too ("get my 3 hour stream down to 10 minutes")."""


def with_unheard(clause: Clause, findings: Findings) -> Findings:
    """Return the findings, and each time of the clause that none of them holds, as unsupported."""
    operations = [one for one in findings if not isinstance(one, Question | Unsupported | KeepAll)]
    if len(operations) != len(findings) or not operations or isinstance(operations[0], _LENGTHS):
        return findings
    heard = set().union(*(_times(operation.model_dump()) for operation in operations))
    missed = [
        mark for mark in MARK.finditer(clause.text) if mark[1] in "tre" and not _values(mark[2]) <= heard
    ]
    return (*findings, *(Unsupported(clause.marks.restore(mark[0])) for mark in missed))


def _values(value: str) -> set[int]:
    return {abs(int(number)) for number in value.split(":") if re.fullmatch(r"-?\d+", number)} - {0}


def _times(values: dict[str, object]) -> set[int]:
    """Return all times of an operation, its end and its length included."""
    said = {abs(value) for value in values.values() if isinstance(value, int)}
    start, end, length = (values.get(name) for name in ("start_ms", "end_ms", "duration_ms"))
    if isinstance(start, int) and isinstance(length, int):
        said.add(abs(start) + length)
    if isinstance(start, int) and isinstance(end, int):
        said.add(abs(end - start))
    return said
