"""What request bodies look like. Strict where stock ADK is strict, tolerant where it is tolerant."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field

from nemo_lab.protocol.messages import APP, USER
from nemo_lab.protocol.renders import RenderOutput


def _proper(value: Any) -> Any:
    """Refuse what Python reads but no JSON has: NaN, and half a character (a lone surrogate)."""
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(_proper)]
Words = Annotated[str, AfterValidator(_proper)]
Id = Annotated[Words, Field(min_length=1, max_length=128)]


class _Body(BaseModel):
    """Unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NewSession(_Body):
    """Request for a new session."""

    task_name: Words = Field(default="project", max_length=500)
    language: Words | None = Field(default=None, max_length=35)


class Claim(_Body):
    """Request for a token that opens a project in a browser."""

    task_id: Id
    session_id: Id


class References(_Body):
    """Request to upload from addresses on the net, or (embedded only) to use files where they lie."""

    urls: tuple[Words, ...] = Field(default=(), max_length=100)
    paths: tuple[Words, ...] = Field(default=(), max_length=1000)
    source_type: Literal["url", "path"] = "url"


class Part(BaseModel):
    """A piece of a message. Keys that ADK does not know either are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Words = ""
    thought: bool | None = None
    inline_data: Any = Field(default=None, validation_alias=AliasChoices("inline_data", "inlineData"))
    file_data: Any = Field(default=None, validation_alias=AliasChoices("file_data", "fileData"))
    function_call: Any = Field(default=None, validation_alias=AliasChoices("function_call", "functionCall"))
    function_response: Any = Field(
        default=None, validation_alias=AliasChoices("function_response", "functionResponse")
    )


class Content(BaseModel):
    """The user's message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: tuple[Part, ...] = Field(min_length=1, max_length=100)
    role: str | None = None

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(part.text for part in self.parts)


class Run(_Body):
    """Request to say something."""

    app_name: str = Field(default=APP, validation_alias=AliasChoices("app_name", "appName"))
    user_id: str = Field(default=USER, validation_alias=AliasChoices("user_id", "userId"))
    session_id: Id = Field(validation_alias=AliasChoices("session_id", "sessionId"))
    new_message: Content = Field(validation_alias=AliasChoices("new_message", "newMessage"))
    streaming: bool = False


class RenderRequest(_Body):
    """Request for a render. ``id`` is the client's choice; a repeat with the same content is the same job."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")
    session_id: Id = Field(validation_alias=AliasChoices("sessionId", "session_id"))
    draft: JsonObject
    output: RenderOutput = RenderOutput()
