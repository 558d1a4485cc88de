"""Files come in: as a form, by address, or by reference."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import ValidationError

from nemo_lab.errors import UsageError
from nemo_lab.local import timelines
from nemo_lab.local.assets import Received, by_reference, described, look_into
from nemo_lab.local.bodies import References
from nemo_lab.local.context import Base, Local, User
from nemo_lab.local.fetch import fetch
from nemo_lab.local.multipart import receive
from nemo_lab.local.projects import Project, StoredFile
from nemo_lab.local.quota import Spend
from nemo_lab.local.services import Services
from nemo_lab.protocol.envelope import success
from nemo_lab.protocol.messages import UPLOAD_FORMATS

router = APIRouter()
Few = Annotated[int | None, Query(ge=1, le=64)]


@router.post("/api/upload-video/nemo_agent/{_user}/{session}")
async def upload(
    _user: str, session: str, request: Request, local: Local, user: User, base: Base
) -> dict[str, Any]:
    """Take files into a project and put them on its timeline; all of them, or none."""
    project = await asyncio.to_thread(local.projects.get, user, session)
    local.expect_sentence()
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        async with local.quota.admit(int(request.headers.get("content-length", "0"))) as spend:
            folder = local.folder_of(project)
            received = await receive(request, folder, local.settings.upload_limit, spend)
            files = await _added(local, project, received)
    else:
        files = await _referred(local, project, await _references(request))
    return success({"files": [described(file, base) for file in files], "session_state_applied": True})


@router.get("/api/assets/{asset}")
def asset(asset: str, local: Local, user: User) -> FileResponse:
    """Give an uploaded file back (``cdn_url`` of its upload), whole or in ranges."""
    file = local.projects.file(user, asset)
    file.check()
    return FileResponse(file.path, media_type=UPLOAD_FORMATS.get(file.path.suffix.lower().lstrip(".")))


@router.get("/api/assets/{asset}/x_strip")
async def strip(asset: str, local: Local, user: User, most: Few = None) -> dict[str, Any]:
    """Give small pictures and sound levels of a file (an extension of ours); with ``most``, so many pictures
    at most, and no sound."""
    file = await asyncio.to_thread(local.projects.file, user, asset)
    found = await local.libraries.strip(file, most)
    return success(json.loads(await asyncio.to_thread(found.read_bytes)))


async def _added(local: Services, project: Project, received: list[Received]) -> list[StoredFile]:
    """Look into what arrived and put it on the timeline; what cannot be used does not stay on the disk."""
    try:
        files = [await look_into(one, local.workers) for one in received]
        local.libraries.listening.begin(files)
        await _place(local, project, files)
    except BaseException:
        _discard(received)
        raise
    return files


async def _referred(local: Services, project: Project, wish: References) -> list[StoredFile]:
    """Take files that were named rather than sent."""
    if not wish.paths:
        async with local.quota.admit() as spend:
            return await _added(local, project, await _fetched(local, project, wish.urls, spend))
    if not local.options.allow_paths:
        raise UsageError("this server takes no files by path", remedy="Start it with --allow-paths.")
    if any(timelines.is_timeline(path) for path in wish.paths):
        return await _imported(local, project, wish.paths)
    received = [await asyncio.to_thread(by_reference, path) for path in wish.paths]
    return await _added(local, project, received)


async def _imported(local: Services, project: Project, paths: tuple[str, ...]) -> list[StoredFile]:
    """Begin the project with a timeline of another editor."""
    if len(paths) > 1:
        raise UsageError("a timeline file comes alone", remedy="Add other files after it.")
    imported = await timelines.read(paths[0], local.workers)
    async with local.agent.lock(project.id):
        await asyncio.to_thread(timelines.begin, local.projects, project, imported)
    return imported.files


async def _fetched(local: Services, project: Project, urls: tuple[str, ...], spend: Spend) -> list[Received]:
    folder, limit = local.folder_of(project), local.settings.upload_limit
    if not urls:
        raise UsageError("no files were named")
    got: list[Received] = []
    try:
        for url in urls:
            private = local.options.allow_private_urls
            one = await asyncio.to_thread(fetch, url, folder, limit, allow_private=private, spend=spend)
            got.append(one)
    except BaseException:
        _discard(got)
        raise
    return got


async def _references(request: Request) -> References:
    try:
        return References.model_validate_json(await request.body())
    except ValidationError as exc:
        raise RequestValidationError(exc.errors(include_input=False)) from None


async def _place(local: Services, project: Project, files: list[StoredFile]) -> None:
    """Add files to the project, and each to the timeline where it belongs."""
    from nemo_lab.engine.compose import Asset, place
    from nemo_lab.engine.media import MediaInfo

    def work() -> None:
        now = local.projects.get(project.user, project.id)
        before = draft = local.projects.draft(now)
        for file in files:
            info = MediaInfo.model_validate(file.info)
            draft = place(draft, Asset(id=file.id, name=file.filename, info=info, analysis=None))
            local.projects.add_file(project, file)
        if draft != before:
            names = ", ".join(file.filename for file in files)
            local.projects.append(now, now.position, draft, names, upload=True)

    async with local.agent.lock(project.id):
        await asyncio.to_thread(work)


def _discard(received: list[Received]) -> None:
    for one in received:
        if one.origin != "path":
            one.path.unlink(missing_ok=True)
