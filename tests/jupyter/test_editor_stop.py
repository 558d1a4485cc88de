"""Stop, while something renders and a cell computes: on the ipykernel that is installed, and on others.

Others are named by folders in ``NEMO_TEST_IPYKERNELS``, each made by
``pip install --no-deps --target FOLDER ipykernel==VERSION``.
"""

from __future__ import annotations

import logging
import os
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.jupyter.harness import JupyterLab, open_notebook, start_command
from tests.media.clips import make

pytestmark = pytest.mark.timeout(400)
FIGURES = logging.getLogger("figures")
"""Shown by ``pytest --log-cli-level=INFO``."""
OTHERS = [Path(folder) for folder in os.environ.get("NEMO_TEST_IPYKERNELS", "").split(os.pathsep) if folder]
COMPUTE = """from pathlib import Path
print("computing", flush=True)
while not Path("{mark}").exists():
    sum(range(1000))
print("computed", flush=True)"""
STOPPED = "document.querySelector('.nemo-log').textContent.split('Stopped.').length - 1"
STOP = f"""() => new Promise(done => {{
    const log = document.querySelector(".nemo-log"), began = performance.now(), before = {STOPPED};
    new MutationObserver(() => {STOPPED} > before && done(performance.now() - began))
        .observe(log, {{childList: true, subtree: true}});
    document.querySelector(".nemo-stop").click();
}})"""


def version_of(folder: Path | None) -> str:
    """The version of ipykernel in a folder, or of the one that is installed."""
    if folder is None:
        return version("ipykernel")
    return next(one.version for one in distributions(path=[str(folder)]) if one.name == "ipykernel")


def has_subshells(folder: Path | None) -> bool:
    """Whether that ipykernel hears messages while a cell computes."""
    return int(version_of(folder).split(".")[0]) >= 7


@pytest.fixture(params=[None, *OTHERS], ids=version_of)
def kernel(request: pytest.FixtureRequest, lab: JupyterLab) -> tuple[str, bool]:
    """The name of a kernel, and whether it has subshells."""
    folder: Path | None = request.param
    if folder is None:
        return "python3", has_subshells(None)
    name = f"ipykernel-{version_of(folder)}"
    lab.add_kernel(name, folder)
    return name, has_subshells(folder)


def begin_export(page: Page, lab: JupyterLab, name: str, *cells: str, kernel: str) -> None:
    """Open a notebook whose first cell shows an editor, and begin a long export there."""
    make(lab.root / "long.mp4", seconds=60)
    open_notebook(page, lab, lab.write_notebook(f"{name}.ipynb", *cells, kernel=kernel))
    start_command(page, "notebook:run-cell-and-select-next")
    page.wait_for_function(
        "() => document.querySelector('.nemo-editor .nemo-main')?.disabled === false", timeout=90_000
    )
    export(page, name)


def export(page: Page, name: str) -> None:
    """Begin an export that takes long."""
    page.click(".nemo-editor button:has-text('Export …')")
    page.select_option(".nemo-dialog select >> nth=0", "webm")
    page.select_option(".nemo-dialog select >> nth=2", "high")
    page.fill(".nemo-dialog input[type=text]", f"{name}.webm")
    page.click(".nemo-dialog button:has-text('Export')")
    page.wait_for_selector(".nemo-rendering .nemo-gauge", timeout=60_000)


def run_cell(page: Page, number: int) -> None:
    page.evaluate(f"window.jupyterapp.shell.currentWidget.content.activeCellIndex = {number}")
    start_command(page, "notebook:run-cell")


SHOW = "import nemo_lab as nemo\neditor = nemo.Editor('long.mp4', fresh=True)\ndisplay(editor)\n"


def test_stop_is_heard_while_a_cell_computes(
    lab: JupyterLab, page: Page, kernel: tuple[str, bool], tmp_path: Path
) -> None:
    name, subshells = kernel
    mark = tmp_path / "enough"
    begin_export(page, lab, f"first-{name}", SHOW, COMPUTE.format(mark=mark), kernel=name)
    FIGURES.info("%s: stopped after %.0f ms", name, page.evaluate(STOP))
    page.wait_for_selector(".nemo-rendering .nemo-gauge", state="detached", timeout=60_000)
    export(page, f"stop-{name}")
    run_cell(page, 1)
    page.wait_for_selector(".jp-OutputArea-output:has-text('computing')", timeout=60_000)
    if not subshells:
        page.click(".nemo-stop")
        page.wait_for_timeout(500)
        assert page.evaluate(STOPPED) == 1, "it hears more than README says: mend README"
        mark.touch()
        page.wait_for_function(f"() => {STOPPED} === 2", timeout=60_000)
    else:
        FIGURES.info("%s, while a cell computes: stopped after %.0f ms", name, page.evaluate(STOP))
        assert not page.locator(".jp-OutputArea-output:has-text('computed')").count()
        mark.touch()
    page.wait_for_selector(".jp-OutputArea-output:has-text('computed')", timeout=60_000)
    assert not (lab.root / f"stop-{name}.webm").exists()


def test_the_editor_works_while_the_cell_that_showed_it_computes_on(
    lab: JupyterLab, page: Page, kernel: tuple[str, bool], tmp_path: Path
) -> None:
    name, subshells = kernel
    if not subshells:
        pytest.skip("this ipykernel hears nothing while a cell computes")
    mark = tmp_path / "enough"
    talk = "editor.say('cut from 0:01 to 0:02')\n"
    begin_export(page, lab, f"own-{name}", SHOW + talk + COMPUTE.format(mark=mark), kernel=name)
    FIGURES.info("%s, while its own cell computes: stopped after %.0f ms", name, page.evaluate(STOP))
    assert not page.locator(".jp-OutputArea-output:has-text('computed')").count()
    mark.touch()
    page.wait_for_selector(".jp-OutputArea-output:has-text('computed')", timeout=60_000)
