"""When a stream broke: nothing is sent again; the state tells what became of it (SKILL.md v1.9 §3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nemo_lab.client.clock import Clock
from nemo_lab.errors import AuthError, GenerationUnknown, NemoError, SessionNotFound
from nemo_lab.protocol.events import Event, Progress
from nemo_lab.protocol.messages import ProjectState

FIRST_WAIT = 30.0
NEXT_WAIT = 60.0
QUERIES = 5
"""Looks at an unchanged state, 270 s in all: the document's "5 min" is these waits, rounded."""
LONGEST_RECOVERY = 600.0
"""Seconds in all; a state that could not be read does not count as unchanged."""
CHECKING = "connection lost, checking what became of it"


def fingerprint(state: ProjectState) -> tuple[Any, ...]:
    """Return what counts as the state's content. Addresses of media are signed anew at each look."""
    generated = state.generated_media
    size = len(generated) if isinstance(generated, list | dict) else bool(generated)
    return state.draft.to_wire(), len(state.video_infos), size


async def await_change(
    read_state: Callable[[], Awaitable[ProjectState]],
    before: ProjectState | None,
    clock: Clock,
    emit: Callable[[Event], None],
    *,
    first_wait: float = FIRST_WAIT,
    queries: int = QUERIES,
) -> ProjectState:
    """Look at the state until it differs from the one before.

    Raises:
        GenerationUnknown: it did not change in time, so only the user may say it again.
        SessionNotFound, AuthError: there is nothing to look at any more.
    """
    end = clock.monotonic() + LONGEST_RECOVERY
    unchanged, wait = 0, first_wait
    while unchanged < queries and clock.monotonic() + wait <= end:
        emit(Progress(CHECKING))
        await clock.sleep(wait)
        wait = NEXT_WAIT
        try:
            state = await read_state()
        except (SessionNotFound, AuthError):
            raise
        except NemoError:
            continue
        if before is None:
            break
        if fingerprint(state) != fingerprint(before):
            return state
        unchanged += 1
    raise unknown_outcome()


def unknown_outcome() -> GenerationUnknown:
    """Return the error for a message of which nobody knows whether it was carried out."""
    return GenerationUnknown(
        "the connection was lost, and the timeline has not changed since",
        remedy="Say it again if you still want it; it may cost credits a second time.",
    )
