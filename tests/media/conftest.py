"""Clips that several media tests share, made once a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media.clips import Clip, make


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a maker of clips: ``clip(".mkv", seconds=3)`` gives the path, the same for the same wish."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[tuple[str, Clip], Path] = {}

    def wished(suffix: str = ".mp4", **wishes: Any) -> Path:
        key = suffix, Clip(**wishes)
        if key not in made:
            made[key] = make(folder / f"clip{len(made)}{suffix}", key[1])
        return made[key]

    return wished
