"""The server as a process: it ends in order when asked, and leaves nothing running when it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.contract.serving import serving
from tests.media.clips import Clip, make

_SERVE = """
import sys
from pathlib import Path
from nemo_lab.config import Settings
from nemo_lab.local import serve
folder = Path(sys.argv[1])
settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", config_dir=folder)
serve(settings, port=0, token="t", on_ready=lambda url: print(url, flush=True))
"""


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """Run a server in a process of its own."""
    argv = [sys.executable, "-c", _SERVE, str(folder)]
    server = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        headers = {"Authorization": "Bearer t"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as http:
            yield server, http
    finally:
        server.kill()
        server.communicate()


def long_render(http: httpx.Client, clip: Path) -> str:
    """Begin a render that takes minutes, and wait until it runs; return its session."""
    session = str(http.post("/api/tasks/me/with-session/nemo_agent").json()["data"]["session_id"])
    files = {"files": (clip.name, clip.read_bytes())}
    http.post(f"/api/upload-video/nemo_agent/me/{session}", files=files)
    draft = http.get(f"/api/state/nemo_agent/me/{session}/latest").json()["data"]["state"]["draft"]
    one = draft["t"][0]["sg"][0]
    many = [{**one, "x_id": f"s{n}", "x_start": 1000 * n} for n in range(3600)]
    draft = {**draft, "d": 3_600_000, "t": [{**draft["t"][0], "sg": many, "d": 3_600_000}]}
    http.post("/api/render/proxy/lambda", json={"id": "long", "sessionId": session, "draft": draft})
    deadline = time.monotonic() + 30
    while http.get("/api/render/proxy/lambda/long").json()["status"] != "processing":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return session


def gone(processes: list[psutil.Process]) -> bool:
    """Wait until processes have ended."""
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clips") / "talk.mp4", Clip(seconds=1))


def test_a_killed_server_leaves_no_process_and_the_next_one_knows(tmp_path: Path, clip: Path) -> None:
    with process(tmp_path) as (server, http):
        long_render(http, clip)
        workers = psutil.Process(server.pid).children(recursive=True)
        assert workers
        server.kill()
        assert gone(workers)
    from nemo_lab.local import Options

    with serving(tmp_path, Options(token="t")) as backend:
        shown = backend.http.get("/api/render/proxy/lambda/long").json()
        assert shown["status"] == "failed"
        assert shown["error"].startswith("interrupted")
        assert list((tmp_path / "data" / "local" / "renders").iterdir()) == []
        again = backend.http.post("/api/render/proxy/lambda/long/cancel").json()
        assert again["status"] == "failed"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_ends_in_order(tmp_path: Path, clip: Path, sent: signal.Signals) -> None:
    with process(tmp_path) as (server, http):
        long_render(http, clip)
        workers = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(sent)
        _, errors = server.communicate(timeout=20)
        assert gone(workers)
        assert server.returncode == (0 if sent is signal.SIGINT else -signal.SIGTERM)
        assert errors == ""
    assert list((tmp_path / "data" / "local" / "renders").iterdir()) == []
