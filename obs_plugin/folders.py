# SPDX-License-Identifier: GPL-3.0-only
"""Where things lie: ours, and OBS's own settings (read only here)."""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nemo_lab.config import load_settings

DEFAULT_PORT = 4455
DEFAULT_NAMES = "%CCYY-%MM-%DD %hh-%mm-%ss"
_RECORDS_INTO = (("SimpleOutput", "FilePath"), ("AdvOut", "RecFilePath"), ("AdvOut", "FFFilePath"))


@dataclass(frozen=True)
class Folders:
    """Our folders: ``home`` in the data folder, ``presets`` in the config folder."""

    home: Path
    presets: Path

    @property
    def ledger(self) -> Path:
        """The queue."""
        return self.home / "queue.db"

    @property
    def spool(self) -> Path:
        """Where the scripts inside OBS drop their jobs."""
        return self.home / "spool"

    @property
    def status(self) -> Path:
        """What the scripts inside OBS show."""
        return self.spool / "status.json"

    @property
    def lock(self) -> Path:
        """Held by the running watcher."""
        return self.home / "watcher.lock"

    @property
    def work_lock(self) -> Path:
        """Held by the process that edits, which may outlive a killed watcher for a moment."""
        return self.home / "editing.lock"

    @property
    def log(self) -> Path:
        """The watcher's log."""
        return self.home / "watcher.log"


def our_folders() -> Folders:
    """Return our folders as the settings say.

    Raises:
        ConfigError: a setting cannot be used.
    """
    settings = load_settings()
    return Folders(settings.data_dir / "obs", settings.config_dir / "obs")


class Websocket(NamedTuple):
    """How OBS's websocket server is set up."""

    enabled: bool
    port: int
    password: str | None
    """``None`` when OBS asks for none."""

    def __repr__(self) -> str:
        return f"Websocket(enabled={self.enabled}, port={self.port})"


@dataclass(frozen=True)
class ObsFolder:
    """OBS's configuration folder.

    Args:
        path: where it is.
    """

    path: Path = field(default_factory=lambda: obs_folder())

    def websocket(self) -> Websocket | None:
        """Return the websocket server's settings; ``None`` when OBS never ran with one.

        ``global.ini`` goes first where both are there: OBS reads it so, and moves it over.
        """
        section = _ini(self.path / "global.ini", "OBSWebSocket")
        if section.get("ServerEnabled") is not None or section.get("ServerPort"):
            secured = section.get("AuthRequired", "true").lower() != "false"
            return Websocket(
                section.get("ServerEnabled", "false").lower() == "true",
                _port(section.get("ServerPort")),
                section.get("ServerPassword", "") if secured else None,
            )
        try:
            file = self.path / "plugin_config" / "obs-websocket" / "config.json"
            data = json.loads(file.read_text(encoding="utf-8"))
            password = str(data.get("server_password", "")) if data.get("auth_required", True) else None
            return Websocket(bool(data.get("server_enabled")), _port(data.get("server_port")), password)
        except (OSError, ValueError, AttributeError):
            return None

    def recording_folders(self) -> list[tuple[Path, re.Pattern[str]]]:
        """Return the folders that the profiles record into, and what names (without ending) they give."""
        found: dict[Path, re.Pattern[str]] = {}
        for profile in sorted(self.path.glob("basic/profiles/*/basic.ini")):
            names = name_pattern(_ini(profile, "Output").get("FilenameFormatting") or DEFAULT_NAMES)
            for section, name in _RECORDS_INTO:
                value = _ini(profile, section).get(name)
                if value:
                    found[Path(value.replace("\\\\", "\\"))] = names
        return [(folder, names) for folder, names in found.items() if folder.is_dir()]

    def collections(self) -> list[Path]:
        """Return the scene collections' files."""
        return sorted((self.path / "basic" / "scenes").glob("*.json"))


def obs_folder() -> Path:
    """Return where OBS keeps its settings on this system, whether it is there or not."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))) / "obs-studio"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "obs-studio"
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "obs-studio"
    flatpak = Path.home() / ".var" / "app" / "com.obsproject.Studio" / "config" / "obs-studio"
    return flatpak if flatpak.is_dir() and not usual.is_dir() else usual


def name_pattern(formatting: str) -> re.Pattern[str]:
    """Return what fits the names that OBS gives by a format such as ``%CCYY-%MM-%DD %hh-%mm-%ss``.

    OBS adds `` (2)`` to a name that is taken.
    """
    pieces = re.split(r"(%(?:CCYY|YY|MM|DD|hh|mm|ss|[A-Za-z%]))", Path(formatting or "_").name)
    dates = {"%CCYY": r"\d{4}"} | dict.fromkeys(("%YY", "%MM", "%DD", "%hh", "%mm", "%ss"), r"\d\d")
    body = "".join(
        dates.get(piece, ".+") if piece.startswith("%") else re.escape(re.sub(r'[:"<>|?*]', "_", piece))
        for piece in pieces
    )
    return re.compile(body + r"(?: \(\d+\))?")


def _ini(path: Path, section: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # OBS's names have capitals
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
        return {name: value or "" for name, value in parser.items(section)}
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}


def _port(value: object) -> int:
    try:
        port = int(str(value))
    except ValueError:
        return DEFAULT_PORT
    return port if 0 < port < 65536 else DEFAULT_PORT
