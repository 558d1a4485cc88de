"""How fast the editor is, in a real JupyterLab and a real Chromium; ``make bench`` prints it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.jupyter.harness import (
    CHROMIUM,
    JupyterLab,
    chromium,
    command,
    open_notebook,
    start_command,
    wait_idle,
)
from tests.jupyter.plain import Site, Tab, cut_view, state_of
from tests.media.clips import make

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
]
SCROLL = """async () => {
  const box = document.querySelector(".nemo-scroller");
  const frame = () => new Promise(requestAnimationFrame);
  const started = performance.now();
  let frames = 0;
  while (performance.now() - started < 4000) {
    const deltaY = frames % 60 < 30 ? -40 : 40;
    const turn = {deltaY, ctrlKey: true, clientX: 400, cancelable: true};
    if (frames % 2) box.dispatchEvent(new WheelEvent("wheel", turn));
    else box.scrollLeft += 25;
    await frame();
    frames += 1;
  }
  return frames / (performance.now() - started) * 1000;
}"""


MARK = """import time
from pathlib import Path
from nemo_lab.client import AsyncSession
chat = AsyncSession.chat

async def marked(self, *given, **more):
    reply = await chat(self, *given, **more)
    Path("replied").write_text(str(time.time()))
    return reply

AsyncSession.chat = marked
import nemo_lab as nemo
nemo.Editor"""
PAINTED = """(old) => new Promise(done => {
    const time = document.querySelector(".nemo-time");
    const look = () => time.textContent.includes(old) ? requestAnimationFrame(look)
        : requestAnimationFrame(() => setTimeout(() => done(Date.now() / 1000)));
    look();
    const key = new KeyboardEvent("keydown", {key: "i", bubbles: true});
    document.querySelector(".nemo-scroller").dispatchEvent(key);
})"""


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


def test_two_thousand_segments_scroll_and_zoom(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        with chromium() as browser:
            tab = Tab(browser.new_page(viewport={"width": 1280, "height": 900}), site)
            tab.open(state_of(cut_view(2000)))
            rate = tab.page.evaluate(SCROLL)
    finally:
        site.close()
    tell(f"2,000 segments: {rate:.0f} frames/s")
    assert rate >= 50


def test_first_paint_and_edits(tmp_path: Path) -> None:
    lab = JupyterLab(tmp_path / "lab")
    try:
        make(lab.root / "talk.mp4", seconds=60)
        lab.write_notebook("a.ipynb", MARK, "nemo.Editor('talk.mp4')")
        with chromium() as browser:
            _measure(browser.new_page(viewport={"width": 1280, "height": 900}), lab)
    finally:
        lab.stop()


def _measure(page: Page, lab: JupyterLab) -> None:
    open_notebook(page, lab, "a.ipynb")
    command(page, "notebook:run-cell-and-select-next")
    page.wait_for_selector(".jp-InputPrompt:has-text('[1]:')")
    wait_idle(page)
    began = time.monotonic()
    start_command(page, "notebook:run-cell")
    page.wait_for_selector(".nemo-editor")
    first = time.monotonic() - began
    tell(f"first paint: {first:.2f} s after the cell was started")
    page.wait_for_function("() => !document.querySelector('.nemo-editor .nemo-main').disabled")
    tell(f"timeline: {time.monotonic() - began:.2f} s")
    page.wait_for_timeout(3000)
    shown = sorted(_edit(page, lab) for _ in range(7))
    tell(f"an edit's timeline on screen: {shown[3] * 1000:.0f} ms after the backend's reply (median of 7)")
    assert first < 1
    assert shown[3] < 0.3


def _edit(page: Page, lab: JupyterLab) -> float:
    """Cut up to the playhead; return the seconds from the backend's reply to the picture."""
    length = page.inner_text(".nemo-time").split("/ ")[1]
    page.focus(".nemo-scroller")
    page.keyboard.press("ArrowRight")
    painted = page.evaluate(PAINTED, f"/ {length}")
    page.wait_for_function("() => !document.querySelector('.nemo-live').textContent")
    page.wait_for_timeout(300)
    return float(painted) - float((lab.root / "replied").read_text())
