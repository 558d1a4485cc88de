# SPDX-License-Identifier: GPL-3.0-only
"""``nemo obs install`` and ``uninstall``: our script in OBS's scene collections, and start at login.

OBS writes its scene collections when it ends, over whatever is there, so nothing is changed while it runs.
Each file is kept as it was before: ``uninstall`` puts the very bytes back where OBS has not written since,
and takes out our entry alone where it has.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from nemo_lab.errors import NemoError, OutputNotWritable, UsageError
from obs_plugin import autostart
from obs_plugin.folders import Folders, ObsFolder

Language = Literal["lua", "python"]
_SCRIPTS: dict[Language, str] = {"lua": "nemo_lab_obs.lua", "python": "nemo_lab_obs.py"}
_SOURCE = Path(__file__).parent / "scripts"
_TOOL = "scripts-tool"
_SERVER_OFF = (
    "OBS's websocket server is off: the script alone does; with the server (Tools > WebSocket Server "
    "Settings) recordings of scene collections made later are found at once too"
)


def install(
    folders: Folders, obs: ObsFolder, command: Path, *, language: Language = "lua", at_login: bool = True
) -> list[str]:
    """Set everything up; a second call brings it up to date. Return what was done, in lines for people.

    Args:
        folders: ours.
        obs: OBS's settings.
        command: the program ``nemo``.
        language: of the script; Lua needs nothing but OBS.
        at_login: start the watcher at login.

    Raises:
        UsageError: OBS runs, or was never started.
        OutputNotWritable: something cannot be written.
    """
    collections = obs.collections()
    if not collections:
        raise UsageError(
            f"there is no scene collection in {obs.path}", remedy="Start OBS once, then close it."
        )
    _refuse_while_running(obs)
    try:
        script = _place_script(folders, language)
        settings = {"enabled": True, "spool": str(folders.spool), "command": str(command)}
        done = [_add(folders, path, script, settings) for path in collections]
        if at_login:
            late = autostart.set_up(autostart.plan(command, Path.home()))
            done.append("the watcher starts at login" + (" (from the next one on)" if late else ""))
    except OSError as exc:
        raise OutputNotWritable(f"{exc.filename} cannot be written: {exc.strerror}") from None
    server = obs.websocket()
    if server is None or not server.enabled:
        done.append(_SERVER_OFF)
    return done


def uninstall(folders: Folders, obs: ObsFolder) -> list[str]:
    """Undo :func:`install`; the queue, its history and the presets stay. Return what was done.

    Raises:
        UsageError: OBS runs.
        OutputNotWritable: something cannot be written.
    """
    _refuse_while_running(obs)
    try:
        done = [said for path in obs.collections() if (said := _remove(folders, path))]
        if autostart.take_down(autostart.plan(Path("nemo"), Path.home())):
            done.append("the watcher no longer starts at login")
        for name in _SCRIPTS.values():
            (folders.home / name).unlink(missing_ok=True)
        shutil.rmtree(_backups(folders), ignore_errors=True)
    except OSError as exc:
        raise OutputNotWritable(f"{exc.filename} cannot be written: {exc.strerror}") from None
    return done or ["nothing of ours was there"]


def collections_with_the_script(obs: ObsFolder) -> list[str]:
    """Return the names of the scene collections that have our script; one that cannot be read has not."""
    found = []
    for path in obs.collections():
        with contextlib.suppress(OSError, UsageError):
            tools = _parsed(path, path.read_bytes()).get("modules", {}).get(_TOOL)
            if isinstance(tools, list) and any(map(_is_ours, tools)):
                found.append(path.stem)
    return found


def program() -> Path:
    """Return the program ``nemo`` that belongs to this Python.

    Raises:
        UsageError: it is not installed.
    """
    name = "nemo.exe" if sys.platform == "win32" else "nemo"
    beside = Path(sys.executable).with_name(name)
    found = beside if beside.is_file() else shutil.which("nemo")
    if found is None:
        raise UsageError("the program nemo was not found", remedy="Name it: nemo obs install --command PATH.")
    return Path(found).absolute()


def _place_script(folders: Folders, language: Language) -> Path:
    """Copy the script to a place that stays when nemo_lab is updated."""
    folders.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folders.home / _SCRIPTS[language]
    _write(target, (_SOURCE / _SCRIPTS[language]).read_bytes())
    return target


def _add(folders: Folders, path: Path, script: Path, settings: dict[str, Any]) -> str:
    """Add the script to one scene collection; what the user set in it before stays."""
    before = path.read_bytes()
    data = _parsed(path, before)
    tools = data.setdefault("modules", {}).setdefault(_TOOL, [])
    old = next((entry for entry in tools if _is_ours(entry)), None)
    entry = {"path": str(script), "settings": (old or {}).get("settings", {}) | settings}
    data["modules"][_TOOL] = [*(other for other in tools if not _is_ours(other)), entry]
    after = json.dumps(data, ensure_ascii=False, indent=4).encode()
    if old is None:
        _write(_backup(folders, path), before)
    _write(path, after)
    _write(_backup(folders, path).with_suffix(".sha256"), hashlib.sha256(after).hexdigest().encode())
    return f"{path.stem}: the script is in"


def _remove(folders: Folders, path: Path) -> str:
    """Take the script out of one scene collection; return what was done, or nothing."""
    now, backup = path.read_bytes(), _backup(folders, path)
    written = backup.with_suffix(".sha256")
    if backup.is_file() and written.is_file() and hashlib.sha256(now).hexdigest() == written.read_text():
        _write(path, backup.read_bytes())
        return f"{path.stem}: as it was before"
    data = _parsed(path, now)
    tools = data.get("modules", {}).get(_TOOL)
    if not isinstance(tools, list) or not any(map(_is_ours, tools)):
        return ""
    data["modules"][_TOOL] = [entry for entry in tools if not _is_ours(entry)]
    _write(path, json.dumps(data, ensure_ascii=False, indent=4).encode())
    return f"{path.stem}: the script is out"


def _is_ours(entry: Any) -> bool:
    name = str(entry.get("path", "")).replace("\\", "/").rpartition("/")[2] if isinstance(entry, dict) else ""
    return name in _SCRIPTS.values()


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("modules", {}), dict):
        raise UsageError(f"{path} is no scene collection that can be read", remedy="Does OBS still load it?")
    return data


def _backups(folders: Folders) -> Path:
    return folders.home / "before-install"


def _backup(folders: Folders, path: Path) -> Path:
    return _backups(folders) / f"{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}.json"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _refuse_while_running(obs: ObsFolder) -> None:
    if is_running(obs):
        raise UsageError(
            "OBS runs, and would write over this when it ends", remedy="Close OBS, and try again."
        )


def is_running(obs: ObsFolder) -> bool:
    """Return whether an OBS with these settings runs (it keeps its log open)."""
    if Path("/proc/self/fd").is_dir():
        return any(_has_open(process, obs.path / "logs") for process in Path("/proc").iterdir())
    words = (
        ["tasklist", "/FI", "IMAGENAME eq obs64.exe"] if sys.platform == "win32" else ["pgrep", "-x", "OBS"]
    )
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError) as exc:
        raise NemoError(f"it cannot be found out whether OBS runs: {exc}", remedy="Close OBS.") from None
    return "obs64.exe" in done.stdout if sys.platform == "win32" else done.returncode == 0


def _has_open(process: Path, folder: Path) -> bool:
    if not process.name.isdecimal():
        return False
    try:
        return any(entry.readlink().parent == folder for entry in (process / "fd").iterdir())
    except OSError:
        return False
