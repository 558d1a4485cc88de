"""What is heard: crossfades, speed, music, loudness, tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.render import render
from nemo_lab.engine.render.limiter import CEILING, limited, true_peaks
from nemo_lab.engine.render.loudness import measured
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import RATE, Clip, noise, offset, sound, sound_of
from tests.media.drafts import blend, piece, timeline

Maker = Callable[..., Path]


def heard(draft: Draft, sources: dict[str, Path], folder: Path, **settings: object) -> np.ndarray:
    render(draft, sources, folder / "out.wav", Export(**settings))
    return sound(folder / "out.wav")


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_cuts_do_not_click(clip: Maker, tmp_path: Path) -> None:
    samples = heard(
        timeline(piece(310, 1310), piece(2000, 3000)), {"a": clip(sound="tone", seconds=4)}, tmp_path
    )
    assert samples.shape == (2, 2 * RATE)
    steps = np.abs(np.diff(samples[0]))
    assert steps.max() < 1.05 * steps[:20000].max()
    assert np.abs(samples[0, RATE - 5 : RATE + 5]).max() < 0.01


def test_crossfade_keeps_the_power(clip: Maker, tmp_path: Path) -> None:
    """Equal power: the loudness of unlike sounds does not dip in the middle of the blend."""
    sources = {"a": clip(seconds=4)}
    samples = heard(timeline(piece(0, 2000, **blend(duration=800)), piece(3000, 3500)), sources, tmp_path)[0]
    assert samples.size == 2.5 * RATE
    middle = rms(samples[round(1.9 * RATE) : round(2.1 * RATE)])
    assert middle == pytest.approx(rms(samples[:RATE]), rel=0.12)
    full = sound_of(Clip(seconds=4))
    before = full[round(1.6 * RATE) : round(1.8 * RATE)]
    assert offset(samples[round(1.6 * RATE) : round(1.8 * RATE)], before)[0] == 0
    after = full[round(3.2 * RATE) : round(3.4 * RATE)]
    assert offset(samples[round(2.2 * RATE) : round(2.4 * RATE)], after)[0] == 0


@pytest.mark.parametrize("speed", [1.5, 4.0, 0.4])
def test_speed_keeps_the_pitch(clip: Maker, tmp_path: Path, speed: float) -> None:
    samples = heard(timeline(piece(0, 4000, speed=speed)), {"a": clip(sound="tone", seconds=4)}, tmp_path)[0]
    assert samples.size == round(4000 / speed) * 48
    inner = samples[4800:-9600]
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(inner.size)))
    assert np.argmax(spectrum) * RATE / inner.size == pytest.approx(440, rel=0.02)
    assert rms(inner) == pytest.approx(0.1, rel=0.1)


def test_speed_keeps_in_step_with_the_picture(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mkv", seconds=5, sound="speech", speech=((1.0, 2.0), (3.0, 4.0)))
    samples = heard(timeline(piece(0, 5000, speed=2.0)), {"a": source}, tmp_path)[0]
    level = np.sqrt(np.convolve(samples**2, np.ones(480) / 480, "same"))
    edges = np.flatnonzero(np.diff((level > 0.03).astype(int))) / RATE
    assert edges == pytest.approx([0.5, 1.0, 1.5, 2.0], abs=0.03)


def test_volume_and_mute(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(seconds=4)}
    pieces = piece(0, 1000), piece(1000, 2000, x_volume=0.5), piece(2000, 3000, x_volume=0.0)
    samples = heard(timeline(*pieces), sources, tmp_path)[0]
    levels = [rms(samples[n * RATE + 960 : (n + 1) * RATE - 960]) for n in range(3)]
    assert levels == pytest.approx([0.1, 0.05, 0.0], rel=0.05, abs=1e-6)


def test_raised_volume_does_not_clip(clip: Maker, tmp_path: Path) -> None:
    samples = heard(timeline(piece(0, 2000, x_volume=30.0)), {"a": clip(seconds=4)}, tmp_path)
    assert true_peaks(samples).max() < CEILING * 1.03
    assert rms(samples) > 0.2


def test_music_loops_fades_and_lies_under_the_voice(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(seconds=4, sound=None), "m": clip(".wav", seconds=1)}
    music = {"d": 3500, "x_start": 500, "x_asset": "m", "x_volume": 0.5, "x_loop": True, "x_fade_out": 1000}
    samples = heard(timeline(piece(0, 4000), music=(music,)), sources, tmp_path)[0]
    assert np.abs(samples[: RATE // 2]).max() == 0
    once = sound_of(Clip(seconds=1)) * 0.5
    for start in (0.5, 1.5):
        part = samples[round(start * RATE) : round((start + 1) * RATE)]
        assert offset(part, once)[0] == 0
        assert rms(part[500:-500]) == pytest.approx(0.05, rel=0.05)
    assert rms(samples[round(3.9 * RATE) :]) < 0.005


def test_music_without_loop_ends(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(seconds=4, sound=None), "m": clip(".mp3", seconds=1)}
    music = {"d": 3000, "x_asset": "m", "x_volume": 1.0}
    samples = heard(timeline(piece(0, 3000), music=(music,)), sources, tmp_path)[0]
    assert rms(samples[5000 : RATE - 5000]) > 0.08
    assert np.abs(samples[round(1.1 * RATE) :]).max() < 1e-4


def test_music_parts_join_without_a_dip(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(seconds=4, sound=None), "m": clip(".wav", seconds=3)}
    first = {"d": 1000, "x_start": 0, "x_asset": "m", "x_volume": 0.5}
    second = {"d": 1000, "x_start": 1000, "x_source_start": 1000, "x_asset": "m", "x_volume": 0.5}
    samples = heard(timeline(piece(0, 2000), music=(first, second)), sources, tmp_path)[0]
    expected = sound_of(Clip(seconds=3))[: 2 * RATE] * 0.5
    assert np.abs(samples[RATE - 500 : RATE + 500] - expected[RATE - 500 : RATE + 500]).max() < 1e-3


def test_music_ducks_under_speech(clip: Maker, tmp_path: Path) -> None:
    voice = clip(seconds=5, sound="speech", speech=((2.0, 4.0),))
    sources = {"a": voice, "m": clip(".wav", seconds=5, sound="tone")}
    music = {"d": 5000, "x_asset": "m", "x_volume": 0.5, "x_duck": True}
    samples = heard(timeline(piece(0, 5000), music=(music,)), sources, tmp_path)[0]
    tone = np.sin(2 * np.pi * 440 * np.arange(samples.size) / RATE)
    levels = [abs(np.mean(samples[a:b] * tone[a:b])) for a, b in ((RATE, 90000), (3 * RATE, 4 * RATE - 4800))]
    assert levels[1] < 0.35 * levels[0]


@pytest.mark.parametrize("lufs", [-16.0, -23.0, -10.0])
def test_loudness_is_reached(clip: Maker, tmp_path: Path, lufs: float) -> None:
    source = clip(".mkv", seconds=5, sound="speech", level=0.02)
    effects = ({"op": "normalize", "lufs": lufs},)
    samples = heard(timeline(piece(0, 5000), effects=effects), {"a": source}, tmp_path)
    assert measured([samples]) == pytest.approx(lufs, abs=0.5)
    assert true_peaks(samples).max() < CEILING * 1.03


def test_loudness_meter_reads_the_reference() -> None:
    """EBU Tech 3341, case 1: 1 kHz at -23 dBFS on both channels reads -23 LUFS."""
    wave = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(20 * RATE) / RATE)
    assert measured([np.tile(wave, (2, 1)).astype(np.float32)]) == pytest.approx(-23.0, abs=0.1)


def test_silence_is_not_made_loud(clip: Maker, tmp_path: Path) -> None:
    source = clip(seconds=2, level=0.0)
    samples = heard(timeline(piece(0, 2000), effects=({"op": "normalize"},)), {"a": source}, tmp_path)
    assert np.abs(samples).max() < 1e-4


def test_limiter_keeps_quiet_sound_and_length() -> None:
    quiet = np.tile(noise(3 * RATE) * 0.05, (2, 1)).astype(np.float32)
    blocks = [quiet[:, :1000], quiet[:, 1000:70000], quiet[:, 70000:]]
    assert np.array_equal(np.concatenate(list(limited(blocks)), axis=1), quiet)
    loud = quiet * 20
    done = np.concatenate(list(limited([loud[:, n : n + 24000] for n in range(0, 3 * RATE, 24000)])), axis=1)
    assert done.shape == loud.shape
    assert true_peaks(done).max() < CEILING * 1.03
    assert offset(done[0], loud[0])[0] == 0


def test_denoise_lowers_the_noise_and_keeps_the_time(clip: Maker, tmp_path: Path) -> None:
    source = clip(seconds=5, sound="speech", speech=((2.0, 4.0),), floor=0.05)
    draft = timeline(piece(0, 5000))
    plain = heard(draft, {"a": source}, tmp_path)[0]
    clean = heard(timeline(piece(0, 5000), effects=({"op": "denoise"},)), {"a": source}, tmp_path)[0]
    assert clean.size == plain.size
    assert abs(offset(clean, plain)[0]) <= 1
    assert rms(clean[RATE : round(1.8 * RATE)]) < 0.25 * rms(plain[RATE : round(1.8 * RATE)])
    assert rms(clean[100_000:190_000]) == pytest.approx(rms(plain[100_000:190_000]), rel=0.05)


def test_fades_of_the_whole(clip: Maker, tmp_path: Path) -> None:
    effects = tuple({"op": "fade", "direction": way, "duration_ms": 1000} for way in ("in", "out"))
    samples = heard(timeline(piece(0, 4000), effects=effects), {"a": clip(seconds=4)}, tmp_path)[0]
    levels = [rms(samples[round(a * RATE) : round(a * RATE) + 4800]) for a in (0.0, 0.45, 2.0, 3.45, 3.9)]
    assert levels == pytest.approx([0.005, 0.05, 0.1, 0.05, 0.005], abs=0.012)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_two_tracks_stay_two_and_are_cut_alike(clip: Maker, tmp_path: Path, suffix: str) -> None:
    source = clip(".mkv", seconds=4, tracks=2, titles=("Desktop", "Mic/Aux"))
    target = tmp_path / f"out{suffix}"
    report = render(timeline(piece(500, 1500), piece(3000, 3500)), {"a": source}, target, Export())
    assert report.audio_tracks == 2
    for track in range(2):
        full = sound_of(Clip(seconds=4), track)
        samples = sound(target, track)[0]
        assert offset(samples[2000 : RATE - 2000], full[26000 : 24000 + RATE - 2000])[0] == 0
        assert offset(samples[RATE + 1000 : RATE + 20000], full[3 * RATE + 1000 : 3 * RATE + 20000])[0] == 0
    if suffix == ".mkv":
        with av.open(str(target)) as out:
            assert [s.metadata.get("title") for s in out.streams.audio] == ["Desktop", "Mic/Aux"]


def test_mono_is_as_loud_on_both_sides(clip: Maker, tmp_path: Path) -> None:
    samples = heard(timeline(piece(0, 1000)), {"a": clip(channels=1, seconds=1)}, tmp_path)
    assert [rms(row) for row in samples] == pytest.approx([0.1, 0.1], rel=0.05)


def test_a_recording_without_sound_has_none(clip: Maker, tmp_path: Path) -> None:
    report = render(
        timeline(piece(0, 1000)), {"a": clip(sound=None, seconds=1)}, tmp_path / "o.mp4", Export()
    )
    assert report.audio_tracks == 0
    with av.open(str(tmp_path / "o.mp4")) as out:
        assert not out.streams.audio


def test_silent_piece_between_others(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(seconds=4), "b": clip(sound=None, seconds=1)}
    draft = timeline(piece(0, 1000), piece(0, 1000, asset="b"), piece(1000, 2000))
    samples = heard(draft, sources, tmp_path)[0]
    assert np.abs(samples[RATE : 2 * RATE]).max() == 0
    assert offset(samples[2 * RATE :], sound_of(Clip(seconds=4))[RATE : 2 * RATE])[0] == 0


def test_sound_alone(clip: Maker, tmp_path: Path) -> None:
    draft = timeline(piece(250, 1250), piece(2000, 2501), kind=1)
    samples = heard(draft, {"a": clip(".wav", seconds=3)}, tmp_path)[0]
    assert samples.size == round(1.501 * RATE)
    full = sound_of(Clip(seconds=3))
    assert offset(samples[:RATE], full[12000 : 12000 + RATE])[0] == 0
    assert offset(samples[RATE:], full[2 * RATE : 2 * RATE + 24048])[0] == 0
