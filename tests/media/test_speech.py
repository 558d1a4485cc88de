"""Where somebody speaks, against talks whose pauses are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nemo_lab.engine.analysis import Analysis, Envelope, analyse, find_silences, levels
from nemo_lab.engine.analysis.model import SPEECH_MS
from nemo_lab.engine.analysis.speech import CHUNK, SPEECH_RATE, Listener
from nemo_lab.engine.analysis.voice import levels_of, spoken
from nemo_lab.engine.media import probe
from nemo_lab.protocol.plan import RemoveSilence
from tests.media.clips import make
from tests.media.talk import RATE, Talk, dead, decoded, gated, length, make_talk, overlap, write_wav

DATA = Path(__file__).parent / "data"
REAL = ("librispeech.mkv", "kennedy.mkv", "mandarin.mkv")
TIGHT = RemoveSilence(margin_ms=0)


def errors(talk: Talk, op: RemoveSilence = TIGHT) -> tuple[float, float]:
    """Return the part of the speech that is lost, and of the dead time that is kept."""
    analysis = analyse(talk.path, probe(talk.path))
    silences = find_silences(analysis, op)
    pauses = [span for span in dead(talk.spoken, talk.duration_ms) if span[1] - span[0] >= op.min_silence_ms]
    lost = overlap(silences, talk.spoken) / length(talk.spoken)
    return lost, 1 - overlap(silences, pauses) / length(pauses)


@pytest.mark.parametrize("seed", [1])
def test_borders_in_a_clean_room(tmp_path: Path, seed: int) -> None:
    lost, kept = errors(make_talk(tmp_path / "talk.wav", seed=seed))
    assert lost < 0.01
    assert kept < 0.02


@pytest.mark.parametrize("seed", [2, 3])
def test_borders_over_music(tmp_path: Path, seed: int) -> None:
    lost, kept = errors(make_talk(tmp_path / "talk.wav", seed=seed, music_db=-10))
    assert lost < 0.03
    assert kept < 0.05


@pytest.mark.parametrize(("music_db", "most_lost", "most_kept"), [(None, 0.01, 0.02), (-10.0, 0.03, 0.05)])
def test_borders_of_real_recorded_speech(
    tmp_path: Path, music_db: float | None, most_lost: float, most_kept: float
) -> None:
    """English and Mandarin, men and a woman, of 1961 and of today."""
    voices = [gated(DATA / name, tmp_path / f"{name}.wav") for name in REAL]
    talks = [
        make_talk(tmp_path / f"{seed}.wav", seed=seed, seconds=70, music_db=music_db, voices=voices)
        for seed in (11, 13, 14)
    ]
    lost, kept = (sum(values) / len(talks) for values in zip(*map(errors, talks), strict=True))
    assert lost < most_lost
    assert kept < most_kept


@pytest.mark.parametrize("room_db", [-40.0, -35.0])
def test_borders_in_a_noisy_room(tmp_path: Path, room_db: float) -> None:
    lost, kept = errors(make_talk(tmp_path / "talk.wav", seed=4, room_db=room_db))
    assert lost < 0.02
    assert kept < 0.02


def test_usual_margins_lose_nothing(tmp_path: Path) -> None:
    lost, _ = errors(make_talk(tmp_path / "talk.wav", seed=1, music_db=-10), RemoveSilence())
    assert lost < 0.002


def test_a_very_quiet_recording(tmp_path: Path) -> None:
    talk = make_talk(tmp_path / "talk.wav", seed=6, room_db=-70)
    write_wav(talk.path, decoded(talk.path) * 10 ** (-30 / 20))
    lost, kept = errors(talk)
    assert lost < 0.01
    assert kept < 0.02


def test_without_the_network_the_level_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "can_hear", lambda: False)
    talk = make_talk(tmp_path / "clean.wav", seed=1)
    assert not analyse(talk.path, probe(talk.path)).envelopes[0].speech
    lost, kept = errors(talk)
    assert lost < 0.05
    assert kept < 0.05


def test_a_stated_threshold_goes_by_level(tmp_path: Path) -> None:
    talk = make_talk(tmp_path / "talk.wav", seed=1, seconds=20, music_db=-10)
    analysis = analyse(talk.path, probe(talk.path))
    assert find_silences(analysis, RemoveSilence())
    assert find_silences(analysis, RemoveSilence(threshold_db=-80)) == []


def test_noise_is_no_speech_and_the_level_decides(tmp_path: Path) -> None:
    path = make(tmp_path / "bursts.mkv", seconds=6, sound="speech")
    analysis = analyse(path, probe(path))
    assert spoken(analysis) == []
    assert len(find_silences(analysis, RemoveSilence())) == 3


def test_the_microphone_alone_is_heard(tmp_path: Path) -> None:
    path = make(tmp_path / "tracks.mkv", seconds=2, tracks=3, titles=("Desktop", "Mic/Aux", "Music"))
    speech = [envelope.speech for envelope in analyse(path, probe(path)).envelopes]
    assert [bool(heard) for heard in speech] == [False, True, False]


def test_cuts_move_to_the_quietest_moment(tmp_path: Path) -> None:
    talk = make_talk(tmp_path / "talk.wav", seed=3, seconds=60, music_db=-10)
    analysis = analyse(talk.path, probe(talk.path))
    loudness, talking = levels_of(analysis), spoken(analysis)
    silences = find_silences(analysis, RemoveSilence(margin_ms=200))
    assert silences
    moved = 0
    for start, end in silences:
        for at, edge in ((start, 200), (end, -200)):
            if at in (0, analysis.duration_ms):
                continue
            border = min((border for span in talking for border in span), key=lambda b: abs(b + edge - at))
            assert abs(border + edge - at) <= 100
            assert loudness[at // 20] <= loudness[(border + edge) // 20]
            moved += at != border + edge
    assert moved


def heard(sound: np.ndarray, rate: int, piece: int, start: int = 0) -> np.ndarray:
    listener = Listener(len(sound) * 1000 // rate)
    for first in range(start, len(sound), piece):
        listener.hear(sound[first : first + piece].astype(np.float32), first, rate)
    return np.array(listener.probabilities())


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    return make_talk(tmp_path_factory.mktemp("talk") / "talk.wav", seed=8, seconds=30)


def test_pieces_do_not_matter(talk: Talk) -> None:
    sound = decoded(talk.path)
    whole, pieces = heard(sound, RATE, len(sound)), heard(sound, RATE, 4321)
    assert len(whole) == -(-len(sound) * SPEECH_RATE // RATE // CHUNK)
    assert np.abs(whole - pieces).max() <= 1


def test_the_rate_does_not_matter(talk: Talk) -> None:
    sound = decoded(talk.path)
    third = sound[: len(sound) // 3 * 3].reshape(-1, 3).mean(axis=1)
    assert np.abs(heard(sound, RATE, RATE) - heard(third, RATE // 3, RATE)).mean() < 3


def test_a_gap_is_silence_of_its_length(talk: Talk) -> None:
    """Sound that begins late lies where its stamps say."""
    sound = decoded(talk.path)
    late = talk.spoken[3][0] - 300
    chunks = heard(sound, RATE, RATE, start=late * 48)
    assert chunks[: late // SPEECH_MS].max() < 35
    middle = sum(talk.spoken[3]) // 2
    assert chunks[middle // SPEECH_MS] > 50


def test_silence_costs_nothing_and_says_nothing() -> None:
    listener = Listener(10_000)
    listener.hear(np.zeros(480_000, np.float32), 0, RATE)
    assert set(listener.probabilities()) == {0}
    assert Listener(0).probabilities() == ()


def test_sound_beyond_the_end_and_broken_stamps_do_no_harm() -> None:
    listener = Listener(1_000)
    noise = np.random.default_rng(1).standard_normal(48_000).astype(np.float32) * 0.1
    listener.hear(noise, 0, RATE)
    listener.hear(noise, 10**15, RATE)
    listener.hear(noise, 24_000, RATE)
    assert len(listener.probabilities()) == -(-1_000 * 16 // CHUNK)


def test_speech_of_the_file_ends_with_the_file() -> None:
    """An analysis from elsewhere, with more chunks than the file is long."""
    envelope = Envelope(index=0, levels=(-200,) * 50, speech=(90,) * 100)
    assert spoken(Analysis(duration_ms=1000, envelopes=(envelope,))) == [(0, 1000)]
