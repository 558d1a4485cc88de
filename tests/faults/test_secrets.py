"""Secrets: in one private file and in the Authorization header to the API, and nowhere else."""

from __future__ import annotations

import ast
import base64
import itertools
import logging
import os
import pickle
import stat
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

import nemo_lab
import obs_plugin
from nemo_lab.errors import NemoError
from tests.contract.scripted import Drop, Json, Stream, edited, say
from tests.faults.conftest import Road

CANARY = "nmv_usr_c4n4ry+/=7f3a"
CLIENT_ID = "5f0c4d1e-c4n4-4ry0-8000-00000000c1d0"
REPLIES = [
    *(Json({"code": code, "message": "no"}, status) for code, status in itertools.product(
        (1001, 1002, 2001, 4001, 4002, 400, 402, 429, 777), (200, 400, 500))),
    Json("<html>", 502), Json("", 302, {"Location": "http://127.0.0.1:9/x"}), Drop(), Stream([], end="rst"),
    Stream(edited()), say("Done."),
    Json({"echo": f"Bearer {CANARY}"}, 500), Json({"code": 5, "message": CANARY}),
]  # fmt: skip

REQUESTS = ("POST /run_sse", "GET /api/credits.*", "POST /api/upload.*", "POST /api/render.*")


def _forms(secret: str) -> list[str]:
    """Return a secret as it may be written."""
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, quote(secret, safe=""), coded[4:-4], repr(secret)[1:-1]]


def test_g23_no_secret_is_shown(goal, cloud, clock, settings, caplog, capfd, tmp_path, recording):
    cloud.valid_tokens.add(CANARY)
    secret = {"token": SecretStr(CANARY), "client_id": SecretStr(CLIENT_ID)}
    shown: list[str] = []
    with caplog.at_level(logging.DEBUG):
        road = Road(cloud, clock, settings.model_copy(update=secret))
        for number, reply in enumerate(REPLIES):
            road.clear()
            cloud.valid_tokens.add(CANARY)
            for request in (
                "POST /run_sse",
                "GET /api/credits.*",
                "POST /api/upload.*",
                "POST /api/render.*",
            ):
                cloud.script(request, reply)
            session = road.session
            calls = [
                lambda s=session: s.chat("cut the boring parts"), road.client.credits,
                lambda s=session: s.upload(recording),
                lambda s=session, n=number: s.export(tmp_path / f"{n}.mp4"),
            ]  # fmt: skip
            for call in calls:
                try:
                    shown.append(repr(call()))
                except NemoError as exc:
                    shown += [repr(exc), str(exc), "".join(traceback.format_exception(exc))]
        shown += [repr(road.client), repr(road.session), repr(road.client._core), str(vars(road.session))]
        shown += [_refused_pickle(thing) for thing in (road.client, road.session)]
        road.close()
    captured = capfd.readouterr()
    places = {"log": caplog.text, "out": captured.out, "err": captured.err, "shown": "\n".join(shown)}
    places |= {f"url {request.target}": request.target for request in cloud.journal}
    places |= {str(path): path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file()}
    forms = _forms(CANARY) + _forms(CLIENT_ID)
    leaks = [(place, form) for place, text in places.items() for form in forms if form in text]
    goal.none("G23", "places that showed the token or the client id", leaks, len(places) + len(shown))


def _refused_pickle(thing: Any) -> str:
    try:
        return pickle.dumps(thing).decode("latin-1")
    except Exception as exc:  # noqa: BLE001 - whatever it is, it shows no secret
        return repr(exc)


_START = """
import sys
from nemo_lab import connect
connect(api_url=sys.argv[1], backend="cloud").credits()
"""


@pytest.mark.parametrize(("count", "mask"), [(6, 0o000), pytest.param(50, 0o077, marks=pytest.mark.soak)])
def test_g25_first_starts_at_once_share_one_private_identity(goal, cloud, tmp_path, count, mask):
    home = tmp_path / "home of somebody"
    home.mkdir()
    folders = {f"NEMO_{kind}_DIR": str(home / kind.lower()) for kind in ("DATA", "CACHE", "CONFIG")}
    environment = {**os.environ, **folders, "HOME": str(home)}
    old = os.umask(mask)
    try:
        children = [
            subprocess.Popen([sys.executable, "-c", _START, cloud.url], env=environment) for _ in range(count)
        ]
        codes = [child.wait(300) for child in children]
    finally:
        os.umask(old)
    asked = cloud.asked("POST /api/auth/anonymous-token")
    wrong: list[Any] = [code for code in codes if code]
    wrong += [len(asked)] if len(asked) != 1 or len({r.headers["x-client-id"] for r in asked}) != 1 else []
    secrets = [request.token for request in cloud.journal if request.token] + [
        asked[0].headers["x-client-id"]
    ]
    for path in home.rglob("*"):
        open_to_others = stat.S_IMODE(path.stat().st_mode) & 0o077
        if path.is_file() and open_to_others and any(s in path.read_text("latin-1") for s in secrets):
            wrong.append((path, oct(path.stat().st_mode)))
    goal.none("G25", "first starts at once that failed, asked twice or left a secret open", wrong, count)


_FORBIDDEN_MODULES = {"pickle", "joblib", "marshal", "shelve", "dill", "cloudpickle"}
_FORBIDDEN_CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "numpy.load", "np.load"}


def test_g26_nothing_is_unpickled_or_evaluated(goal):
    roots = [Path(package.__file__).parent for package in (nemo_lab, obs_plugin)]
    files = [path for root in roots for path in sorted(root.rglob("*.py"))]
    found = [f"{path}:{line}: {what}" for path in files for line, what in _suspects(path)]
    goal.none("G26", "places that unpickle, evaluate or call a shell", found, len(files))


def _suspects(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [(node.lineno, n) for n in names if n.partition(".")[0] in _FORBIDDEN_MODULES]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            shell = any(k.arg == "shell" and not _is_false(k.value) for k in node.keywords)
            if name in _FORBIDDEN_CALLS or shell:
                found.append((node.lineno, name))
    return found


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
