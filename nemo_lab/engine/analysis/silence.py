"""Find the stretches in which nothing is said, from the recording's own levels."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.analysis.model import FLOOR_DB, WINDOW_MS, Analysis, Envelope
from nemo_lab.errors import EditError
from nemo_lab.protocol.plan import RemoveSilence

Levels = NDArray[np.float64]
"""dBFS per window."""

_MICROPHONE = re.compile(
    r"\bmic\b|mic/aux|microphone|voice|vocal|speech|麦克风|话筒|人声|语音", re.IGNORECASE
)
_CLICK_WINDOWS = 2
"""A sound of at most 40 ms amid silence is a click of a mouse or a key, not a word."""
_SMOOTH_WINDOWS = 25
"""500 ms: longer than the dips between the words of a sentence, shorter than a pause worth cutting."""
_PAUSE_WINDOWS = 25
"""500 ms: no dip within a sentence lasts so long."""
_DIGITAL_DB = FLOOR_DB + 10
"""Below this nothing was recorded at all: a muted source or a noise gate, not the room."""
_UNIFORM_DB = 7.0
"""A recording whose loudest and quietest parts are nearer than this has no pauses."""
_SHARE = 0.4
"""Where the threshold lies between the room (0) and the voice (1)."""
_DEEPEST_DB = 50.0
"""The room counts as no quieter than this under the voice."""


def find_silences(analysis: Analysis, op: RemoveSilence) -> list[tuple[int, int]]:
    """Return the stretches (start, end in ms of the file) that may go: silent for at least
    ``min_silence_ms``, less ``margin_ms`` beside each sound. They ascend and never cover the whole.

    Raises:
        EditError: ``track`` names an audio track that is not there.
    """
    tracks = _chosen(analysis, op.track)
    if not tracks or not tracks[0].size:
        return []
    silent = _all_silent(tracks, op.threshold_db)
    if silent.all():
        return []
    found: list[tuple[int, int]] = []
    for first, last in _runs(silent):
        start, end = first * WINDOW_MS, min(last * WINDOW_MS, analysis.duration_ms)
        if end - start < op.min_silence_ms:
            continue
        start += op.margin_ms if first else 0
        end -= op.margin_ms if last < len(silent) else 0
        if end - start >= WINDOW_MS:
            found.append((start, end))
    return found


def threshold_of(levels: Levels) -> float:
    """Return the level (dBFS) under which this recording is silent.

    It lies between the room's noise and the voice, so that clean, noisy and very quiet recordings are
    treated alike. A recording that is equally loud all through gets a threshold under all of it.
    """
    heard = levels[levels > _DIGITAL_DB]
    if not heard.size:
        return _DIGITAL_DB
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
    quiet = (levels > _DIGITAL_DB) & (levels < threshold)
    longest = max((end - first for first, end in _runs(_without_clicks(quiet))), default=0)
    return threshold if longest >= _PAUSE_WINDOWS else below_all


def _is_gated(levels: Levels) -> bool:
    """Tell whether pauses were recorded as digital silence (a noise gate, a synthetic voice); a muted
    start or end does not count."""
    pauses = [
        first
        for first, end in _runs(levels <= _DIGITAL_DB)
        if end - first >= _PAUSE_WINDOWS and first > 0 and end < len(levels)
    ]
    return len(pauses) >= 2


def _all_silent(tracks: list[Levels], threshold_db: float | None) -> NDArray[np.bool_]:
    """Return for each window whether nothing is said on any of the tracks.

    Of several tracks, one that never falls silent (a game, music) has no say while another does.
    """
    flags = [
        _without_clicks(levels < (threshold_of(levels) if threshold_db is None else threshold_db))
        for levels in tracks
    ]
    pausing = [silent for silent in flags if silent.any() and not silent.all()]
    return np.asarray(np.logical_and.reduce(pausing or flags), dtype=np.bool_)


def _chosen(analysis: Analysis, track: int | None) -> list[Levels]:
    """Return the tracks' levels that decide: the named track, else the microphone, else all of them."""
    envelopes = analysis.envelopes
    if track is not None:
        if not 1 <= track <= len(envelopes):
            raise EditError(
                f"there is no audio track {track}",
                remedy=f"The recording has {len(envelopes)} audio track(s).",
            )
        return [_levels(envelopes[track - 1], analysis)]
    for envelope in envelopes:
        if _MICROPHONE.search(envelope.title):
            levels = _levels(envelope, analysis)
            if (levels > _DIGITAL_DB).any():
                return [levels]
    return [_levels(envelope, analysis) for envelope in envelopes]


def _levels(envelope: Envelope, analysis: Analysis) -> Levels:
    """Return the levels of the whole file; where its sound is missing it is silent."""
    count = -(-analysis.duration_ms // WINDOW_MS)
    levels = np.full(count, FLOOR_DB)
    known = np.asarray(envelope.levels[:count], dtype=np.float64) / 10
    levels[: len(known)] = known
    return levels


def _smoothed(levels: Levels) -> Levels:
    """Return the levels averaged (as power) over a few words."""
    width = min(_SMOOTH_WINDOWS, len(levels))
    power = np.convolve(10 ** (levels / 10), np.full(width, 1 / width), mode="valid")
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))))


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, end) of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _without_clicks(silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the flags with very short sounds taken for silence, unless all sound is that short."""
    result = silent.copy()
    for first, end in _runs(~silent):
        if end - first <= _CLICK_WINDOWS and first > 0 and end < len(silent):
            result[first:end] = True
    return silent if result.all() else result
