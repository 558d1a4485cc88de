"""What was done once is not done again, and ``--why`` says why something is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Nemo, speech_clip

WISH = "cut the pauses and add a title 'One' for 1 second"


@pytest.fixture
def work(tmp_path: Path, nemo: Nemo) -> Path:
    speech_clip(tmp_path / "work" / "talk.mp4")
    return tmp_path / "work"


def edit(nemo: Nemo, *arguments: object) -> tuple[dict[str, object], str]:
    done = nemo("edit", *arguments, "--why", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_the_same_again_does_nothing(nemo: Nemo, work: Path) -> None:
    first, why = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    assert first["reused"] == ""
    assert "nothing is known of an earlier run to a.mp4" in why
    made = (work / "a.mp4").stat().st_mtime_ns
    again, why = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    assert again["reused"] == "output"
    assert "Not done: same recordings" in why
    assert (work / "a.mp4").stat().st_mtime_ns == made
    plain = nemo("edit", "talk.mp4", WISH, "-o", "a.mp4")
    assert plain.stdout.startswith("Nothing to do: ")
    assert plain.stderr == ""


def test_elsewhere_and_after_a_loss_it_comes_from_the_cache(nemo: Nemo, work: Path) -> None:
    edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    other, why = edit(nemo, "talk.mp4", WISH, "-o", "b.mp4")
    assert other["reused"] == "cache"
    assert "lay in the cache" in why
    content = (work / "b.mp4").read_bytes()
    assert content == (work / "a.mp4").read_bytes()
    assert not (work / "b.mp4").samefile(work / "a.mp4")
    (work / "a.mp4").unlink()
    back, why = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    assert back["reused"] == "cache"
    assert "a.mp4 is gone" in why
    assert (work / "a.mp4").read_bytes() == content
    (work / "a.mp4").write_bytes(b"x" * len(content))
    refused = nemo("edit", "talk.mp4", WISH, "-o", "a.mp4")
    assert refused.returncode == 1
    assert "a.mp4 was changed" in refused.stderr
    assert "--force" in refused.stderr


def test_a_changed_step_redoes_what_depends_on_it(nemo: Nemo, work: Path, clean_environment: Path) -> None:
    edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    cache = clean_environment / "cache" / "analysis"
    listened = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    changed, why = edit(nemo, "talk.mp4", WISH.replace("One", "Two"), "-o", "a.mp4", "--force")
    assert changed["reused"] == ""
    assert "step 1 was changed" in why
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == listened


def test_other_words_for_the_same_timeline_render_nothing(nemo: Nemo, work: Path) -> None:
    first, _ = edit(nemo, "talk.mp4", "cut the first 2 seconds", "-o", "a.mp4")
    other, why = edit(nemo, "talk.mp4", "remove 0:00 to 0:02", "-o", "b.mp4")
    assert other["reused"] == "render"
    assert other["output"]["sha256"] == first["output"]["sha256"]
    assert "Done, but not rendered" in why


def test_a_moved_recording_is_the_same_a_changed_one_is_not(nemo: Nemo, work: Path) -> None:
    edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    (work / "later").mkdir()
    shutil.move(work / "talk.mp4", work / "later" / "talk.mp4")
    moved, _ = edit(nemo, "later/talk.mp4", WISH, "-o", "a.mp4")
    assert moved["reused"] == "output"
    speech_clip(work / "talk.mp4", seconds=8)
    changed, why = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4", "--force")
    assert changed["reused"] == ""
    assert "recording talk.mp4 was changed" in why


def test_fresh_does_it_all_again_and_gives_the_same_bytes(nemo: Nemo, work: Path) -> None:
    first, _ = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4")
    again, why = edit(nemo, "talk.mp4", WISH, "-o", "a.mp4", "--fresh", "--force")
    assert again["reused"] == ""
    assert "it was asked for" in why
    assert again["output"]["sha256"] == first["output"]["sha256"]
    refused = nemo("edit", "talk.mp4", WISH, "-o", "a.mp4", "--fresh")
    assert "exists already" in refused.stderr
