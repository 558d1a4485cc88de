"""The files of a project as the engine wants them: with what is in them and, when needed, their analysis.

Analyses are kept in the cache folder, named by the file's content, so that a recording is listened to once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from nemo_lab import __version__
from nemo_lab.local.projects import Project, Projects, StoredFile
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.plan import Operation

if TYPE_CHECKING:
    from nemo_lab.engine.analysis import Analysis
    from nemo_lab.engine.compose import Asset

LISTENING = {"remove_silence", "condense"}
"""Operations that depend on what happens in the recording."""


class Libraries:
    """Makes the library of a project.

    Args:
        projects: where the files are known.
        workers: who analyses.
        cache: the folder of finished analyses; may be emptied at any time.
    """

    def __init__(self, projects: Projects, workers: Workers, cache: Path) -> None:
        self._projects = projects
        self._workers = workers
        self._cache = cache

    async def of(
        self,
        project: Project,
        operations: Sequence[Operation] = (),
        progress: Callable[[float], None] = lambda _: None,
    ) -> dict[str, Asset]:
        """Return the library, analysed as far as ``operations`` need it.

        Raises:
            FileChanged: a file that must be analysed is not what was uploaded.
            UnreadableMedia: it cannot be analysed.
        """
        files = await asyncio.to_thread(self._projects.files, project)
        listen = any(operation.op in LISTENING for operation in operations)
        library: dict[str, Asset] = {}
        for number, file in enumerate(files):

            def share(fraction: float, number: int = number) -> None:
                progress((number + fraction) / len(files))

            heard = await self._analysis(file, share) if listen and file.info["audio"] else None
            library[file.id] = _asset(file, heard)
        return library

    async def _analysis(self, file: StoredFile, progress: Callable[[float], None]) -> Analysis:
        target = self._target(file)
        known = await asyncio.to_thread(_read, target)
        if known is not None:
            return known
        file.check()
        job = {"job": "analyse", "path": str(file.path), "info": file.info, "target": str(target)}
        progress(0)
        await self._workers.run(job, progress=progress)
        fresh = await asyncio.to_thread(_read, target)
        assert fresh is not None
        return fresh

    def _target(self, file: StoredFile) -> Path:
        named = f"{__version__}:{file.fingerprint}"
        name = hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()
        return self._cache / "analysis" / f"{name}.json"


def _asset(file: StoredFile, analysis: Analysis | None) -> Asset:
    from nemo_lab.engine.compose import Asset
    from nemo_lab.engine.media import MediaInfo

    info = MediaInfo.model_validate(file.info)
    return Asset(id=file.id, name=file.filename, info=info, analysis=analysis)


def _read(path: Path) -> Analysis | None:
    """Return a cached analysis, or ``None`` when there is none that this version can read."""
    from nemo_lab.engine.analysis import Analysis

    try:
        return Analysis.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
