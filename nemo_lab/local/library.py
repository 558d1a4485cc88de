"""The files of a project as the engine wants them: with what is in them and, when needed, their analysis
and what is said in them.

Both are kept in the cache, named by the file's content, so that a recording is listened to once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_lab.cache import Cache
from nemo_lab.errors import ConfigError, MissingExtra
from nemo_lab.local.listening import Listening
from nemo_lab.local.places import Places, read_model
from nemo_lab.local.projects import Project, Projects, StoredFile
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.plan import Operation

if TYPE_CHECKING:
    from nemo_lab.engine.analysis import Analysis
    from nemo_lab.engine.compose import Asset
    from nemo_lab.engine.words import Transcript

LISTENING = {
    "remove_silence", "condense", "highlights", "captions", "chapters", "remove_fillers"
}  # fmt: skip
"""Operations that depend on what happens in the recording."""
_READING = {"captions", "chapters", "remove_fillers"}
"""Operations that depend on what is said in it."""


class Libraries:
    """Makes the library of a project.

    Args:
        projects: where the files are known.
        workers: who analyses.
        cache: where finished analyses are kept.
    """

    def __init__(self, projects: Projects, workers: Workers, cache: Cache) -> None:
        self._projects = projects
        self._workers = workers
        self._cache = cache
        self._places = Places(cache)
        self.listening = Listening(workers, cache, self._places)

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
        listen = any(depends_on_sound(operation) for operation in operations)
        read = any(_depends_on_words(operation) for operation in operations)
        spoken = next((op.language for op in operations if op.op == "captions" and op.language), None)
        library: dict[str, Asset] = {}
        for number, file in enumerate(files):

            def share(fraction: float, number: int = number) -> None:
                progress((number + fraction) / len(files))

            hears = listen and file.info["audio"]
            heard = await self.listening.analysis(file, share) if hears else None
            words, why = (None, "") if heard is None else await self._words(file, spoken, read, share)
            library[file.id] = _asset(file, heard, words, why)
        return library

    async def known(self, project: Project) -> dict[str, Asset]:
        """Return the library with what was found out about its files before; nothing is done for it."""
        from nemo_lab.engine.analysis import Analysis

        library: dict[str, Asset] = {}
        for file in await asyncio.to_thread(self._projects.files, project):
            heard = await asyncio.to_thread(read_model, await self._places.of(file, "analysis"), Analysis)
            words, why = (None, "") if heard is None else await self._words(file, None, False, lambda _: None)
            library[file.id] = _asset(file, heard, words, why)
        return library

    async def _words(
        self, file: StoredFile, language: str | None, wanted: bool, progress: Callable[[float], None]
    ) -> tuple[Transcript | None, str]:
        """Return what is said in a file, or why that is not known; unless ``wanted``, only if it is known
        already."""
        if not wanted and not self._cache.has_any("words"):
            return None, ""
        from nemo_lab.engine.words import Transcript, find_model
        from nemo_lab.engine.words.models import NoModel

        try:
            model = await asyncio.to_thread(find_model, language=language)
        except (MissingExtra, NoModel, ConfigError) as exc:
            return None, str(exc)
        target = await self._places.of(file, "words", model.digest, language or "")
        known = await asyncio.to_thread(read_model, target, Transcript)
        if known is not None or not wanted:
            return known, ""
        job = {
            "job": "transcribe",
            "path": str(file.path),
            "info": file.info,
            "analysis": str(await self._places.of(file, "analysis")),
            "language": language,
            "model": asdict(model) | {"path": model.path and str(model.path)},
            "target": str(target),
        }
        progress(0)
        await self._workers.run(job, progress=progress)
        await asyncio.to_thread(self._cache.tidy)
        return await asyncio.to_thread(read_model, target, Transcript), ""

    async def strip(self, file: StoredFile, most: int | None = None) -> Path:
        """Return a file's pictures and sound levels, as the JSON of a :class:`nemo_lab.engine.strip.Strip`.

        Args:
            file: which one.
            most: pictures at most, and no sound; ``None`` is all that a timeline needs.

        Raises:
            FileChanged: it is not what was uploaded.
            UnreadableMedia: it cannot be looked through.
        """
        target = await self._places.of(file, "strip", *([] if most is None else [str(most)]))
        if not await asyncio.to_thread(target.is_file):
            job = {"job": "strip", "path": str(file.path), "info": file.info, "target": str(target),
                   "most": most}  # fmt: skip
            await self._workers.run(job)
        return target


def depends_on_sound(operation: Operation) -> bool:
    """Tell whether an operation depends on what happens in the recording."""
    told_by_sound = isinstance(getattr(operation, "track", None), str)
    return operation.op in LISTENING or told_by_sound or _depends_on_words(operation)


def _depends_on_words(operation: Operation) -> bool:
    return operation.op in _READING or (operation.op == "cut" and operation.said is not None)


def _asset(file: StoredFile, analysis: Analysis | None, words: Transcript | None, why: str) -> Asset:
    from nemo_lab.engine.compose import Asset
    from nemo_lab.engine.media import MediaInfo

    info = MediaInfo.model_validate(file.info)
    return Asset(file.id, file.filename, info, analysis, words, why)
