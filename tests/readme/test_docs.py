"""The API reference is made of the docstrings, without a warning."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.readme.blocks import ROOT


@pytest.mark.soak  # `make docs` is a step of its own in .ci/run
@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_docs(tmp_path: Path):
    here = [f"BIN={Path(sys.executable).parent}", "READY=", f"DOCS={tmp_path}"]
    done = subprocess.run(["make", "docs", *here], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warn" not in done.stderr
    client = (tmp_path / "nemo_lab" / "client.html").read_text("utf-8")
    assert "create_session" in client
    assert ":class:`" not in client
    assert "nemo_lab.recipes" in (tmp_path / "index.html").read_text("utf-8")
