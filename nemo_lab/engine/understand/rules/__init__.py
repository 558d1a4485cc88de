"""The rules, one module for each family of operations, in the order in which they are asked.

The first rule that reads a clause has it. What is said to be left out comes first, words of a title
before anything that they could be mistaken for, and plain cuts last.
"""

from __future__ import annotations

from nemo_lab.engine.understand import places
from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Rule, Unsupported
from nemo_lab.engine.understand.rules import (
    busy,
    commands,
    cuts,
    joins,
    lengths,
    limits,
    music,
    orders,
    picture,
    removal,
    said,
    silence,
    sound,
    texts,
    timing,
    together,
    tracks,
)
from nemo_lab.engine.understand.rules.unheard import with_unheard
from nemo_lab.protocol.plan import Range, Title

RULES: tuple[Rule, ...] = (
    limits.unsafe,
    limits.told,
    said.said,
    busy.busy,
    orders.markers,
    tracks.arranged,
    limits.negation,
    removal.removal,
    commands.undo,
    texts.title,
    commands.export,
    tracks.one_track,
    music.music,
    silence.fillers,
    sound.normalize,
    silence.silence,
    sound.denoise,
    lengths.highlights,
    picture.flip,
    limits.beyond,
    texts.watermark,
    texts.captions,
    texts.chapters,
    joins.transition,
    joins.fade,
    sound.mute,
    sound.volume,
    picture.rotate,
    picture.blur,
    picture.zoom,
    timing.speed,
    picture.reframe,
    picture.resize,
    picture.color,
    lengths.split,
    lengths.merge,
    lengths.reorder,
    lengths.condense,
    cuts.cut_or_keep,
    timing.plain_factor,
    commands.size_only,
    commands.format_named,
    limits.vague,
)


def read(clause: Clause) -> Findings | None:
    """Return what the first rule that understands the clause finds in it; ``None`` if none does."""
    for rule in RULES:
        findings = rule(clause)
        if findings is not None:
            return _placed(clause, with_unheard(clause, together.all_of(clause, findings)))
    return None


def _placed(clause: Clause, findings: Findings) -> Findings:
    """Return the findings, unless they are for a clip or a title that is not there: then for nothing.

    "Mute clip 9" must not mute the whole.
    """
    if not any(_is_anywhere(finding) for finding in findings):
        return findings
    lost = places.unknown(clause.text) or places.clips(clause.text, clause.session) is None
    return (Unsupported(clause.said()),) if lost else findings


def _is_anywhere(finding: Finding) -> bool:
    """Whether an operation on a stretch was given none, or a title its usual place."""
    if isinstance(finding, Title):
        return finding.start_ms == 0
    return isinstance(finding, Range) and finding.start_ms is None and finding.end_ms is None
