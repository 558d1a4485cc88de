"""Tokens, sessions, state and credits."""

from __future__ import annotations

from math import gcd
from typing import Any

from fastapi import APIRouter, Request

from nemo_lab.errors import ApiError, UsageError
from nemo_lab.local.assets import described
from nemo_lab.local.bodies import Claim, NewSession
from nemo_lab.local.context import Base, Local, User
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.envelope import success
from nemo_lab.protocol.messages import CLIENT_ID_HEADER

router = APIRouter()
_CLIENT_ID_LENGTH = 64


@router.get("/health")
def health() -> dict[str, str]:
    """Say that the server is up; the one thing that anybody may ask."""
    return {"status": "ok"}


@router.post("/api/auth/anonymous-token")
def anonymous_token(request: Request, local: Local) -> dict[str, Any]:
    """Give a token to a client that names itself by ``X-Client-Id``."""
    if local.options.token is not None:
        raise ApiError("this server gives no tokens: it has one of its own", code=403, status=403)
    client = request.headers.get(CLIENT_ID_HEADER, "").strip()
    if not client or len(client) > _CLIENT_ID_LENGTH:
        raise UsageError(f"{CLIENT_ID_HEADER} is missing or longer than {_CLIENT_ID_LENGTH} characters")
    address = request.client.host if request.client else ""
    return success(local.accounts.issue(client, address))


@router.post("/api/auth/claim-token")
def claim_token(body: Claim, local: Local, user: User) -> dict[str, Any]:
    """Give a token that opens one project in a browser and has no other right."""
    return success(local.accounts.claim(user, body.session_id, body.task_id))


@router.get("/api/credits/balance/simple")
def credits_balance(local: Local, user: User) -> dict[str, Any]:
    """Say how many credits there are."""
    return success(local.accounts.balance(user))


@router.post("/api/tasks/{_user}/with-session/nemo_agent")
def create_session(_user: str, local: Local, user: User, body: NewSession | None = None) -> dict[str, Any]:
    """Make a new project."""
    wish = body or NewSession()
    project = local.projects.create(user, wish.task_name, wish.language)
    return success({"task_id": project.task, "session_id": project.id, "user_id": user})


@router.get("/api/state/nemo_agent/{_user}/{session}/latest")
def state(_user: str, session: str, local: Local, user: User, base: Base) -> dict[str, Any]:
    """Say all that a project holds."""
    project = local.projects.get(user, session)
    draft = local.projects.draft(project)
    files = local.projects.files(project)
    infos = [described(file, base, paths=local.options.allow_paths) for file in files]
    generated = [info for file, info in zip(files, infos, strict=True) if file.origin == "generated"]
    analyses = {file.id: file.info for file in files}
    inner = {"video_infos": infos, "draft": draft.to_wire(), "canvas_config": _canvas(draft),
             "video_analyses": analyses, "generated_media": generated}  # fmt: skip
    names = {"session_id": project.id, "task_id": project.task, "task_name": project.name, "user_id": user}
    return success({**names, "state": inner})


def _canvas(draft: Draft) -> dict[str, Any]:
    """Return the picture's size and aspect ratio, once a file has decided them."""
    width, height = draft.metadata.get("width"), draft.metadata.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or not width or not height:
        return {}
    shared = gcd(width, height)
    return {"width": width, "height": height, "aspect_ratio": f"{width // shared}:{height // shared}"}
