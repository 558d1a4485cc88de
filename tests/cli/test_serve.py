"""``nemo serve``: the README's own commands, typed against it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nemo_lab.engine.media import probe
from tests.cli.conftest import ROOT, environment, speech_clip


def served(*options: str) -> Iterator[str]:
    """Run the server; give its address; stop it as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nemo_lab", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(15)
        process.stdout.close()
    assert process.returncode in {0, 130}


@pytest.fixture
def server() -> Iterator[str]:
    yield from served()


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash")
def test_the_commands_of_the_readme_work_in_order(server, tmp_path):
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"```sh\n(nemo serve.*?)```", text, re.DOTALL)[1]
    script = "".join(line for line in block.splitlines(True) if not line.startswith(("nemo serve", "API=")))
    speech_clip(tmp_path / "recording.mkv")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env=environment() | {"API": server},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"status":"completed"' in done.stdout
    assert '"outputUrl"' in done.stdout
    assert probe(tmp_path / "output.mp4").duration_ms < 5500


def test_every_request_but_the_one_for_a_token_needs_one(server):
    with httpx.Client(base_url=server, trust_env=False) as client:
        assert client.get("/api/credits/balance/simple").status_code == 401


def test_a_token_of_ones_own():
    for url in served("--token", "nmv_usr_mine"):
        with httpx.Client(base_url=url, trust_env=False) as client:
            path = "/api/credits/balance/simple"
            assert client.get(path, headers={"Authorization": "Bearer nmv_usr_mine"}).status_code == 200
            assert client.get(path, headers={"Authorization": "Bearer nmv_usr_other"}).status_code == 401


def test_a_taken_port_is_one_line(server, nemo):
    done = nemo("serve", "--port", server.rpartition(":")[2])
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "--port" in done.stderr


def test_it_is_used_like_the_cloud(server, nemo, tmp_path):
    """The same command over HTTP: uploads are copied, tokens asked for."""
    speech_clip(tmp_path / "work" / "a.mkv")
    done = nemo("edit", "a.mkv", "cut the first second", "--backend", "cloud", api_url=server)
    assert done.returncode == 0, done.stderr
    assert "cloud backend" in done.stdout
    assert probe(Path(tmp_path / "work" / "a-edited.mp4")).duration_ms == pytest.approx(5000, abs=50)
