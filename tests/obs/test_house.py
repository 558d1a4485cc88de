"""The rules of this room: who is imported, what the idle watcher costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOM = Path(__file__).parents[2] / "obs_plugin"
MAY = {"recipes", "client", "protocol", "config", "errors", "redaction"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_room_sees_recipes_and_what_is_below():
    for path in ROOM.rglob("*.py"):
        for name in imported(path):
            parts = name.split(".")
            assert parts[0] != "nemo_lab" or parts[1] in MAY, f"{path}: {name}"


def test_only_the_link_knows_the_library_of_another_licence():
    for path in ROOM.rglob("*.py"):
        if any(name.split(".")[0] == "obsws_python" for name in imported(path)):
            assert path.name == "link.py"


def test_every_file_states_its_licence():
    for path in [*ROOM.rglob("*.py"), *ROOM.rglob("*.lua")]:
        assert (
            "GPL-3.0-only" in path.read_text(encoding="utf-8").splitlines()[0] or path.name == "__init__.py"
        )


def test_the_watcher_brings_nothing_heavy():
    code = "import obs_plugin.service, obs_plugin.link, nemo_lab.recipes, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("av", "numpy", "fastapi", "uvicorn", "httpx", "PIL", "click", "onnxruntime"):
        assert heavy not in done.stdout.split()
