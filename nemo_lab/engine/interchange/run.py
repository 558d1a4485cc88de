"""Write a timeline to a file of another editor, or read one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

from nemo_lab.engine.interchange.disabled import with_cuts
from nemo_lab.engine.interchange.edl import from_edl, to_edl
from nemo_lab.engine.interchange.fcp7 import to_fcp7
from nemo_lab.engine.interchange.fcpxml import to_fcpxml
from nemo_lab.engine.interchange.from_fcp7 import from_fcp7
from nemo_lab.engine.interchange.kdenlive import to_kdenlive
from nemo_lab.engine.interchange.mlt import to_mlt
from nemo_lab.engine.interchange.otio import from_otio, to_otio
from nemo_lab.engine.interchange.paths import located
from nemo_lab.engine.interchange.reading import Reading
from nemo_lab.engine.interchange.sequence import Media, Sequence, sequence_of
from nemo_lab.engine.interchange.tables import to_csv, to_ffconcat
from nemo_lab.engine.media import probe
from nemo_lab.engine.render.output import whole_file, writing
from nemo_lab.engine.timebase import format_rate
from nemo_lab.errors import EditError, FileTooLarge, UnreadableMedia
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.report import RenderReport

WRITERS: dict[str, Callable[[Sequence], str]] = {
    "otio": to_otio,
    "fcpxml": to_fcpxml,
    "xml": to_fcp7,
    "mlt": to_mlt,
    "kdenlive": to_kdenlive,
    "edl": to_edl,
    "csv": to_csv,
    "ffconcat": to_ffconcat,
}
_DEFAULT_RATE = Fraction(30)
"""Of an EDL that does not say its own and lies beside none of its files."""
_MOST_BYTES = 64 * 2**20
"""A day of cuts every second is a tenth of it."""


def write_timeline(draft: Draft, sources: Mapping[str, Path], target: Path, settings: Export) -> RenderReport:
    """Write the timeline to ``target``, which appears whole or not at all; nothing is rendered.

    Args:
        draft: the timeline.
        sources: the files by the ids that its segments use; they are named by their absolute paths.
        target: where to write; what is there is replaced.
        settings: the format, and whether what was cut is to be there too, switched off.

    Raises:
        NotReady: nothing lies on the timeline.
        MissingExtra: OpenTimelineIO is asked for and not installed.
        MediaError: a source is missing or broken.
        OutputNotWritable, DiskFull: the target cannot be written.
    """
    assert settings.format is not None
    used = {segment.asset for track in draft.tracks for segment in track.segments}
    media = {id: Media(id, path.name, path, probe(path)) for id, path in sources.items() if id in used}
    plain = sequence_of(draft, media)
    sequence = with_cuts(plain) if settings.keep_cuts else plain
    text = WRITERS[settings.format](sequence)
    with whole_file(target) as part, writing(target):
        part.write_text(text, encoding="utf-8", newline="\n")
        size = part.stat().st_size
    return RenderReport(
        format=settings.format,
        duration_ms=draft.length_ms,
        width=sequence.width,
        height=sequence.height,
        rate=format_rate(sequence.rate),
        size_bytes=size,
        audio_tracks=sequence.sounds,
        notes=(*sequence.notes, *_lost(plain, settings.format)),
    )


def _lost(sequence: Sequence, format: str) -> list[str]:
    """Say what the format has no place for."""
    if format == "otio":
        return []
    lists = format in {"edl", "csv", "ffconcat"}
    kinds = {join.kind for join in sequence.joins.values()}
    effects = [
        *sequence.draft.effects,
        *(effect for clip in sequence.clips for effect in clip.segment.effects),
    ]
    told = {
        "titles": lists and sequence.titles(),
        "captions": any(text.caption for text in sequence.texts),
        "music": lists and sequence.layers,
        "further audio tracks": lists and sequence.sounds > 1,
        "transitions": format == "ffconcat" and sequence.joins,
        "the look of transitions (they are dissolves)": format not in {"csv", "ffconcat"}
        and kinds - ({"crossfade", "fade_black", "fade_white"} if format == "xml" else {"crossfade"}),
        "effects": effects,
    }
    lost = [what for what, there in told.items() if there]
    return [f"{format} has no place for: {', '.join(lost)}"] if lost else []


def read_timeline(path: Path) -> tuple[Reading, dict[str, Path]]:
    """Read a timeline file, and find the files that it uses.

    Args:
        path: a file that ends in ``.otio``, ``.xml`` or ``.edl``.

    Raises:
        EditError: it is none of these, or has nothing that can be shown.
        MediaNotFound: a file that it uses is neither where it says nor beside it.
        FileTooLarge, UnreadableMedia: it is no text of a sensible size.
        MissingExtra: OpenTimelineIO is needed and not installed.
    """
    kind, text = path.suffix.lower(), _text(path)
    if kind == ".otio":
        reading = from_otio(text)
    elif kind == ".xml":
        reading = from_fcp7(text)
    elif kind == ".edl":
        reading = from_edl(text, _DEFAULT_RATE)
        found = {file: located(file, path.parent) for file in reading.files}
        rate = _rate_of(next(iter(found.values())))
        reading = from_edl(text, rate)
    else:
        raise EditError(f"{path.name} is no timeline that can be read", remedy="Use otio, xml or edl.")
    return reading, {file: located(file, path.parent) for file in reading.files}


def _rate_of(path: Path) -> Fraction:
    """Return the rate of a recording: an EDL counts in its frames and does not say how many a second has."""
    info = probe(path)
    return info.frame_rate if info.kind == "video" else _DEFAULT_RATE


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileTooLarge(f"{path.name} is too large for a timeline", path=path)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableMedia(f"{path.name} is no text", path=path, remedy="Export it again.") from None
    except OSError as exc:
        raise UnreadableMedia(f"{path.name} cannot be read: {exc.strerror}", path=path) from None
