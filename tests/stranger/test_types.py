"""A user's script type-checks against the package as a dependency, strictly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.stranger.building import Environment

SCRIPT = """
import nemo_lab as nemo


def shorten(path: str) -> str:
    with nemo.connect() as client:
        session = client.create_session()
        session.upload(path)
        reply: nemo.Reply = session.chat("cut the boring parts")
        return reply.text


record: nemo.RunRecord = nemo.edit("a.mkv", "cut the pauses", output="b.mp4")
print(shorten("a.mkv"), record.path)
"""


@pytest.mark.soak
@pytest.mark.timeout(400)
def test_a_strict_script(built, tmp_path):
    stranger = Environment(tmp_path / "stranger", borrowed=True)
    stranger.install_alone(built[0])
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "wrong.py").write_text(SCRIPT.replace("upload(path)", "upload(3)"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", stranger.python,
         "--cache-dir", tmp_path / "cache", "script.py", "wrong.py"],
        cwd=tmp_path, env=stranger.variables(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(errors) == 1, done.stdout
    assert errors[0].startswith("wrong.py")
    assert 'has incompatible type "int"' in errors[0]
