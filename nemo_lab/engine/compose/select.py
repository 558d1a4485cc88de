"""Keep what matters most: reach a length, take the best, mark chapters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from nemo_lab.engine.analysis.chapters import LEAST, SHORTEST_MS, Chapter, chapter_starts, youtube_text
from nemo_lab.engine.analysis.choose import Choice, condensed, highlights
from nemo_lab.engine.analysis.directives import highlighted
from nemo_lab.engine.analysis.moments import Moment, moments
from nemo_lab.engine.compose import marks, ranking
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import Range, joined, shown, without
from nemo_lab.engine.compose.said import words_between
from nemo_lab.engine.compose.sources import placed_parts, unbroken
from nemo_lab.engine.compose.words import amount, clock, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.protocol.plan import Chapters, Condense, Highlights

_LISTED = 6
"""Stretches that are named one by one; there may be hundreds."""
_TRIES = 5
_TITLE_WORDS, _TITLE_LETTERS = 6, 40
_SENTENCE = re.compile(r"(?<=[.!?]) |(?<=[。！？])")
_Chooser = Callable[[list[Moment], int], Choice]


def condense(work: Work, op: Condense) -> None:
    """Drop pauses, then what matters least, until the timeline is short enough; no word is cut in half."""
    before = work.length
    limit = op.target_ms or max(1, before * 3 // 4)
    if before <= limit:
        raise Skip("short_enough", fault=False, length=clock(before))
    choice = _carried_out(work, limit, lambda found, target: condensed(found, before, target))
    if work.length < before:
        _tell(work, "condensed", before, choice)
    if work.length > limit:
        work.note("not_reached", target=clock(limit), length=clock(work.length))
    elif choice.needed is not None:
        short, needed = amount(limit - work.length), amount(choice.needed)
        work.note("fell_short", short=short, target=clock(limit), needed=needed)


def highlight(work: Work, op: Highlights) -> None:
    """Keep only the best moments, each from pause to pause."""
    before = work.length
    if op.target_ms is not None and before <= op.target_ms:
        raise Skip("short_enough", fault=False, length=clock(before))
    choice = _carried_out(
        work,
        op.target_ms or before,
        lambda found, target: highlights(
            found, before, count=op.count, target_ms=target if op.target_ms is not None else None
        ),
        chosen=True,
    )
    kept = ", ".join(shown(a, b) for a, b in choice.kept[:_LISTED]) + (" …" if choice.kept[_LISTED:] else "")
    values = {"before": clock(before), "after": clock(work.length)}
    work.say("highlights", count=len(choice.kept), kept=kept, **values)
    if choice.needed is not None and op.target_ms is not None:
        short, needed = amount(op.target_ms - work.length), amount(choice.needed)
        work.note("fell_short", short=short, target=clock(op.target_ms), needed=needed)


def _carried_out(work: Work, target: int, choose: _Chooser, *, chosen: bool = False) -> Choice:
    """Choose and cut. Cuts lie on frames, so the result may be some frames too long: then anew, tighter.

    Raises:
        Skip: there is no sound to go by, or nothing that could be kept.
    """
    found = list(timeline_moments(work))
    if not found:
        raise Skip("no_sound", fault=False)
    marked = sum(1 for moment in found if dict(moment.signs).get("mark"))
    if marked:
        work.note("marks_count", count=marked)
    pieces, parts, wanted = work.pieces, work.parts, target
    for _ in range(_TRIES):
        work.pieces = pieces
        work.parts = list(parts)
        choice = choose(found, wanted)
        if not choice.kept:
            raise Skip("too_little", fault=False, target=clock(target))
        gone = without([(0, work.length)], choice.kept)
        ranking.account(work, found, choice, gone, chosen=chosen)
        if gone:
            work.remove(gone)
        over = work.length - target
        if over <= 0 or wanted - over <= 0 or choice.length > wanted:
            break
        wanted -= over + 1
    return choice


def _tell(work: Work, key: str, before: int, choice: Choice) -> None:
    values = {"before": clock(before), "after": clock(work.length)}
    if not choice.dropped:
        work.say(key, **values)
        return
    worst = sorted(choice.dropped[:_LISTED], key=lambda moment: moment.start)
    places = ", ".join(shown(moment.start, moment.end) for moment in worst)
    more = " …" if choice.dropped[_LISTED:] else ""
    gone = amount(sum(moment.length for moment in choice.dropped))
    work.say(f"{key}_dropped", count=len(choice.dropped), gone=gone, places=places + more, **values)


def chapters(work: Work, op: Chapters) -> None:
    """Mark chapters after the longest pauses, named by what is said first in each."""
    starts = chapter_starts(list(timeline_moments(work)), work.length)
    if len(starts) < LEAST:
        raise Skip("no_chapters", fault=False, least=LEAST, length=amount(SHORTEST_MS))
    ends = [*starts[1:], work.length]
    made = [
        Chapter(start, _name(work, number, start, end))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    ]
    work.metadata["x_chapters"] = [{"start": chapter.start, "title": chapter.title} for chapter in made]
    work.new_chapters = True
    work.say("chapters", count=len(made), text=youtube_text(made, work.length))


def _name(work: Work, number: int, start: int, end: int) -> str:
    """Return a chapter's name: its first words, or its number where nobody wrote them down."""
    try:
        said = "".join(word.text for word in words_between(work, start, end)).strip()
    except Skip:
        said = ""
    sentence = next(iter(_SENTENCE.split(said)), "")
    short = " ".join(sentence.split()[:_TITLE_WORDS])[:_TITLE_LETTERS]
    return short.rstrip(" ,.，。;:") or word(work.language, "chapter", number=number)


def timeline_moments(work: Work) -> Iterator[Moment]:
    """Yield the moments of the timeline as it is now, ascending and apart; what is protected is one that
    must stay, together with what is said across its borders."""
    known: dict[str, list[Moment]] = {}
    found: list[Moment] = []
    for start, piece in unbroken(work):
        asset = work.asset(piece)
        if asset.id not in known:
            known[asset.id] = _of_file(work, asset)
        found += [
            replace(moment, start=a, end=b)
            for moment, (a, b) in placed_parts(start, piece, known[asset.id], lambda m: (m.start, m.end))
        ]
    guarded = [there for a, b in work.guarded for there in work.now(a, b)]
    guarded += [(start, start + p.length) for start, p in work.placed() if p.segment.protected]
    kept = _with_what_is_said(joined(guarded), found)
    free = [m for m in found if not any(a < m.end and m.start < b for a, b in kept)]
    yield from sorted([*free, *(Moment(a, b, must=True) for a, b in kept)], key=lambda m: m.start)


def _of_file(work: Work, asset: Asset) -> list[Moment]:
    """Return the moments of a file; what cannot be listened to is one moment like any other."""
    if asset.analysis is None:
        if asset.info.has_audio:
            work.note("not_analysed", name=asset.name)
        return [Moment(0, asset.info.duration_ms or 1 << 40)]
    gaps = asset.words.gaps if asset.words else ()
    ignored = marks.state(work, asset.id) == marks.IGNORED
    return moments(asset.analysis, gaps, () if ignored else highlighted(asset.info.markers))


def _with_what_is_said(guarded: list[Range], found: list[Moment]) -> list[Range]:
    """Return protected stretches, widened to the moments that reach across their borders."""
    across = [(m.start, m.end) for m in found if any(a < m.end and m.start < b for a, b in guarded)]
    return joined([*guarded, *across])
