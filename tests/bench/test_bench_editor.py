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


def test_first_paint_edits_and_stop(tmp_path: Path) -> None:
    lab = JupyterLab(tmp_path / "lab")
    try:
        make(lab.root / "talk.mp4", seconds=60)
        lab.write_notebook("a.ipynb", "import nemo_lab as nemo\nnemo.Editor", "nemo.Editor('talk.mp4')")
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
    tell(f"first paint: {time.monotonic() - began:.2f} s after the cell was started")
    page.wait_for_function("() => !document.querySelector('.nemo-editor .nemo-main').disabled")
    tell(f"timeline: {time.monotonic() - began:.2f} s")
    page.wait_for_timeout(3000)
    edits = []
    for number in range(5):
        length = page.inner_text(".nemo-time").split("/ ")[1]
        page.focus(".nemo-scroller")
        page.keyboard.press("ArrowRight")
        began = time.monotonic()
        page.keyboard.press("i")
        page.wait_for_function(
            "(old) => !document.querySelector('.nemo-time').textContent.includes(old)", arg=f"/ {length}"
        )
        edits.append(time.monotonic() - began)
        page.wait_for_timeout(500 + number)
    tell(f"edit by hand, from the key to the new timeline: {sorted(edits)[2] * 1000:.0f} ms (median of 5)")
