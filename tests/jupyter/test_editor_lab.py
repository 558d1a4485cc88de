"""The editor in a real JupyterLab and a real Chromium."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Page

from tests.jupyter.harness import (
    JupyterLab,
    command,
    open_notebook,
    run_all,
    screenshot,
    set_theme,
    wait_idle,
)
from tests.media.clips import make

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make(tmp_path / "talk.mp4", seconds=12)


def drop(page: Page, path: Path) -> None:
    """Drop a file of this machine on the editor."""
    page.set_input_files(".nemo-editor input[type=file]", path)


def wait_for(page: Page, script: str, seconds: float = 60) -> None:
    page.wait_for_function(script, timeout=seconds * 1000)


def converted_pictures(notebook: str) -> list[bytes]:
    """The drawings in what ``nbconvert --to html`` makes of a notebook."""
    html, _ = HTMLExporter().from_notebook_node(nbformat.reads(notebook, 4))
    return [base64.b64decode(data) for data in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", html)]


def play_position(page: Page) -> float:
    """Where the video in front is, in seconds of its file."""
    return float(page.evaluate("document.querySelector('.nemo-editor .nemo-front').currentTime"))


def test_a_creator_edits_in_the_notebook(lab: JupyterLab, page: Page, recording: Path) -> None:
    lab.write_notebook(
        "edit.ipynb", "import nemo_lab as nemo", "editor = nemo.Editor(project='evening')\neditor"
    )
    open_notebook(page, lab, "edit.ipynb")
    run_all(page)
    page.wait_for_selector(".nemo-editor", timeout=30_000)
    wait_for(page, "() => /Drop a recording/.test(document.querySelector('.nemo-state').textContent)")
    drop(page, recording)
    wait_for(page, "() => /Added talk.mp4/.test(document.querySelector('.nemo-log').textContent)")
    wait_for(page, "() => document.querySelector('.nemo-editor .nemo-front')?.readyState >= 2")

    page.fill(".nemo-editor textarea", "cut from 0:03 to 0:06 and add a title 'Evening' for 2 seconds")
    page.keyboard.press("Enter")
    wait_for(page, "() => /0:12 → 0:09/.test(document.querySelector('.nemo-log').textContent)")
    screenshot(page, "editor-light")

    # It plays over the cut: what lies between 3 and 6 seconds of the file is never shown.
    page.click(".nemo-editor [aria-label='Play']")
    seen = []
    wait_until = time.monotonic() + 30
    while time.monotonic() < wait_until and (not seen or seen[-1] < 6.5):
        seen.append(play_position(page))
        page.wait_for_timeout(30)
    assert seen[-1] > 6
    assert max(position for position in seen if position < 5) < 3.2
    assert not [position for position in seen if 3.2 < position < 5.8]
    page.click(".nemo-editor [aria-label='Pause']")

    set_theme(page, dark=True)
    screenshot(page, "editor-dark")
    page.click(".nemo-editor button:has-text('Export …')")
    page.click(".nemo-dialog button:has-text('Export')")
    wait_for(page, "() => document.querySelector('.nemo-film')?.duration > 8", 120)
    page.evaluate("document.querySelector('.nemo-film').currentTime = 7")
    wait_for(page, "() => !document.querySelector('.nemo-film').seeking")
    assert "talk-edited.mp4" in page.inner_text(".nemo-facts")
    screenshot(page, "editor-finished")

    # The page is saved and reloaded; everything is there and goes on.
    command(page, "docmanager:save")
    page.reload()
    page.wait_for_selector(".nemo-editor", timeout=60_000)
    wait_for(page, "() => /Saved talk-edited.mp4/.test(document.querySelector('.nemo-log').textContent)")
    wait_for(page, "() => document.querySelector('.nemo-editor .nemo-front')?.readyState >= 2")
    page.click(".nemo-editor [aria-label='Undo']")
    wait_for(page, "() => /Undone/.test(document.querySelector('.nemo-log').textContent)")
    command(page, "docmanager:save")
    saved = (lab.root / "edit.ipynb").read_text()
    outputs = nbformat.reads(saved, 4).cells[1].outputs
    assert ["image/svg+xml" in output.data for output in outputs] == [False, True]
    assert "nmv_usr_" not in saved
    assert "nemo/media/" not in saved
    assert len(saved) < 300_000
    assert any(b"data:image/jpeg;base64" in picture for picture in converted_pictures(saved))


def test_the_same_cell_goes_on_after_a_restart_of_the_kernel(
    lab: JupyterLab, page: Page, recording: Path
) -> None:
    film = lab.root / "again.mp4"
    film.write_bytes(recording.read_bytes())
    lab.write_notebook("again.ipynb", "import nemo_lab as nemo\nnemo.Editor('again.mp4')")
    open_notebook(page, lab, "again.ipynb")
    run_all(page)
    page.wait_for_selector(".nemo-editor", timeout=30_000)
    wait_for(page, "() => document.querySelector('.nemo-editor .nemo-front')?.readyState >= 2")
    page.fill(".nemo-editor textarea", "cut from 0:01 to 0:02")
    page.click(".nemo-editor button:has-text('Send')")
    wait_for(page, "() => /0:12 → 0:11/.test(document.querySelector('.nemo-log').textContent)")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    wait_idle(page)
    run_all(page)
    wait_for(page, "() => document.querySelectorAll('.nemo-editor').length === 1")
    wait_for(page, "() => /0:12 → 0:11/.test(document.querySelector('.nemo-log')?.textContent)")
    wait_for(page, "() => /0-11s/.test(document.querySelector('.nemo-state')?.textContent)")


def test_shortcuts_of_the_notebook_are_never_triggered(lab: JupyterLab, page: Page, recording: Path) -> None:
    (lab.root / "keys.mp4").write_bytes(recording.read_bytes())
    lab.write_notebook("keys.ipynb", "import nemo_lab as nemo\nnemo.Editor('keys.mp4')", "1")
    open_notebook(page, lab, "keys.ipynb")
    run_all(page)
    page.wait_for_selector(".nemo-editor", timeout=30_000)
    wait_for(page, "() => !document.querySelector('.nemo-editor .nemo-main').disabled")
    command(page, "notebook:enter-command-mode")
    count = "window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)"
    before = page.evaluate(count)
    selectors = page.evaluate(
        """() => [...document.querySelectorAll('.nemo-editor :is(button, a, summary, [tabindex="0"])')]
        .filter(node => node.offsetParent && !node.disabled).map((node, number) => {
            node.dataset.probe = number; return number; })"""
    )
    assert len(selectors) > 15
    for number in selectors:
        page.evaluate(f"document.querySelector('[data-probe=\"{number}\"]').focus()")
        for key in ("a", "b", "m", "d", "d", "x", "y"):
            page.keyboard.press(key)
    assert page.evaluate(count) == before
    assert page.evaluate("document.querySelectorAll('.nemo-editor').length") == 1


def test_two_views_of_one_editor_agree(lab: JupyterLab, page: Page, recording: Path) -> None:
    (lab.root / "two.mp4").write_bytes(recording.read_bytes())
    lab.write_notebook("two.ipynb", "import nemo_lab as nemo\ne = nemo.Editor('two.mp4')\ne", "e")
    open_notebook(page, lab, "two.ipynb")
    run_all(page)
    wait_for(page, "() => document.querySelectorAll('.nemo-front').length === 2")
    page.fill(".nemo-editor textarea >> nth=1", "cut from 0:01 to 0:02")
    page.click(".nemo-editor button:has-text('Send') >> nth=1")
    both = "[...document.querySelectorAll('.nemo-editor .nemo-log')].map(node => node.textContent)"
    wait_for(page, f"() => {both}.every(text => /0:12 → 0:11/.test(text))")
    texts = json.loads(page.evaluate(f"JSON.stringify({both})"))
    assert texts[0] == texts[1]
