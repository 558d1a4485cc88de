"""Not doing again what was done: the finished file is there already, or lies in the cache.

Two things are kept of a run. Its record, named by all that the run depends on: with it, the same run is over
before a backend is asked. And the finished file, named by the timeline that it shows: with it, a run that
says other words but comes to the same timeline renders nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nemo_lab.cache import Cache, key_of
from nemo_lab.errors import OutputExists, RecipeError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.report import RenderReport
from nemo_lab.recipes.depends import Depends
from nemo_lab.recipes.frozen import renamed
from nemo_lab.recipes.record import FileFact, InputHashes, RunRecord, record_path


def record_of(output: Path) -> RunRecord | None:
    """Return the record that lies beside a finished file, if there is one that can be read."""
    try:
        return RunRecord.load(record_path(output))
    except RecipeError:
        return None


class Rendered(BaseModel):
    """A timeline that was rendered: what the file is called in the cache, and how it came about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=r"^[0-9a-f]{64}\.[a-z0-9]{1,8}$")
    report: RenderReport | None = None


class Reuse:
    """What was done before towards one target.

    Args:
        cache: where results are kept.
        target: where this run is to put its result.
        inputs: hashes of the recordings; waited for when they are needed.
        depends: what the run depends on, given name and hash of each recording.
        fresh: do it all again.
    """

    def __init__(
        self,
        cache: Cache,
        target: Path,
        inputs: InputHashes,
        depends: Callable[[Sequence[tuple[str, str]]], Depends],
        *,
        fresh: bool,
    ) -> None:
        self._cache, self._target, self._inputs = cache, target, inputs
        self._depends, self._fresh = depends, fresh
        self._before = record_of(target)

    @property
    def asked_before(self) -> bool:
        """Whether a run to this very target is known, so that it is worth while to compare."""
        return not self._fresh and self._before is not None and self._before.depends is not None

    @cached_property
    def wanted(self) -> Depends:
        """What the run depends on."""
        return self._depends([(Path(fact.path).name, fact.sha256) for fact in self._inputs.facts()])

    @cached_property
    def why(self) -> tuple[str, ...]:
        """Why the target is not what is wanted; empty when it is."""
        if self._fresh:
            return ("it was asked for",)
        if self._before is None:
            return (f"nothing is known of an earlier run to {self._target.name}",)
        if self._before.depends is None:
            return ("the last run could not do all that it was asked for",)
        return self.wanted.differences(self._before.depends) or self._harm(self._before.output)

    def found(self, *, overwrite: bool) -> RunRecord | None:
        """Return the record of the result if it is there already, or could be put there at once.

        Raises:
            OutputExists: something else is there and may not be replaced.
        """
        if self._before is not None and not self.why:
            note = "same recordings, same wish, same engine"
            return self._before.model_copy(update={"reused": "output", "why": (note,)})
        if self._target.exists() and not overwrite:
            raise OutputExists(
                f"{self._target} exists already, of another run: {'; '.join(self.why)}",
                path=self._target,
                remedy="Add --force (overwrite=True).",
            )
        if self._fresh or not (self.asked_before or self._inputs.quick):
            return None  # a big new recording: reading it whole, to look it up, takes longer than it saves
        return self._restored()

    def rendered(self, draft: Draft, assets: Mapping[str, str]) -> Rendered | None:
        """Put the file of a timeline that was rendered before at the target; ``None`` when there is none."""
        if self._fresh:
            return None
        kept = self._cache.read("renders", f"{render_key(draft, assets, self.wanted)}.json")
        try:
            found = Rendered.model_validate_json(kept) if kept else None
        except ValidationError:
            return None
        return found if found is not None and self._cache.restore(found.file, self._target) else None

    def keep(self, record: RunRecord, draft: Draft, assets: Mapping[str, str]) -> None:
        """Keep what a run made, and tidy up."""
        made = Rendered(file=_file_name(record), report=record.render)
        self._cache.keep("files", made.file, self._target)
        key = render_key(draft, assets, self.wanted)
        self._cache.write("renders", f"{key}.json", made.model_dump_json().encode())
        if record.depends is not None:
            self._cache.write("runs", f"{record.depends.key}.json", record.model_dump_json().encode())

    def _harm(self, was: FileFact) -> tuple[str, ...]:
        """Say what happened to the finished file since it was made."""
        name = self._target.name
        if not self._target.is_file():
            return (f"{name} is gone",)
        same = self._target.stat().st_size == was.size_bytes
        return () if same and self._cache.hashes.of(self._target) == was.sha256 else (f"{name} was changed",)

    def _restored(self) -> RunRecord | None:
        """Put the result of the same run, once made elsewhere, at the target; return its new record."""
        started, clock = datetime.now(UTC), time.monotonic()
        kept = self._cache.read("runs", f"{self.wanted.key}.json")
        try:
            record = RunRecord.model_validate_json(kept) if kept else None
        except ValidationError:
            return None
        if record is None or not self._cache.restore(_file_name(record), self._target):
            return None
        return record.model_copy(
            update={
                "started": started,
                "inputs": self._inputs.facts(),
                "output": record.output.model_copy(update={"path": str(self._target.absolute())}),
                "reused": "cache",
                "why": (*self.why, "the same was made before and lay in the cache"),
                "seconds": {"in all": round(time.monotonic() - clock, 3)},
            }
        ).kept()


def render_key(draft: Draft, assets: Mapping[str, str], wanted: Depends) -> str:
    """Return the name of a rendered timeline, in which files go by their content.

    Args:
        draft: the timeline.
        assets: SHA-256 of the content of each upload by its id in this session.
        wanted: what the run depends on, of which the steps do not matter any more.
    """
    contents = sorted(sha for _, sha in wanted.inputs)
    rest = wanted.model_dump(mode="json", exclude={"inputs", "steps", "models"})
    return key_of(renamed(draft.to_wire(), assets), contents, rest)


def _file_name(record: RunRecord) -> str:
    return f"{record.output.sha256}.{record.export.format or 'mp4'}"
