"""The notebooks run from top to bottom in a clean kernel, on a small recording of the demo's name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from nemo_lab.cli.demo import RECORDING
from nemo_lab.engine.media import probe
from tests.cli.conftest import environment, speech_clip
from tests.jupyter.harness import ROOT, run_notebook

pytestmark = pytest.mark.timeout(400)  # kernels start slowly on a busy machine
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MADE = {
    "01_first_edit": ("clean.mp4", "titled.mp4", "preview.gif"),
    "02_step_by_step": ("small.mp4", "step by step.mp4", "my edit.toml"),
    "03_batch": ("edited/monday.mp4", "edited/thursday.mp4"),
    "04_from_obs": ("from obs.mp4", "obs recipe.toml"),
    "05_recipes": ("day 1.mp4", "day 2.mp4", "day 2.frozen.toml"),
    "06_cloud": ("from the cloud.mp4", "cloud cell.mp4"),
}


@contextmanager
def cloud(folder: Path) -> Iterator[str]:
    """A server on this machine that follows the cloud's rules; its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "nemo_lab", "serve", "--like-cloud", "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().removeprefix("Serving on ").strip()
    finally:
        server.terminate()
        server.communicate()


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    book = nbformat.read(path, as_version=4)
    run_notebook(book, folder)
    return book


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    folder = tmp_path / "work"
    folder.mkdir()
    speech_clip(folder / RECORDING)
    if path.stem == "06_cloud":
        with cloud(tmp_path / "cloud") as address:
            monkeypatch.setenv("NEMO_API_URL", address)
            book = run(path, folder)
    else:
        book = run(path, folder)
    for name in MADE[path.stem]:
        assert (folder / name).stat().st_size > 100, name
        if name.endswith(".mp4"):
            assert probe(folder / name).duration_ms < probe(folder / RECORDING).duration_ms + 3100
    text = nbformat.writes(book)
    assert "base64" not in text
    assert "<svg" in text or "<table" in text  # a picture of a timeline, or a report
    assert "Traceback" not in text
    html, _ = HTMLExporter().from_notebook_node(book)
    assert "<svg" in html or "<table" in html


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_output(path: Path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        assert not cell.get("outputs")
        assert len(cell.source) < 1000
