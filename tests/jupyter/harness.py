"""A real JupyterLab on a free port, with folders of its own, and a real Chromium to look at it.

What the wheel would install under ``etc/`` and ``share/`` is linked from the working tree, by the same table
in ``pyproject.toml``, so that the tests see what is written there now.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import nbclient
import nbformat
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "test-artefacts"
TOKEN = "a-token-of-the-tests"
BASE_URL = "/user/ann/"
"""As behind JupyterHub, so that no address may be taken for granted."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # loopback only
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def install_shared_data(prefix: Path) -> None:
    """Link what the wheel puts under a prefix from the working tree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for source, target in shared.items():
        (prefix / target).parent.mkdir(parents=True, exist_ok=True)
        (prefix / target).symlink_to(ROOT / source)


class JupyterLab:
    """A running server; ``url`` is its base URL.

    Args:
        folder: for everything: ``root`` (the notebooks), home, data, settings, log.
        options: more command line arguments.
        environment: more variables for server and kernels.
    """

    def __init__(
        self, folder: Path, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.root, self.data = folder, folder / "root", folder / "data"
        self.root.mkdir(parents=True)
        install_shared_data(folder / "prefix")
        news = folder / "settings" / "@jupyterlab" / "apputils-extension"
        news.mkdir(parents=True)
        (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')  # it asks, else
        self.origin = f"http://127.0.0.1:{free_port()}"
        self.url = self.origin + BASE_URL
        self.log = folder / "jupyter.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command(options),
                env=self._environment() | dict(environment or {}),
                cwd=self.root,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _command(self, options: Sequence[str]) -> list[str]:
        return [
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
            f"--port={self.origin.rpartition(':')[2]}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={BASE_URL}",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *options,
        ]

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEMO_", "JUPYTER", "JPY_"))}
        mine = {
            "HOME": "home",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTER_DATA_DIR": "jupyter",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTER_PATH": "prefix/share/jupyter",
            "JUPYTER_CONFIG_PATH": "prefix/etc/jupyter",
            "IPYTHONDIR": "ipython",
            "NEMO_DATA_DIR": "data",
            "NEMO_CACHE_DIR": "cache",
            "NEMO_CONFIG_DIR": "nemo-config",
        }
        for name in mine.values():
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        folders = {key: str(self.folder / name) for key, name in mine.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return kept | folders | {"PYTHONPATH": str(ROOT), "PATH": path}

    def _wait(self) -> None:
        deadline = time.monotonic() + 180  # a loaded machine is slow, not broken
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}api/status", headers=self.token_header).status_code == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"JupyterLab did not start:\n{self.log.read_text()}")

    @property
    def token_header(self) -> dict[str, str]:
        """What a script sends to be let in; Jupyter asks it for no XSRF token."""
        return {"Authorization": f"token {TOKEN}"}

    def client(self) -> httpx.Client:
        """A client that is let in by token."""
        return httpx.Client(base_url=self.url, headers=self.token_header, timeout=60)

    @contextlib.contextmanager
    def logged_in(self) -> Iterator[httpx.Client]:
        """A client that is let in by cookie, as a browser is; XSRF counts."""
        with httpx.Client(base_url=self.url, timeout=60) as client:
            client.get("lab", params={"token": TOKEN}, follow_redirects=True).raise_for_status()
            yield client

    def memory(self) -> int:
        """Resident bytes of the server, without its kernels."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def kernels(self) -> list[psutil.Process]:
        """The kernels' processes."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in below if "ipykernel_launcher" in " ".join(process.cmdline())]

    def add_kernel(self, name: str, packages: Path) -> None:
        """Offer a kernel that finds packages (another ipykernel, say) in a folder before all others."""
        folder = self.folder / "jupyter" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": os.pathsep.join(map(str, (packages, ROOT)))},
        }
        (folder / "kernel.json").write_text(json.dumps(spec))

    def stop(self) -> None:
        """End the server and its kernels."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def write_notebook(self, name: str, *cells: str, kernel: str = "python3") -> str:
        """Put a notebook with these code cells into the root."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(book, self.root / name)
        return name


@contextlib.contextmanager
def chromium(*flags: str, **options: Any) -> Iterator[Browser]:
    """A headless Chromium that resolves no name but localhost, unless ``flags`` say otherwise."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS, *flags], **options)
        try:
            yield browser
        finally:
            browser.close()


def open_lab(page: Page, lab: JupyterLab, path: str = "") -> None:
    """Open JupyterLab, with a file if one is named, in a fresh workspace; wait until it is there."""
    page.goto(f"{lab.url}lab{'/tree/' + path if path else ''}?token={TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget", timeout=60_000)


def open_notebook(page: Page, lab: JupyterLab, name: str) -> None:
    """Open a notebook and wait until its kernel is idle."""
    open_lab(page, lab, name)
    page.wait_for_selector(".jp-Notebook", timeout=60_000)
    wait_idle(page)


def wait_idle(page: Page, timeout: float = 60_000) -> None:
    """Wait until the kernel of the tab in front has nothing to do; ``timeout`` in ms."""
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=timeout,
    )


def command(page: Page, name: str, **arguments: Any) -> Any:
    """Run one of JupyterLab's commands to its end."""
    return page.evaluate(
        "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given); }",
        [name, arguments],
    )


def start_command(page: Page, name: str, **arguments: Any) -> None:
    """Start one of JupyterLab's commands and do not wait for it."""
    page.evaluate(
        "([name, given]) => { window.jupyterapp.commands.execute(name, given); }", [name, arguments]
    )


def run_all(page: Page) -> None:
    """Start every cell of the notebook in front; does not wait."""
    start_command(page, "notebook:run-all-cells")


def set_theme(page: Page, *, dark: bool) -> None:
    """Choose JupyterLab's dark or light theme."""
    command(page, "apputils:change-theme", theme=f"JupyterLab {'Dark' if dark else 'Light'}")
    theme = f"body[data-jp-theme-light={'false' if dark else 'true'}]"
    page.wait_for_selector(theme, state="attached")  # of no height of its own, hence never "visible"


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the page among the test artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=path)
    return path


def execute(folder: Path, *cells: str, allow_errors: bool = False) -> list[list[Any]]:
    """Run cells in a fresh kernel, with no browser; return the outputs of each.

    An error in a cell ends the run, unless errors are what is looked for.
    """
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    run_notebook(book, folder, allow_errors=allow_errors)
    return [cell.outputs for cell in book.cells]


def run_notebook(book: nbformat.NotebookNode, folder: Path, *, allow_errors: bool = False) -> None:
    """Run a notebook in a fresh kernel that finds the working tree; its outputs are put in."""
    client = nbclient.NotebookClient(
        book,
        timeout=300,
        kernel_name="python3",
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
