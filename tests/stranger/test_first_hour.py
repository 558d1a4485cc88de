"""A stranger's first hour, three times: README's own commands, from the built wheel, in fresh environments.

These reach a package registry, as their subject does; all else stays on this machine. Each sees a first
result within five minutes of ``pip install``.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from nemo_lab.engine.media import probe
from tests.cli.conftest import speech_clip
from tests.jupyter.conftest import browser, page
from tests.jupyter.harness import JupyterLab, open_notebook, run_all
from tests.obs.real_obs import Display, RealObs, make_talk, needs_obs
from tests.readme.blocks import ROOT, Block, blocks
from tests.stranger.building import Environment

__all__ = ["browser", "page"]  # fixtures
pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]
FIRST_RESULT = 300.0
"""Seconds from ``pip install`` on."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Environment]:
    found = Environment(tmp_path / "stranger")
    yield found
    found.end_processes()


def block_of(heading: str, language: str = "sh") -> Block:
    """The first block of a section of README."""
    return next(block for block in blocks() if (block.heading, block.language) == (heading, language))


def install(stranger: Environment, wheel: Path, block: Block) -> list[list[str]]:
    """Do the block's ``pip install`` with the wheel as its source; return the commands after it."""
    commands = block.commands()
    at, words = next((n, words) for n, words in enumerate(commands) if words[:2] == ["pip", "install"])
    _, _, extras = words[2].rstrip("]").partition("[")
    stranger.install(wheel, extras)
    return commands[at + 1 :]


class StrangersLab(JupyterLab):
    """JupyterLab of the fresh environment, which knows nothing but what is installed there."""

    def __init__(self, folder: Path, stranger: Environment) -> None:
        self._stranger = stranger
        super().__init__(folder)

    def _command(self, options: Any) -> list[str]:
        return [str(self._stranger.python), *super()._command(options)[1:]]

    def _environment(self) -> dict[str, str]:
        ours = super()._environment()
        kept = {key: ours[key] for key in ours if key.startswith(("JUPYTER", "IPYTHON", "NEMO_", "HOME"))}
        del kept["JUPYTER_PATH"], kept["JUPYTER_CONFIG_PATH"]
        return self._stranger.variables() | kept


@contextlib.contextmanager
def running(lab: StrangersLab) -> Iterator[StrangersLab]:
    try:
        yield lab
    finally:
        lab.stop()


def test_a_notebook_creator(built, stranger: Environment, tmp_path: Path, page: Page):
    """Install, start JupyterLab, run README's cell, see the result and the editor."""
    started = time.monotonic()
    then = install(stranger, built[0], block_of("JupyterLab"))
    assert ["jupyter", "lab"] in then
    with running(StrangersLab(tmp_path / "lab", stranger)) as lab:
        assert "nemo_lab.jupyter | extension was successfully loaded" in lab.log.read_text()
        speech_clip(lab.root / "talk.mkv")
        cells = block_of("JupyterLab", "ipython").text.split("\n\n")
        lab.write_notebook("first.ipynb", *cells, "import nemo_lab as nemo\nnemo.Editor('talk.mkv')")
        open_notebook(page, lab, "first.ipynb")
        run_all(page)
        page.wait_for_selector(".jp-OutputArea-output video, .jp-OutputArea-output svg", timeout=120_000)
        assert time.monotonic() - started < FIRST_RESULT
        page.wait_for_selector(".nemo-editor .nemo-front", state="attached", timeout=120_000)
        assert probe(lab.root / "clean.mp4").duration_ms > 1000
        _switched_off_and_mended(stranger, tmp_path)
        extensions = page.evaluate("() => [...window.jupyterapp.listPlugins()]")
        assert any(name.startswith("nemo-lab") for name in extensions)


def _switched_off_and_mended(stranger: Environment, folder: Path) -> None:
    """Jupyter's own tool switches the extension off; what ``nemo doctor`` says then mends it."""

    def found() -> dict[str, Any]:
        told = stranger.shell("nemo", "doctor", "--json", folder=folder)
        return dict(json.loads(told.stdout)["parts"]["jupyter"])

    assert found()["works"]
    off = stranger.shell("jupyter", "server", "extension", "disable", "nemo_lab.jupyter", folder=folder)
    assert off.returncode == 0, off.stderr
    assert found()["works"] is False
    mended = stranger.shell(*found()["mend"].split(), folder=folder)
    assert mended.returncode == 0, mended.stderr
    assert found()["works"]


@needs_obs
def test_a_streamer(built, stranger: Environment, tmp_path: Path):
    """Install, ``nemo obs install``, ``run``, record in OBS, find the edited film, look at ``status``."""
    display = Display()
    obs = RealObs(stranger.home, display.name, make_talk(tmp_path / "talk.mkv"))
    try:
        started = time.monotonic()
        then = install(stranger, built[0], block_of("OBS"))
        assert [words[:3] for words in then[:3]] == [
            ["nemo", "obs", name] for name in ("install", "run", "status")
        ]
        done = stranger.shell(*then[0], folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "the script is in" in done.stdout
        result = _recorded(obs, stranger, then[1], then[2], tmp_path)
        assert time.monotonic() - started < FIRST_RESULT
        assert probe(result).duration_ms > 1000
    finally:
        obs.close()
        display.close()


def _recorded(obs: RealObs, stranger: Environment, run: list[str], status: list[str], folder: Path) -> Path:
    """Record while the watcher runs; return the film that it made."""
    obs.start()
    with (folder / "watcher.log").open("wb") as log:
        watcher = subprocess.Popen(run, env=stranger.variables(), cwd=folder, stdout=log, stderr=log)
    try:
        path = obs.record(6)
        film = path.with_name(f"{path.stem}-edited.mp4")
        end = time.monotonic() + 240
        while time.monotonic() < end and not film.exists():
            time.sleep(0.5)
        assert film.exists(), (folder / "watcher.log").read_text()
        told = stranger.shell(*status, "--json", folder=folder)
        assert json.loads(told.stdout)["running"], told
        return film
    finally:
        watcher.terminate()
        watcher.wait(60)


def test_a_developer(built, stranger: Environment, tmp_path: Path):
    """Install without any extra, and run README's Python."""
    started = time.monotonic()
    install(stranger, built[0], block_of("Install"))
    speech_clip(tmp_path / "recording.mkv")
    (tmp_path / "first.py").write_text(block_of("Python and notebooks", "python").text, encoding="utf-8")
    done = stranger.shell("python", "-W", "error", "first.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < FIRST_RESULT
    assert probe(tmp_path / "clean.mp4").duration_ms > 1000


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - {"dev"}))
def test_each_extra_installs_by_itself(built, stranger: Environment, tmp_path: Path, extra: str):
    stranger.install(built[0], extra)
    told = stranger.shell("nemo", "doctor", "--json", folder=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    there = {name for name, found in json.loads(told.stdout)["extras"].items() if found["installed"]}
    assert there >= ({"jupyter", "obs", "dask", "otio", "captions"} if extra == "all" else {extra})
    check = stranger.shell("python", "-m", "pip", "check", folder=tmp_path)
    assert check.returncode == 0, check.stdout


def oldest(requirements: Sequence[str]) -> list[str]:
    """Each requirement at its lower bound."""
    bounds = (re.match(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)", line) for line in requirements)
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


def test_the_oldest_versions_that_are_allowed(built, stranger: Environment, tmp_path: Path):
    """What the project names itself, at its lower bounds; but ``llm``, which wants a newer pydantic."""
    extras = sorted(set(EXTRAS) - {"dev", "all", "llm"})
    pins = oldest([*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])])
    assert len(pins) > 20
    (tmp_path / "oldest.txt").write_text("\n".join(pins), encoding="utf-8")
    stranger.install(built[0], ",".join(extras), "--constraint", tmp_path / "oldest.txt")
    speech_clip(tmp_path / "recording.mkv")
    done = stranger.shell(
        "nemo", "edit", "recording.mkv", "cut the pauses, add a title 'Old'", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert probe(tmp_path / "recording-edited.mp4").duration_ms > 1000
    told = stranger.shell("nemo", "doctor", "--json", folder=tmp_path)
    assert all(json.loads(told.stdout)["extras"][extra]["installed"] for extra in extras), told.stdout
    loaded = stranger.shell("python", "-W", "error", "-c", "import nemo_lab.jupyter.editor", folder=tmp_path)
    assert loaded.returncode == 0, loaded.stderr
