"""nemo_lab in Jupyter: the editor widget, the magics, and the extension of the Jupyter server.

Nothing is imported here: the kernel needs no Jupyter server, and the server needs no widget.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell the Jupyter server what to load; it knows this module from its own configuration folder."""
    from nemo_lab.jupyter.server.app import NemoServer

    return [{"module": "nemo_lab.jupyter", "app": NemoServer}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab's tools where the front end lies."""
    return [{"src": "labextension", "dest": "nemo-lab"}]
