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
from nemo_lab.local.assets import Received, by_reference, described, look_into
from nemo_lab.local.bodies import References
from nemo_lab.local.context import Base, Local, User
from nemo_lab.local.fetch import fetch
from nemo_lab.local.multipart import receive
from nemo_lab.local.projects import Project, StoredFile
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
    received = await _received(request, local, project)
    try:
        files = [await look_into(one, local.workers) for one in received]
        await _place(local, project, files)
    except BaseException:
        _discard(received)
        raise
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


async def _received(request: Request, local: Services, project: Project) -> list[Received]:
    folder, limit = local.folder_of(project), local.settings.upload_limit
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        return await receive(request, folder, limit)
    wish = await _references(request)
    if wish.paths:
        if not local.options.allow_paths:
            raise UsageError("this server takes no files by path", remedy="Start it with --allow-paths.")
        return [await asyncio.to_thread(by_reference, path) for path in wish.paths]
    if not wish.urls:
        raise UsageError("no files were named")
    got: list[Received] = []
    try:
        for url in wish.urls:
            private = local.options.allow_private_urls
            got.append(await asyncio.to_thread(fetch, url, folder, limit, allow_private=private))
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
