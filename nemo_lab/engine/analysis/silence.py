"""Find the stretches in which nothing is said: by speech where it was heard, else by level alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.analysis.borders import Levels
from nemo_lab.engine.analysis.model import FLOOR_DB, WINDOW_MS, Analysis
from nemo_lab.engine.analysis.motion import busy_spans
from nemo_lab.engine.analysis.spans import Span, between, common, runs
from nemo_lab.engine.analysis.voice import DIGITAL_DB, levels_of, spoken, tracks_of
from nemo_lab.protocol.plan import RemoveSilence

_CLICK_WINDOWS = 2
"""A sound of at most 40 ms amid silence is a click of a mouse or a key, not a word."""
_SMOOTH_WINDOWS = 25
"""500 ms: longer than the dips between the words of a sentence, shorter than a pause worth cutting."""
_PAUSE_WINDOWS = 25
"""500 ms: no dip within a sentence lasts so long."""
_UNIFORM_DB = 7.0
"""A recording whose loudest and quietest parts are nearer than this has no pauses."""
_SHARE = 0.4
"""Where the threshold lies between the room (0) and the voice (1)."""
_DEEPEST_DB = 50.0
"""The room counts as no quieter than this under the voice."""


def find_silences(analysis: Analysis, op: RemoveSilence) -> list[Span]:
    """Return the stretches (start, end in ms of the file) that may go: nothing is said for at least
    ``min_silence_ms``, less ``margin_ms`` beside each sound. They ascend and never cover the whole.

    Speech decides where it was heard; a cut then moves by up to half the margin to the quietest window
    there. Level decides where nobody speaks, or where a ``threshold_db`` is stated.

    Raises:
        EditError: ``track`` names an audio track that is not there.
    """
    talk = spoken(analysis, op.track) if op.threshold_db is None else []
    levels = levels_of(analysis, op.track)
    pauses = (
        between(talk, analysis.duration_ms)
        if talk
        else quiet_spans(tracks_of(analysis, op.track), analysis.duration_ms, op.threshold_db)
    )
    slack = op.margin_ms // 2 if talk else 0
    found: list[Span] = []
    for start, end in pauses:
        if end - start < op.min_silence_ms:
            continue
        first = quietest(levels, start + op.margin_ms, slack) if start else 0
        last = quietest(levels, end - op.margin_ms, slack) if end < analysis.duration_ms else end
        if last - first >= WINDOW_MS:
            found.append((first, last))
    return found


def busy_silences(analysis: Analysis, op: RemoveSilence) -> list[Span]:
    """Return the parts of the silences in which the picture clearly moves: something is shown there.

    Raises:
        EditError: ``track`` names an audio track that is not there.
    """
    return common(find_silences(analysis, op), busy_spans(analysis.motion, analysis.duration_ms))


def quietest(levels: Levels, at_ms: int, slack_ms: int) -> int:
    """Return the middle of the quietest window within ``slack_ms`` of ``at_ms``, the nearest of equals;
    without slack, ``at_ms`` itself."""
    half = WINDOW_MS // 2
    low, high = max(0, -(-(at_ms - slack_ms - half) // WINDOW_MS)), (at_ms + slack_ms - half) // WINDOW_MS + 1
    near = levels[low:high]
    if slack_ms < WINDOW_MS or not near.size:
        return at_ms
    middles = np.arange(low, low + len(near)) * WINDOW_MS + half
    best = np.lexsort((np.abs(middles - at_ms), near))[0]
    return int(middles[best])


def quiet_spans(tracks: Sequence[Levels], duration_ms: int, threshold_db: float | None = None) -> list[Span]:
    """Return the stretches (start, end in ms) below the threshold, unless that is all.

    Args:
        tracks: levels of what may be the voice.
        duration_ms: of the file.
        threshold_db: dBFS; ``None`` is found from the levels themselves.
    """
    if not tracks or not tracks[0].size:
        return []
    silent = _all_silent(tracks, threshold_db)
    if silent.all():
        return []
    return [(first * WINDOW_MS, min(last * WINDOW_MS, duration_ms)) for first, last in runs(silent)]


def threshold_of(levels: Levels) -> float:
    """Return the level (dBFS) under which this recording is silent.

    It lies between the room's noise and the voice, so that clean, noisy and very quiet recordings are
    treated alike. A recording that is equally loud all through gets a threshold under all of it.
    """
    heard = levels[levels > DIGITAL_DB]
    if not heard.size:
        return DIGITAL_DB
    smooth = _smoothed(heard)
    room, voice = (float(value) for value in np.percentile(smooth, (5, 98)))
    if _is_gated(levels):
        return voice - (1 - _SHARE) * _DEEPEST_DB
    below_all = room - _UNIFORM_DB
    if voice - room < _UNIFORM_DB:
        return below_all
    room = max(room, voice - _DEEPEST_DB)
    threshold = room + _SHARE * (voice - room)
    # Without one real pause above digital silence, what was taken for the room is quiet speech.
    quiet = (levels > DIGITAL_DB) & (levels < threshold)
    longest = max((end - first for first, end in runs(_without_clicks(quiet))), default=0)
    return threshold if longest >= _PAUSE_WINDOWS else below_all


def _is_gated(levels: Levels) -> bool:
    """Tell whether pauses were recorded as digital silence (a noise gate, a synthetic voice); a muted
    start or end does not count."""
    pauses = [
        first
        for first, end in runs(levels <= DIGITAL_DB)
        if end - first >= _PAUSE_WINDOWS and first > 0 and end < len(levels)
    ]
    return len(pauses) >= 2


def _all_silent(tracks: Sequence[Levels], threshold_db: float | None) -> NDArray[np.bool_]:
    """Return for each window whether nothing is said on any of the tracks.

    Of several tracks, one that never falls silent (a game, music) has no say while another does.
    """
    flags = [
        _without_clicks(levels < (threshold_of(levels) if threshold_db is None else threshold_db))
        for levels in tracks
    ]
    pausing = [silent for silent in flags if silent.any() and not silent.all()]
    return np.asarray(np.logical_and.reduce(pausing or flags), dtype=np.bool_)


def _smoothed(levels: Levels) -> Levels:
    """Return the levels averaged (as power) over a few words."""
    width = min(_SMOOTH_WINDOWS, len(levels))
    power = np.convolve(10 ** (levels / 10), np.full(width, 1 / width), mode="valid")
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))))


def _without_clicks(silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the flags with very short sounds taken for silence, unless all sound is that short."""
    result = silent.copy()
    for first, end in runs(~silent):
        if end - first <= _CLICK_WINDOWS and first > 0 and end < len(silent):
            result[first:end] = True
    return silent if result.all() else result
