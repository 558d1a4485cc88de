"""Which sound of a recording is the voice, how loud it is, and where somebody speaks in it."""

from __future__ import annotations

import numpy as np

from nemo_lab.engine.analysis.borders import Levels, speech_spans
from nemo_lab.engine.analysis.model import FLOOR_DB, WINDOW_MS, Analysis, Envelope
from nemo_lab.engine.analysis.roles import find_track, role_of
from nemo_lab.engine.analysis.spans import Span, closed, length
from nemo_lab.errors import EditError
from nemo_lab.protocol.tracks import AudioTrack

DIGITAL_DB = FLOOR_DB + 10
"""Below this nothing was recorded at all: a muted source or a noise gate, not the room."""
_LEAST_MS = 300
"""Less speech than this in a whole recording was misheard."""


def spoken(analysis: Analysis, track: AudioTrack | None = None) -> list[Span]:
    """Return the stretches (start, end in ms) in which somebody speaks; empty where nobody does, or
    where nobody listened.

    Args:
        analysis: of the file.
        track: the audio track (first is 1) that decides; ``None`` chooses as :func:`voices` does.

    Raises:
        EditError: there is no such track.
    """
    found = [
        span
        for voice in voices(analysis, track)
        for span in speech_spans(voice.speech, _levels(voice, analysis), analysis.duration_ms)
    ]
    return closed(found, 1) if length(found) >= _LEAST_MS else []


def levels_of(analysis: Analysis, track: AudioTrack | None = None) -> Levels:
    """Return the level of the voice in each window of 20 ms: of several tracks, the loudest.

    Raises:
        EditError: there is no such track.
    """
    found = tracks_of(analysis, track)
    loudest: Levels = np.max(found, axis=0) if found else np.empty(0)
    return loudest


def tracks_of(analysis: Analysis, track: AudioTrack | None = None) -> list[Levels]:
    """Return the levels of each sound that may be the voice.

    Raises:
        EditError: there is no such track.
    """
    return [_levels(voice, analysis) for voice in voices(analysis, track)]


def voices(analysis: Analysis, track: AudioTrack | None = None) -> list[Envelope]:
    """Return the sounds that decide: the named track, else the microphone unless it is mute, else all.

    Raises:
        EditError: there is no such track.
    """
    envelopes = analysis.envelopes
    if track is not None:
        titles = [envelope.title for envelope in envelopes]
        chosen = find_track(track, titles, all_levels(analysis))
        if chosen is None:
            raise EditError(
                f"there is no audio track {track}",
                remedy=f"The recording has {len(envelopes)} audio track(s).",
            )
        return [envelopes[chosen]]
    for envelope in envelopes:
        if role_of(envelope.title) == "mic" and (_levels(envelope, analysis) > DIGITAL_DB).any():
            return [envelope]
    return list(envelopes)


def all_levels(analysis: Analysis) -> list[Levels]:
    """Return the levels of every sound of the file, in order."""
    return [_levels(envelope, analysis) for envelope in analysis.envelopes]


def _levels(envelope: Envelope, analysis: Analysis) -> Levels:
    """Return the levels of the whole file; where its sound is missing it is silent."""
    count = -(-analysis.duration_ms // WINDOW_MS)
    levels = np.full(count, FLOOR_DB)
    known = np.asarray(envelope.levels[:count], dtype=np.float64) / 10
    levels[: len(known)] = known
    return levels
