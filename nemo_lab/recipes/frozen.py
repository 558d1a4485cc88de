"""What a frozen recipe pins: the recordings, the timeline they came to, the file that came out, the versions.

A frozen recipe that meets the very recordings it was frozen with renders the pinned timeline: nothing is
understood, listened to or decided anew, so another version of nemo_lab gives the same cut. With other
recordings its steps count, which are exact operations where the backend told them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nemo_lab.errors import ProtocolError
from nemo_lab.protocol.draft import Draft

_SHA256 = r"^[0-9a-f]{64}$"


class _Pinned(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recording(_Pinned):
    """A recording by its content."""

    name: str
    sha256: str = Field(pattern=_SHA256)


class Frozen(_Pinned):
    """The pinned part of a recipe. In the timeline recordings are called ``recording:1`` and so on."""

    engine: str
    backend: str
    said: tuple[str, ...] = ()
    """The sentences whose operations became the steps."""
    recordings: tuple[Recording, ...] = Field(min_length=1)
    before_ms: int = Field(ge=0)
    after_ms: int = Field(ge=0)
    output_sha256: str = Field(pattern=_SHA256)
    versions: dict[str, str] = Field(default_factory=dict)
    timeline: str
    """Its JSON."""

    @field_validator("timeline")
    @classmethod
    def _is_draft(cls, value: str) -> str:
        try:
            Draft.from_wire(json.loads(value))
        except (ValueError, RecursionError, ProtocolError) as exc:
            raise ValueError("this is not the JSON of a timeline") from exc
        return value

    @property
    def mark(self) -> str:
        """What a run of the pinned timeline depends on in place of steps."""
        return f"timeline {hashlib.sha256(self.timeline.encode()).hexdigest()}"

    def fits(self, hashes: Sequence[str]) -> bool:
        """Return whether these are the recordings, by their content and in this order."""
        return [recording.sha256 for recording in self.recordings] == list(hashes)

    def draft(self, assets: Sequence[str]) -> Draft:
        """Return the timeline with the recordings called as in a session."""
        names = {_name(number): asset for number, asset in enumerate(assets, 1)}
        return Draft.from_wire(renamed(json.loads(self.timeline), names))


def pinned_timeline(wire: dict[str, Any], assets: Sequence[str]) -> str:
    """Return a timeline's JSON with recordings called by number, one segment a line."""
    draft = renamed(wire, {asset: _name(number) for number, asset in enumerate(assets, 1)})
    head = {key: value for key, value in draft.items() if key != "t"}
    tracks = []
    for track in draft.get("t", ()):
        rest = {key: value for key, value in track.items() if key != "sg"}
        segments = ",\n".join(_plain(segment) for segment in track.get("sg", ()))
        opening = _plain(rest)[:-1] + ("," if rest else "")
        tracks.append(f'{opening}"sg":[\n{segments}\n]}}')
    opening = _plain(head)[:-1] + ("," if head else "")
    return f'{opening}"t":[\n' + ",\n".join(tracks) + "\n]}\n"


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return JSON in which whatever is called by one of ``names`` is called otherwise."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _name(number: int) -> str:
    return f"recording:{number}"


def _plain(value: Any) -> str:
    # ASCII alone: a literal string of TOML takes no control characters, which JSON escapes only then.
    return json.dumps(value, sort_keys=True, separators=(",", ":")).replace("'", "\\u0027")
