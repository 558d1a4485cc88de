"""The notebooks run from top to bottom, on a small recording in place of the demo's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nemo_lab.engine.media import probe
from tests.cli.conftest import ROOT, speech_clip

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "nemo_lab.cli.demo.make_recording", lambda folder: speech_clip(folder / "recording.mkv")
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}:{cell['id']}", "exec"), names)
    assert probe(names["video"].path).height == 360
    assert names["record"].after_ms < names["record"].before_ms


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_output(path: Path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert len("".join(cell["source"])) < 1000
