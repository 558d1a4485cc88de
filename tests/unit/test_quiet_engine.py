"""What the engine loads must not call home."""

from __future__ import annotations

import os
import subprocess
import sys

_ASK = "import os, nemo_lab.engine.analysis; print(os.environ['ORT_DISABLE_TELEMETRY'])"


def test_onnxruntime_is_told_to_report_nothing() -> None:
    bare = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    asked = subprocess.run([sys.executable, "-c", _ASK], env=bare, capture_output=True, text=True, check=True)
    assert asked.stdout == "1\n"
