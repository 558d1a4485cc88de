"""Audio tracks of the recording in the result: kept, changed one by one, mixed without doubling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import noise, sound
from tests.media.drafts import piece, timeline

LENGTH = 2 * 48_000


@pytest.fixture(scope="module")
def obs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two seconds as OBS records them by default: untitled; track 1 is the sum of 2 and 3."""
    path = tmp_path_factory.mktemp("tracks") / "obs.mkv"
    parts = [0.1 * noise(LENGTH, 7), 0.05 * noise(LENGTH, 8)]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, width=64, height=64, options={"preset": "ultrafast"})
        sounds = [out.add_stream("pcm_s16le", rate=48000, layout="stereo") for _ in range(3)]
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 100, np.uint8), "yuv420p")
            frame.pts = number
            out.mux(video.encode(frame))
        for stream, samples in zip(sounds, [parts[0] + parts[1], *parts], strict=True):
            block = av.AudioFrame.from_ndarray(np.stack([samples, samples]), "fltp", "stereo")
            block.sample_rate, block.pts = 48000, 0
            out.mux(stream.encode(block))
            out.mux(stream.encode(None))
        out.mux(video.encode(None))
    return path


def parts_of(path: Path, track: int = 0) -> tuple[float, float]:
    """Return how much of the two parts (tracks 2 and 3) one track of a file holds, 1 is all of it."""
    heard = sound(path, track)[0][4800 : LENGTH - 4800]
    basis = np.stack([0.1 * noise(LENGTH, 7), 0.05 * noise(LENGTH, 8)])[:, 4800 : LENGTH - 4800]
    found, *_ = np.linalg.lstsq(basis.T, heard, rcond=None)
    return float(found[0]), float(found[1])


def made(source: Path, target: Path, draft: Draft | None = None, **settings: object) -> Path:
    render(draft or timeline(piece(0, 2000)), {"a": source}, target, Export.model_validate(settings))
    return target


QUIET = timeline(piece(0, 2000, x_track_volumes={"3": 0.0}))


def test_all_tracks_are_kept_as_they_are(obs: Path, tmp_path: Path) -> None:
    target = made(obs, tmp_path / "out.mp4")
    assert len(probe(target).audio) == 3
    for track, expected in enumerate([(1, 1), (1, 0), (0, 1)]):
        assert parts_of(target, track) == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_one_track_is_made_quieter_and_the_mix_anew(obs: Path, tmp_path: Path, name: str) -> None:
    target = made(obs, tmp_path / name, QUIET)
    for track, expected in enumerate([(1, 0), (1, 0), (0, 0)]):
        assert parts_of(target, track) == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize(
    ("name", "settings"), [("out.mp4", {"tracks": "mix"}), ("out.wav", {}), ("out.webm", {})]
)
def test_a_mix_has_everything_once(obs: Path, tmp_path: Path, name: str, settings: dict) -> None:
    target = made(obs, tmp_path / name, **settings)
    assert len(probe(target).audio) == 1
    assert parts_of(target) == pytest.approx((1, 1), abs=0.1)


def test_a_mix_hears_what_was_muted(obs: Path, tmp_path: Path) -> None:
    assert parts_of(made(obs, tmp_path / "out.wav", QUIET)) == pytest.approx((1, 0), abs=0.05)


def test_tracks_without_a_mix_among_them_are_added_up(clip: Callable[..., Path], tmp_path: Path) -> None:
    source = clip(".mkv", tracks=2, titles=("Mic", "Game"))
    target = made(source, tmp_path / "out.wav")
    heard = sound(target)[0]
    for track in range(2):
        alone = 0.1 * noise(LENGTH, track)
        assert float(heard[: len(alone)] @ alone) / float(alone @ alone) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_titles_go_along_and_come_back(clip: Callable[..., Path], tmp_path: Path, suffix: str) -> None:
    source = clip(".mkv", tracks=2, titles=("Mic", "Game"))
    target = made(source, tmp_path / f"out.{suffix}")
    assert [stream.title for stream in probe(target).audio] == ["Mic", "Game"]
    assert probe(made(target, tmp_path / f"mixed.{suffix}", tracks="mix")).audio[0].title == ""


def test_a_joined_file_with_one_track_is_heard_in_the_mix(
    obs: Path, clip: Callable[..., Path], tmp_path: Path
) -> None:
    draft = timeline(piece(0, 2000), piece(0, 2000, asset="b"))
    target = tmp_path / "out.wav"
    render(draft, {"a": obs, "b": clip(".mkv")}, target, Export())
    heard = sound(target)[0]
    assert np.std(heard[LENGTH + 4800 :]) == pytest.approx(0.1, rel=0.1)
    assert parts_of(target) == pytest.approx((1, 1), abs=0.05)


def test_only_the_track_that_is_named_comes_to_a_loudness(clip: Callable[..., Path], tmp_path: Path) -> None:
    source = clip(".mkv", tracks=2, titles=("Mic", "Game"))
    wish = timeline(piece(0, 2000), effects=({"op": "normalize", "lufs": -30.0, "track": 2},))
    target = made(source, tmp_path / "out.mkv", wish)
    first, second = (np.std(sound(target, track)) for track in range(2))
    assert first == pytest.approx(0.1, rel=0.1)
    assert second < 0.06


def test_a_preview_is_small_and_plays_everywhere(clip: Callable[..., Path], tmp_path: Path) -> None:
    source = clip(".mkv", size=(1280, 720), tracks=2, seconds=1)
    target = made(source, tmp_path / "out.mp4", timeline(piece(0, 1000)), preset="preview", format="mp4")
    info = probe(target)
    assert (info.width, info.height, info.video_codec) == (854, 480, "h264")
    assert [stream.codec for stream in info.audio] == ["mp3float"]
    assert abs(info.duration_ms - 1000) <= 1


def test_a_small_or_upright_preview_keeps_its_shape(clip: Callable[..., Path], tmp_path: Path) -> None:
    small = made(clip(".mkv"), tmp_path / "small.mp4", preset="preview", format="mp4")
    upright = made(clip(".mkv", size=(540, 960)), tmp_path / "up.mp4", preset="preview", format="mp4")
    assert (probe(small).width, probe(small).height) == (320, 180)
    assert (probe(upright).width, probe(upright).height) == (480, 854)
