"""``nemo edit`` on real files, through the embedded backend."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import hardware, render
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes import Recipe, RunRecord
from tests.cli.conftest import Nemo, digests, speech_clip
from tests.media.clips import Clip, make
from tests.media.drafts import piece, timeline

LONG_SENTENCE = "cut the boring parts, add transitions, and export a clean final video"


@pytest.fixture
def work(tmp_path: Path, nemo: Nemo) -> Path:
    return tmp_path / "work"


@pytest.mark.parametrize("name", ["rec.mkv", "my 'rec' \"two\" 中文 – é.mp4", "-dash.mov"])
def test_the_long_sentence_gives_a_playable_file(nemo, work, name):
    source = speech_clip(work / name)
    before = digests(work)
    done = nemo("edit", "--", name, LONG_SENTENCE)
    assert done.returncode == 0, done.stderr
    target = work / f"{source.stem}-edited.mp4"
    info = probe(target)
    assert info.video_codec == "h264"
    assert 3000 < info.duration_ms < 5500  # three seconds are speech, the rest is pauses and their margins
    assert f"Saved {target}" in done.stdout
    assert "→" in done.stdout
    assert "local backend" in done.stdout
    after = digests(work)
    assert after.pop(target.name)
    record = RunRecord.model_validate_json((work / f"{target.name}.nemo.json").read_text("utf-8"))
    assert after.pop(f"{target.name}.nemo.json")
    assert after == before
    assert record.after_ms == pytest.approx(info.duration_ms, abs=40)
    assert {op["op"] for op in record.said[0].operations} == {"remove_silence", "transition"}


def test_chinese_is_answered_in_chinese(nemo_here, work):
    speech_clip(work / "录像.mkv")
    done = nemo_here("edit", "录像.mkv", "去掉停顿，开头加标题“你好”", "-o", "成片.mp4")
    assert done.returncode == 0, done.stderr
    assert "已保存" in done.stdout
    assert "Saved" not in done.stdout
    assert (work / "成片.mp4").exists()


def test_json_is_the_record_and_progress_goes_to_stderr(nemo, work):
    speech_clip(work / "a.mkv")
    done = nemo("edit", "a.mkv", "cut the first second", "--height", "90", "--json", "-o", "o.webm")
    record = RunRecord.model_validate(json.loads(done.stdout))
    assert record.export.height == 90
    assert probe(work / "o.webm").height == 90
    assert "100%" in done.stderr
    assert nemo("edit", "a.mkv", "cut the first second", "-q", "-o", "p.mp4").stderr == ""


def test_several_files_are_joined(nemo_here, work):
    for name in ("a.mp4", "b.mp4"):
        make(work / name, Clip(seconds=2))
    done = nemo_here("edit", "a.mp4", "b.mp4", "join them", "-o", "both.mp4")
    assert done.returncode == 0, done.stderr
    assert probe(work / "both.mp4").duration_ms == pytest.approx(4000, abs=50)


def test_what_was_said_is_kept_as_a_recipe_that_runs(nemo_here, work):
    speech_clip(work / "a.mkv")
    said = "add a title '{x}' for 1 second"
    done = nemo_here("edit", "a.mkv", said, "--save-recipe", "r.toml", "--height", "90")
    assert done.returncode == 0, done.stderr
    assert Recipe.load(work / "r.toml").resolved_steps() == (said,)
    again = nemo_here("recipe", "run", "r.toml", "a.mkv", "-o", "again.mp4")
    assert again.returncode == 0, again.stderr
    assert (work / "again.mp4").read_bytes() == (work / "a-edited.mp4").read_bytes()


def test_a_file_without_pauses_comes_out_whole_and_is_said_so(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=1, sound="tone"))
    done = nemo_here("edit", "a.mp4", LONG_SENTENCE)
    assert done.returncode == 0, done.stderr
    assert probe(work / "a-edited.mp4").duration_ms == pytest.approx(1000, abs=50)


def test_a_file_without_sound_comes_out_whole(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=1, sound=None))
    done = nemo_here("edit", "a.mp4", LONG_SENTENCE)
    assert done.returncode == 0, done.stderr
    assert "sound" in done.stdout


def bad_input(kind: str, folder: Path) -> Path:
    path = folder / ("rec.xyz" if kind == "unknown format" else "rec.mp4")
    if kind == "directory":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no video at all\n" * 100)
    elif kind == "unknown format":
        path.write_bytes(b"x" * 100)
    elif kind == "truncated":
        whole = make(folder / "whole.mp4", Clip(seconds=2)).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "text", "truncated", "unknown format"])
def test_bad_input_is_one_line_and_leaves_no_trace(nemo_here, work, kind):
    path = bad_input(kind, work)
    before = digests(work)
    done = nemo_here("edit", path.name, LONG_SENTENCE, "--quiet")
    refused(done)
    assert path.name in done.stderr
    assert digests(work) == before


def refused(done) -> None:
    """One line on stderr, exit code 1, nothing on stdout."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("nemo: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("cut from 2s to 2s", [], ""),
        ("cut the first second", ["-o", "below-file.txt/out.mp4"], "not a folder"),
        ("cut the first second", ["-o", "nowhere/out.mp4"], "not a folder"),
        ("cut the first second", ["-o", "there.mp4"], "--force"),
        ("cut the first second", ["-o", "rec.mkv", "--force"], "originals are never modified"),
        ("cut the first second", ["-o", "out.exe"], "Endings"),
        ("cut the first second", ["-o", "out"], "Endings"),
        ("sing me a song", [], ""),
        ("how long is it?", [], "6"),
        ("   ", [], "what you want"),
        ("cut the first second", ["--backend", "cloud"], ""),
    ],
)
def test_what_cannot_be_done_is_one_line_and_loses_nothing(nemo, work, text, options, words):
    speech_clip(work / "rec.mkv")
    (work / "below-file.txt").write_text("a file")
    (work / "there.mp4").write_bytes(b"precious")
    before = digests(work)
    done = nemo("edit", "rec.mkv", text, "--quiet", *options, **UNREACHABLE)
    refused(done)
    assert words in done.stderr
    assert digests(work) == before


UNREACHABLE = {"api_url": "http://127.0.0.1:9"}
"""Where nothing listens, so that a test for the cloud stays on this machine."""


def test_force_replaces_an_output(nemo_here, work):
    speech_clip(work / "rec.mkv")
    (work / "there.mp4").write_bytes(b"old")
    done = nemo_here("edit", "rec.mkv", "cut the first second", "-o", "there.mp4", "--force")
    assert done.returncode == 0, done.stderr
    assert probe(work / "there.mp4").duration_ms == pytest.approx(5000, abs=50)


def test_no_space_is_one_line_and_leaves_no_half_file(nemo, work):
    """A limit on the size of any file stands in for a full disk: the write fails in the same place."""
    speech_clip(work / "rec.mkv")
    before = digests(work)
    done = nemo("edit", "rec.mkv", "cut the first second", "-o", "out.wav", "--quiet", file_limit=400_000)
    refused(done)
    assert digests(work) == before


def test_the_record_and_the_last_line_say_how_many_frames_were_copied(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=6, sound="tone"))
    done = nemo_here("edit", "a.mp4", "cut from 1.5s to 3s", "-o", "o.mp4", "--json")
    assert done.returncode == 0, done.stderr
    render = RunRecord.model_validate(json.loads(done.stdout)).render
    assert render.frames == render.frames_copied + render.frames_encoded == 135
    assert render.frames_copied > 100
    assert render.encoded_because == ()
    shown = nemo_here("edit", "a.mp4", "cut from 1s to 3s", "-o", "p.mp4").stdout
    assert re.search(r" 1[12]\d of 120 frames copied, local backend", shown)
    shown = nemo_here("edit", "a.mp4", "cut from 1.5s to 3s", "-o", "q.mp4", "--height", "90").stdout
    assert "135 frames encoded (the picture's size changes)" in shown


def test_compat_joins_at_keyframes_only_and_a_recipe_may_ask_for_it(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=6, gop=60))
    said = ("a.mp4", "cut from 1s to 2.5s", "--json")
    assert copied(nemo_here("edit", *said, "-o", "o.mp4")) > 120
    compat = copied(nemo_here("edit", *said, "-o", "p.mp4", "--compat", "--save-recipe", "r.toml"))
    assert 80 < compat <= 30 + 60  # up to the cut, and from the keyframe at 4 s on
    assert "compat = true" in (work / "r.toml").read_text()
    assert copied(nemo_here("recipe", "run", "r.toml", "a.mp4", "-o", "q.mp4", "--json")) == compat


def test_a_fast_edit_may_move_ends_by_a_tenth_of_a_second(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=6, gop=60))
    record = RunRecord.model_validate(
        json.loads(
            nemo_here("edit", "a.mp4", "cut from 1.02s to 3.95s", "-o", "o.mp4", "--fast", "--json").stdout
        )
    )
    assert record.export.fast
    assert record.render.frames_encoded == 0
    assert abs(record.render.duration_ms - record.after_ms) <= 200


def copied(done):
    assert done.returncode == 0, done.stderr
    return RunRecord.model_validate(json.loads(done.stdout)).render.frames_copied


def test_a_hardware_encoder_is_used_only_when_it_works(nemo_here, work):
    make(work / "a.mp4", Clip(seconds=1))
    for name, why in (("h264_none", "it is not built in"), ("mpeg4", "it is no encoder of H.264")):
        done = nemo_here(
            "edit", "a.mp4", "cut the first 0.2s", "--height", "90", "--encoder", name, "-o", "o.mp4"
        )
        assert done.returncode == 1
        assert f"the encoder {name} does not work here: {why}. Use auto, or none." in done.stderr
        assert not (work / "o.mp4").exists()
    own = ("cut the first 0.2s", "--height", "90", "--encoder", "libx264", "-o", "o.mp4", "--json")
    record = RunRecord.model_validate(json.loads(nemo_here("edit", "a.mp4", *own).stdout))
    assert (record.export.encoder, record.render.video_codec) == ("libx264", "libx264")
    assert probe(work / "o.mp4").frames == 24


def test_without_a_card_auto_is_software_and_says_so(clip_file, tmp_path, monkeypatch):
    monkeypatch.setattr(hardware, "CARDS", ("h264_none", "libx264rgb"))
    report = render(
        timeline(piece(0, 900)), {"a": clip_file}, tmp_path / "o.mp4", Export(encoder="auto", height=90)
    )
    assert report.notes == ("No hardware encoder works here.",)
    assert report.video_codec == "libx264"
    monkeypatch.setattr(hardware, "CARDS", ("h264_none", "libx264"))
    report = render(
        timeline(piece(0, 900)), {"a": clip_file}, tmp_path / "o.mp4", Export(encoder="auto", height=90)
    )
    assert report.notes == ("Encoder: libx264.",)


@pytest.fixture
def clip_file(tmp_path):
    return make(tmp_path / "a.mp4", Clip(seconds=1))
