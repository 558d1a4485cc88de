"""One JupyterLab for all tests of a worker, one Chromium for each file, a page for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.jupyter.harness import CHROMIUM, JupyterLab, chromium
from tests.jupyter.plain import Site, Tab
from tests.media.clips import make


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """A running JupyterLab."""
    server = JupyterLab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium, closed after each file: while Playwright runs, no other loop can in its thread."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a fresh profile; a script error in it fails the test."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    found = context.new_page()
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert not errors


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for the editor's page alone, with a recording."""
    folder = tmp_path_factory.mktemp("site")
    make(folder / "talk.mp4", seconds=9, gop=15)
    found = Site(folder)
    yield found
    found.close()


@pytest.fixture
def tab(page: Page, site: Site) -> Tab:
    """The editor's page without Jupyter."""
    site.extension, site.breaks = True, []
    site.uploads.clear()
    site.asked.clear()
    return Tab(page, site)
