"""Who may use the routes: whoever may use the Jupyter server's files, asked before a byte is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

if TYPE_CHECKING:
    from nemo_lab.jupyter.server.app import NemoServer


class Guarded(JupyterHandler):
    """A route for those who are logged in and may read (or, to change something, write) contents."""

    auth_resource = "contents"

    async def prepare(self) -> None:  # type: ignore[override]  # upstream's annotation says what is awaited
        """Check login, XSRF (by Jupyter's own ``prepare``) and permission, before the body.

        Raises:
            HTTPError: 403.
        """
        await super().prepare()
        if self._finished:
            return
        action = "read" if self.request.method in {"GET", "HEAD", "OPTIONS"} else "write"
        user = self.current_user
        if not user or not await ensure_async(
            self.authorizer.is_authorized(self, user, action, self.auth_resource)
        ):
            raise web.HTTPError(403)

    @property
    def extension(self) -> NemoServer:
        """The extension with its settings."""
        found: NemoServer = self.settings["nemo_lab"]
        return found
