"""``nemo clean``: shows first, removes what is named, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import nemo_lab
from nemo_lab.cli.main import cli
from nemo_lab.config import load_settings
from tests.media.clips import Clip, make


def clean(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["clean", *arguments])
    return done.exit_code, done.output


@pytest.fixture
def used(clean_environment: Path) -> Path:
    """Folders in which something was done, with things of the user's beside."""
    settings = load_settings()
    recording = make(clean_environment / "talk.mp4", Clip(seconds=2))
    nemo_lab.edit(recording, "cut the first second", clean_environment / "out.mp4")
    for path in (
        settings.config_dir / "config.toml", settings.config_dir / "credentials" / "token.json",
        settings.data_dir / "jupyter" / "uploads" / "film.mp4", settings.data_dir / "obs" / "watcher.log",
        settings.data_dir / "mine.txt", settings.cache_dir / "mine.txt",
    ):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (settings.data_dir / "jupyter" / "uploads" / "film.mp4").write_bytes(b"x" * 1500)
    return clean_environment


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_it_shows_what_is_kept_and_removes_nothing(used: Path) -> None:
    before = everything(used)
    for arguments in ((), ("uploads",), ("--yes",)):
        code, told = clean(*arguments)
        assert code == 0
        assert "uploads      1.5 kB" in told
        assert "Nothing was removed" in told
        assert everything(used) == before


def test_what_is_named_goes_and_the_rest_stays(used: Path) -> None:
    settings = load_settings()
    assert clean("cache", "--yes")[0] == 0
    assert [path.name for path in settings.cache_dir.iterdir()] == ["mine.txt"]
    assert (settings.data_dir / "local").is_dir()
    assert (settings.config_dir / "credentials" / "token.json").exists()


def test_all_leaves_recordings_results_settings_and_what_is_not_ours(used: Path) -> None:
    finished = (used / "out.mp4").read_bytes()
    code, told = clean("all", "--yes")
    assert code == 0, told
    left = everything(used)
    names = {Path(name).name for name in left}
    assert names == {"talk.mp4", "out.mp4", "out.mp4.nemo.json", "config.toml", "mine.txt"}
    assert left["out.mp4"] == finished
    assert clean()[1].count("nothing") == 5


def test_what_a_link_leads_to_stays(used: Path) -> None:
    settings, outside = load_settings(), used / "elsewhere"
    outside.mkdir()
    (outside / "precious.mp4").write_text("")
    (settings.data_dir / "jupyter" / "uploads" / "link").symlink_to(outside)
    (settings.data_dir / "chat_history").symlink_to(outside / "precious.mp4")
    assert clean("all", "--yes")[0] == 0
    assert (outside / "precious.mp4").exists()


def test_nothing_goes_that_is_in_use(used: Path) -> None:
    from obs_plugin.folders import our_folders
    from obs_plugin.locks import Lock

    before = everything(load_settings().data_dir)
    with nemo_lab.connect():
        code, told = clean("sessions", "--yes")
        assert (code, "a local engine is running" in told) == (1, True)
    watcher = Lock(our_folders().lock)
    assert watcher.acquire()
    code, told = clean("obs", "--yes")
    watcher.release()
    assert (code, "the OBS watcher is running" in told) == (1, True)
    assert everything(load_settings().data_dir).keys() >= before.keys() - {"local/projects.sqlite3-wal"}


def test_an_unknown_name_is_refused(clean_environment: Path) -> None:
    code, told = clean("everything", "--yes")
    assert code == 2
    assert "nothing is called 'everything'" in told
