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


def test_an_upload_loads_what_the_first_sentence_needs(tmp_path: Path, clean_environment: Path) -> None:
    clip = make(tmp_path / "talk.mp4", Clip(seconds=1))
    argv = [sys.executable, "-c", _UPLOADS, str(clip)]
    subprocess.run(argv, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path)
