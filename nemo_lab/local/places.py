"""Where in the cache something about a file is kept: by the file's content, so that it is found out once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nemo_lab.cache import Cache, engine_version, key_of
from nemo_lab.local.projects import StoredFile

_M = TypeVar("_M", bound=BaseModel)


class Places:
    """Places in a cache.

    Args:
        cache: which one.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def of(self, file: StoredFile, kind: str, *options: str) -> Path:
        """Return where something about a file is kept, or is to be kept.

        Args:
            file: which file.
            kind: what is kept, such as ``analysis``.
            options: what else it depends on.

        Raises:
            FileChanged: the file is not what was uploaded.
        """
        return await asyncio.to_thread(self._found, file, kind, options)

    def _found(self, file: StoredFile, kind: str, options: tuple[str, ...]) -> Path:
        file.check()
        content = file.hash or self._cache.hashes.of(file.path)
        name = f"{key_of(content, engine_version(), *options)}.json"
        return self._cache.find(kind, name) or self._cache.place(kind, name)


def read_model(path: Path, model: type[_M]) -> _M | None:
    """Return what is kept, or ``None`` when there is nothing that this version can read."""
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
