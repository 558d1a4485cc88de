"""What routes ask of a request. All is at hand: as coroutines, none of these waits for a thread."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from nemo_lab.local.guard import USER_KEY
from nemo_lab.local.services import Services


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _user(request: Request) -> str:
    """Return who is asking; the guard at the door has made sure."""
    return str(request.scope[USER_KEY])


async def _base(request: Request) -> str:
    """Return this server's address as the client called it; the guard has checked it."""
    return f"http://{request.headers['host']}"


Local = Annotated[Services, Depends(_services)]
User = Annotated[str, Depends(_user)]
Base = Annotated[str, Depends(_base)]
