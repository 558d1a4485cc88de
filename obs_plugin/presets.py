# SPDX-License-Identifier: GPL-3.0-only
"""Presets: what is to be done with which recording.

They stand in ``obs.toml`` in the folder that ``nemo obs status`` names; recipes lie beside it::

    [watch]
    replay_buffer = false                 # edit saved replays too
    notify = true                         # desktop notification where there is one
    text_source = ""                      # an OBS text source that shows the progress (it is recorded too!)

    [[preset]]
    name = "Talks"
    recipe = "talk.toml"                  # or: say = "cut the boring parts"
    profile = "Talks"                     # all conditions must hold; * and ? are wildcards
    scene = "Camera*"
    output_folder = "~/Videos/edited"
    on_done = ["notify-send", "edited", "{output}"]

The first preset all of whose conditions hold is taken; one without conditions takes every recording. Without
``obs.toml`` each recording gets the default wish.
"""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nemo_lab.errors import ConfigError
from obs_plugin.fitting import OverLimit
from obs_plugin.jobs import Job

DEFAULT_WISH = "cut the boring parts, add transitions"
FILE_NAME = "obs.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Watch(_Table):
    """How the watcher itself behaves."""

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, gt=0, lt=65536)
    """``None``: as OBS's own settings say."""
    password: str | None = Field(default=None, repr=False)
    """``None``: as OBS's own settings say, read anew at each try."""
    folders: tuple[str, ...] = ()
    """More folders to look into, beside those that OBS's profiles name."""
    replay_buffer: bool = False
    notify: bool = True
    text_source: str = ""


class Preset(_Table):
    """What is to be done with the recordings that its conditions pick; empty conditions always hold."""

    name: str = ""
    recipe: str = ""
    """A recipe's file, relative to the folder of ``obs.toml``."""
    say: str = ""
    backend: Literal["auto", "local", "cloud"] | None = None
    over_limit: OverLimit = "refuse"
    """What to do with a recording that is larger than the cloud takes (``upload_limit`` in the settings)."""

    profile: str = ""
    collection: str = ""
    scene: str = ""
    folder: str = ""
    """The recording lies in it, or below it."""
    file: str = ""
    """Pattern of its name."""
    min_seconds: float | None = Field(default=None, ge=0)
    max_seconds: float | None = Field(default=None, ge=0)

    output_folder: str = ""
    """Empty: beside the recording; relative: below its folder."""
    output_name: str = "{name}-edited"
    """``{name}`` is the recording's, without its ending; ``{preset}`` the preset's."""
    join_splits: bool = False
    """Edit the parts of a split recording as one."""
    delete_recording_after_days: int | None = Field(default=None, ge=1)
    """Delete the original so long after its result was saved, if both are as they were; ``None``: never."""
    webhook: str = Field(default="", pattern=r"^(https?://\S+)?$")
    on_done: tuple[str, ...] = ()
    """A command and its arguments, run without a shell; ``{output}``, ``{recording}``, ``{state}`` and
    ``{reason}`` are filled in."""

    @model_validator(mode="after")
    def _one_way(self) -> Preset:
        if self.recipe and self.say:
            raise ValueError("has both a recipe and a sentence (say)")
        return self

    @field_validator("output_name")
    @classmethod
    def _is_name(cls, value: str) -> str:
        try:
            made = value.format(name="a", preset="b")
        except (KeyError, IndexError, ValueError):
            raise ValueError("may hold {name} and {preset} only") from None
        if not made.strip(". ") or set(made) & set('/\\:*?"<>|\0'):
            raise ValueError("is no file name")
        return value

    def holds_for(self, job: Job) -> bool:
        """Return whether the conditions pick a recording; what is not known of it fulfils none."""
        seconds = None if job.duration_ms is None else job.duration_ms / 1000
        return (
            _like(self.profile, job.wish.profile)
            and _like(self.collection, job.wish.collection)
            and _like(self.scene, job.wish.scene)
            and _like(self.file, job.path.name)
            and (not self.folder or job.path.is_relative_to(Path(self.folder).expanduser().resolve()))
            and (self.min_seconds is None or (seconds is not None and seconds >= self.min_seconds))
            and (self.max_seconds is None or (seconds is not None and seconds <= self.max_seconds))
        )


def _like(pattern: str, name: str) -> bool:
    return not pattern or fnmatch.fnmatchcase(name, pattern)


class Presets(_Table):
    """All of ``obs.toml``, and where it lies."""

    watch: Watch = Watch()
    preset: tuple[Preset, ...] = ()
    where: Path = Field(default=Path(), exclude=True)

    @classmethod
    def load(cls, folder: Path) -> Presets:
        """Read the presets of a folder; without a file there is one that takes everything.

        Raises:
            ConfigError: the file cannot be read or understood.
        """
        path = folder / FILE_NAME
        try:
            text = path.read_text(encoding="utf-8-sig")
            data: dict[str, Any] = tomllib.loads(text)
        except FileNotFoundError:
            return cls(preset=(Preset(),), where=folder)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            raise ConfigError(f"{path} cannot be read: {exc}", remedy="Mend or remove it.") from None
        try:
            found = cls.model_validate(data | {"where": folder})
        except ValidationError as exc:
            raise ConfigError(f"{path}, {_fault(exc, text)}", remedy="Mend it.") from None
        return found if found.preset else found.model_copy(update={"preset": (Preset(),)})

    def for_job(self, job: Job) -> Preset | None:
        """Return the preset for a recording: the one that was asked for by name, else the first that fits.

        A recording that came with a sentence of its own is always edited.

        Raises:
            ConfigError: it was asked for by a name that there is not.
        """
        if job.wish.preset:
            return self._named(job.wish.preset)
        found = next((preset for preset in self.preset if preset.holds_for(job)), None)
        return found or (Preset() if job.wish.say else None)

    def _named(self, name: str) -> Preset:
        for preset in self.preset:
            if preset.name == name:
                return preset
        if (self.where / f"{name.removesuffix('.toml')}.toml").is_file() and Path(name).name == name:
            return Preset(name=name, recipe=f"{name.removesuffix('.toml')}.toml")
        raise ConfigError(
            f"there is no preset {name!r} in {self.where / FILE_NAME}", remedy="Add it, or choose another."
        )

    def recipe_of(self, preset: Preset) -> Path | None:
        """Return the preset's recipe file."""
        return self.where / Path(preset.recipe).expanduser() if preset.recipe else None


def _fault(error: ValidationError, text: str) -> str:
    """Return the first fault in words, with its line."""
    from nemo_lab.recipes.lines import line_of

    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    unknown = first["type"] == "extra_forbidden"
    said = "there is no such setting" if unknown else first["msg"].removeprefix("Value error, ")
    names = [str(part) for part in first["loc"] if isinstance(part, str)]
    return f"line {line_of(text, first['loc']) or 1}: {'.'.join(names)}: {said}"


def output_folder(preset: Preset, job: Job) -> Path:
    """Return the folder into which a job's result goes."""
    stated = Path(job.wish.folder or preset.output_folder).expanduser()
    return job.path.parent / stated


def output_name(preset: Preset, job: Job) -> str:
    """Return the name of a job's result, without ending."""
    return preset.output_name.format(name=job.path.stem, preset=preset.name or "edited")
