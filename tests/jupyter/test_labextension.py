"""JupyterLab's front end of ours: launcher card, entry in the file browser's menu, the editor in its own tab.

It is a container written by hand, by rules that JupyterLab keeps but does not document: these tests guard it.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

import nemo_lab
from tests.cli.conftest import speech_clip
from tests.jupyter.harness import ROOT, JupyterLab, open_lab, screenshot

pytestmark = pytest.mark.timeout(400)  # kernels start slowly on a busy machine
EXTENSION = ROOT / "nemo_lab" / "jupyter" / "labextension"
EDITOR = ".lm-DockPanel-widget:not(.lm-mod-hidden) .nemo-editor"
"""The editor in the tab in front."""


def tabs(page: Page) -> list[str]:
    return page.evaluate("() => [...window.jupyterapp.shell.widgets('main')].map(tab => tab.title.label)")


def in_front(page: Page, label: str) -> None:
    """Wait until a tab is in front."""
    page.wait_for_function(
        "label => window.jupyterapp.shell.currentWidget?.title.label === label", arg=label, timeout=60_000
    )


def choose(page: Page, file: str, entry: str) -> None:
    page.click(f'.jp-DirListing-item:has-text("{file}")', button="right")
    page.click(f'.lm-Menu-item:has-text("{entry}")')


def test_a_recording_is_edited_from_the_file_browser(lab: JupyterLab, page: Page):
    (lab.root / "videos").mkdir()
    speech_clip(lab.root / "videos" / 'my "best" talk.mkv')
    open_lab(page, lab)
    page.dblclick('.jp-DirListing-item:has-text("videos")')
    choose(page, "talk.mkv", "Edit with Nemo")
    in_front(page, 'my "best" talk.mkv')
    assert tabs(page)[-2:] == ['my "best" talk (Nemo).ipynb', 'my "best" talk.mkv']
    expect(page.locator(EDITOR)).to_be_visible()
    page.fill(f"{EDITOR} textarea", "cut the pauses")
    page.keyboard.press("Enter")
    answers = page.locator(f"{EDITOR} .nemo-msg.nemo-agent")
    expect(answers.last).to_contain_text("pause", timeout=60_000)
    screenshot(page, "edit-with-nemo")
    book = nbformat.read(lab.root / "videos" / 'my "best" talk (Nemo).ipynb', as_version=4)
    assert book.cells[0].source.endswith('nemo.Editor("my \\"best\\" talk.mkv")')
    # Once more: the same notebook comes to the front, and no second one is made.
    choose(page, "talk.mkv", "Edit with Nemo")
    in_front(page, 'my "best" talk (Nemo).ipynb')
    assert len(list((lab.root / "videos").glob("*.ipynb"))) == 1


def test_only_recordings_have_the_entry(lab: JupyterLab, page: Page):
    (lab.root / "notes.txt").write_text("hello")
    open_lab(page, lab)
    page.click('.jp-DirListing-item:has-text("notes.txt")', button="right")
    expect(page.locator('.lm-Menu-item:has-text("Rename")')).to_be_visible()
    expect(page.locator('.lm-Menu-item:has-text("Edit with Nemo")')).to_be_hidden()


def test_the_launcher_opens_an_editor_that_a_reload_brings_back(lab: JupyterLab, page: Page):
    open_lab(page, lab)
    page.click('.jp-LauncherCard:has-text("Nemo video editor")')
    in_front(page, "Nemo")
    expect(page.locator(EDITOR)).to_be_visible()
    page.reload()
    expect(page.locator(".nemo-editor").first).to_be_visible(timeout=60_000)


def test_the_extension_says_the_version_of_the_package():
    facts = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    assert facts["version"] == nemo_lab.__version__
    # A browser keeps the script for as long as its address stays: so that carries the version.
    script, _, version = facts["jupyterlab"]["_build"]["load"].partition("?v=")
    assert (EXTENSION / script).is_file()
    assert version == nemo_lab.__version__


def test_the_front_end_knows_the_types_that_can_be_edited():
    from nemo_lab.protocol.messages import UPLOAD_FORMATS

    code = Path(EXTENSION / "static" / "remoteEntry.js").read_text("utf-8")
    listed = code.split("EDITABLE = /\\.(")[1].split(")$/i")[0].split("|")
    assert sorted(listed) == sorted(UPLOAD_FORMATS)
