"""Edits by what is said: captions, filler words, and places found by their words."""

from __future__ import annotations

from nemo_lab.engine.compose.cuts import mark
from nemo_lab.engine.compose.model import Skip
from nemo_lab.engine.compose.ranges import Range, joined, shown, without
from nemo_lab.engine.compose.sources import placed_parts, unbroken
from nemo_lab.engine.compose.words import amount, clock, word
from nemo_lab.engine.compose.work import CAPTIONS, Work
from nemo_lab.engine.words.captions import WIDTH, cues
from nemo_lab.engine.words.fillers import fillers
from nemo_lab.engine.words.find import find_words
from nemo_lab.engine.words.model import Word
from nemo_lab.protocol.draft import Segment
from nemo_lab.protocol.plan import Captions, Cut, RemoveFillers
from nemo_lab.protocol.subtitles import Cue

_SIZE = 0.75
"""Letters of captions against those of a title (a fourteenth of the shorter side)."""
_LETTER = 0.52
"""Mean width of a letter, in letter sizes; the picture's middle 88 % are free for text."""
_STYLES: dict[str, dict[str, object]] = {
    "box": {"box": True},
    "yellow": {"color": "#ffe14d"},
    "bold": {"size": 1.0},
    "large": {"size": 1.0},
    "small": {"size": 0.55},
    "top": {"position": "top"},
}
"""What a style's name changes; the rest of its words are passed over, and said."""


def captions(work: Work, op: Captions) -> None:
    """Show what is said as text, in place of captions that are there already."""
    if not work.has_picture:
        raise Skip("no_picture")
    look: dict[str, object] = {"position": "bottom", "size": _SIZE, "color": "#ffffff", "box": False}
    for name in (op.style or "").lower().split():
        if name in _STYLES:
            look |= _STYLES[name]
        else:
            work.note("caption_style", style=name, known=", ".join(_STYLES))
    made = cues(words_between(work, 0, work.length), width=_width(work, float(str(look["size"]))))
    made = [cue for cue in made if cue.start < work.length]
    if not made:
        raise Skip("nothing_said", fault=False)
    work.captions = [_segment(work, cue, look) for cue in made]
    work.caption_facts = {"role": CAPTIONS, "burn_in": op.burn_in, "language": _language(work)}
    work.new_captions = True
    work.say("captions" if op.burn_in else "captions_aside", count=len(made))


def _language(work: Work) -> str:
    """Return what is spoken first on the timeline, ISO 639-1."""
    written = (work.asset(piece).words for piece in work.pieces)
    return next((transcript.language for transcript in written if transcript is not None), "")


def _width(work: Work, size: float) -> int:
    """Return how many columns a line may have: as many as fit the picture, at most the usual."""
    width, height = (float(work.metadata.get(side) or 0) for side in ("width", "height"))
    if not width or not height:
        return WIDTH
    letter = size * min(width, height) / 14 * _LETTER
    return max(10, min(WIDTH, int(0.88 * width / letter)))


def _segment(work: Work, cue: Cue, look: dict[str, object]) -> Segment:
    end = min(cue.end, work.length)
    return Segment(
        id=work.new_id("c"),
        start_ms=cue.start,
        duration_ms=end - cue.start,
        metadata={"role": CAPTIONS, "text": cue.text, **look},
    )


def remove_fillers(work: Work, op: RemoveFillers) -> None:
    """Cut filler words out, or silence them."""
    found = fillers(words_between(work, 0, work.length), op.level)
    ranges = without(found, protected(work))
    if not ranges:
        raise Skip("no_fillers", fault=False)
    before = work.length
    if op.mode == "mute":
        mark(work, ranges, volume=0.0)
        work.say("fillers_muted", count=len(ranges), places=_places(ranges))
        return
    for a, b in ranges:
        text = "".join(said.text for said in words_between(work, a, b)).strip(" ,.，。")
        work.account("cut", a, b, word(work.language, "why_filler", text=text))
    gone = work.remove(ranges)
    work.say(
        "fillers_cut",
        count=len(ranges),
        gone=amount(gone),
        places=_places(ranges),
        before=clock(before),
        after=clock(work.length),
    )


def cut_said(work: Work, op: Cut) -> None:
    """Cut every place where something is said."""
    assert op.said is not None
    found = find_words(words_between(work, 0, work.length), op.said)
    ranges = without(found, protected(work))
    if not ranges:
        raise Skip("not_said", words=op.said)
    before = work.length
    for a, b in ranges:
        work.account("cut", a, b, word(work.language, "why_said", text=op.said))
    gone = work.remove(ranges)
    if not gone:
        raise Skip("too_short", range=_places(ranges))
    work.say(
        "said_cut",
        words=op.said,
        places=_places(ranges),
        gone=amount(gone),
        before=clock(before),
        after=clock(work.length),
    )


def words_between(work: Work, start: int, end: int) -> list[Word]:
    """Return the words that begin in a stretch of the timeline as it is now, with their times there; a
    word that is cut short by more than a half is left out.

    Raises:
        Skip: nothing on the timeline has been written down, and why.
    """
    assets = {piece.segment.asset: work.asset(piece) for piece in work.pieces}
    if all(asset.words is None for asset in assets.values()):
        reason = next((asset.no_words for asset in assets.values() if asset.no_words), "")
        raise Skip("no_words" if reason else "not_written", fault=False, reason=reason)
    found: list[Word] = []
    for at, piece in unbroken(work):
        transcript = assets[piece.segment.asset].words
        if transcript is None or at >= end or at + piece.length <= start:
            continue
        for spoken, (a, b) in placed_parts(at, piece, transcript.words, lambda w: (w.start_ms, w.end_ms)):
            whole = (spoken.end_ms - spoken.start_ms) / float(piece.speed)
            if start <= a < end and (b - a) * 2 >= whole:
                found.append(spoken.model_copy(update={"start_ms": a, "end_ms": b}))
    return found


def protected(work: Work) -> list[Range]:
    """Return what is protected, on the timeline as it is now."""
    guarded = [there for a, b in work.guarded for there in work.now(a, b)]
    return joined([*guarded, *((at, at + p.length) for at, p in work.placed() if p.segment.protected)])


def _places(ranges: list[Range]) -> str:
    """Name the first places."""
    return ", ".join(shown(a, b) for a, b in ranges[:6]) + (" …" if len(ranges) > 6 else "")
