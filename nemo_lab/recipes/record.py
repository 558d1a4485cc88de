"""RunRecord: how a finished file came about, kept as JSON beside it.

It holds hashes of what went in and came out, what was said and what that came to, the timeline's hash,
versions and timings: enough to tell whether the same run would give the same file. No secret is in it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import threading
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nemo_lab import __version__
from nemo_lab.cache import Cache
from nemo_lab.cache.hashes import Hashes
from nemo_lab.errors import Cancelled, OutputNotWritable, RecipeError, UnreadableMedia
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Language
from nemo_lab.protocol.report import RenderReport
from nemo_lab.recipes.depends import Depends

_QUICK_BYTES = 64 << 20
"""What is hashed before anybody notices."""
_PACKAGES = ("av", "numpy", "pydantic")
"""What else decides how a file comes out; av brings its own FFmpeg, so its version names both."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileFact(_Part):
    """A file as it was: absolute path, size in bytes, SHA-256."""

    path: str
    size_bytes: int
    sha256: str


class Said(_Part):
    """One step: what was said, what came back, and what it came to."""

    step: str
    reply: str = ""
    operations: tuple[dict[str, Any], ...] = ()
    """As the backend resolved them; empty when it did not say."""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was skipped or done otherwise than asked; the reply says it too."""
    seconds: float = 0.0


class RunRecord(_Part):
    """The whole run. Times in ms, timings in seconds."""

    version: Literal[1] = 1
    name: str = ""
    started: datetime
    backend: str
    language: Language = "en"
    session_id: str
    inputs: tuple[FileFact, ...]
    output: FileFact
    subtitles: FileFact | None = None
    """The captions that were saved beside it."""
    export: Export
    render: RenderReport | None = None
    """What the render made, frames copied and encoded too, and why; where the backend tells."""
    said: tuple[Said, ...] = ()
    before_ms: int
    after_ms: int
    draft_before: dict[str, Any]
    """The timeline right after the upload."""
    draft: dict[str, Any]
    """The timeline that was exported."""
    draft_sha256: str
    assets: tuple[str, ...] = ()
    """What each input is called in the timelines, where the backend tells."""
    versions: dict[str, str] = Field(default_factory=dict)
    seconds: dict[str, float] = Field(default_factory=dict)
    """How long each stage took: connect, upload, edit, export, in all."""
    notes: tuple[str, ...] = ()
    """Whole steps that were skipped or not done, and questions that were answered by default."""
    depends: Depends | None = None
    """All that the result follows from; ``None`` where the same run may come to more another time, since a
    step could not be carried out or a model was missing."""
    reused: Literal["", "output", "cache", "render"] = ""
    """What needed not be done again: nothing, all (the output was there, or lay in the cache), the render."""
    why: tuple[str, ...] = ()
    """Why it was done, or was not, in words."""

    @property
    def path(self) -> Path:
        """Where the finished file lies."""
        return Path(self.output.path)

    def __str__(self) -> str:
        """Say it in one line."""
        before, after = self.before_ms / 1000, self.after_ms / 1000
        return f"{before:.1f} s → {after:.1f} s: {self.output.path}"

    @classmethod
    def load(cls, path: Path | str) -> RunRecord:
        """Read a record from ``<output>.nemo.json``.

        Raises:
            RecipeError: it cannot be read, or is no record.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except OSError as exc:
            raise RecipeError(f"record {path} cannot be read: {exc.strerror}") from None
        except ValidationError:
            raise RecipeError(f"{path} is not the record of a run, or of another version") from None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what was done, both timelines and a player for a notebook."""
        from nemo_lab.recipes.showing import record_html  # the client's pictures are not needed elsewhere

        return {"text/plain": str(self), "text/html": record_html(self)}

    def kept(self) -> RunRecord:
        """Save it; where that fails say so in the notes, for the finished file itself is there and whole."""
        try:
            self.save()
        except OutputNotWritable as exc:
            return self.model_copy(update={"notes": (*self.notes, f"no record was kept: {exc}")})
        return self

    def save(self) -> Path:
        """Write it beside the output as ``<output>.nemo.json``, whole or not at all.

        Raises:
            OutputNotWritable: it cannot be written there.
        """
        path = record_path(self.path)
        scratch = path.with_name(f".{path.name}.part")
        try:
            scratch.write_text(self.model_dump_json(indent=2), encoding="utf-8")
            scratch.replace(path)
        except OSError as exc:
            raise OutputNotWritable(f"{path} cannot be written: {exc.strerror}", path=path) from None
        finally:
            with suppress(OSError):
                scratch.unlink()
        return path


def record_path(output: Path) -> Path:
    """Return where the record of an output lies."""
    return output.with_name(f"{output.name}.nemo.json")


def draft_hash(draft: Draft) -> str:
    """Return the SHA-256 of a timeline's canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(draft.to_wire(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that decide how a file comes out."""
    found = {"nemo_lab": __version__, "python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # a cloud-only install may do without
            continue
    return found


def file_fact(path: Path, hashes: Hashes, stop: threading.Event | None = None) -> FileFact:
    """Return a file's size and hash.

    Raises:
        UnreadableMedia: it cannot be read to its end.
        Cancelled: ``stop`` was set meanwhile.
    """
    sha256 = hashes.of(path, stop)
    return FileFact(path=str(path.absolute()), size_bytes=path.stat().st_size, sha256=sha256)


class InputHashes:
    """Hashes the inputs on a thread of its own, while the backend is at work on them."""

    def __init__(self, files: tuple[Path, ...], cache: Cache) -> None:
        self._files = files
        self._hashes = cache.hashes
        self._stop = threading.Event()
        self._facts: list[FileFact] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="nemo-hash", daemon=True)

    def _work(self) -> None:
        try:
            for path in self._files:
                self._facts.append(file_fact(path, self._hashes, self._stop))
        except (UnreadableMedia, Cancelled) as exc:
            self._error = exc

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join()

    def fact(self, path: Path) -> FileFact:
        """Return size and hash of another file.

        Raises:
            UnreadableMedia: it cannot be read to its end.
        """
        return file_fact(path, self._hashes)

    @property
    def quick(self) -> bool:
        """Whether the hashes are known, or will be in no time."""
        rest = [path for path in self._files if self._hashes.known(path) is None]
        return sum(path.stat().st_size for path in rest if path.is_file()) <= _QUICK_BYTES

    def facts(self) -> tuple[FileFact, ...]:
        """Wait for the hashes.

        Raises:
            UnreadableMedia: a file cannot be read to its end.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return tuple(self._facts)
