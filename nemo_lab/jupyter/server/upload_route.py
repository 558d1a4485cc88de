"""``nemo/upload/<id>``: raw parts of a file straight to the disk, so that memory stays flat."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, BinaryIO

from jupyter_server.base.handlers import APIHandler
from tornado import web

from nemo_lab.jupyter.server.access import Guarded
from nemo_lab.jupyter.server.uploads import Refused

_TOO_MUCH = "More came than was announced. Begin anew."

# What is read, and dropped, of a body without a length that is longer than announced. A line that is cut
# while something on it is unread is reset, and a reset may overtake the answer that says why.
_EXCESS = 1 << 20


@web.stream_request_body
class UploadRoute(Guarded, APIHandler):
    """PUT takes one part, GET says how much is there, DELETE forgets what is unfinished."""

    _file: BinaryIO | None = None
    _refused: Refused | None = None
    _left = 0

    async def prepare(self) -> None:  # type: ignore[override]
        """Open the file, or refuse, before the body comes."""
        await super().prepare()
        if self._finished or self.request.method != "PUT":
            return
        self._name = self.get_query_argument("name")
        self._total, offset = self._number("total"), self._number("offset")
        self._left = self._total - offset
        try:
            if int(self.request.headers.get("Content-Length") or 0) > self._left:
                raise Refused(HTTPStatus.BAD_REQUEST, _TOO_MUCH)
            self._file = self.extension.uploads.begin(self.path_args[0], self._name, offset, self._total)
        except Refused as exc:
            self._refused = exc  # told after the body: a browser that still sends would miss the answer
            return
        # Whoever comes last writes: the one before is a connection that the browser gave up.
        self.extension.writers[self.path_args[0]] = self
        self.request.connection.set_max_body_size(self._left + _EXCESS)  # type: ignore[union-attr]

    def data_received(self, chunk: bytes) -> None:
        """Write what has come; after a refusal, read on to the end so that the answer arrives."""
        if self._file is None:
            return
        self._left -= len(chunk)
        try:
            if self.extension.writers.get(self.path_args[0]) is not self:
                raise Refused(HTTPStatus.CONFLICT, "This file is being sent a second time.")
            if self._left < 0:
                raise Refused(HTTPStatus.BAD_REQUEST, _TOO_MUCH)
            self._file.write(chunk)
        except (Refused, OSError) as exc:
            self._close()
            full = Refused(HTTPStatus.INSUFFICIENT_STORAGE, "The server's disk is full. Free some space.")
            self._refused = exc if isinstance(exc, Refused) else full

    def put(self, upload_id: str) -> None:
        """Answer when the part is there."""
        self._close()
        if self._refused is not None:
            self._refuse(self._refused)
            return
        uploads = self.extension.uploads
        state = uploads.state(upload_id)
        if state.path is None and state.received == self._total:
            uploads.finish(upload_id, self._name)
        self._tell(upload_id)

    def get(self, upload_id: str) -> None:
        """Say how much is there."""
        self._tell(upload_id)

    def delete(self, upload_id: str) -> None:
        """Forget an unfinished upload."""
        self.extension.writers.pop(upload_id, None)
        self.extension.uploads.forget(upload_id)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    def write_error(self, status_code: int, **details: Any) -> None:
        """Answer an error; what else comes on this line may be a body that nobody read."""
        self.set_header("Connection", "close")
        super().write_error(status_code, **details)

    def on_connection_close(self) -> None:
        """Keep what has come when the browser goes away."""
        self._close()
        super().on_connection_close()

    def on_finish(self) -> None:
        """Leave nothing open, however it ended."""
        self._close()
        super().on_finish()

    def _tell(self, upload_id: str) -> None:
        state = self.extension.uploads.state(upload_id)
        found: dict[str, Any] = {"received": state.received}
        if state.path is not None:
            found["path"] = str(state.path.resolve())
        self.finish(found)

    def _number(self, name: str) -> int:
        text = self.get_query_argument(name)
        if not text.isascii() or not text.isdecimal() or len(text) > 15:
            raise web.HTTPError(400, f"{name} must be a number of bytes")
        return int(text)

    def _refuse(self, exc: Refused) -> None:
        known = {} if exc.received is None else {"received": exc.received}
        self.set_status(exc.status)
        self.finish({"message": exc.message} | known)

    def _close(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        if self.extension.writers.get(self.path_args[0]) is self:
            del self.extension.writers[self.path_args[0]]
