"""Requests and replies of the API, generation 1 ("nemo-mega", SKILL.md v1.9 and its API reference).

What the vendor's sources contradict each other on is read in every documented way; replies keep keys that
are not known here. Bodies are snake_case, except the render request's ``sessionId``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator

from nemo_lab.errors import ProtocolError
from nemo_lab.protocol.draft import Draft, Tuple, WireModel

APP = "nemo_agent"
USER = "me"
"""The user in paths and bodies; the backend resolves it from the token."""

ANONYMOUS_TOKEN = "/api/auth/anonymous-token"  # noqa: S105 - a path
CLAIM_TOKEN = "/api/auth/claim-token"  # noqa: S105 - a path
CREATE_SESSION = f"/api/tasks/{USER}/with-session/{APP}"
CREDITS = "/api/credits/balance/simple"
RUN_SSE = "/run_sse"
RENDER = "/api/render/proxy/lambda"

CLIENT_ID_HEADER = "X-Client-Id"
SOURCE_HEADER = "X-Skill-Source"
VERSION_HEADER = "X-Skill-Version"
PLATFORM_HEADER = "X-Skill-Platform"

UPLOAD_FORMATS = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
"""The 13 formats (jpg has two names) that can be uploaded, with their media types."""

TIMELINE_UPLOADS = ("otio", "xml", "edl")
"""Timelines of other editors, which a backend on this machine reads where they lie."""


def upload_path(session_id: str) -> str:
    """Return where files of a session are uploaded to."""
    return f"/api/upload-video/{APP}/{USER}/{quote(session_id, safe='')}"


def state_path(session_id: str) -> str:
    """Return where the state of a session is read."""
    return f"/api/state/{APP}/{USER}/{quote(session_id, safe='')}/latest"


def render_path(render_id: str) -> str:
    """Return where a render's status is read."""
    return f"{RENDER}/{quote(render_id, safe='')}"


def render_cancel_path(render_id: str) -> str:
    """Return where a render is cancelled."""
    return f"{RENDER}/{quote(render_id, safe='')}/cancel"


def render_download_path(render_id: str) -> str:
    """Return where a finished render's file is fetched."""
    return f"/api/render/proxy/{quote(render_id, safe='')}/download"


class Message(WireModel):
    """A request or a reply."""

    @classmethod
    def read(cls, data: Any) -> Self:
        """Read it from its JSON.

        Raises:
            ProtocolError: it is something else; the message names the first fault, never the input.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as exc:
            first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            what = f"{where}: {first['msg']}"
        except RecursionError:
            what = "too deeply nested"
        raise ProtocolError(f"the backend's reply cannot be read as {cls.__name__} ({what})")


class AnonymousToken(Message):
    """Reply to an anonymous-token request."""

    token: str = Field(repr=False, min_length=1)
    user_id: str | None = None
    expires_at: datetime | None = None
    credits: float | None = None

    @field_validator("expires_at", mode="wrap")
    @classmethod
    def _tolerant(cls, value: Any, read: Any) -> Any:
        """Count a date that cannot be read as none: a token must not be lost over it."""
        try:
            return read(value)
        except ValueError:
            return None


class CreateSession(Message):
    """Request for a new session."""

    task_name: str = "project"
    language: str | None = None


class SessionCreated(Message):
    """Reply: the ids to keep. ``session_id`` is a decimal number of 19 digits, as text."""

    task_id: str
    session_id: str = Field(min_length=1)
    user_id: str | None = None

    @field_validator("task_id", "session_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class ClaimRequest(Message):
    """Request for a claim token, which opens a project in the browser and can do nothing else."""

    task_id: str
    session_id: str


class ClaimToken(Message):
    """Reply: a token that may stand in a URL, for ``expires_in`` seconds."""

    claim_token: str = Field(min_length=1)
    expires_in: float = 604800


class UploadUrls(Message):
    """Request to upload from addresses on the net."""

    urls: tuple[str, ...] = Field(min_length=1)
    source_type: Literal["url"] = "url"


class UploadPaths(Message):
    """Local extension: take files of this machine by reference; nothing is copied over HTTP."""

    paths: tuple[str, ...] = Field(min_length=1)
    source_type: Literal["path"] = "path"


class UploadItem(Message):
    """One uploaded file, also an item of the state's ``video_infos``. Duration in seconds."""

    filename: str = ""
    file_type: str | None = None
    cdn_url: str | None = Field(default=None, validation_alias=AliasChoices("cdn_url", "url"))
    duration: float | None = None
    width: int | float | None = None
    height: int | float | None = None
    fps: float | None = None
    hash: str | None = None
    id: str | None = None
    """Local extension: what a segment's ``asset`` refers to."""


class UploadReply(Message):
    """Reply to an upload."""

    files: Tuple[UploadItem] = Field(default=(), validation_alias=AliasChoices("files", "uploaded_files"))
    session_state_applied: bool | None = None


class ProjectState(Message):
    """What a session holds."""

    draft: Draft = Field(default_factory=Draft)
    video_infos: Tuple[dict[str, Any]] = ()
    """Uploaded and generated media; the cloud's item shape is not public."""
    canvas_config: Any = None
    video_analyses: Any = None
    generated_media: Any = None

    @field_validator("draft", mode="before")
    @classmethod
    def _empty_for_null(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("video_infos", mode="before")
    @classmethod
    def _only_objects(cls, value: Any) -> Any:
        """Accept a mapping of items too, and drop what is no object."""
        items = value.values() if isinstance(value, dict) else value
        return tuple(item for item in items if isinstance(item, dict)) if isinstance(items, Iterable) else ()


class SessionState(Message):
    """Reply to a state request."""

    session_id: str | None = None
    task_id: str | None = None
    task_name: str | None = None
    user_id: str | None = None
    state: ProjectState = Field(default_factory=ProjectState)

    @field_validator("state", mode="before")
    @classmethod
    def _empty_for_null(cls, value: Any) -> Any:
        return {} if value is None else value


class Credits(Message):
    """Reply to a balance request. ``frozen`` is reserved by work in progress."""

    available: float = 0
    frozen: float = 0
    total: float = 0
    unlimited: bool = False
    """Local extension: nothing costs anything here."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Count what is missing, null or negative as 0; the total is the sum unless it is given."""
        if not isinstance(data, dict):
            return data
        parts = {name: data.get(name) or 0 for name in ("available", "frozen")}
        if not all(isinstance(part, int | float) for part in parts.values()):
            return data
        parts = {name: max(part, 0) for name, part in parts.items()}
        total = data.get("total")
        return {**data, **parts, "total": sum(parts.values()) if total is None else total}


class RunPart(Message):
    """A piece of the user's message."""

    text: str


class NewMessage(Message):
    """The user's message."""

    parts: tuple[RunPart, ...] = Field(min_length=1)
    role: str | None = None

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(part.text for part in self.parts)


class RunRequest(Message):
    """Request to say something; the reply is a stream. Stock ADK servers take camelCase as well."""

    app_name: str = Field(default=APP, validation_alias=AliasChoices("app_name", "appName"))
    user_id: str = Field(default=USER, validation_alias=AliasChoices("user_id", "userId"))
    session_id: str = Field(validation_alias=AliasChoices("session_id", "sessionId"))
    new_message: NewMessage = Field(validation_alias=AliasChoices("new_message", "newMessage"))
    streaming: bool = False


def run_request(session_id: str, text: str) -> dict[str, Any]:
    """Return the exact body of a chat request (SKILL.md v1.9 §3.1)."""
    return {
        "app_name": APP,
        "user_id": USER,
        "session_id": session_id,
        "new_message": {"parts": [{"text": text}]},
    }
