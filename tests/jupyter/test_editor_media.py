"""Where a browser finds a file."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from nemo_lab.jupyter.media import Shelf, media_folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that a Jupyter server says it serves."""
    (tmp_path / "runtime").mkdir()
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    (tmp_path / "runtime" / "jpserver-4711.json").write_text(json.dumps({"root_dir": str(folder)}))
    return folder


def test_under_jupyters_folder_it_is_jupyters_own_address(root: Path, tmp_path: Path) -> None:
    (root / "a b").mkdir()
    film = root / "a b" / "录像#1.mp4"
    film.write_bytes(b"x")
    address = Shelf(tmp_path / "data").address(film)
    assert address == f"files/a%20b/%E5%BD%95%E5%83%8F%231.mp4?v={film.stat().st_mtime_ns}"
    assert not media_folder(tmp_path / "data").exists()


def test_elsewhere_it_is_a_token_that_names_the_file_privately(root: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    shelf = Shelf(tmp_path / "data")
    address = shelf.address(film)
    assert address is not None
    assert address.startswith("nemo/media/")
    assert shelf.address(film) == address
    entry = media_folder(tmp_path / "data") / f"{address.rsplit('/', 1)[1]}.json"
    assert json.loads(entry.read_text()) == {"path": str(film), "mtime_ns": film.stat().st_mtime_ns}
    assert entry.stat().st_mode & 0o077 == 0
    os.utime(film, ns=(1, 1))
    assert shelf.address(film) != address


def test_hidden_folders_and_links_that_lead_out_are_not_jupyters(root: Path, tmp_path: Path) -> None:
    (root / ".hidden").mkdir()
    (root / ".hidden" / "film.mp4").write_bytes(b"x")
    (tmp_path / "film.mp4").write_bytes(b"x")
    (root / "link.mp4").symlink_to(tmp_path / "film.mp4")
    shelf = Shelf(tmp_path / "data")
    for path in (root / ".hidden" / "film.mp4", root / "link.mp4"):
        assert (shelf.address(path) or "").startswith("nemo/media/")
    assert shelf.address(root / "gone.mp4") is None


def test_old_tokens_go(root: Path, tmp_path: Path) -> None:
    films = [tmp_path / name for name in ("one.mp4", "two.mp4")]
    for film in films:
        film.write_bytes(b"x")
    shelf = Shelf(tmp_path / "data")
    token = (shelf.address(films[0]) or "").rsplit("/", 1)[1]
    entry = media_folder(tmp_path / "data") / f"{token}.json"
    weeks = time.time() - 15 * 24 * 3600
    os.utime(entry, (weeks, weeks))
    shelf.address(films[1])
    assert not entry.exists()
