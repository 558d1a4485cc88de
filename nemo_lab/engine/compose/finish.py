"""From the bench back to a draft: starts, lengths, music and titles brought in line with the main track."""

from __future__ import annotations

from nemo_lab.engine.compose import joins, titles
from nemo_lab.engine.compose.sound import source_at
from nemo_lab.engine.compose.work import Work, is_captions, is_music
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType


def finished(work: Work) -> Draft:
    """Return the draft that the bench has become; tracks that are not ours stay as they are."""
    joins.prune(work)
    main = _main(work)
    music = _music(work)
    titled = [track for track in work.draft.of_type(TrackType.TEXT) if not is_captions(track)]
    texts = titles.tracks(titles.settle(work), next(iter(titled), None))
    _move_chapters(work)
    others = [
        main if track is work.main else track
        for track in work.draft.tracks
        if track is work.main or not (is_music(track) or track.type == TrackType.TEXT)
    ]
    changes: dict[str, object] = {
        "tracks": (*others, *music, *texts, *_captions(work)),
        "duration_ms": work.length,
        "metadata": work.metadata,
    }
    if work.effects or work.draft.effects:
        changes["effects"] = tuple(work.effects)
    return work.draft.model_copy(update=changes)


def _captions(work: Work) -> list[Track]:
    """Return the captions with the words that they show; what is no longer said is gone."""
    kept: list[Segment] = []
    for segment in work.captions:
        places = [(_start(segment), _end(segment))]
        if not work.new_captions:
            places = work.now(*places[0])
        if places:
            low, high = max(places, key=lambda place: place[1] - place[0])
            kept.append(segment.model_copy(update={"start_ms": low, "duration_ms": high - low}))
    if not kept:
        return []
    kept.sort(key=_start)
    return [
        Track(
            type=TrackType.TEXT,
            segments=tuple(kept),
            duration_ms=_end(kept[-1]),
            metadata=work.caption_facts,
        )
    ]


def _move_chapters(work: Work) -> None:
    """Let chapters begin where their picture is now; of those that fall together, the last stays."""
    old = work.metadata.get("x_chapters")
    if not isinstance(old, list) or work.new_chapters:
        return
    moved = {work.point(round_half_up(chapter["start"])): chapter for chapter in old}
    work.metadata["x_chapters"] = [
        chapter | {"start": start} for start, chapter in sorted(moved.items()) if start < work.length
    ]


def changed_ids(before: Draft, after: Draft) -> tuple[str, ...]:
    """Return the segments of ``after`` that are new, or not as they were but for where they start."""
    old = {s.id: _content(s) for track in before.tracks for s in track.segments}
    new = [s for track in after.tracks for s in track.segments]
    return tuple(s.id for s in new if s.id and old.get(s.id) != _content(s))


def _content(segment: Segment) -> dict[str, object]:
    return {key: value for key, value in segment.model_dump(by_alias=True).items() if key != "x_start"}


def _main(work: Work) -> Track:
    segments = tuple(
        piece.segment.model_copy(update={"start_ms": start, "duration_ms": piece.length})
        for start, piece in work.placed()
    )
    return work.main.model_copy(update={"segments": segments, "duration_ms": work.length})


def _music(work: Work) -> list[Track]:
    """Return the music, stretched or shortened to the timeline as it has become."""
    parts: list[Segment] = []
    # Music that begins with the timeline does so whatever is cut or moved there.
    cursor = work.point(_start(work.music[0])) if work.music and _start(work.music[0]) else 0
    for n, segment in enumerate(work.music):
        end = _end(segment)
        open_end = n + 1 == len(work.music) and (segment.loop or end >= work.was_length)
        stop = work.length if open_end else work.point(end)
        stop = min(stop, cursor + _material(work, segment), work.length)
        if stop > cursor:
            parts.append(_part(work, segment, cursor, stop, parts))
            cursor = stop
    if not parts:
        return []
    like = next((track for track in work.draft.tracks if is_music(track)), None)
    track = like or Track(type=TrackType.AUDIO, metadata={"role": "music"})
    return [track.model_copy(update={"segments": tuple(parts), "duration_ms": _end(parts[-1])})]


def _start(segment: Segment) -> int:
    return round_half_up(segment.start_ms or 0)


def _end(segment: Segment) -> int:
    return _start(segment) + round_half_up(segment.duration_ms)


def _part(work: Work, segment: Segment, first: int, stop: int, parts: list[Segment]) -> Segment:
    """Return a stretch of music that goes on in its file where the one before ends."""
    source = segment.source_start_ms
    if parts and parts[-1].asset == segment.asset:
        source = source_at(work, parts[-1], round_half_up(parts[-1].duration_ms))
    length = stop - first
    return segment.model_copy(
        update={
            "start_ms": first,
            "duration_ms": length,
            "source_start_ms": source,
            "fade_out_ms": min(segment.fade_out_ms, length),
        }
    )


def _material(work: Work, segment: Segment) -> int:
    """Return for how long (timeline ms) a file of music lasts."""
    asset = work.library.get(segment.asset or "")
    if segment.loop or asset is None:
        return 1 << 40
    return round_half_up((asset.info.duration_ms - segment.source_start_ms) / segment.speed)
