"""From a draft and the facts about its files to a plan; pure, no file is opened.

Where a piece begins is snapped to the result's frame grid, and its sound begins exactly there, so that
sound and picture cannot drift apart. Where it begins in its file is snapped to that file's frame grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.canvas import base_size, export_size
from nemo_lab.engine.render.model import Blend, Caption, Layer, Piece, Plan
from nemo_lab.engine.timebase import SAMPLE_RATE, ms_to_frame, ms_to_sample, parse_rate, round_half_up
from nemo_lab.errors import EditError, MediaNotFound, NotReady, RenderFailed
from nemo_lab.protocol.draft import Draft, Milliseconds, Segment, Track, TrackType
from nemo_lab.protocol.plan import Export, Operation, parse_operation

Infos = Mapping[str, MediaInfo]
_SOUND_ALONE = {"mp3", "wav", "m4a"}
_MAY_CARRY_TRACKS = {"mp4", "mov", "mkv"}
_GIF_RATE = 15
"""Frames per second that a GIF gets at most: it stores whole pictures, and players are slow."""


def make_plan(draft: Draft, infos: Infos, settings: Export) -> Plan:
    """Return the exact plan of a render. ``settings.format`` has to be set.

    Raises:
        NotReady: nothing lies on the timeline.
        MediaNotFound: the timeline names a file that is not there.
        EditError: the format cannot hold what the timeline has.
    """
    main = _main_track(draft)
    _check_assets(draft, infos)
    silent_picture = settings.format in {"gif", "png"}
    pictures = main.type == TrackType.VIDEO and settings.format not in _SOUND_ALONE
    rate = _rate(draft, main, infos, settings)
    samples = ms_to_sample(draft.length_ms)
    pieces = _pieces(main, infos, rate, samples)
    layers = () if silent_picture else _layers(draft, main, infos, samples)
    effects = _operations(draft.effects)
    shown = [infos[piece.asset] for piece in pieces if infos[piece.asset].has_video]
    base = base_size(draft, effects, [(info.width, info.height) for info in shown])
    plan = Plan(
        rate=rate,
        frames=max(1, ms_to_frame(draft.length_ms, rate)) if pictures else 0,
        samples=samples,
        base=base,
        size=export_size(base, effects, settings),
        pieces=pieces,
        layers=layers,
        captions=_captions(draft, rate) if pictures else (),
        effects=effects,
        sounds=0 if silent_picture else _sound_count(pieces, layers, infos, settings),
        notes=_notes(draft, main),
        chapters=_chapters(draft),
        obeyed=_obeyed(draft),
        beside=_beside(draft) if pictures else (),
        spoken=next((str(track.metadata.get("language") or "") for track in _aside(draft)), ""),
    )
    _check_fits(plan, main, settings)
    return plan


def _main_track(draft: Draft) -> Track:
    for kind in (TrackType.VIDEO, TrackType.AUDIO):
        for track in draft.of_type(kind):
            if any(segment.duration_ms > 0 for segment in track.segments):
                return track
    raise NotReady("there is nothing on the timeline to export", remedy="Upload a recording first.")


def _check_assets(draft: Draft, infos: Infos) -> None:
    for track in draft.tracks:
        if track.type not in {TrackType.VIDEO, TrackType.AUDIO}:
            continue
        for segment in track.segments:
            if segment.asset not in infos:
                name = segment.name or segment.asset or "a piece without a file"
                raise MediaNotFound(f"the timeline needs {name}, which is not there", path=name)


def _check_fits(plan: Plan, main: Track, settings: Export) -> None:
    """Refuse what the format cannot hold."""
    if main.type == TrackType.AUDIO and settings.format not in _SOUND_ALONE:
        raise EditError(
            f"there is no picture to write to {settings.format}", remedy="Export as mp3, m4a or wav."
        )
    if not plan.sounds and not plan.frames:
        raise EditError(
            f"there is no sound to write to {settings.format}", remedy="Export a picture format, such as mp4."
        )


def _rate(draft: Draft, main: Track, infos: Infos, settings: Export) -> Fraction:
    stated = draft.metadata.get("x_rate")
    if stated is None:
        rate = infos[str(main.segments[0].asset)].frame_rate
    else:
        try:
            rate = parse_rate(str(stated))
        except ValueError as exc:
            raise RenderFailed(f"the timeline's frame rate cannot be used: {exc}") from None
    if settings.format == "gif" and rate > _GIF_RATE:
        return rate / -(-rate // _GIF_RATE)
    return rate


def _operations(effects: Iterable[dict[str, Any]]) -> tuple[Operation, ...]:
    try:
        return tuple(parse_operation(effect) for effect in effects)
    except ValidationError as exc:
        fault = exc.errors(include_input=False, include_url=False)[0]
        raise RenderFailed(f"the timeline has an effect that cannot be used: {fault['msg']}") from None


def _pieces(main: Track, infos: Infos, rate: Fraction, samples: int) -> tuple[Piece, ...]:
    """Return the pieces of the main track with their blends."""
    placed = [(start, segment) for start, segment in main.placed() if segment.duration_ms > 0]
    picture = main.type == TrackType.VIDEO
    pieces = [_piece(start, segment, infos, rate, picture=picture) for start, segment in placed]
    pieces[-1] = replace(pieces[-1], end_sample=max(pieces[-1].start_sample, samples))
    for number, ((_, segment), _) in enumerate(pairwise(placed)):
        before, after = pieces[number], pieces[number + 1]
        if before.end == after.first:
            before = replace(before, end_sample=after.start_sample)
        blend = _blend(segment, before, after, rate) if picture else None
        pieces[number] = replace(before, blend_out=blend)
        after = replace(after, blend_in=blend)
        pieces[number + 1] = _joined(before, after) if blend is None else after
    return tuple(piece for piece in pieces if piece.count > 0 or not picture)


def _piece(start: Milliseconds, segment: Segment, infos: Infos, rate: Fraction, *, picture: bool) -> Piece:
    info = infos[str(segment.asset)]
    first, end = ms_to_frame(start, rate), ms_to_frame(start + segment.duration_ms, rate)
    source_frame = ms_to_frame(segment.source_start_ms, info.frame_rate)
    if picture:
        begins, ends = _frame_to_sample(first, rate), _frame_to_sample(end, rate)
        source_sample = _frame_to_sample(source_frame, info.frame_rate)
    else:
        begins, ends = ms_to_sample(start), ms_to_sample(start + segment.duration_ms)
        source_sample = ms_to_sample(segment.source_start_ms)
    return Piece(
        asset=str(segment.asset),
        first=first,
        count=end - first,
        start_sample=begins,
        end_sample=ends,
        source_frame=source_frame,
        source_sample=source_sample,
        source_rate=info.frame_rate,
        speed=_speed(segment),
        volume=1.0 if segment.volume is None else segment.volume,
        track_volumes=_track_volumes(segment),
        effects=_operations(segment.effects),
    )


def _track_volumes(segment: Segment) -> tuple[tuple[int, float], ...]:
    """Return the factors on single tracks, the first track being 0; what is no number of a track is left."""
    known = {int(key) - 1: factor for key, factor in segment.track_volumes.items() if key.isdecimal()}
    return tuple(sorted((track, factor) for track, factor in known.items() if track >= 0))


def _speed(segment: Segment) -> Fraction:
    """Return the speed as the fraction that was meant: 1.1 is 11/10, whatever a float makes of it."""
    return Fraction(segment.speed).limit_denominator(10_000) or Fraction(1)


def _frame_to_sample(frame: int, rate: Fraction) -> int:
    return round_half_up(frame * SAMPLE_RATE / rate)


def _blend(segment: Segment, before: Piece, after: Piece, rate: Fraction) -> Blend | None:
    """Return the blend into the next piece, shortened to what the pieces leave room for."""
    if segment.transition is None or before.end != after.first:
        return None
    wanted = ms_to_frame(segment.transition.duration_ms, rate)
    taken = before.blend_in.end - before.first if before.blend_in else 0
    half = min(wanted // 2, before.count - taken, after.count)
    if half < 1:
        return None
    count = min(wanted, 2 * half + 1) if half == wanted // 2 and after.count > half else 2 * half
    return Blend(segment.transition.kind, before.end - half, count)


def _joined(before: Piece, after: Piece) -> Piece:
    """Mark the second piece as joined if its sound is what follows the first in the same file."""
    goes_on = before.source_sample + before.end_sample - before.start_sample
    if (
        before.asset == after.asset
        and before.speed == after.speed == 1
        and before.end_sample == after.start_sample
        # The frame grids of source and result may round a cut to samples one apart.
        and abs(goes_on - after.source_sample) <= 1
    ):
        return replace(after, source_sample=goes_on, joined=True)
    return after


def _layers(draft: Draft, main: Track, infos: Infos, samples: int) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for track in draft.of_type(TrackType.AUDIO):
        if track is main:
            continue
        parts = [_layer(start, segment, samples) for start, segment in track.placed()]
        parts = [
            part for part in parts if infos[part.asset].has_audio and part.end_sample > part.start_sample
        ]
        for number, (before, after) in enumerate(pairwise(parts)):
            if _layer_goes_on(before, after):
                parts[number] = replace(parts[number], goes_on=True)
                parts[number + 1] = replace(after, volume_before=before.volume)
        layers += parts
    return tuple(layers)


def _layer_goes_on(before: Layer, after: Layer) -> bool:
    """Tell whether the second part of a sound is what follows the first; a loop may have begun again."""
    goes_on = before.source_sample + before.end_sample - before.start_sample
    return (
        before.asset == after.asset
        and before.speed == after.speed == 1
        and before.end_sample == after.start_sample
        and (before.loop or abs(goes_on - after.source_sample) <= SAMPLE_RATE // 1000)
    )


def _layer(start: Milliseconds, segment: Segment, samples: int) -> Layer:
    return Layer(
        asset=str(segment.asset),
        start_sample=ms_to_sample(start),
        end_sample=min(samples, ms_to_sample(start + segment.duration_ms)),
        source_sample=ms_to_sample(segment.source_start_ms),
        volume=1.0 if segment.volume is None else segment.volume,
        speed=_speed(segment),
        loop=segment.loop,
        fade_in=ms_to_sample(segment.fade_in_ms),
        fade_out=ms_to_sample(segment.fade_out_ms),
        duck=segment.duck,
    )


def _captions(draft: Draft, rate: Fraction) -> tuple[Caption, ...]:
    captions = []
    for track in draft.of_type(TrackType.TEXT):
        if track.metadata.get("burn_in") is False:
            continue  # they go along as a track of subtitles
        for start, segment in track.placed():
            style = {key: segment.metadata[key] for key in _STYLE if segment.metadata.get(key) is not None}
            text = str(segment.metadata.get("text") or "")
            first, end = ms_to_frame(start, rate), ms_to_frame(start + segment.duration_ms, rate)
            if text.strip() and end > first:
                captions.append(Caption(text, first, end, **style))
    return tuple(captions)


def _aside(draft: Draft) -> list[Track]:
    """Return the tracks of captions that are wanted beside the picture, not in it."""
    return [track for track in draft.of_type(TrackType.TEXT) if track.metadata.get("burn_in") is False]


def _beside(draft: Draft) -> tuple[tuple[int, int, str], ...]:
    return tuple(
        (round(start), round(start + segment.duration_ms), str(segment.metadata["text"]))
        for track in _aside(draft)
        for start, segment in track.placed()
        if str(segment.metadata.get("text") or "").strip() and segment.duration_ms >= 1
    )


def _obeyed(draft: Draft) -> frozenset[str]:
    """Return the files whose marks were obeyed as orders."""
    states = draft.metadata.get("x_marks")
    known = states if isinstance(states, dict) else {}
    return frozenset(asset for asset, state in known.items() if state == "obeyed")


_STYLE = ("position", "size", "color", "box")


def _sound_count(pieces: tuple[Piece, ...], layers: tuple[Layer, ...], infos: Infos, settings: Export) -> int:
    most = max((len(infos[piece.asset].audio) for piece in pieces), default=0)
    if is_mixed(settings):
        most = min(most, 1)
    return max(most, 1 if layers else 0)


def _chapters(draft: Draft) -> tuple[tuple[int, str], ...]:
    """Return the chapters that the draft's metadata names, as far as they can be read."""
    found = draft.metadata.get("x_chapters")
    marks = [mark for mark in found if isinstance(mark, dict)] if isinstance(found, list) else []
    starts = {
        mark["start"]: str(mark.get("title", "")) for mark in marks if isinstance(mark.get("start"), int)
    }
    return tuple(sorted((at, title) for at, title in starts.items() if 0 <= at < draft.length_ms))


def is_mixed(settings: Export) -> bool:
    """Tell whether the result has one audio track, whatever the recording has."""
    one = settings.tracks == "mix" or settings.preset == "preview"
    return one or settings.format not in _MAY_CARRY_TRACKS


def _notes(draft: Draft, main: Track) -> tuple[str, ...]:
    """Say what lies on the timeline and is not rendered."""
    known = {TrackType.VIDEO, TrackType.AUDIO, TrackType.TEXT}
    others = sum(1 for track in draft.tracks if track.type not in known and track.segments)
    more = [track for track in draft.of_type(TrackType.VIDEO) if track is not main and track.segments]
    notes = []
    if more:
        notes.append("Only the first video track was rendered.")
    if others:
        notes.append(f"Tracks of unknown type were left out: {others}.")
    return tuple(notes)
