"""``nemo chat`` with sentences piped in, and the commands that look at a session afterwards."""

from __future__ import annotations

import json
import re

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.recipes import Recipe
from tests.cli.conftest import digests, speech_clip


@pytest.fixture
def work(tmp_path, nemo):
    speech_clip(tmp_path / "work" / "rec.mkv")
    return tmp_path / "work"


def test_a_conversation(nemo, work):
    lines = [
        "cut the first second",
        ":timeline",
        ":undo",
        "/status",
        "add a title 'Urban {x}' for 1 second",
        ":recipe kept.toml",
        ":recipe kept.toml",
        "export it as a gif",
        ":export out.webm",
        ":help",
        ":dance",
        ":quit",
        "never reached",
    ]
    done = nemo("chat", "rec.mkv", stdin="\n".join(lines) + "\n")
    assert done.returncode == 1  # :recipe kept.toml was refused the second time
    shown = done.stdout
    assert "Timeline (1 track): 1. Video: rec.mkv (0-5s)" in shown
    assert "Timeline (1 track): 1. Video: rec.mkv (0-6s)" in shown
    assert "Urban {x}" in shown
    assert "nemo: kept.toml exists already" in done.stderr
    assert "There is no :dance" in done.stderr
    assert probe(work / "rec-edited.gif").duration_ms == pytest.approx(6000, abs=100)
    assert probe(work / "out.webm").duration_ms == pytest.approx(6000, abs=100)
    steps = Recipe.load(work / "kept.toml").resolved_steps()
    assert steps[-1] == "add a title 'Urban {x}' for 1 second"


def test_a_session_is_taken_up_again(nemo, work):
    first = nemo("chat", "rec.mkv", stdin="cut the first second\n")
    assert first.returncode == 0, first.stderr
    session = re.search(r"--session (\d+)", first.stderr)[1]
    second = nemo("chat", "--session", session, stdin="cut the first second\n:timeline")
    assert "(0-4s)" in second.stdout
    status = nemo("status")
    assert session in status.stdout
    assert "(0-4s)" in status.stdout
    facts = json.loads(nemo("status", "--json").stdout)
    assert (facts["session_id"], facts["backend"]) == (session, "local")
    out = nemo("export", "-o", "later.mp4", "--height", "90")
    assert out.returncode == 0, out.stderr
    assert probe(work / "later.mp4").duration_ms == pytest.approx(4000, abs=50)
    assert nemo("export", "-o", "later.mp4").returncode == 1
    assert nemo("export", "-o", "later.mp4", "--force").returncode == 0


def test_an_edit_is_the_last_session_too(nemo, work):
    nemo("edit", "rec.mkv", "cut the first second", "-o", "a.mp4")
    assert "(0-5s)" in nemo("status").stdout


def test_an_export_in_a_sentence_is_carried_out_and_takes_a_free_name(nemo, work):
    (work / "rec-edited.mp4").write_bytes(b"precious")
    done = nemo("chat", "rec.mkv", stdin="cut the first second and export it\n导出\n")
    assert done.returncode == 0, done.stderr
    assert (work / "rec-edited.mp4").read_bytes() == b"precious"
    assert probe(work / "rec-edited-2.mp4").duration_ms == pytest.approx(5000, abs=50)
    assert "已保存" in done.stdout
    assert (work / "rec-edited-3.mp4").exists()


@pytest.mark.parametrize(
    "arguments",
    [["chat"], ["chat", "none.mkv"], ["status"], ["export", "-o", "x.mp4"], ["chat", "--session", "1"]],
)
def test_what_cannot_begin_is_one_line(nemo, work, arguments):
    before = digests(work)
    done = nemo(*arguments, stdin="cut the first second\n")
    assert done.returncode == 1
    assert sum(line.startswith("nemo: ") for line in done.stderr.splitlines()) == 1
    assert digests(work) == before


def test_credits(nemo):
    assert "no credits" in nemo("credits").stdout
    assert json.loads(nemo("credits", "--json").stdout)["backend"] == "local"
