"""The conversation."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from nemo_lab.local.bodies import Run
from nemo_lab.local.context import Local, User
from nemo_lab.local.stream import frames

router = APIRouter()


@router.post("/run_sse", response_class=StreamingResponse)
async def run_sse(body: Run, local: Local, user: User) -> StreamingResponse:
    """Say something to a project's agent; the answer is a stream of ADK events."""
    said = body.new_message.text
    events = await local.agent.begin(user, body.session_id, said, streaming=body.streaming)
    return StreamingResponse(
        frames(events, local.options.heartbeat),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache"},
    )
