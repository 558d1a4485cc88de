# SPDX-License-Identifier: GPL-3.0-only
"""The same as ``nemo_lab_obs.lua``, for an OBS with Python: leaves word of each finished recording.

It runs inside OBS, in whatever Python OBS has, so it imports nothing but the standard library. It does no
work itself, so that OBS never waits for it; the watcher does (``nemo obs run``), and is started from here
when it does not run.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from typing import Any

import obspython as obs  # type: ignore[import-not-found]  # OBS's own module, inside OBS only

_TEXTS = ("preset", "instruction", "folder", "spool", "command")
_settings: dict[str, Any] = {"enabled": True, **dict.fromkeys(_TEXTS, "")}
_recording: dict[str, str] = {}
_kept: dict[str, Any] = {}
_children: list[subprocess.Popen[bytes]] = []


def _log(text: str) -> None:
    obs.script_log(obs.LOG_INFO, text)


def drop(path: str | None, first: str = "", *, asked: bool = False) -> None:
    """Leave word of a recording: written beside, then renamed, so that nobody sees half of it."""
    if not path or not _settings["spool"] or not (_settings["enabled"] or asked):
        return
    began = time.perf_counter()
    job = {name: _settings[name] for name in ("preset", "instruction", "folder")}
    job |= {"v": 1, "path": path, "first": first, "source": "script", "scene": _scene()}
    job["profile"] = obs.obs_frontend_get_current_profile() or ""
    job["collection"] = obs.obs_frontend_get_current_scene_collection() or ""
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.json"
    folders = [os.path.join(_settings["spool"], kind) for kind in ("tmp", "new")]  # noqa: PTH118
    try:
        for folder in folders:
            os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        scratch, final = (os.path.join(folder, name) for folder in folders)  # noqa: PTH118
        with open(scratch, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(job, file, ensure_ascii=False)
        os.replace(scratch, final)  # noqa: PTH105
    except OSError as exc:
        _log(f"could not queue {path}: {exc}")
        return
    _log(f"queued {path} in {(time.perf_counter() - began) * 1000:.1f} ms")


def start_watcher() -> None:
    """Start the watcher; where one runs, the new one ends at once."""
    _children[:] = [child for child in _children if child.poll() is None]
    if not _settings["command"]:
        return
    began = time.perf_counter()
    try:
        _children.append(
            subprocess.Popen(
                [_settings["command"], "obs", "run", "--from-obs"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )
        )  # fmt: skip
    except OSError as exc:
        _log(f"the watcher could not be started: {exc}")
    _log(f"called the watcher in {(time.perf_counter() - began) * 1000:.1f} ms")


def _scene() -> str:
    source = obs.obs_frontend_get_current_scene()
    name = obs.obs_source_get_name(source) if source else ""
    obs.obs_source_release(source)
    return name or ""


def _on_split(data: Any) -> None:
    following = obs.calldata_string(data, "next_file")
    if not _recording or not following:
        return
    drop(_recording["current"], _recording["first"])
    _recording["current"] = following
    drop(following, _recording["first"])  # parts to be joined wait for this one


def _watch_splits() -> None:
    output = obs.obs_frontend_get_recording_output()
    if output:
        obs.signal_handler_connect(obs.obs_output_get_signal_handler(output), "file_changed", _on_split)
        obs.obs_output_release(output)


def _on_event(event: int) -> None:
    if event == obs.OBS_FRONTEND_EVENT_RECORDING_STARTED:
        path = obs.obs_frontend_get_last_recording() or ""
        _recording.update(first=path, current=path)
        _watch_splits()
    elif event == obs.OBS_FRONTEND_EVENT_RECORDING_STOPPED:
        drop(obs.obs_frontend_get_last_recording(), _recording.get("first", ""))
        _recording.clear()
        if _settings["enabled"]:
            start_watcher()


def _edit_now(properties: Any, button: Any) -> bool:
    drop(obs.obs_frontend_get_last_recording(), asked=True)
    start_watcher()
    return True


def _show_status() -> None:
    data = _kept.get("data")
    if data is None:
        return
    try:
        file = os.path.join(_settings["spool"], "status.json")  # noqa: PTH118
        with open(file, encoding="utf-8") as opened:  # noqa: PTH123
            obs.obs_data_set_string(data, "status", str(json.load(opened)["line"]))
    except (OSError, ValueError, KeyError, TypeError):
        return


def script_description() -> str:
    """Return what OBS shows above the settings."""
    return "<b>nemo_lab</b><br>Edits every finished recording by itself; the result lies beside it."


def script_defaults(data: Any) -> None:
    """Set what holds until the user says something else."""
    obs.obs_data_set_default_bool(data, "enabled", True)


def script_properties() -> Any:
    """Return the settings as OBS shows them."""
    _show_status()
    found = obs.obs_properties_create()
    obs.obs_properties_add_bool(found, "enabled", "Edit finished recordings")
    obs.obs_properties_add_text(found, "preset", "Preset (empty: by obs.toml)", obs.OBS_TEXT_DEFAULT)
    obs.obs_properties_add_text(
        found, "instruction", "Instruction (instead of a preset)", obs.OBS_TEXT_MULTILINE
    )
    where = "Save results in (empty: beside)"
    obs.obs_properties_add_path(found, "folder", where, obs.OBS_PATH_DIRECTORY, None, None)
    obs.obs_properties_add_button(found, "now", "Edit the last recording now", _edit_now)
    obs.obs_properties_add_text(found, "status", "Status", obs.OBS_TEXT_INFO)
    obs.obs_properties_add_path(found, "spool", "Queue folder", obs.OBS_PATH_DIRECTORY, None, None)
    obs.obs_properties_add_text(found, "command", "Program (nemo)", obs.OBS_TEXT_DEFAULT)
    return found


def script_update(data: Any) -> None:
    """Take the settings as the user has them."""
    _kept["data"] = data
    _settings["enabled"] = obs.obs_data_get_bool(data, "enabled")
    for name in _TEXTS:
        _settings[name] = obs.obs_data_get_string(data, name)


def script_load(data: Any) -> None:
    """Begin to listen."""
    obs.obs_frontend_add_event_callback(_on_event)
    obs.timer_add(_show_status, 1000)


def script_unload() -> None:
    """Forget what belongs to OBS."""
    _kept.clear()
