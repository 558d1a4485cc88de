"""Render requests and the status of a render, in both shapes that the vendor documents.

Shape A (API reference): ``{"success": true, "data": {"id", "status", "progress", "outputUrl", …}}``.
Shape B (SKILL.md): ``{"taskId", "status", "progress", "output": {"url", "duration", "size"}}``.
Both are read; :meth:`RenderStatus.to_reply` writes a superset that clients of either shape can parse.
"""

from __future__ import annotations

from typing import Any

from pydantic import (
    AliasChoices,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from nemo_lab.errors import ProtocolError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import Message
from nemo_lab.protocol.report import RenderReport


class RenderOutput(Message):
    """What the finished file should be. Sizes in bytes; ``resolution`` like ``"1080p"``.

    What follows ``resolution`` is a local extension (see :class:`~nemo_lab.protocol.plan.Export`), left out
    when it is not set.
    """

    format: str = "mp4"
    quality: str = "high"
    resolution: str | None = None
    max_bytes: int | None = Field(default=None, gt=0)
    preset: str | None = None
    tracks: str | None = None
    compat: bool | None = Field(default=None, alias="x_compat")
    fast: bool | None = Field(default=None, alias="x_fast")
    keep_cuts: bool | None = Field(default=None, alias="x_keep_cuts")
    encoder: str | None = Field(default=None, alias="x_encoder")
    shared: str | None = Field(default=None, alias="x_shared")
    """A folder of this machine in which other machines help; for backends that take files by path."""

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object: format and quality always, the rest where it is set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def height(self) -> int | None:
        """Picture height in pixels that ``resolution`` names (``"1080p"``, ``"1920x1080"``, ``"4k"``)."""
        text = (self.resolution or "").strip().lower()
        named = {"4k": 2160, "2k": 1440, "8k": 4320}
        digits = text.rpartition("x")[2].removesuffix("p")
        return named.get(text) or (int(digits) if digits.isdecimal() and len(digits) < 6 else None)


class RenderRequest(Message):
    """Request to render. ``id`` is chosen by the client and unique: it is the key that makes it safe to
    ask again. ``sessionId`` is the one camelCase key of the API."""

    id: str = Field(min_length=1, max_length=200)
    session_id: str = Field(validation_alias=AliasChoices("sessionId", "session_id"))
    draft: Draft
    output: RenderOutput = Field(default_factory=RenderOutput)

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "id": self.id,
            "sessionId": self.session_id,
            "draft": self.draft.to_wire(),
            "output": self.output.to_wire(),
        }


class _Output(Message):
    url: str | None = None
    duration: float | None = None
    size: int | None = None
    path: str | None = Field(default=None, alias="x_path")
    """Where the finished file lies, told by backends that take files by path (a local extension)."""


class RenderStatus(Message):
    """How a render stands. ``status`` is pending, processing, completed or failed; any other means that
    it is still at work. Progress from 0 to 100; stamps in ms since 1970; duration in seconds. ``report`` is
    a local extension: what the render made."""

    id: str | None = Field(default=None, validation_alias=AliasChoices("id", "taskId", "render_id"))
    status: str = "pending"
    progress: float | None = None
    output: _Output = Field(default_factory=_Output)
    output_url: str | None = Field(default=None, alias="outputUrl")
    created_at: int | float | None = Field(default=None, alias="createdAt")
    completed_at: int | float | None = Field(default=None, alias="completedAt")
    error: str | None = None
    report: RenderReport | None = Field(default=None, alias="x_report")

    @field_validator("report", mode="wrap")
    @classmethod
    def _if_readable(cls, value: Any, read: ValidatorFunctionWrapHandler) -> RenderReport | None:
        """Do without a report of another version: the file is what matters."""
        try:
            return read(value)  # type: ignore[no-any-return]
        except ValidationError:
            return None

    @field_validator("output", mode="before")
    @classmethod
    def _only_object(cls, value: Any) -> Any:
        """Read a bare address too; the field is null until the render is done."""
        return {"url": value} if isinstance(value, str) else value or {}

    @field_validator("progress", mode="before")
    @classmethod
    def _only_number(cls, value: Any) -> Any:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    @field_validator("error", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if isinstance(value, dict):
            value = value.get("message") or value.get("detail") or str(value)
        return None if value is None else str(value)

    @classmethod
    def read_reply(cls, body: Any) -> RenderStatus:
        """Read the body of a submit or poll reply, in either shape.

        Raises:
            ProtocolError: it is neither.
        """
        if not isinstance(body, dict):
            raise ProtocolError("the backend's reply about the render is not an object")
        inner = body.get("data")
        merged = (
            body | {key: value for key, value in (inner or {}).items() if value is not None}
            if isinstance(inner, dict | None)
            else body
        )
        return cls.read(
            {key: value for key, value in merged.items() if key not in {"data", "success", "code"}}
        )

    @property
    def url(self) -> str | None:
        """Where the finished file can be fetched."""
        return self.output.url or self.output_url

    @property
    def completed(self) -> bool:
        """Whether the file is ready."""
        return self.status == "completed"

    @property
    def failed(self) -> bool:
        """Whether it ended without a file."""
        return self.status in {"failed", "cancelled", "canceled"}

    @property
    def fraction(self) -> float | None:
        """Progress from 0 to 1, where it is known."""
        if self.completed:
            return 1.0
        return None if self.progress is None else min(max(self.progress / 100, 0.0), 1.0)

    def to_reply(self) -> dict[str, Any]:
        """Return the superset of both shapes: everything at top level and again inside ``data``."""
        fields: dict[str, Any] = {
            "id": self.id,
            "taskId": self.id,
            "status": self.status,
            "progress": self.progress or 0,
            "output": {**self.output.model_dump(exclude_none=True, by_alias=True), "url": self.url}
            if self.url
            else None,
            "outputUrl": self.url,
            "createdAt": self.created_at,
            "completedAt": self.completed_at,
            "error": self.error,
            "x_report": self.report.model_dump(mode="json") if self.report else None,
        }
        known = {key: value for key, value in fields.items() if value is not None}
        return {"success": True, **known, "data": known}
