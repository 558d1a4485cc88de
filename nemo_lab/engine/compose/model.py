"""What goes into composing, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nemo_lab.engine.media import MediaInfo
from nemo_lab.protocol.draft import Draft

if TYPE_CHECKING:
    from nemo_lab.engine.analysis import Analysis
    from nemo_lab.engine.words.model import Transcript


@dataclass(frozen=True)
class Asset:
    """A file that was uploaded."""

    id: str
    name: str
    """The file's name, as a person says it."""
    info: MediaInfo
    analysis: Analysis | None = None
    """Needed only by operations that depend on what happens in it."""
    words: Transcript | None = None
    """Needed only by operations that depend on what is said in it."""
    no_words: str = ""
    """Why nothing was written down, where it was tried."""


Library = Mapping[str, Asset]
"""All uploaded files by id."""


@dataclass(frozen=True)
class Part:
    """What became of a stretch of the timeline, and why."""

    kind: Literal["cut", "speed", "keep"]
    """``keep``: chosen to stay, where all else goes."""
    start: int
    """In ms of the timeline as it was when the plan began."""
    end: int
    why: str
    """In the user's language."""


@dataclass(frozen=True)
class Composition:
    """A new timeline, and what to tell about it."""

    draft: Draft
    done: list[str] = field(default_factory=list)
    """One sentence per operation that was carried out."""
    notes: list[str] = field(default_factory=list)
    """What was skipped or done otherwise than said, and why."""
    changed_ids: tuple[str, ...] = ()
    """Segments that are new or no longer as they were."""
    parts: tuple[Part, ...] = ()
    """What was cut, hurried through or chosen, by the time at which it was; ascending."""


class Skip(Exception):
    """One operation cannot be carried out.

    Args:
        key: of the sentence in :mod:`nemo_lab.engine.compose.words` that says why.
        fault: the wish itself is wrong; a plan of nothing but such wishes is an error.
        values: what goes into the sentence.
    """

    def __init__(self, key: str, *, fault: bool = True, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.fault = fault
        self.values = values
