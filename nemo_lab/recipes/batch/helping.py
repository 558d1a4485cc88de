"""One big render on a cluster: Dask workers help the engine that leads it, through a folder that all see.

The recording does not travel, nor do the finished spans: both lie on shared storage. A worker that dies takes
at most one span with it, which is made again; one that comes later does not help.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client, get_worker

import nemo_lab
from nemo_lab.errors import OutputNotWritable
from nemo_lab.recipes.batch.cluster import connected

_LOOK_SECONDS = 0.5


@contextmanager
def helped(cluster: Client | str, target: Path) -> Iterator[Path]:
    """Have the workers of a cluster help with what is rendered to ``target``, until the block ends.

    Yields:
        the folder through which they do, for ``Session.export(shared=…)``.

    Raises:
        OutputNotWritable: the folder cannot be made beside the target.
        NemoError: the cluster cannot be reached.
    """
    folder = target.absolute().with_name(f".nemo-spans-{secrets.token_hex(6)}")
    try:
        folder.mkdir(mode=0o700)
    except OSError as exc:
        raise OutputNotWritable(f"{folder} cannot be made: {exc.strerror}", path=folder) from None
    try:
        with connected(cluster) as client:
            client.wait_for_workers(1, timeout=60)
            futures = [
                client.submit(
                    help_on_worker, str(folder), workers=[worker], pure=False, key=f"{folder.name}-{n}"
                )
                for n, worker in enumerate(client.nthreads())
            ]
            try:
                yield folder
            finally:
                (folder / "over").touch()
                client.cancel(futures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def help_on_worker(folder: str) -> None:
    """Help from within a Dask worker, in a process of the local engine that ends with the worker."""
    worker, home = get_worker(), str(Path(nemo_lab.__file__).parents[1])
    path = os.pathsep.join(entry for entry in (home, os.environ.get("PYTHONPATH")) if entry)
    job = {"job": "help", "folder": folder, "threads": worker.state.nthreads}
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "nemo_lab.local.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        wait = threading.Event()
        while process.poll() is None and not (Path(folder) / "over").exists() and Path(folder).is_dir():
            wait.wait(_LOOK_SECONDS)
        process.kill()
