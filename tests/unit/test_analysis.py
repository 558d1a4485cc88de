"""Where nothing is said: found in levels made by hand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemo_lab.engine.analysis import Analysis, Envelope, find_silences
from nemo_lab.errors import EditError
from nemo_lab.protocol.plan import RemoveSilence

SPEECH = RemoveSilence()


def recording(*parts: tuple[float, float], wobble: float = 3.0, title: str = "", seed: int = 1) -> Envelope:
    """Levels of stretches ``(seconds, dBFS)``; speech and noise waver by a few dB."""
    chance = random.Random(seed)
    levels = [
        round(10 * (-100 if level <= -100 else level + chance.uniform(-wobble, wobble)))
        for seconds, level in parts
        for _ in range(round(seconds * 50))
    ]
    return Envelope(index=0, title=title, levels=tuple(levels))


def analysis(*envelopes: Envelope) -> Analysis:
    return Analysis(duration_ms=20 * len(envelopes[0].levels), envelopes=envelopes)


@pytest.mark.parametrize(
    ("voice", "room"),
    [(-18, -100), (-18, -60), (-20, -34), (-52, -80), (-8, -45)],
    ids=["gated", "clean", "noisy", "very quiet", "loud"],
)
def test_the_pause_is_found_whatever_the_level(voice, room):
    found = find_silences(analysis(recording((5, voice), (2, room), (5, voice))), SPEECH)
    assert found == [(5150, 6850)]


def test_margin_is_kept_only_beside_sound():
    found = find_silences(analysis(recording((2, -60), (5, -20), (2, -60))), SPEECH)
    assert found == [(0, 1850), (7150, 9000)]


def test_a_short_pause_stays():
    pause = analysis(recording((5, -20), (0.5, -60), (5, -20)))
    assert find_silences(pause, SPEECH) == []
    assert find_silences(pause, RemoveSilence(min_silence_ms=400)) == [(5150, 5350)]


def test_a_click_does_not_split_a_pause():
    found = find_silences(analysis(recording((5, -20), (1, -60), (0.04, -20), (1, -60), (5, -20))), SPEECH)
    assert found == [(5150, 6890)]


def test_a_short_word_does_split_it():
    found = find_silences(analysis(recording((5, -20), (1, -60), (0.2, -20), (1, -60), (5, -20))), SPEECH)
    assert found == [(5150, 5850), (6350, 7050)]


@pytest.mark.parametrize("level", [-10, -30, -60, -100])
def test_what_is_equally_loud_all_through_is_left_alone(level):
    assert find_silences(analysis(recording((20, level), wobble=1.5)), SPEECH) == []


def test_rare_speech_is_still_speech():
    found = find_silences(analysis(recording((60, -60), (3, -20), (60, -60))), SPEECH)
    assert found == [(0, 59_850), (63_150, 123_000)]


def test_a_soft_speaker_behind_a_noise_gate_is_kept():
    levels = recording((4, -20), (1, -100), (3, -33), (1, -100), (4, -20))
    assert find_silences(analysis(levels), SPEECH) == [(4150, 4850), (8150, 8850)]


def test_a_muted_start_says_nothing_about_the_room():
    levels = recording((3, -100), (4, -18), (1, -34), (4, -18))
    assert find_silences(analysis(levels), SPEECH) == [(0, 2850), (7150, 7850)]


def test_short_dips_of_a_voice_are_no_room():
    parts = [part for _ in range(12) for part in ((1.5, -20), (0.3, -36))]
    assert find_silences(analysis(recording(*parts, (2, -100), (3, -20))), SPEECH)[-1] == (21_450, 23_450)


def test_a_threshold_that_is_given_is_obeyed_but_never_takes_everything():
    whole = analysis(recording((5, -20), (2, -40), (5, -20)))
    assert find_silences(whole, RemoveSilence(threshold_db=-30)) == [(5150, 6850)]
    assert find_silences(whole, RemoveSilence(threshold_db=-50)) == []
    assert find_silences(whole, RemoveSilence(threshold_db=0)) == []


@pytest.mark.parametrize("title", ["Mic/Aux", "microphone", "Voice", "麦克风", "My mic"])
def test_the_microphone_decides(title):
    game = recording((12, -15))
    mic = recording((5, -20), (2, -70), (5, -20), title=title)
    assert find_silences(analysis(game, mic), SPEECH) == [(5150, 6850)]


def test_a_track_that_never_pauses_has_no_say():
    game = recording((12, -15))
    voice = recording((5, -20), (2, -70), (5, -20))
    assert find_silences(analysis(game, voice), SPEECH) == [(5150, 6850)]
    assert find_silences(analysis(voice, game), SPEECH) == [(5150, 6850)]


def test_two_speakers_must_both_be_silent():
    one = recording((4, -20), (8, -70))
    two = recording((6, -70), (6, -22))
    assert find_silences(analysis(one, two), SPEECH) == [(4150, 5850)]


def test_without_a_microphone_the_loudest_counts():
    game = recording((5, -60), (2, -15), (5, -60), title="Desktop")
    mic = recording((3, -20), (9, -70), title="Track 2 dynamics")
    assert find_silences(analysis(game, mic), SPEECH) == [(3150, 4850), (7150, 12_000)]


def test_a_silent_microphone_does_not_decide():
    game = recording((5, -20), (2, -60), (5, -20))
    assert find_silences(analysis(game, recording((12, -100), title="Mic")), SPEECH) == [(5150, 6850)]


def test_a_named_track_decides_and_must_be_there():
    both = analysis(recording((12, -20)), recording((5, -20), (2, -70), (5, -20)))
    assert find_silences(both, RemoveSilence(track=2)) == [(5150, 6850)]
    assert find_silences(both, RemoveSilence(track=1)) == []
    with pytest.raises(EditError, match="no audio track 3"):
        find_silences(both, RemoveSilence(track=3))


def test_missing_sound_is_silence_and_no_sound_is_nothing():
    short = Analysis(duration_ms=9000, envelopes=(recording((5, -20), (1, -60), (1, -20)),))
    assert find_silences(short, SPEECH) == [(5150, 5850), (7150, 9000)]
    assert find_silences(Analysis(duration_ms=9000), SPEECH) == []


def test_json_round_trip():
    before = analysis(recording((1, -20), title="麦克风"))
    assert Analysis.model_validate_json(before.model_dump_json()) == before


@settings(deadline=None)
@given(
    st.lists(st.integers(-1000, 0), min_size=1, max_size=400),
    st.integers(50, 2000),
    st.integers(0, 500),
    st.none() | st.floats(-100, 0),
)
def test_silences_ascend_lie_inside_and_leave_something(levels, shortest, margin, threshold):
    whole = analysis(Envelope(index=0, levels=tuple(levels)))
    op = RemoveSilence(min_silence_ms=shortest, margin_ms=margin, threshold_db=threshold)
    found = find_silences(whole, op)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= whole.duration_ms for edge in edges)
    assert sum(b - a for a, b in found) < whole.duration_ms
