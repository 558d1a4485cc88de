"""What understands sentences is loaded while a file comes in, so that the first one need not wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.media.clips import Clip, make

ROOT = Path(__file__).parents[2]
_UPLOADS = """
import sys, time
import nemo_lab
NAME = "nemo_lab.engine.understand.planner"
with nemo_lab.connect(backend="local") as client:
    session = client.create_session()
    assert NAME not in sys.modules, "who only connects loads it"
    session.upload(sys.argv[1])
    deadline = time.monotonic() + 120
    while NAME not in sys.modules:
        assert time.monotonic() < deadline
        time.sleep(0.05)
"""
_LISTENS = """
import pathlib, sys, time
import nemo_lab
cache = pathlib.Path(sys.argv[2]) / "analysis"
with nemo_lab.connect(backend="local") as client:
    session = client.create_session()
    session.upload(sys.argv[1])
    deadline = time.monotonic() + 120
    while not list(cache.glob("*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kept = {path: path.stat().st_mtime_ns for path in cache.glob("*.json")}
    assert session.chat("cut the pauses").changes
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*.json")} == kept, "listened to twice"
"""
_RENDERS = """
import sys, threading, time
import nemo_lab
import nemo_lab.local.services as services
order, rendering = [], threading.Event()
services._SOON = 1.0
services._load = lambda *names: rendering.wait(120)
services.compile_all = lambda: order.append("compiled")
with nemo_lab.connect(backend="local") as client:
    session = client.create_session()
    session.upload(sys.argv[1])
    session.export(sys.argv[2], height=1080, on_progress=lambda fraction: fraction > 0.2 and rendering.set())
    order.append("rendered")
    rendering.set()
    deadline = time.monotonic() + 120
    while len(order) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
assert order == ["rendered", "compiled"], order
"""


def test_an_upload_loads_what_the_first_sentence_needs(tmp_path: Path, clean_environment: Path) -> None:
    _run(_UPLOADS, make(tmp_path / "talk.mp4", Clip(seconds=1)), folder=tmp_path)


def test_an_upload_is_listened_to_before_the_first_sentence_comes(
    tmp_path: Path, clean_environment: Path
) -> None:
    talk = make(tmp_path / "talk.mp4", Clip(seconds=4, sound="speech", speech=((0.2, 1.2), (2.8, 3.8))))
    _run(_LISTENS, talk, Path(os.environ["NEMO_CACHE_DIR"]), folder=tmp_path)


def test_what_later_sentences_need_waits_for_a_render(tmp_path: Path, clean_environment: Path) -> None:
    """It would take a core from it for a second."""
    _run(_RENDERS, make(tmp_path / "talk.mp4", Clip(seconds=15)), tmp_path / "high.mp4", folder=tmp_path)


def _run(script: str, *paths: Path, folder: Path) -> None:
    argv = [sys.executable, "-c", script, *map(str, paths)]
    subprocess.run(argv, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=folder)
