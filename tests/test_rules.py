"""The house's rules, held by tests: who imports whom, sizes, names, the cost of an import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nemo_lab

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nemo_lab"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
"""More only where a comment beside ``def`` says why: ``# long: …``."""

BASE = {"errors", "config", "cache", "redaction", "__version__"}
MAY_IMPORT = {
    "redaction": set(),
    "errors": {"redaction"},
    "config": {"errors"},
    "cache": {"errors", "__version__", "__file__"},
    "protocol": BASE,
    "client": BASE | {"protocol", "local"},  # local: only lazily, to start the embedded backend
    "engine": BASE | {"protocol"},
    "local": BASE | {"protocol", "engine"},
    "recipes": BASE | {"protocol", "client"},
    "jupyter": BASE | {"protocol", "client", "recipes"},
    "cli": BASE | {"protocol", "client", "recipes", "local", "engine"},
}
FOR_THE_ENGINE = {
    "draft",
    "plan",
    "subtitles",
    "summary",
    "asking",
    "moods",
    "router",
    "tracks",
    "patterns",
    "wording",
    "exact",
    "formats",
    "report",
}
"""What of the protocol the engine may see: the edit, not the conversation."""
ONE_HOME = {
    "httpx": "client",
    "av": "engine",
    "fastapi": "local",
    "starlette": "local",
    "uvicorn": "local",
    "click": "cli",
    "PIL": "engine",
    "tomlkit": "recipes",
    "distributed": "recipes/batch",
    "dask": "recipes/batch",
    "anywidget": "jupyter",
    "ipywidgets": "jupyter",
    "IPython": "jupyter",
    "traitlets": "jupyter",
    "jupyter_server": "jupyter",
    "tornado": "jupyter/server",
    "nest_asyncio": "jupyter/nesting.py",
    "opentimelineio": "engine/interchange",
    "keyring": "client/keychain.py",
    "pydantic_ai": "engine/understand/llm/asking.py",
}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in (PACKAGE, ROOT / "obs_plugin"):
        for path in sorted(folder.rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_rooms_import_only_what_they_may() -> None:
    for path, tree in sources():
        if not path.is_relative_to(PACKAGE) or room_of(path) not in MAY_IMPORT:
            continue
        room = room_of(path)
        for name in imports(tree):
            parts = name.split(".")
            if parts[0] != "nemo_lab" or len(parts) < 2:
                continue
            assert parts[1] in MAY_IMPORT[room] | {room}, f"{path}: {room} imports {name}"
            if room == "engine" and parts[1] == "protocol" and len(parts) > 2:
                assert parts[2] in FOR_THE_ENGINE, f"{path}: the engine imports {name}"


def test_each_foreign_library_has_one_home() -> None:
    for path, tree in sources():
        for name in imports(tree):
            home = ONE_HOME.get(name.split(".")[0])
            if home is None:
                continue
            assert path.is_relative_to(PACKAGE / home), f"{path} imports {name}, whose home is {home}"


def test_files_and_functions_stay_small() -> None:
    for path, tree in sources():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= MAX_FILE_LINES, f"{path}: {len(lines)} lines"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                says_why = "# long: " in lines[node.lineno - 1]
                assert length <= MAX_FUNCTION_LINES or says_why, f"{path}:{node.lineno}: {length} lines"
                assert length > MAX_FUNCTION_LINES or not says_why, f"{path}:{node.lineno} is not long"


def test_no_drawer_for_odds_and_ends() -> None:
    for path, _ in sources():
        assert path.stem not in {"utils", "helpers", "misc", "common"}, path


def test_every_public_name_loads() -> None:
    for name in nemo_lab.__all__:
        assert getattr(nemo_lab, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nemo_lab.nothing  # noqa: B018


def test_import_is_light() -> None:
    """``import nemo_lab`` brings no heavy library (its time is a benchmark's business)."""
    code = "import nemo_lab, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    for heavy in ("av", "numpy", "fastapi", "uvicorn", "httpx", "pydantic", "PIL", "click"):
        assert heavy not in loaded


def test_changelog_names_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{nemo_lab.__version__}]" in text


def test_nothing_evaluates_or_shells_out() -> None:
    """No pickle, eval, exec or shell: what comes from disk or network is data."""
    for path, tree in sources():
        for name in imports(tree):
            assert name.split(".")[0] not in {"pickle", "marshal", "shelve", "joblib"}, (
                f"{path} imports {name}"
            )
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                assert called not in {"eval", "exec"}, f"{path}:{node.lineno}"
                assert all(k.arg != "shell" for k in node.keywords), f"{path}:{node.lineno} uses a shell"
