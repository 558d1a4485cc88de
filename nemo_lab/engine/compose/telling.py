"""What is known of a timeline by listening: what is said on it, and where nobody speaks."""

from __future__ import annotations

from nemo_lab.engine.analysis.silence import find_silences
from nemo_lab.engine.compose.model import Library, Skip
from nemo_lab.engine.compose.ranges import Range, joined
from nemo_lab.engine.compose.said import words_between
from nemo_lab.engine.compose.sources import on_timeline
from nemo_lab.engine.compose.work import Work
from nemo_lab.engine.words.captions import cues
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import RemoveSilence


def speech_of(draft: Draft, library: Library) -> list[tuple[int, int, str]]:
    """Return what is said on a timeline as (start, end, text) in ms; empty where nothing was written down."""
    work = Work(draft, library, "en")
    try:
        found = cues(words_between(work, 0, work.length))
    except Skip:
        return []
    return [(cue.start, cue.end, " ".join(cue.lines)) for cue in found]


def pauses_of(draft: Draft, library: Library) -> list[Range]:
    """Return where on a timeline nobody speaks for a while, as (start, end) in ms; empty where no file has
    been listened to yet."""
    work = Work(draft, library, "en")
    silences = {
        asset.id: find_silences(asset.analysis, RemoveSilence(margin_ms=0))
        for asset in library.values()
        if asset.analysis is not None
    }
    return joined(
        pause
        for start, piece in work.placed()
        for pause in on_timeline(start, piece, silences.get(piece.segment.asset or "", []))
    )
