"""``nemo doctor``: what is installed, what is missing, how to get it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab import __version__
from nemo_lab.cli import parts
from nemo_lab.cli.options import json_option
from nemo_lab.errors import NemoError

if TYPE_CHECKING:
    from nemo_lab.cli.parts import Part
    from nemo_lab.config import Settings

_EXTRAS = {
    "jupyter": ("anywidget", "the widget, %%nemo cells and the JupyterLab panel"),
    "obs": ("obsws_python", "editing when OBS stops recording"),
    "dask": ("distributed", "many recordings on many machines"),
    "otio": ("opentimelineio", "timelines for Premiere, Resolve and others"),
    "captions": ("faster_whisper", "captions and filler words, offline"),
    "keyring": ("keyring", "anonymous tokens in the system's keyring, not in a private file"),
    "llm": ("pydantic_ai", "a language model of your own as planner"),
}
"""Each extra: a module that tells whether it is there, and what it is good for."""
_FONTS = ("manimgx-fonts", "noto-cjk-sans-otc")
_PACKAGES = ("httpx", "pydantic", "fastapi", "numpy", "pillow", "click")


@click.command("doctor", short_help="Say what is installed, what is missing, how to get it.")
@click.option(
    "--cloud", "ask_cloud", is_flag=True, help="Ask NemoVideo's cloud too, though it is not chosen."
)
@json_option
def command(ask_cloud: bool, as_json: bool) -> None:
    """Check the installation. Exit code 1 when something is missing that editing needs."""
    facts = examine(ask_cloud=ask_cloud)
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(facts)))
    if facts["problems"]:
        sys.exit(1)


def examine(*, ask_cloud: bool = False) -> dict[str, Any]:
    """Return everything that ``nemo doctor`` knows; never a token.

    Args:
        ask_cloud: send a request to the cloud though it is not chosen.
    """
    from nemo_lab.config import load_settings
    from nemo_lab.engine.codecs import codecs_present, library_versions

    settings = load_settings()
    facts: dict[str, Any] = {
        "versions": {
            "nemo_lab": __version__,
            "python": sys.version.split()[0],
            **_versions(_PACKAGES),
            **library_versions(),
        },
        "codecs": codecs_present(),
        "fonts": {name: _version(name) for name in _FONTS},
        "folders": {kind: _folder(getattr(settings, f"{kind}_dir")) for kind in ("data", "cache", "config")},
        "backend": {"chosen": settings.chosen_backend, "token": _token_source(settings)},
        "local_engine": _start(settings),
        "extras": {
            name: {"installed": find_spec(module) is not None, "for": what}
            for name, (module, what) in _EXTRAS.items()
        },
    }
    found = _parts(settings, facts["folders"], ask_cloud=ask_cloud)
    facts["parts"] = {name: part._asdict() for name, part in found.items()}
    facts["problems"] = list(_problems(facts))
    return facts


def _parts(settings: Settings, folders: dict[str, Any], *, ask_cloud: bool) -> dict[str, Part]:
    return {
        "speech": parts.speech(),
        "captions": parts.captions(),
        "encoders": parts.encoders(),
        "disk": parts.disk(folders),
        "jupyter": parts.jupyter(),
        "obs": parts.obs(),
        "websocket": parts.websocket(),
        "cloud": parts.cloud(settings, ask=ask_cloud),
        "llm": parts.language_model(settings),
    }


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    return {name: found for name in names if (found := _version(name))}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _folder(path: Path) -> dict[str, Any]:
    """Return whether a folder can be written to, or could be made, and the space there in bytes."""
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return {
        "path": str(path),
        "writable": existing.is_dir() and os.access(existing, os.W_OK | os.X_OK),
        "free_bytes": shutil.disk_usage(existing).free,
    }


def _token_source(settings: Settings) -> str:
    """Say where the token comes from, never what it is."""
    if os.environ.get("NEMO_TOKEN"):
        return "environment variable NEMO_TOKEN"
    if settings.token is not None:
        return f"{settings.config_dir / 'config.toml'}"
    return "none of your own; the cloud would be asked for an anonymous one"


def _start(settings: Settings) -> dict[str, Any]:
    """Start the embedded backend and stop it again."""
    from nemo_lab.local import start_embedded

    started = time.monotonic()
    try:
        start_embedded(settings).close()
    except (NemoError, OSError) as exc:
        return {"works": False, "why": " ".join(str(exc).split())}
    return {"works": True, "seconds": round(time.monotonic() - started, 2)}


def _problems(facts: dict[str, Any]) -> list[str]:
    missing = [name for name, there in facts["codecs"]["encode"].items() if not there]
    found = [f"no encoder for {name}: pip install --force-reinstall av" for name in missing]
    found += [f"no fonts: pip install {name}" for name, there in facts["fonts"].items() if not there]
    found += [
        f"the {kind} folder {folder['path']} cannot be written to: set NEMO_{kind.upper()}_DIR"
        for kind, folder in facts["folders"].items()
        if not folder["writable"]
    ]
    if not facts["local_engine"]["works"]:
        found.append(f"the local engine does not start: {facts['local_engine']['why']}")
    return found


def _lines(facts: dict[str, Any]) -> list[str]:
    """Return the facts for a person."""
    from nemo_lab.cli.wording import size

    engine = facts["local_engine"]
    lines = ["Versions:  " + ", ".join(f"{name} {version}" for name, version in facts["versions"].items())]
    for direction, codecs in facts["codecs"].items():
        shown = ", ".join(f"{name} {'yes' if there else 'NO'}" for name, there in codecs.items())
        lines.append(f"{direction.capitalize() + ':':<10} {shown}")
    lines.append("Fonts:     " + ", ".join(f"{n} {v or 'MISSING'}" for n, v in facts["fonts"].items()))
    for kind, folder in facts["folders"].items():
        state = "writable" if folder["writable"] else "NOT WRITABLE"
        lines.append(
            f"{kind.capitalize() + ':':<10} {folder['path']} ({state}, {size(folder['free_bytes'])} free)"
        )
    lines.append(f"Backend:   {facts['backend']['chosen']}; token: {facts['backend']['token']}")
    works = f"starts in {engine['seconds']} s" if engine["works"] else f"DOES NOT START: {engine['why']}"
    lines.append(f"Engine:    {works}")
    for name, extra in facts["extras"].items():
        get = "installed" if extra["installed"] else f"pip install 'nemo-lab[{name}]'"
        lines.append(f"Extra:     {name:<9} {get} ({extra['for']})")
    for name, part in facts["parts"].items():
        state = {True: "works", False: "AMISS", None: "-"}[part["works"]]
        lines.append(f"Part:      {name:<9} {state:<8} {part['said']}")
        if part["mend"]:
            lines.append(f"{'':>21}mend it: {part['mend']}")
    lines += [f"Problem:   {problem}" for problem in facts["problems"]]
    amiss = [name for name, part in facts["parts"].items() if part["works"] is False]
    if not facts["problems"]:
        lines.append("Editing works." + (f" Optional and amiss: {', '.join(amiss)}." if amiss else ""))
    return lines
