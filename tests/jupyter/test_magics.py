"""``%load_ext nemo_lab`` in a real kernel, run as papermill and nbclient run notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nemo_lab.engine.media import probe
from tests.cli.conftest import speech_clip
from tests.jupyter.harness import execute

pytestmark = pytest.mark.timeout(400)  # kernels start slowly on a busy machine
LOAD = "%load_ext nemo_lab"
EDIT = """%%nemo talk.mkv -o clean.mp4 --height 120
# no pauses
cut the boring parts

add a title '{Hi}' for 1 second"""
CHAT = """
import nemo_lab as nemo
from IPython.display import display

with nemo.connect() as client:
    session = client.create_session("talk")
    session.upload("talk.mkv")
    display(session)
    display(session.chat("cut the pauses"))"""
ASYNC = """
import asyncio
try:
    print(asyncio.run(asyncio.sleep(0, "ran")))
except RuntimeError as error:
    print(error)"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a recording."""
    speech_clip(tmp_path / "talk.mkv")
    return tmp_path


def shown(outputs: list[Any], kind: str = "text/plain") -> str:
    return "\n".join(output["data"][kind] for output in outputs if kind in output.get("data", {}))


def test_a_cell_edits_and_shows_what_it_did(folder: Path):
    outputs = execute(
        folder,
        LOAD,
        "%nemo status",
        EDIT,
        "%nemo status",
        "%nemo credits",
        "%nemo export s.gif --height 60",
        CHAT,
    )
    before, edited, status, credit, exported, chat = outputs[1:]
    assert shown(before) == "No cell was run yet. Backend: local."
    assert probe(folder / "clean.mp4").height == 120
    assert "Done in" in shown(edited)
    html = shown(edited, "text/html")
    assert html.count("<svg") == 2
    assert '<video controls preload="metadata" src="clean.mp4"' in html
    assert "base64" not in html
    assert "{Hi}" in shown(status)
    assert "<svg" in shown(status, "text/html")
    assert shown(credit) == "Edits on this machine cost no credits."
    assert probe(folder / "s.gif").height == 60
    assert '<img src="s.gif"' in shown(exported, "text/html")
    assert "talk.mkv" in shown(chat, "text/html")
    assert "<ul><li>" in shown(chat, "text/html")


def test_run_all_again_does_what_changed_and_nothing_else(folder: Path):
    assert "Done in" in shown(execute(folder, LOAD, EDIT)[1])
    written = (folder / "clean.mp4").stat().st_mtime_ns
    again, date, status, words, _, gone, _, recording, last, fresh = execute(
        folder,
        LOAD,
        EDIT,
        "import os; os.stat('clean.mp4').st_mtime_ns",
        "%nemo status",
        EDIT.replace("{Hi}", "Bye"),
        "os.remove('clean.mp4')",
        EDIT,
        "with open('talk.mkv', 'ab') as file: file.write(b'more')",
        EDIT,
        EDIT,
        EDIT.replace("-o clean", "--fresh -o clean"),
    )[1:]
    assert shown(again).startswith("Nothing to do: same recordings, same wish, same engine.")
    assert shown(date) == str(written)
    assert shown(again, "text/html").count("<svg") == 2
    assert "{Hi}" in shown(status)
    assert "Done in" in shown(words)
    assert shown(gone).startswith("Nothing to do")  # it came out of the cache
    assert "Done in" in shown(recording)
    assert shown(last).startswith("Nothing to do")
    assert "Done in" in shown(fresh)


def test_errors_are_one_line_with_a_remedy(folder: Path):
    wrong = {
        "%%nemo nothing.mkv\ncut the pauses": "MediaNotFound: nothing.mkv does not exist",
        "%%nemo talk.mkv\n# nothing": "UsageError: nothing was said",
        "%%nemo talk.mkv --size 3\ncut the pauses": "UsageError: unrecognized arguments: --size 3",
        "%%nemo 'talk.mkv\ncut the pauses": "UsageError: a quote is not closed",
        "%%nemo talk.mkv\nsing a song": "EditError: ",
        EDIT: "OutputExists: clean.mp4 exists already",
        "%nemo fly": "UsageError: %nemo fly is not known",
        "%nemo export x.mp4": "UsageError: there is nothing to export yet",
        "%nemo nest maybe": "UsageError: 'maybe' is not a wish about nesting",
    }
    (folder / "clean.mp4").write_bytes(b"somebody else's")
    outputs = execute(folder, LOAD, *wrong, allow_errors=True)
    for (cell, error), found in zip(wrong.items(), outputs[1:], strict=True):
        lines = found[-1]["traceback"]
        assert len(lines) == 1, cell
        assert lines[0].startswith(error), cell
    assert (folder / "clean.mp4").read_bytes() == b"somebody else's"


def test_names_come_from_the_notebook_and_nesting_is_a_choice(folder: Path):
    (folder / "talk.mkv").rename(folder / "my talk.mkv")
    cell = '%%nemo "{name}" -o "{target}" --force\nremove the pauses'
    (folder / "my clean.mp4").write_bytes(b"to be replaced")
    outputs = execute(
        folder,
        LOAD,
        "name, target = 'my talk.mkv', 'my clean.mp4'",
        cell,
        ASYNC,
        "%nemo nest",
        "%nemo nest on",
        ASYNC,
        "%nemo nest",
    )
    assert (folder / "my clean.mp4").stat().st_size > 1000
    refused, off, on, ran, state = outputs[3:]
    assert "cannot be called from a running event loop" in refused[0]["text"]
    assert "await" in shown(off)
    assert "on until the kernel restarts" in shown(on)
    assert ran[0]["text"].strip() == "ran"
    assert shown(state) == "nest-asyncio is on in this kernel."
