"""What a view of the editor may say to the kernel, as strict models.

Whatever a page sends is checked here first; what does not fit is dropped.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from nemo_lab.protocol.plan import ExportFormat, Operation, Preset, Quality

LONGEST_CHUNK = 4 * 1024 * 1024
"""Bytes of a file in one message: Jupyter's websocket closes without a word at 10 MiB."""
_Name = Annotated[str, Field(min_length=1, max_length=255)]
_Path = Annotated[str, Field(min_length=1, max_length=4096)]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Message(BaseModel):
    """Base of all messages: frozen, no other fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ping(_Message):
    """Is anybody there?"""

    type: Literal["ping"]
    number: int = Field(ge=0, le=2**53)


class Hello(_Message):
    """A view has opened, or wants to know anew where the media are."""

    type: Literal["hello"]


class Say(_Message):
    """A message of the user."""

    type: Literal["say"]
    text: str = Field(min_length=1, max_length=10_000, pattern=r"\S")


class Answer(_Message):
    """The labels that were chosen, for each question that was asked together."""

    type: Literal["answer"]
    labels: tuple[tuple[Annotated[str, Field(max_length=2000)], ...], ...] = Field(max_length=20)


class Edit(_Message):
    """An edit by hand: a typed operation."""

    type: Literal["edit"]
    operation: Operation


class Step(_Message):
    """Undo or redo."""

    type: Literal["undo", "redo"]


class Stop(_Message):
    """Stop whatever is being done."""

    type: Literal["stop"]


class Add(_Message):
    """Bring files of the kernel's machine, or addresses, into the project."""

    type: Literal["add"]
    sources: tuple[_Path, ...] = Field(min_length=1, max_length=100)


class Listing(_Message):
    """What media files and folders are there?"""

    type: Literal["list"]
    path: str = Field(default="", max_length=4096)


class Export(_Message):
    """Render the timeline into a file in the kernel's folder."""

    type: Literal["export"]
    name: _Name | None = None
    format: ExportFormat | None = None
    height: int | None = Field(default=None, ge=16, le=8640)
    quality: Quality | None = None
    preset: Preset | None = None
    max_bytes: int | None = Field(default=None, gt=0)
    replace: bool = False


class Proxy(_Message):
    """Render a small preview, for a player that cannot play the recording itself."""

    type: Literal["proxy"]


class Bytes(_Message):
    """Send the preview's bytes, for a page that can reach no address of ours."""

    type: Literal["bytes"]


class Strip(_Message):
    """Pictures and sound levels of one file."""

    type: Literal["strip"]
    asset: Annotated[str, Field(min_length=1, max_length=200)]


class SaveRecipe(_Message):
    """Save what was said as a recipe."""

    type: Literal["recipe"]
    name: _Name
    replace: bool = False


class ShowCode(_Message):
    """Return the cell that does the same."""

    type: Literal["code"]


class Chunk(_Message):
    """A piece of a file, its bytes beside it; for a page that cannot reach the server's upload."""

    type: Literal["chunk"]
    id: _Id
    name: _Name
    offset: int = Field(ge=0)
    total: int = Field(ge=1)


class Resume(_Message):
    """How much of a file is there already?"""

    type: Literal["resume"]
    id: _Id


Inbound = Annotated[
    Ping | Hello | Say | Answer | Edit | Step | Stop | Add | Listing | Export | Proxy | Bytes | Strip
    | SaveRecipe | ShowCode | Chunk | Resume,
    Field(discriminator="type"),
]  # fmt: skip
_inbound: TypeAdapter[Inbound] = TypeAdapter(Inbound)


def read(content: Any) -> Inbound | None:
    """Return the message, or ``None`` for what is none."""
    try:
        return _inbound.validate_python(content)
    except (ValidationError, RecursionError):
        return None
