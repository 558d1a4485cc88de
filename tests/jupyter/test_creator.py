"""What a creator does, with a large film: drop, say, look, play, export, seek, reload, go on."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.jupyter.harness import JupyterLab, command, open_notebook, run_all, screenshot, set_theme
from tests.jupyter.heavy import heavy_film

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
FIGURES = logging.getLogger("figures")
"""Shown by ``pytest --log-cli-level=INFO``."""
LOG = "document.querySelector('.nemo-log').textContent"
FILM = "document.querySelector('.nemo-film')"


@contextmanager
def peak(*processes: psutil.Process) -> Iterator[list[int]]:
    """Watch the memory of processes; the list holds by how many bytes each has grown at most."""
    before = [process.memory_info().rss for process in processes]
    grown, ended = [0] * len(processes), threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for number, process in enumerate(processes):
                grown[number] = max(grown[number], process.memory_info().rss - before[number])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


def drop(page: Page, path: Path) -> None:
    """Drag a file from the desktop onto the editor and let it go."""
    box = page.locator(".nemo-editor").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 200}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def until(page: Page, script: str, seconds: float = 120) -> None:
    page.wait_for_function(f"() => {script}", timeout=seconds * 1000)


def say(page: Page, text: str) -> None:
    page.fill(".nemo-editor textarea", text)
    page.keyboard.press("Enter")


def test_a_creator_edits_a_large_film(lab: JupyterLab, page: Page, tmp_path: Path):
    film = heavy_film(tmp_path / "show.mp4", 300)
    name = lab.write_notebook("show.ipynb", "import nemo_lab as nemo\nnemo.Editor(project='show')")
    open_notebook(page, lab, name)
    run_all(page)
    expect(page.locator(".nemo-editor")).to_be_visible(timeout=60_000)
    until(page, "/Drop a recording/.test(document.querySelector('.nemo-state').textContent)")
    with peak(psutil.Process(lab.process.pid), *lab.kernels()) as grown:
        drop(page, film)
        until(page, f"/Added show.mp4/.test({LOG})", 300)
    FIGURES.info("300 MB: server and kernels grew by %s MB", [size >> 20 for size in grown])
    assert grown[0] < 64 << 20
    uploaded = next((lab.data / "jupyter" / "uploads").glob("*/show.mp4"))
    assert uploaded.stat().st_size == film.stat().st_size

    say(page, "cut the boring parts, add transitions")
    until(page, f"/Removed \\d+ pauses/.test({LOG})", 300)
    until(page, "/clips/.test(document.querySelector('.nemo-state').textContent)")
    screenshot(page, "creator-light")
    set_theme(page, dark=True)
    screenshot(page, "creator-dark")

    page.click(".nemo-editor [aria-label='Play']")
    seen: list[float] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(b - a > 0.5 for a, b in pairwise(seen)):
        seen.append(page.evaluate("document.querySelector('.nemo-editor .nemo-front').currentTime"))
        page.wait_for_timeout(40)
    assert seen[-1] - seen[-2] > 0.5, "it never jumped over a cut"
    page.click(".nemo-editor [aria-label='Pause']")

    page.click(".nemo-editor button:has-text('Export …')")
    page.click(".nemo-dialog button:has-text('Export')")
    until(page, f"{FILM}?.duration > 5", 400)
    page.evaluate(f"{FILM}.currentTime = {FILM}.duration - 2")
    until(page, f"!{FILM}.seeking && {FILM}.readyState >= 2")
    screenshot(page, "creator-finished")

    command(page, "docmanager:save")
    page.reload()
    expect(page.locator(".nemo-editor")).to_be_visible(timeout=90_000)
    until(page, f"/Saved show-edited.mp4/.test({LOG})")
    say(page, "add a title 'The end' for 2 seconds")
    until(page, f"/“The end”/.test({LOG})")


def test_seeking_in_a_large_file_fetches_only_what_is_shown(lab: JupyterLab, page: Page, tmp_path: Path):
    film = heavy_film(tmp_path.resolve() / "long.mp4", 500)
    token = secrets.token_urlsafe(24)
    notes = lab.data / "jupyter" / "media"
    notes.mkdir(parents=True, exist_ok=True)
    facts = {"path": str(film), "mtime_ns": film.stat().st_mtime_ns}
    (notes / f"{token}.json").write_text(json.dumps(facts))
    page.goto(f"{lab.url}lab?token=a-token-of-the-tests&reset")
    server = psutil.Process(lab.process.pid)
    before = server.io_counters().read_chars
    times = page.evaluate(
        """async address => {
            const film = document.createElement('video');
            const when = name => new Promise((done, fail) => {
                film.addEventListener(name, () => done(performance.now()), {once: true});
                film.addEventListener('error', () => fail(film.error.message), {once: true});
            });
            film.muted = true;
            const start = performance.now();
            film.src = address;
            document.body.append(film);
            await when('canplay');
            const ready = performance.now();
            const playing = when('playing');
            film.currentTime = film.duration * 0.8;
            film.play();
            await when('seeked');
            await playing;
            const seeked = performance.now();
            film.pause();
            film.remove();
            return [ready - start, seeked - ready];
        }""",
        f"{lab.url}nemo/media/{token}",
    )
    read = server.io_counters().read_chars - before
    FIGURES.info("500 MB: ready in %.0f ms, plays %.0f ms after a seek, %d MB read", *times, read >> 20)
    assert read < film.stat().st_size / 3
