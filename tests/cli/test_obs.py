"""``nemo-obs``: one finished recording, edited by the same road."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.recipes import RunRecord
from tests.cli.conftest import ROOT, digests, environment, speech_clip


def nemo_obs(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "obs_plugin", *map(str, arguments)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_default_wish_cuts_the_pauses(tmp_path):
    speech_clip(tmp_path / "2026-11-22 10-00-00.mkv")
    before = digests(tmp_path)
    done = nemo_obs(tmp_path, "2026-11-22 10-00-00.mkv")
    assert done.returncode == 0, done.stderr
    target = tmp_path / "2026-11-22 10-00-00-edited.mp4"
    assert str(target) in done.stdout
    assert probe(target).duration_ms < 5500
    after = digests(tmp_path)
    assert before.items() <= after.items()
    assert (
        RunRecord.model_validate_json((tmp_path / f"{target.name}.nemo.json").read_text("utf-8")).backend
        == "local"
    )


@pytest.mark.parametrize("how", ["recipe", "say"])
def test_a_recipe_or_a_sentence(tmp_path, how):
    speech_clip(tmp_path / "a.mkv")
    (tmp_path / "r.toml").write_text('steps = [{ op = "cut", end_ms = 1000 }]\n')
    wish = ["--recipe", "r.toml"] if how == "recipe" else ["--say", "cut the first second"]
    done = nemo_obs(tmp_path, "a.mkv", *wish, "-o", "out.mp4")
    assert done.returncode == 0, done.stderr
    assert probe(tmp_path / "out.mp4").duration_ms == pytest.approx(5000, abs=50)


@pytest.mark.parametrize(
    "arguments", [["none.mkv"], ["a.mkv", "--recipe", "none.toml"], ["a.mkv", "-o", "a.mkv", "--force"]]
)
def test_an_error_is_one_line(tmp_path, arguments):
    speech_clip(tmp_path / "a.mkv")
    before = digests(tmp_path)
    done = nemo_obs(tmp_path, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("nemo-obs: ")
    assert digests(tmp_path) == before


def test_its_licence_is_stated():
    assert "GPL-3.0-only" in (ROOT / "obs_plugin" / "__main__.py").read_text("utf-8").splitlines()[0]
