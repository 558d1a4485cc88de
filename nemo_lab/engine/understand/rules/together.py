"""Several wishes in one breath: "a 30 second vertical cut with captions" is three."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Rule
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules import lengths, picture, texts
from nemo_lab.protocol.plan import Captions, Condense, Highlights, Keep, Reframe, Watermark

_FORMS: Final = (Captions, Condense, Highlights, Keep, Reframe, Watermark)
"""What describes the finished video, and is said of it in any order."""
_BEST: Final = words(lengths.LENGTH.pattern, lengths.HIGHLIGHTS.pattern)
_ASKED: Final[tuple[tuple[str, Rule], ...]] = (
    ("highlights", lengths.highlights),
    ("condense", lengths.condense),
    ("reframe", picture.reframe),
    ("captions", texts.captions),
)


def all_of(clause: Clause, findings: Findings) -> Findings:
    """Return the findings, and what else is said of the video's form, in the order in which it is said."""
    if not findings or not all(isinstance(finding, _FORMS) for finding in findings):
        return findings
    found = list(findings)
    for kind, rule in _ASKED:
        if not _says(found, kind):
            found += [one for one in rule(clause) or () if isinstance(one, _FORMS)]
    return (
        tuple(sorted(found, key=lambda one: _place(clause, one))) if len(found) > len(findings) else findings
    )


def _says(found: list[Finding], kind: str) -> bool:
    """Whether a kind is there; one length is enough, however it is reached."""
    kinds = {getattr(one, "op", "") for one in found}
    long = {"condense", "highlights", "keep"}
    return kind in kinds or (kind in long and bool(kinds & long))


def _place(clause: Clause, finding: Finding) -> int:
    """Return where in the clause a finding is said."""
    patterns = {
        "condense": lengths.LENGTH,
        "highlights": _BEST,
        "reframe": picture.SHAPE,
        "captions": texts.CAPTION,
        "watermark": texts.LOGO,
        "keep": lengths.STRETCH,
    }
    found = clause.find(patterns[getattr(finding, "op", "keep")])
    return found.start() if found else len(clause.text)
