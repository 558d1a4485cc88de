"""What goes along with picture and sound: tags, chapters and subtitles, moved to where the cuts left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from nemo_lab.engine.analysis.directives import chapter_name
from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.media.extras import UNITS, Chapter, Cue, Extras, Subtitles, read_extras
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.remap import Map, maps

_EVENT = "0,Default,,0,0,0,,"
"""What stands before the text of an event of ASS."""
_THREE_LETTERS = {
    "en": "eng", "zh": "chi", "es": "spa", "fr": "fre", "de": "ger", "ja": "jpn", "ko": "kor", "pt": "por",
    "it": "ita", "ru": "rus", "ar": "ara", "hi": "hin", "nl": "dut",
}  # fmt: skip
"""Languages as containers name them (ISO 639-2, bibliographic, since QuickTime knows no other); one that is
not here goes unnamed."""


@dataclass(frozen=True)
class Luggage:
    """What the result carries besides picture and sound; times in samples of the result."""

    tags: Mapping[str, str] = field(default_factory=dict)
    chapters: tuple[Chapter, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING = Luggage()


def luggage(plan: Plan, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo]) -> Luggage:
    """Return what the result inherits from the files of its main track.

    Raises:
        MediaError: a file cannot be read.
    """
    return packed(plan, {asset: read_extras(sources[asset], infos[asset]) for asset in _main_assets(plan)})


def packed(plan: Plan, extras: Mapping[str, Extras]) -> Luggage:
    """Return the luggage of a plan: the tags of the first file, the chapters and subtitles of all; pure.

    Chapters that the timeline names itself stand in place of the files'.
    """
    assets, places = [asset for asset in _main_assets(plan) if asset in extras], maps(plan)
    inherited = [
        moved
        for asset in assets
        for chapter in _named(extras[asset].chapters, obeyed=asset in plan.obeyed)
        for moved in _chapter(chapter, places[asset])
    ]
    chapters = _own(plan) or inherited
    rows = zip_longest(*(_on_timeline(extras[asset], places[asset]) for asset in assets))
    subtitles = [_together([part for part in row if part is not None]) for row in rows] if plan.frames else []
    subtitles = [*_captions(plan), *subtitles]
    pictures = sum(extras[asset].pictures for asset in assets)
    return Luggage(
        tags=dict(extras[assets[0]].tags) if assets else {},
        chapters=tuple(sorted(chapters, key=lambda chapter: (chapter.start, chapter.end))),
        subtitles=tuple(track for track in subtitles if track.cues),
        notes=(f"Subtitles that are pictures were left out: {pictures}.",)
        if pictures and plan.frames
        else (),
    )


def gapless(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return chapters with untitled ones between them, so that none seems to last until the next."""
    filled: list[Chapter] = []
    for chapter in chapters:
        end = filled[-1].end if filled else 0
        filled += [Chapter(end, chapter.start), chapter] if chapter.start > end else [chapter]
    return filled


def _main_assets(plan: Plan) -> list[str]:
    return list(dict.fromkeys(piece.asset for piece in plan.pieces))


def _own(plan: Plan) -> list[Chapter]:
    """Return the chapters that were asked for: they stand in place of those that the files have."""
    starts = [at * UNITS // 1000 for at, _ in plan.chapters]
    ends = [*starts, plan.samples][1:] if starts else []
    titles = [title for _, title in plan.chapters]
    return [Chapter(*chapter) for chapter in zip(starts, ends, titles, strict=True)]


def _named(chapters: Sequence[Chapter], *, obeyed: bool) -> list[Chapter]:
    """Return the chapters of a file; where its marks were obeyed, what was but an order belongs to the
    chapter before it."""
    if not obeyed:
        return list(chapters)
    found: list[Chapter] = []
    for chapter in chapters:
        name = chapter_name(chapter.title)
        if name is not None:
            found.append(replace(chapter, title=name))
        elif found:
            found[-1] = replace(found[-1], end=chapter.end)
    return found


def _chapter(chapter: Chapter, places: Map) -> list[Chapter]:
    """Return a chapter as it is shown: once for each stretch, not at all if it was cut out."""
    return [Chapter(start, end, chapter.title) for start, end in places.stretches(chapter.start, chapter.end)]


def _on_timeline(extras: Extras, places: Map) -> list[Subtitles]:
    return [
        Subtitles(
            track.codec,
            track.title,
            track.language,
            track.header,
            tuple(
                Cue(start, end, cue.text)
                for cue in track.cues
                for start, end in places.stretches(cue.start, cue.end)
            ),
        )
        for track in extras.subtitles
    ]


def _captions(plan: Plan) -> list[Subtitles]:
    """Return the captions that were asked for beside the picture, as a track that comes first."""
    cues = [
        Cue(start * UNITS // 1000, end * UNITS // 1000, _EVENT + _ass_lines(text))
        for start, end, text in plan.beside
    ]
    return [Subtitles("text", language=_THREE_LETTERS.get(plan.spoken, ""), cues=tuple(cues))] if cues else []


def _ass_lines(text: str) -> str:
    """Return lines as an event of ASS has them; braces and backslashes would be taken for commands."""
    plain = text.replace("\\", "＼").replace("{", "｛").replace("}", "｝")
    return plain.replace("\n", r"\N")


def _together(parts: list[Subtitles]) -> Subtitles:
    """Return the n-th subtitles of all files as one track; the first says what it is called."""
    first = parts[0]
    cues = sorted((cue for part in parts for cue in part.cues), key=lambda cue: (cue.start, cue.end))
    styled = next((part for part in parts if part.codec in {"ass", "ssa"}), first)
    return Subtitles(styled.codec, first.title, first.language, styled.header, tuple(cues))
