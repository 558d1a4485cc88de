"""The rules, one module for each family of operations, in the order in which they are asked.

The first rule that reads a clause has it. What is said to be left out comes first, words of a title
before anything that they could be mistaken for, and plain cuts last.
"""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings, Rule
from nemo_lab.engine.understand.rules import (
    commands,
    cuts,
    joins,
    lengths,
    limits,
    picture,
    silence,
    sound,
    texts,
    timing,
)

RULES: tuple[Rule, ...] = (
    limits.unsafe,
    limits.negation,
    commands.undo,
    texts.title,
    commands.export,
    sound.music,
    silence.fillers,
    sound.normalize,
    silence.silence,
    sound.denoise,
    lengths.highlights,
    limits.beyond,
    texts.watermark,
    texts.captions,
    texts.chapters,
    joins.transition,
    joins.fade,
    sound.mute,
    sound.volume,
    picture.flip,
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
    limits.vague,
)


def read(clause: Clause) -> Findings | None:
    """Return what the first rule that understands the clause finds in it; ``None`` if none does."""
    for rule in RULES:
        findings = rule(clause)
        if findings is not None:
            return findings
    return None
