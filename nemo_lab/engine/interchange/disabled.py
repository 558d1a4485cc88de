"""Put back what was cut, switched off, so that another editor can switch it on again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from nemo_lab.engine.interchange.sequence import Clip, Sequence


def with_cuts(sequence: Sequence) -> Sequence:
    """Return the sequence with the parts of its files that were cut as clips that are switched off.

    What lies beside the main row moves along with it. Transitions across a part that is back are gone, as
    the clips no longer touch.
    """
    clips: list[Clip] = []
    shifts: list[tuple[int, int]] = []
    joins = {}
    for number, clip in enumerate(sequence.clips):
        missing = _before(sequence, number)
        if missing:
            lost = sum(length for _, length in missing)
            shifts.append((clip.start, lost))
            for source, length in missing:
                clips.append(_off(clip, clips, source / sequence.rate, length))
        start = clips[-1].end if clips else 0
        clips.append(replace(clip, start=start, end=start + clip.length))
        if number in sequence.joins and not _before(sequence, number + 1):
            joins[len(clips) - 1] = sequence.joins[number]
    tail = _after(sequence, sequence.clips[-1])
    if tail:
        last = sequence.clips[-1]
        end = last.source_frame(sequence.rate) + last.source_length()
        clips.append(_off(last, clips, end / sequence.rate, tail))

    def moved(frame: int) -> int:
        return frame + sum(length for at, length in shifts if at <= frame)

    return replace(
        sequence,
        clips=tuple(clips),
        joins=joins,
        layers=tuple(tuple(_shifted(clip, moved(clip.start)) for clip in row) for row in sequence.layers),
        texts=tuple(
            replace(text, start=moved(text.start), end=moved(text.start) + text.end - text.start)
            for text in sequence.texts
        ),
        marks=tuple(replace(mark, frame=moved(mark.frame)) for mark in sequence.marks),
    )


def _before(sequence: Sequence, number: int) -> list[tuple[int, int]]:
    """Return what of its file is missing before a clip, as (first frame, frames)."""
    if number >= len(sequence.clips):
        return []
    rate, clip = sequence.rate, sequence.clips[number]
    first = clip.source_frame(rate)
    previous = sequence.clips[number - 1] if number else None
    if previous is None:
        return [(0, first)] if first > 0 else []
    end = previous.source_frame(rate) + previous.source_length()
    if previous.media.id == clip.media.id:
        return [(end, first - end)] if first > end else []
    return [(0, first)] if first > 0 and not _seen(sequence, number) else []


def _seen(sequence: Sequence, number: int) -> bool:
    """Tell whether a clip's file has played before."""
    return any(clip.media.id == sequence.clips[number].media.id for clip in sequence.clips[:number])


def _after(sequence: Sequence, last: Clip) -> int:
    if last.media.info.kind == "image":
        return 0
    end = last.source_frame(sequence.rate) + last.source_length()
    return max(0, last.media.frames(sequence.rate) - end)


def _off(like: Clip, before: list[Clip], source: Fraction, length: int) -> Clip:
    """Return ``length`` frames of a clip's file from ``source`` (seconds) on, switched off."""
    start = before[-1].end if before else 0
    segment = like.segment.model_copy(update={"speed": 1.0, "transition": None, "effects": ()})
    return replace(like, segment=segment, start=start, end=start + length, source=source, enabled=False)


def _shifted(clip: Clip, start: int) -> Clip:
    return replace(clip, start=start, end=start + clip.length)
