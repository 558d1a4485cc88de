"""A client whose way to the scripted cloud has faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nemo_lab.client import AsyncClient, Client
from nemo_lab.client.core import Backend
from tests.contract.conftest import clock, cloud, home, recording, settings
from tests.faults.proxy import Fault, FaultProxy

__all__ = ["clock", "cloud", "home", "recording", "settings"]  # pytest finds them by name


class Road:
    """A client, a cloud, and a way between them on which :meth:`befall` puts faults."""

    def __init__(self, cloud: Any, clock: Any, settings: Any) -> None:
        self.cloud, self.clock = cloud, clock
        self._faults: list[tuple[str, Fault]] = []
        self.proxy = FaultProxy(cloud.url, self._choose, lambda: clock.advance(601))
        self.proxy.__enter__()
        cloud.url = self.proxy.url  # what it names as its own address
        own = settings.model_copy(update={"api_url": self.proxy.url})
        self.client = Client(AsyncClient(Backend("cloud", self.proxy.url), own, clock=clock))
        self.session = self.client.create_session("faults")

    def befall(self, request: str, *faults: Fault) -> None:
        """Let faults befall the next connections whose first line begins so, one each."""
        self._faults += [(request, fault) for fault in faults]

    def clear(self) -> None:
        """Forget faults and scripted replies that were not used up."""
        self._faults.clear()
        self.cloud.scripts.clear()

    def _choose(self, first: str) -> Fault | None:
        for entry in self._faults:
            if first.startswith(entry[0]):
                self._faults.remove(entry)
                return entry[1]
        return None

    def close(self) -> None:
        self.client.close()
        self.proxy.__exit__()


@pytest.fixture
def road(cloud, clock, settings) -> Iterator[Road]:
    made = Road(cloud, clock, settings)
    yield made
    made.close()
