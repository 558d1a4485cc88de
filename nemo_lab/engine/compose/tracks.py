"""Single audio tracks of a recording: which one is meant, and how loud it is."""

from __future__ import annotations

from nemo_lab.engine.analysis.roles import find_track, role_of
from nemo_lab.engine.analysis.voice import all_levels
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import Range
from nemo_lab.engine.compose.work import Work
from nemo_lab.protocol.draft import Segment
from nemo_lab.protocol.tracks import AudioTrack


def first_track(work: Work, wanted: AudioTrack) -> int:
    """Return the number (the first is 1) of the track that is meant, in the first file that has it.

    Raises:
        Skip: no file on the timeline has it.
    """
    for piece in work.pieces:
        number = _number(work.asset(piece), wanted)
        if number is not None:
            return number
    count = max((len(work.asset(piece).info.audio) for piece in work.pieces), default=0)
    raise Skip("no_track" if count else "no_audio", track=wanted, count=count)


def set_track_volume(
    work: Work, wanted: AudioTrack, span: Range, factor: float | None, gain_db: float
) -> set[float]:
    """Change the volume of one audio track within a stretch; return the volumes that it has now.

    Raises:
        Skip: no file on the timeline has that track.
    """
    first_track(work, wanted)
    numbers = {piece.segment.asset: _number(work.asset(piece), wanted) for piece in work.pieces}
    levels: set[float] = set()
    inside = work.carve(work.now(*span))
    for n, piece in enumerate(work.pieces):
        number = numbers[piece.segment.asset]
        if inside[n] and number is not None:
            level = _level(piece.segment, str(number), factor, 10 ** (gain_db / 20))
            levels.add(level)
            work.pieces[n] = piece.with_segment(track_volumes=_with(piece.segment, str(number), level))
    return levels


def has_track(work: Work, wanted: AudioTrack) -> bool:
    """Tell whether some file on the timeline has the track that is meant."""
    return any(_number(work.asset(piece), wanted) is not None for piece in work.pieces)


def has_own_microphone(work: Work) -> bool:
    """Tell whether the voice has a track of its own, by the titles of a recording with several."""
    sounds = [work.asset(piece).info.audio for piece in work.pieces]
    return any(len(audio) > 1 and any(role_of(stream.title) == "mic" for stream in audio) for audio in sounds)


def _number(asset: Asset, wanted: AudioTrack) -> int | None:
    """Return the number of the track of a file that is meant, ``None`` if it has none such."""
    titles = [stream.title for stream in asset.info.audio]
    # An analysis that knows fewer tracks than the file has cannot say which is which.
    levels = all_levels(asset.analysis) if asset.analysis else []
    found = find_track(wanted, titles, levels if len(levels) == len(titles) else [])
    return None if found is None else found + 1


def _level(segment: Segment, key: str, factor: float | None, gain: float) -> float:
    return factor if factor is not None else round(segment.track_volumes.get(key, 1.0) * gain, 4)


def _with(segment: Segment, key: str, level: float) -> dict[str, float]:
    """Return the volumes with one changed; what is unchanged is not said."""
    volumes = {**segment.track_volumes, key: level}
    return {name: value for name, value in sorted(volumes.items()) if value != 1}
