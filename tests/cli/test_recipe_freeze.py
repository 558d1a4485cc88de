"""A recipe explained, frozen, and verified."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nemo_lab.recipes import Recipe
from tests.cli.conftest import Nemo, speech_clip

RECIPE = """\
# for the course
version = 1
name = "Clean"
steps = [
    "cut the pauses",        # the long ones
    "add a title '{title}' for 1 second",
    { op = "cut", start_ms = -1500 },
]

[export]
height = 240                 # small

[parameters]
title = "It's day 1"
"""


@pytest.fixture
def work(tmp_path: Path, nemo: Nemo) -> Path:
    speech_clip(tmp_path / "work" / "talk.mp4")
    (tmp_path / "work" / "clean.toml").write_text(RECIPE)
    return tmp_path / "work"


def test_a_recipe_is_explained_in_words(nemo: Nemo, work: Path) -> None:
    shown = nemo("recipe", "show", "clean.toml").stdout
    assert "Says: cut the pauses" in shown
    assert "→ Remove silence" in shown
    assert "3. Cut from 1.5 s before the end" in shown
    assert '{title} is "It\'s day 1" unless it is set otherwise' in shown
    assert "Exports height 240 pixels." in shown


def test_a_frozen_recipe_gives_the_same_file_and_says_so(nemo: Nemo, work: Path) -> None:
    frozen = nemo("recipe", "freeze", "clean.toml", "talk.mp4", "--set", "title=Day 2")
    assert frozen.returncode == 0, frozen.stderr
    text = (work / "clean.frozen.toml").read_text()
    assert text.startswith("# for the course\n")
    assert "height = 240                 # small" in text
    recipe = Recipe.load(work / "clean.frozen.toml")
    assert recipe.frozen is not None
    assert recipe.frozen.said[1] == "add a title 'Day 2' for 1 second"
    assert all(not isinstance(step, str) for step in recipe.steps)
    verified = nemo("recipe", "verify", "clean.frozen.toml", "talk.mp4")
    assert verified.stdout == f"Byte-identical: SHA-256 {recipe.frozen.output_sha256}\n"
    assert verified.returncode == 0
    shown = nemo("recipe", "show", "clean.frozen.toml").stdout
    assert "Frozen with talk.mp4 by " in shown
    assert nemo("recipe", "freeze", "clean.toml", "talk.mp4").returncode == 1

    ran = nemo("recipe", "run", "clean.frozen.toml", "talk.mp4", "-o", "out.mp4", "--json")
    record = json.loads(ran.stdout)
    assert record["output"]["sha256"] == recipe.frozen.output_sha256
    assert record["said"] == []

    speech_clip(work / "other.mp4", seconds=9)
    ran = nemo("recipe", "run", "clean.frozen.toml", "other.mp4", "-o", "other-out.mp4", "--json")
    assert [len(said["operations"]) for said in json.loads(ran.stdout)["said"]] == [1, 1, 1]
    refused = nemo("recipe", "verify", "clean.frozen.toml", "other.mp4")
    assert "not the recordings" in refused.stderr


def test_a_finished_file_is_verified_by_its_record(nemo: Nemo, work: Path) -> None:
    assert nemo("recipe", "run", "clean.toml", "talk.mp4", "-o", "out.mp4").returncode == 0
    same = nemo("recipe", "verify", "out.mp4")
    assert same.returncode == 0, same.stderr
    assert same.stdout.startswith("Byte-identical: ")
    record_file = work / "out.mp4.nemo.json"
    record = json.loads(record_file.read_text())
    record["output"]["sha256"] = "0" * 64
    record["depends"]["engine"] = "0.0.1+old"
    record["draft"]["t"][0]["sg"][0]["d"] += 40
    record_file.write_text(json.dumps(record))
    other = nemo("recipe", "verify", "out.mp4", "--json")
    assert other.returncode == 1
    found = json.loads(other.stdout)
    assert not found["same_timeline"]
    assert "the engine is" in found["differences"][0]
    assert found["differences"][-1] == "the timelines differ first in track 1, segment 1: d"
    shutil.move(work / "talk.mp4", work / "gone.mp4")
    assert "talk.mp4 does not exist" in nemo("recipe", "verify", "out.mp4").stderr
    assert "no record" in nemo("recipe", "verify", "gone.mp4").stderr


def test_a_recipe_of_a_later_version_is_refused_with_its_line(nemo: Nemo, work: Path) -> None:
    (work / "new.toml").write_text('# ours\nversion = 2\nsteps = ["x"]\nnew = 1\n')
    refused = nemo("recipe", "show", "new.toml")
    assert refused.stderr.startswith("nemo: line 2: this recipe is of version 2")
    assert "pip install --upgrade nemo-lab" in refused.stderr


def test_a_frozen_timeline_that_is_no_timeline_is_refused_with_its_line(nemo: Nemo, work: Path) -> None:
    sha = "0" * 64
    pinned = f"""steps = ["cut the pauses"]
[frozen]
engine = "1"
backend = "local"
recordings = [{{ name = "a", sha256 = "{sha}" }}]
before_ms = 1
after_ms = 1
output_sha256 = "{sha}"
timeline = "no"
"""
    (work / "bad.toml").write_text(pinned)
    refused = nemo("recipe", "show", "bad.toml")
    assert "line 9: frozen.timeline" in refused.stderr
