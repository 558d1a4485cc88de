"""The extension as the Jupyter server loads it, with its settings.

They stand in ``jupyter_server_config.py`` (or ``.json``) or on the command line, for example
``jupyter lab --NemoServer.max_upload_bytes=1000000000``.
"""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.application import ExtensionApp
from traitlets import Integer

from nemo_lab import __version__
from nemo_lab.config import load_settings
from nemo_lab.jupyter.server.access import Guarded
from nemo_lab.jupyter.server.media_route import MediaRoute
from nemo_lab.jupyter.server.upload_route import UploadRoute
from nemo_lab.jupyter.server.uploads import ID, Uploads
from nemo_lab.protocol.messages import UPLOAD_FORMATS

_PART = 8 << 20
"""Bytes of one part: small enough for the proxies that cap a body, large enough for a fast disk."""


class PingRoute(Guarded, APIHandler):
    """``nemo/ping``: the widget asks once whether the extension is there, and what it takes."""

    def get(self) -> None:
        """Say version, size of a part, size and types of what is taken."""
        self.set_status(HTTPStatus.OK)
        self.finish(
            {
                "version": __version__,
                "chunk": _PART,
                "max_bytes": self.extension.max_upload_bytes,
                "formats": list(UPLOAD_FORMATS),
            }
        )


class NemoServer(ExtensionApp):
    """nemo_lab's part of the Jupyter server."""

    name = "nemo_lab"
    description = "Uploads and previews for nemo_lab's editor."

    max_upload_bytes = Integer(64 << 30, min=1, help="Size of the largest file that is taken, in bytes.").tag(
        config=True
    )
    keep_unfinished_days = Integer(
        7, min=0, help="Days after which an upload that was never finished is removed, at the next start."
    ).tag(config=True)

    @cached_property
    def folder(self) -> Path:
        """Where everything lies; the kernels, which inherit the server's environment, find the same."""
        return load_settings().data_dir / "jupyter"

    @cached_property
    def media_folder(self) -> Path:
        """Where the kernels leave their notes on what may be served."""
        return self.folder / "media"

    @cached_property
    def uploads(self) -> Uploads:
        """Files on their way from a browser."""
        return Uploads(self.folder / "uploads", self.max_upload_bytes)

    @cached_property
    def writers(self) -> dict[str, Any]:
        """Which request writes an upload now."""
        return {}

    def initialize_handlers(self) -> None:
        """Add the routes; the server puts its base URL before them."""
        self.uploads.tidy(self.keep_unfinished_days * 86_400)
        self.handlers.extend(
            [
                (r"/nemo/ping", PingRoute),
                (rf"/nemo/upload/({ID.pattern})", UploadRoute),
                (r"/nemo/media/([^/]+)", MediaRoute),
            ]
        )
