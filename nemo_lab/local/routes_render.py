"""Renders: submit, poll, cancel, download."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from pydantic import ValidationError

from nemo_lab.errors import ProtocolError, UnsupportedFormat, UsageError
from nemo_lab.local.bodies import RenderRequest
from nemo_lab.local.context import Base, Local, User
from nemo_lab.local.jobs import Order, described
from nemo_lab.local.services import Services
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import UPLOAD_FORMATS
from nemo_lab.protocol.plan import Export, ExportFormat
from nemo_lab.protocol.renders import RenderOutput

router = APIRouter()
_DOWNLOAD = "/api/render/proxy/{render}/download"


@router.post("/api/render/proxy/lambda")
async def submit(
    body: RenderRequest, request: Request, local: Local, user: User, base: Base
) -> dict[str, Any]:
    """Begin a render. The same id with the same content is the same render, however often it is sent."""
    local.options.policy.check_export(request.headers)
    project = await asyncio.to_thread(local.projects.get, user, body.session_id)
    files = await asyncio.to_thread(local.projects.files, project)
    try:
        draft = Draft.from_wire(body.draft)
    except ProtocolError as exc:
        raise UsageError("the draft cannot be read: " + exc.message.rpartition("read: ")[2]) from None
    shared = body.output.shared
    if shared is not None and not local.options.allow_paths:
        raise UsageError("this server takes no folders", remedy="Start it with --allow-paths.")
    local.libraries.listening.rest()
    order = Order(body.id, draft, settings_of(body.output), {file.id: file for file in files}, shared)
    return _told(await local.jobs.submit(project, order), local, base)


@router.get("/api/render/proxy/lambda/{render}")
def poll(render: str, local: Local, user: User, base: Base) -> dict[str, Any]:
    """Say how far a render is."""
    return _told(local.jobs.get(user, render), local, base)


@router.post("/api/render/proxy/lambda/{render}/cancel")
async def cancel(render: str, local: Local, user: User, base: Base) -> dict[str, Any]:
    """Stop a render."""
    return _told(await local.jobs.cancel(user, render), local, base)


@router.head(_DOWNLOAD, response_class=FileResponse, include_in_schema=False)
@router.get(_DOWNLOAD, response_class=FileResponse)
def download(render: str, local: Local, user: User) -> FileResponse:
    """Give the finished file, whole or in ranges."""
    path = local.jobs.file(user, render)
    media_type = UPLOAD_FORMATS.get(path.suffix.lstrip("."), "application/octet-stream")
    return FileResponse(path, media_type=media_type, filename=f"{render}{path.suffix}")


def _told(row: sqlite3.Row, local: Services, base: str) -> dict[str, Any]:
    return described(row, base, path=local.jobs.target(row) if local.options.allow_paths else None)


def settings_of(output: RenderOutput) -> Export:
    """Return the engine's settings for a wished output.

    Raises:
        UnsupportedFormat: it is none of the formats that can be written.
        UsageError: another value cannot be used.
    """
    if output.format not in get_args(ExportFormat):
        raise UnsupportedFormat(f"cannot export to “{output.format[:20]}”")
    try:
        return Export(
            format=output.format,
            height=output.height,
            quality=output.quality,
            max_bytes=output.max_bytes,
            preset=output.preset,
            tracks=output.tracks,
            compat=output.compat,
            fast=output.fast,
            keep_cuts=output.keep_cuts,
            encoder=output.encoder,
        )
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise UsageError(f"output.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
