"""A timeline from another editor comes in: its files, and then the timeline itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from nemo_lab.errors import EditError
from nemo_lab.local.assets import Received, by_reference, look_into
from nemo_lab.local.projects import Project, Projects, StoredFile
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import TIMELINE_UPLOADS


@dataclass(frozen=True)
class Imported:
    """What a timeline file brings."""

    name: str
    draft: Draft
    files: list[StoredFile]


def is_timeline(path: str) -> bool:
    """Tell by its name whether a file is a timeline."""
    return Path(path).suffix.lower().removeprefix(".") in TIMELINE_UPLOADS


async def read(path: str, workers: Workers) -> Imported:
    """Read a timeline file of this machine, and look into all files that it uses.

    Raises:
        NemoError: it cannot be read, or a file that it uses is missing or no media file.
    """
    found = await workers.run({"job": "read_timeline", "path": path})
    ids: dict[str, str] = {}
    files: dict[str, StoredFile] = {}
    for written, place in found["files"].items():
        if place not in files:
            received: Received = await asyncio.to_thread(by_reference, place)
            files[place] = await look_into(received, workers)
        ids[written] = files[place].id
    draft = await asyncio.to_thread(_with_assets, found["draft"], ids)
    return Imported(Path(path).name, _shaped(draft, list(files.values())), list(files.values()))


def begin(projects: Projects, project: Project, imported: Imported) -> None:
    """Make the timeline that of a project which has none yet.

    Raises:
        EditError: something lies on the project's timeline already.
    """
    now = projects.get(project.user, project.id)
    if projects.draft(now).ready:
        raise EditError(
            f"{imported.name} is a timeline of its own", remedy="Begin a new project with it, alone."
        )
    for file in imported.files:
        projects.add_file(project, file)
    projects.append(now, now.position, imported.draft, imported.name, upload=True)


def _with_assets(wire: dict[str, object], ids: dict[str, str]) -> Draft:
    from nemo_lab.engine.interchange import Reading

    return Reading(Draft.from_wire(wire)).with_assets(ids)


def _shaped(draft: Draft, files: list[StoredFile]) -> Draft:
    """Return the draft with the size of its picture, which not every format tells."""
    first = next((file.info for file in files if file.info["kind"] != "audio"), None)
    if first is None or "width" in draft.metadata:
        return draft
    width, height = (first[name] + first[name] % 2 for name in ("width", "height"))
    size = {"width": width, "height": height, "x_base": [width, height]}
    return draft.model_copy(update={"metadata": {**draft.metadata, **size}})
