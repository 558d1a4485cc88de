"""Everything that can go wrong, in one tree.

::

    NemoError                       every error of ours: one line that says what and how to mend it
    ├── UsageError                  the call itself is wrong (also a ValueError)
    │   ├── ConfigError             a setting has a value that cannot be used
    │   └── RecipeError             a recipe cannot be read; knows the line
    ├── MissingExtra                an optional part is not installed; says the pip command
    ├── MediaError                  a media file is the matter; knows the path
    │   ├── MediaNotFound           no such file, or not a file
    │   ├── UnreadableMedia         empty, broken, or not what its name says
    │   ├── UnsupportedFormat       not one of the 13 formats                          code 4001
    │   ├── FileTooLarge            over the upload limit                              code 4002
    │   └── FileChanged             the file was written to while it was being read
    ├── OutputError                 the result cannot be written; knows the path
    │   ├── OutputExists            and --force was not given
    │   ├── OutputNotWritable       no such folder, or no permission
    │   └── DiskFull                no space left
    ├── EditError                   the wish cannot be carried out on this timeline
    ├── NotReady                    nothing on the timeline to export
    ├── RenderFailed                the render ended in failure
    ├── RenderTimeout               the render did not end in time; knows the id to resume with
    ├── Cancelled                   stopped at the user's wish
    ├── TransportError              the network, not the backend
    │   ├── ConnectFailed           nothing was sent
    │   ├── Disconnected            cut in the middle: what the backend did is unknown
    │   ├── StreamTimeout           silence, or nothing but heartbeats, for too long
    │   └── EventTooLarge           one event of more than 16 MiB
    ├── GenerationUnknown           cut off, and the state did not change: ask before saying it again
    ├── ProtocolError               the reply is not what the protocol says
    └── ApiError                    the backend said no; knows code and HTTP status
        ├── AuthError               token bad or expired                        1001 1010 1011 401
        ├── SessionNotFound         the project is gone                               1002 404
        ├── InsufficientCredits     credits are used up                                   2001
        ├── SubscriptionRequired    the plan does not allow it (not credits)           402 403
        ├── RateLimited             too many requests                                      429
        └── BackendUnavailable      the backend is down or failing                         5xx
"""

from __future__ import annotations

from pathlib import Path

from nemo_lab.redaction import redact


class NemoError(Exception):
    """Base of all errors of nemo_lab.

    Args:
        message: one line for a person: what happened.
        remedy: what they can do about it; appended to the text.
    """

    code: int | None = None
    """The protocol's error code, where there is one."""
    retryable: bool = False
    """Whether the same call may succeed later with nothing else changed."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = redact(message)
        super().__init__(self.message)
        self.remedy = remedy

    def __str__(self) -> str:
        if not self.remedy:
            return self.message
        stop = "。" if "\u3400" <= self.remedy[0] <= "\u9fff" else ". "
        return f"{self.message.rstrip('.。')}{stop}{self.remedy}"

    def _render_traceback_(self) -> list[str]:
        """Show one line in a notebook, which asks for this, in place of our own frames."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(NemoError, ValueError):
    """The call itself is wrong."""


class ConfigError(UsageError):
    """A setting has a value that cannot be used."""


class RecipeError(UsageError):
    """A recipe cannot be read or carried out.

    Args:
        message: what is wrong.
        line: line number in the document (first is 1), where it is known.
    """

    def __init__(self, message: str, *, line: int | None = None, remedy: str = "") -> None:
        super().__init__(f"line {line}: {message}" if line else message, remedy=remedy)
        self.line = line


class MissingExtra(NemoError, ImportError):
    """An optional part of nemo_lab is not installed.

    Args:
        what: what was asked for.
        extra: the extra that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed", remedy=f"Run: pip install 'nemo-lab[{extra}]'")
        self.extra = extra


class MediaError(NemoError):
    """A media file is the matter.

    Args:
        message: what is wrong with it.
        path: the file.
    """

    def __init__(self, message: str, *, path: Path | str | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.path = path


class MediaNotFound(MediaError):
    """No such file, or it is not a file."""


class UnreadableMedia(MediaError):
    """Empty, broken, or not what its name says."""


class UnsupportedFormat(MediaError):
    """Not one of the formats that can be edited."""

    code = 4001


class FileTooLarge(MediaError):
    """Over the upload limit."""

    code = 4002


class FileChanged(MediaError):
    """The file was written to while it was being read."""


class OutputError(NemoError):
    """The result cannot be written.

    Args:
        message: why not.
        path: where it should have gone.
    """

    def __init__(self, message: str, *, path: Path | str | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.path = path


class OutputExists(OutputError):
    """The output is there already and may not be replaced."""


class OutputNotWritable(OutputError):
    """No such folder, or no permission."""


class DiskFull(OutputError):
    """No space left on the device."""


class EditError(NemoError):
    """The wish is understood but cannot be carried out on this timeline."""


class NotReady(NemoError):
    """There is nothing on the timeline to export."""


class RenderFailed(NemoError):
    """The render ended in failure."""


class RenderTimeout(NemoError):
    """The render did not end in time.

    Args:
        message: what happened.
        render_id: the id with which the wait can be taken up again.
    """

    def __init__(self, message: str, *, render_id: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.render_id = render_id


class Cancelled(NemoError):
    """Stopped at the user's wish."""


class TransportError(NemoError):
    """The network failed, not the backend."""

    retryable = True


class ConnectFailed(TransportError):
    """The backend could not be reached; nothing was sent."""


class Disconnected(TransportError):
    """The connection broke after something was sent: what the backend did is not known."""


class StreamTimeout(TransportError):
    """Silence, or nothing but heartbeats, for too long."""


class EventTooLarge(TransportError):
    """One event of the stream is larger than the cap."""

    retryable = False


class GenerationUnknown(NemoError):
    """The stream was cut and the state did not change since: only the user may say it again."""


class ProtocolError(NemoError):
    """The backend's reply is not what the protocol says."""


class ApiError(NemoError):
    """The backend said no.

    Args:
        message: what the backend said, or our words for it.
        code: the protocol's code, where the reply had one.
        status: the HTTP status.
    """

    def __init__(
        self, message: str, *, code: int | None = None, status: int | None = None, remedy: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        if code is not None:
            self.code = code
        self.status = status


class AuthError(ApiError):
    """The token is bad or has expired."""

    code = 1001


class SessionNotFound(ApiError):
    """The project is gone from the backend."""

    code = 1002


class InsufficientCredits(ApiError):
    """Credits are used up."""

    code = 2001


class SubscriptionRequired(ApiError):
    """The plan does not allow it; this is not a matter of credits."""

    code = 402


class RateLimited(ApiError):
    """Too many requests."""

    code = 429
    retryable = True


class BackendUnavailable(ApiError):
    """The backend is down or failing."""

    retryable = True
