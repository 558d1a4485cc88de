"""The editor where something is missing or other: no server extension, Notebook 7, the cloud."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.contract.scripted import Cloud, Stream, message
from tests.jupyter.harness import TOKEN, JupyterLab, open_notebook, run_all, screenshot
from tests.jupyter.test_notebooks import cloud
from tests.media.clips import make

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]
LOG = "document.querySelector('.nemo-log').textContent"
READY = "document.querySelector('.nemo-editor .nemo-front')?.readyState >= 2"
OPEN = "/Drop a recording/.test(document.querySelector('.nemo-state')?.textContent)"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make(tmp_path / "talk.mp4", seconds=12, sound="speech")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[JupyterLab]:
    """A JupyterLab without our extension of its server."""
    found = JupyterLab(tmp_path / "bare", ["--ServerApp.jpserver_extensions={'nemo_lab.jupyter': False}"])
    yield found
    found.stop()


def until(page: Page, script: str, seconds: float = 90) -> None:
    page.wait_for_function(f"() => {script}", timeout=seconds * 1000)


def is_at_work(session: dict[str, Any], name: str) -> bool:
    """Whether a notebook's kernel is there and its page is connected to it."""
    kernel = session["kernel"]
    return session["name"] == name and kernel["execution_state"] == "idle" and kernel["connections"] > 0


def say(page: Page, text: str) -> None:
    page.fill(".nemo-editor textarea", text)
    page.keyboard.press("Enter")


def export(page: Page) -> None:
    page.click(".nemo-editor button:has-text('Export …')")
    page.click(".nemo-dialog button:has-text('Export')")
    until(page, "document.querySelector('.nemo-film')?.duration > 5", 200)


def test_without_the_extension_files_play_from_the_folder_and_others_as_a_preview(
    bare: JupyterLab, page: Page, recording: Path
) -> None:
    with bare.client() as client:
        assert client.get("nemo/ping").status_code == 404
    (bare.root / "here.mp4").write_bytes(recording.read_bytes())
    name = bare.write_notebook("bare.ipynb", "import nemo_lab as nemo\nnemo.Editor('here.mp4')")
    open_notebook(page, bare, name)
    run_all(page)
    until(page, READY)
    assert "/files/here.mp4" in (page.get_attribute(".nemo-front", "src") or "")
    say(page, "cut from 0:01 to 0:02")
    until(page, f"/0:12 → 0:11/.test({LOG})")
    export(page)

    page.set_input_files(".nemo-editor input[type=file]", recording)
    until(page, f"/Added talk.mp4/.test({LOG})")
    page.focus(".nemo-scroller")
    page.keyboard.press("End")
    page.click(".nemo-trouble >> text=Render a preview")
    until(page, "document.querySelector('.nemo-front')?.src.startsWith('blob:')")
    until(page, READY)
    screenshot(page, "without-extension")


def test_notebook_7(lab: JupyterLab, browser: Browser, recording: Path) -> None:
    pytest.importorskip("notebook")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    name = lab.write_notebook("seven.ipynb", "import nemo_lab as nemo\nnemo.Editor(project='seven')")
    page.goto(f"{lab.url}notebooks/{name}?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    with lab.client() as client:
        deadline = time.monotonic() + 60
        while not any(is_at_work(one, name) for one in client.get("api/sessions").json()):
            assert time.monotonic() < deadline
            page.wait_for_timeout(200)
    page.click(".jp-Notebook .jp-Cell .cm-content")
    page.click("[data-command='notebook:run-cell-and-select-next']")
    until(page, OPEN)
    page.set_input_files(".nemo-editor input[type=file]", recording)
    until(page, f"/Added talk.mp4/.test({LOG})")
    until(page, READY)
    say(page, "cut from 0:03 to 0:06")
    until(page, f"/0:12 → 0:09/.test({LOG})")
    export(page)
    screenshot(page, "notebook-7")
    page.context.close()


def test_in_the_cloud(tmp_path: Path, page: Page, recording: Path) -> None:
    with cloud(tmp_path / "cloud") as address:
        lab = JupyterLab(tmp_path / "lab", environment={"NEMO_API_URL": address})
        try:
            edit_in_the_cloud(lab, page, recording)
        finally:
            lab.stop()


def edit_in_the_cloud(lab: JupyterLab, page: Page, recording: Path) -> None:
    open_notebook(
        page, lab, lab.write_notebook("c.ipynb", "import nemo_lab as nemo\nnemo.Editor(project='c')")
    )
    run_all(page)
    until(page, OPEN)
    until(page, "/cloud · NemoVideo · \\d+ credits/.test(document.querySelector('.nemo-place').textContent)")
    page.set_input_files(".nemo-editor input[type=file]", recording)
    until(page, f"/Added talk.mp4/.test({LOG})")
    screenshot(page, "cloud-added")
    say(page, "cut from 0:03 to 0:06 and add a title 'Evening' for 2 seconds")
    until(page, f"/Evening/.test({LOG})")
    until(page, "/2 clips/.test(document.querySelector('.nemo-state').textContent)")
    until(page, READY)  # the original, which is here
    screenshot(page, "cloud-edited")
    export(page)
    screenshot(page, "cloud-finished")


def test_the_last_words_of_a_fast_stream_arrive(lab: JupyterLab, page: Page) -> None:
    words = [message(f"word {number} ", partial=True) for number in range(5000)]
    whole = message("".join(f"word {number} " for number in range(5000)) + "and the last.")
    with Cloud() as server:
        server.script("POST /run_sse", Stream([*words, whole]))
        where = f"import os\nos.environ.update(NEMO_API_URL={server.url!r}, NEMO_TOKEN='nmv_usr_own')\n"
        name = lab.write_notebook(
            "fast.ipynb", where + "import nemo_lab as nemo\nnemo.Editor(project='fast')"
        )
        open_notebook(page, lab, name)
        run_all(page)
        until(page, "/cloud/.test(document.querySelector('.nemo-place')?.textContent)")
        until(page, "document.querySelector('.nemo-editor .nemo-main')?.disabled === false")
        say(page, "tell me everything")
        until(page, f"/word 4999 and the last\\./.test({LOG})")
        until(page, "document.querySelector('.nemo-live').hidden")
        assert not page.inner_text(".nemo-warning")
