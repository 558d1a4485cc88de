"""Say why a choice fell as it did: what rank each moment had, and what it was made of."""

from __future__ import annotations

from collections.abc import Sequence

from nemo_lab.engine.analysis.choose import Choice
from nemo_lab.engine.analysis.moments import Moment
from nemo_lab.engine.analysis.spans import common
from nemo_lab.engine.compose.pauses import account_pauses
from nemo_lab.engine.compose.ranges import Range, without
from nemo_lab.engine.compose.words import word
from nemo_lab.engine.compose.work import Work

_TELLING = 0.15
"""A sign that adds or takes less than this does not explain anything."""
_SIGNS = 2
"""Signs that are named: the strongest."""
_COLON = {"en": ", ", "zh": "、"}


def account(work: Work, found: Sequence[Moment], choice: Choice, gone: list[Range], *, chosen: bool) -> None:
    """Note why stretches of the timeline as it is now are about to go.

    Args:
        work: the timeline.
        found: all its moments.
        choice: which of them stay.
        gone: what goes: dropped moments, and pauses around and between.
        chosen: the best were picked, so that it is told of those too, why they stay.
    """
    ranks = {m.start: rank for rank, m in enumerate(sorted(found, key=lambda m: -m.score), 1)}

    def why(moment: Moment) -> str:
        if moment.must:
            return word(work.language, "why_must")
        signs = _told(work, moment)
        return word(work.language, "why_rank", rank=ranks[moment.start], count=len(found), signs=signs)

    spans = {(m.start, m.end): m for m in found}
    for span, moment in spans.items():
        for a, b in common([span], gone):
            work.account("cut", a, b, why(moment))
    account_pauses(work, "cut", without(gone, spans))
    if chosen:
        for a, b in choice.kept:
            best = max((m for m in found if a < m.end and m.start < b), key=lambda m: m.score, default=None)
            if best is not None:
                work.account("keep", a, b, why(best))


def _told(work: Work, moment: Moment) -> str:
    """Name the strongest signs for or against a moment, whichever decided."""
    good = moment.score > 0
    telling = [(abs(value), sign) for sign, value in moment.signs if (value > 0) == good]
    strongest = sorted((sign for sign in telling if sign[0] >= _TELLING), reverse=True)[:_SIGNS]
    names = [word(work.language, f"sign_{sign}{'+' if good else '-'}") for _, sign in strongest]
    return _COLON[work.language].join(names) or word(work.language, "sign_average")
