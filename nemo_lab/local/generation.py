"""The cloud's two-stage generation, rehearsed: a clip out of nothing, then music and a title by themselves.

Clients must be able to report the raw clip first and to let the user strip what was added; this gives them
the same order of events. The clip is a test picture, and no secret is made of it.
"""

from __future__ import annotations

import asyncio
import math
import re
import struct
import wave
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_lab.local.assets import Received, look_into
from nemo_lab.local.library import Libraries
from nemo_lab.local.phrases import phrase
from nemo_lab.local.projects import Project, Projects, StoredFile
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Language, Music, Operation, Title
from nemo_lab.protocol.router import language_of

if TYPE_CHECKING:
    from nemo_lab.local.agent import Turn

GENERATE_TOOL = "generate_video_with_seedance"
_WIDTH, _HEIGHT = 320, 180
_SECONDS = 5
_RATE = 44_100
_BARS = (
    (235, 235, 235),
    (235, 235, 16),
    (16, 235, 235),
    (16, 235, 16),
    (235, 16, 235),
    (235, 16, 16),
    (16, 16, 235),
)
_CHORD = (220.0, 277.18, 329.63)
"""Hertz: A major."""


class Generator:
    """Makes clips out of nothing.

    Args:
        folder_of: returns where the files of a project lie.
    """

    def __init__(
        self, projects: Projects, libraries: Libraries, workers: Workers, folder_of: Callable[[Project], Path]
    ) -> None:
        self._projects = projects
        self._libraries = libraries
        self._workers = workers
        self._folder_of = folder_of

    async def generate(self, project: Project, turn: Turn) -> None:
        """Carry out both stages, telling each when it is done."""
        language = language_of(turn.text)
        call, event = turn.invocation.call(GENERATE_TOOL, {"prompt": turn.text})
        turn.emit(event)
        clip = await self._clip(project, turn)
        draft = await self._placed(project, clip, turn.text)
        turn.emit(turn.invocation.result(call, GENERATE_TOOL, {"status": "success"}, draft))
        turn.say(phrase("raw", language, seconds=_SECONDS))
        await self._finish(project, turn, language)

    async def _clip(self, project: Project, turn: Turn) -> StoredFile:
        """Render a still of colour bars to a video."""
        from nemo_lab.engine.compose import place

        folder = self._folder_of(project)
        picture = await self._made(project, folder / "generated.png", _colour_bars)
        library = await self._libraries.of(project)
        still = await asyncio.to_thread(place, Draft(), library[picture.id])
        target = folder / "generated.mp4"
        job = {
            "job": "render",
            "draft": still.to_wire(),
            "sources": {picture.id: str(picture.path)},
            "target": str(target),
            "settings": Export(format="mp4").model_dump(mode="json"),
        }
        await self._workers.run(
            job, progress=lambda part: turn.emit(turn.invocation.progress("generating", part))
        )
        return await self._added(project, target)

    async def _placed(self, project: Project, clip: StoredFile, said: str) -> Draft:
        from nemo_lab.engine.compose import place

        library = await self._libraries.of(project)
        draft = await asyncio.to_thread(place, Draft(), library[clip.id])
        await asyncio.to_thread(self._projects.append, project, project.position, draft, said, upload=True)
        return draft

    async def _finish(self, project: Project, turn: Turn, language: Language) -> None:
        """Add what nobody asked for, as the cloud does."""
        from nemo_lab.engine.compose import compose

        music = await self._made(project, self._folder_of(project) / "generated.wav", _chord)
        title = _title(turn.text)
        wishes: list[Operation] = [Music(file=music.filename), Title(text=title)]
        call, event = turn.invocation.call(
            "edit_multitrack", {"operations": [wish.model_dump(mode="json") for wish in wishes]}
        )
        turn.emit(event)
        now = await asyncio.to_thread(self._projects.get, project.user, project.id)
        draft = await asyncio.to_thread(self._projects.draft, now)
        library = await self._libraries.of(project)
        made = await asyncio.to_thread(compose, draft, wishes, library, language=language)
        await asyncio.to_thread(self._projects.append, now, now.position, made.draft, title)
        response = {"status": "success", "done": list(made.done), "notes": list(made.notes)}
        turn.emit(turn.invocation.result(call, "edit_multitrack", response, made.draft))
        turn.say(phrase("generated", language, title=title))

    async def _made(self, project: Project, path: Path, make: Callable[[Path], None]) -> StoredFile:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        await asyncio.to_thread(make, path)
        return await self._added(project, path)

    async def _added(self, project: Project, path: Path) -> StoredFile:
        file = await look_into(Received(path.name, path, None, "generated"), self._workers)
        await asyncio.to_thread(self._projects.add_file, project, file)
        return file


def _title(text: str) -> str:
    """Return a short title made of what was asked for."""
    quoted = re.search(r"[\"“「'‘]([^\"”」'’]+)[\"”」'’]", text)
    wish = (
        quoted.group(1) if quoted else re.sub(r"^.*?\b(?:of|about|showing)\b\s+", "", text, flags=re.I | re.S)
    )
    return " ".join(wish.split())[:40].strip(" .,!。，！") or "Untitled"


def _colour_bars(path: Path) -> None:
    """Write a picture of colour bars (PNG, by hand: pictures are the engine's business)."""
    row = b"\0" + b"".join(bytes(_BARS[x * len(_BARS) // _WIDTH]) for x in range(_WIDTH))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * _HEIGHT)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def _chord(path: Path) -> None:
    """Write a soft chord (WAV)."""
    samples = (
        sum(math.sin(2 * math.pi * hertz * n / _RATE) for hertz in _CHORD) / len(_CHORD)
        for n in range(_RATE * _SECONDS)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(b"".join(struct.pack("<h", round(sample * 8000)) for sample in samples))
