"""nemo_lab in Jupyter: the editor widget, the magics, and the extension of the Jupyter server.

Nothing is imported here: the kernel needs no Jupyter server, and the server needs no widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nemo_lab.errors import MissingExtra

if TYPE_CHECKING:
    from nemo_lab.jupyter.editor import Editor

__all__ = ["Editor"]


def __getattr__(name: str) -> Any:
    """Load the editor when it is first used (PEP 562)."""
    if name != "Editor":
        raise AttributeError(f"module 'nemo_lab.jupyter' has no attribute {name!r}")
    try:
        from nemo_lab.jupyter.editor import Editor
    except ModuleNotFoundError as exc:
        raise MissingExtra(f"{exc.name}, which the editor needs,", "jupyter") from None
    return Editor


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell the Jupyter server what to load; it knows this module from its own configuration folder."""
    from nemo_lab.jupyter.server.app import NemoServer

    return [{"module": "nemo_lab.jupyter", "app": NemoServer}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab's tools where the front end lies."""
    return [{"src": "labextension", "dest": "nemo-lab"}]
