"""The built package: all that it must hold and nothing else, and what it does in a fresh environment."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from nemo_lab import __version__
from nemo_lab.engine.media import probe
from tests.cli.conftest import speech_clip
from tests.stranger.building import ROOT, Environment

pytestmark = pytest.mark.timeout(400)
PACKAGES = ("nemo_lab", "obs_plugin")
DIST = f"nemo_lab-{__version__}"


def in_the_tree(*folders: str) -> set[str]:
    """The files of these folders, but for what Python and tools leave there."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def test_the_wheel_holds_the_packages_and_nothing_else(built):
    names = set(zipfile.ZipFile(built[0]).namelist())
    own = {name for name in names if name.startswith(tuple(f"{package}/" for package in PACKAGES))}
    assert own == in_the_tree(*PACKAGES)
    data = f"{DIST}.data/data/"
    shared = {name.removeprefix(data) for name in names if name.startswith(data)}
    assert shared == {
        "etc/jupyter/jupyter_server_config.d/nemo_lab.json",
        *(
            path.replace("nemo_lab/jupyter/labextension", "share/jupyter/labextensions/nemo-lab")
            for path in in_the_tree("nemo_lab/jupyter/labextension")
        ),
    }
    about = {name.removeprefix(f"{DIST}.dist-info/") for name in names - own if not name.startswith(data)}
    assert about == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "licenses/obs_plugin/LICENSE",
        "licenses/nemo_lab/engine/analysis/silero/LICENSE",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "nemo_lab/py.typed",
        "obs_plugin/py.typed",
        "nemo_lab/jupyter/static/editor.js",
        "nemo_lab/jupyter/static/editor.css",
        "nemo_lab/engine/analysis/silero/silero_vad_v6.onnx",
        "obs_plugin/scripts/nemo_lab_obs.lua",
        "obs_plugin/scripts/nemo_lab_obs.py",
    ],
)
def test_what_is_no_python_module_is_there_too(built, name):
    assert name in zipfile.ZipFile(built[0]).namelist()


def test_the_sdist_holds_the_sources_and_nothing_else(built):
    with tarfile.open(built[1]) as archive:
        names = {member.name.removeprefix(f"{DIST}/") for member in archive if member.isfile()}
    wanted = in_the_tree(*PACKAGES, "notebooks", "tests", "jupyter-config")
    alone = {"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert names == wanted | alone


def test_the_metadata_say_what_a_registry_shows(built):
    archive = zipfile.ZipFile(built[0])
    text = archive.read(f"{DIST}.dist-info/METADATA").decode()
    assert "License-Expression: MIT AND GPL-3.0-only" in text
    assert f"Version: {__version__}\n" in text
    assert "Description-Content-Type: text/markdown" in text
    scripts = archive.read(f"{DIST}.dist-info/entry_points.txt").decode()
    assert "nemo = nemo_lab.cli.main:main" in scripts
    assert "nemo-obs = obs_plugin.__main__:main" in scripts


@pytest.fixture(scope="module")
def stranger(built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Who has the wheel, and borrows what it needs from the tests' environment."""
    found = Environment(tmp_path_factory.mktemp("stranger"), borrowed=True)
    found.install_alone(built[0])
    return found


def test_the_first_edit_from_the_wheel(stranger, tmp_path):
    speech_clip(tmp_path / "recording.mkv")
    where = stranger.shell("python", "-c", "import nemo_lab; print(nemo_lab.__file__)", folder=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(stranger.folder)
    done = stranger.shell("nemo", "edit", "recording.mkv", "cut the boring parts", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert probe(tmp_path / "recording-edited.mp4").duration_ms < 5500


def test_the_wheel_puts_its_extensions_where_jupyter_looks(stranger, tmp_path):
    done = stranger.shell("nemo", "doctor", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["parts"]["jupyter"]["works"], facts["parts"]["jupyter"]
    assert facts["versions"]["nemo_lab"] == __version__
