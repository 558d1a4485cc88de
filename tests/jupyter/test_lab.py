"""JupyterLab as a creator meets it, in a real Chromium."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from playwright.sync_api import Page

import nemo_lab
from tests.jupyter.harness import JupyterLab, open_notebook, run_all, wait_idle

pytestmark = pytest.mark.timeout(400)  # kernels start slowly on a busy machine


def test_the_extension_is_enabled_by_what_the_wheel_installs(lab: JupyterLab):
    found = lab.log.read_text()
    assert "nemo_lab.jupyter | extension was successfully loaded" in found


def test_a_cell_runs(lab: JupyterLab, page: Page):
    name = lab.write_notebook("version.ipynb", "import nemo_lab; nemo_lab.__version__")
    open_notebook(page, lab, name)
    run_all(page)
    page.wait_for_selector(".jp-OutputArea-output pre")
    wait_idle(page)
    assert page.inner_text(".jp-OutputArea-output pre") == f"'{nemo_lab.__version__}'"


def test_the_package_needs_no_jupyter():
    """The kernel may have no Jupyter server, and the server no widgets."""
    code = "import nemo_lab.jupyter, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
    assert not {"jupyter_server", "tornado", "anywidget", "IPython", "traitlets"} & set(loaded)
