"""Talks to a backend: conversation rules written once, under a sync and an async face."""

from nemo_lab.client.connecting import aconnect, connect
from nemo_lab.client.core import AsyncClient
from nemo_lab.client.reply import Reply, Video
from nemo_lab.client.session import AsyncSession
from nemo_lab.client.stream import AsyncStream
from nemo_lab.client.sync import Client, Session, Stream

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "AsyncStream",
    "Client",
    "Reply",
    "Session",
    "Stream",
    "Video",
    "aconnect",
    "connect",
]
