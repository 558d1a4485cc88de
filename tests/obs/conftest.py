"""A place for the watcher: its folders, OBS's folders, recordings, and an edit that only copies."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from obs_plugin.folders import Folders, ObsFolder
from obs_plugin.jobs import Job
from obs_plugin.ledger import Ledger
from obs_plugin.spool import Spool
from obs_plugin.watcher import Options, Watcher
from tests.obs.driver import QUICK
from tests.obs.real_obs import Display, RealObs, make_talk


def sealed_mp4(content: bytes = b"x" * 64, seconds: int = 5) -> bytes:
    """The structure of a finished MP4; no picture is in it."""
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80))
    return box(b"ftyp", b"isom") + box(b"mdat", content) + box(b"moov", mvhd)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


@dataclass
class Place:
    """Where a watcher works."""

    root: Path
    folders: Folders
    obs: ObsFolder
    videos: Path
    made: int = field(default=0)

    def record(self, name: str = "", content: bytes | None = None) -> Path:
        """Make a finished recording; without content each is another."""
        self.made += 1
        path = self.videos / (name or f"recording {self.made}.mp4")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sealed_mp4(str(self.made).encode() * 9) if content is None else content)
        return path

    @property
    def spool(self) -> Spool:
        return Spool(self.folders.spool)

    def watcher(self, options: Options = QUICK) -> Watcher:
        return Watcher(self.folders, self.obs, options)

    def work(self, options: Options = QUICK) -> list[Job]:
        """Let a watcher work until nothing is left to do; return all jobs."""
        self.watcher(options).run(threading.Event())
        return self.jobs()

    def jobs(self) -> list[Job]:
        ledger = Ledger(self.folders.ledger)
        try:
            return ledger.jobs()
        finally:
            ledger.close()

    def edits(self) -> list[dict]:
        log = self.folders.home / "edits.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def presets(self, text: str) -> None:
        self.folders.presets.mkdir(parents=True, exist_ok=True)
        (self.folders.presets / "obs.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))  # no notification during tests
    (tmp_path / "videos").mkdir()
    (tmp_path / "obs").mkdir()
    return Place(
        tmp_path,
        Folders(tmp_path / "home", tmp_path / "presets"),
        ObsFolder(tmp_path / "obs"),
        tmp_path / "videos",
    )


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    found = Display()
    yield found
    found.close()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talk(tmp_path_factory.mktemp("talk") / "talk.mp4")


@pytest.fixture
def obs(tmp_path: Path, display: Display, talk: Path) -> Iterator[RealObs]:
    found = RealObs(tmp_path / "obs", display.name, talk)
    yield found
    found.close()
