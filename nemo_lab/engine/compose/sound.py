"""Music, volume, mute and loudness."""

from __future__ import annotations

from fractions import Fraction

from nemo_lab.engine.compose.files import find_asset
from nemo_lab.engine.compose.look import put_effect
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import Range, shown
from nemo_lab.engine.compose.tracks import first_track, has_own_microphone, has_track, set_track_volume
from nemo_lab.engine.compose.words import clock, number, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import Segment
from nemo_lab.protocol.plan import Denoise, Music, Mute, Normalize, SoundTarget, Volume


def music(work: Work, op: Music) -> None:
    """Lay a file under the whole timeline, in place of other music."""
    asset = _music_file(work, op)
    length = work.was_length if op.loop else min(work.was_length, asset.info.duration_ms)
    if length < work.was_length:
        work.note("music_short", name=asset.name, length=clock(asset.info.duration_ms))
    work.music = [
        Segment(
            duration_ms=length,
            id=work.new_id("m"),
            name=asset.name,
            start_ms=0,
            asset=asset.id,
            source_start_ms=0,
            volume=op.volume,
            loop=op.loop,
            fade_out_ms=min(op.fade_out_ms, length),
            duck=op.duck,
        )
    ]
    work.say("music", name=asset.name, percent=number(op.volume * 100))


def _music_file(work: Work, op: Music) -> Asset:
    """Return the file that is meant: named, else called like the style, else the only one there is."""
    on_track = {piece.segment.asset for piece in work.pieces}
    sounds = [a for a in work.library.values() if a.info.kind == "audio" and a.id not in on_track]
    if op.file:
        return find_asset(work.library, op.file, fits=lambda asset: asset.info.has_audio)
    for asset in sounds:
        if op.style and op.style.casefold() in asset.name.casefold():
            return asset
    if len(sounds) != 1:
        raise Skip("music_how")
    if op.style:
        work.note("music_style", style=op.style, name=sounds[0].name)
    return sounds[0]


def volume(work: Work, op: Volume) -> None:
    """Set how loud a sound is: a factor is of its file's own level, a gain is from what it is now."""
    if op.factor is None and op.gain_db is None:
        raise Skip("volume_how")
    span = work.resolve(op.start_ms, op.end_ms)
    levels = _changed(work, op, span, op.factor, op.gain_db or 0.0)
    values = {"what": _what(work, op), "where": _where(work, span)}
    work.say("volume", percent=" / ".join(number(level * 100) for level in sorted(levels)), **values)


def mute(work: Work, op: Mute) -> None:
    """No sound in a stretch."""
    span = work.resolve(op.start_ms, op.end_ms)
    _changed(work, op, span, 0.0, 0.0)
    work.say("muted", what=_what(work, op), where=_where(work, span))


def normalize(work: Work, op: Normalize) -> None:
    """Bring the whole to a loudness."""
    if not _has_voice(work) and not work.music:
        raise Skip("no_audio")
    chosen = op.track if op.track is None else first_track(work, op.track)
    wish = op.model_copy(update={"track": chosen})
    # What is said of all tracks stands in place of what was said of one.
    put_effect(work, wish, replaces=lambda e: e.get("op") == op.op and chosen in {None, e.get("track")})
    work.say("normalized" if chosen is None else "normalized_track", lufs=number(op.lufs), track=chosen)


def denoise(work: Work, op: Denoise) -> None:
    """Take steady noise out of the recording's sound."""
    if not _has_voice(work):
        raise Skip("no_audio")
    put_effect(work, op)
    work.say("denoised")


def _changed(work: Work, op: Volume | Mute, span: Range, factor: float | None, gain_db: float) -> set[float]:
    """Change the volume of what is meant; return the volumes that it has now."""
    if _laid(work, op):
        return _set_volume(work, "music", span, factor, gain_db)
    if op.track is not None:
        return set_track_volume(work, op.track, span, factor, gain_db)
    if op.op == "volume" and op.target == "voice" and has_own_microphone(work):
        return set_track_volume(work, "mic", span, factor, gain_db)
    return _set_volume(work, op.target, span, factor, gain_db)


def _laid(work: Work, op: Volume | Mute) -> bool:
    """Tell whether “the music track” is what was laid, since the recording has none."""
    return op.track == "music" and bool(work.music) and not has_track(work, "music")


def _what(work: Work, op: Volume | Mute) -> str:
    if op.track is None or _laid(work, op):
        return word(work.language, "music" if op.track else op.target)
    return word(work.language, "track", track=first_track(work, op.track))


def _set_volume(
    work: Work, target: SoundTarget, span: Range, factor: float | None, gain_db: float
) -> set[float]:
    """Change the volume of voice, music or both within a stretch; return the volumes that it has now."""
    if target == "music" and not work.music:
        raise Skip("no_music")
    if target != "music" and not _has_voice(work) and not work.music:
        raise Skip("no_audio")
    gain = 10 ** (gain_db / 20)
    levels: set[float] = set()
    if target != "music":
        inside = work.carve(work.now(*span))
        for n, piece in enumerate(work.pieces):
            if inside[n]:
                level = _level(piece.segment, factor, gain)
                levels.add(level)
                work.pieces[n] = piece.with_segment(volume=level)
    if target != "voice" and work.music:
        work.music = [part for segment in work.music for part in _parts(work, segment, span)]
        for n, segment in enumerate(work.music):
            start = round_half_up(segment.start_ms or 0)
            if span[0] <= start < span[1]:
                # “Everything to 50 %” halves music that is already under the voice.
                level = _level(segment, factor if target == "music" else None, gain)
                if target == "all" and factor is not None:
                    level = round((segment.volume if segment.volume is not None else 1.0) * factor, 4)
                levels |= {level} if target == "music" else set()
                work.music[n] = segment.model_copy(update={"volume": level})
    return levels or {factor if factor is not None else gain}


def _level(segment: Segment, factor: float | None, gain: float) -> float:
    if factor is not None:
        return factor
    return round((1.0 if segment.volume is None else segment.volume) * gain, 4)


def _parts(work: Work, segment: Segment, span: Range) -> list[Segment]:
    """Split music at the borders of a stretch; each part goes on in the file where the one before ended."""
    start = round_half_up(segment.start_ms or 0)
    end = start + round_half_up(segment.duration_ms)
    edges = [start, *(edge for edge in span if start < edge < end), end]
    parts = []
    for n, low in enumerate(edges[:-1]):
        last = n == len(edges) - 2
        changes = {
            "start_ms": low,
            "duration_ms": edges[n + 1] - low,
            "source_start_ms": source_at(work, segment, low - start),
            "id": work.new_id("m") if n else segment.id,
            "fade_in_ms": 0 if n else segment.fade_in_ms,
            "fade_out_ms": segment.fade_out_ms if last else 0,
        }
        parts.append(segment.model_copy(update=changes))
    return parts


def source_at(work: Work, segment: Segment, offset: int) -> int:
    """Return where in its file music is after ``offset`` ms of a segment, begun again as often as needed."""
    at = round_half_up(segment.source_start_ms + offset * Fraction(segment.speed))
    asset = work.library.get(segment.asset or "")
    return at % asset.info.duration_ms if asset and segment.loop and asset.info.duration_ms else at


def _has_voice(work: Work) -> bool:
    return any(work.asset(piece).info.has_audio for piece in work.pieces)


def _where(work: Work, span: Range) -> str:
    if span == (0, work.was_length):
        return ""
    return word(work.language, "where", range=shown(span[0], span[1]))
