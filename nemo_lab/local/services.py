"""Everything that a request may need, built once for a server."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hmac import compare_digest
from pathlib import Path

from nemo_lab.cache import Cache
from nemo_lab.config import Settings
from nemo_lab.errors import NemoError
from nemo_lab.local.accounts import LOCAL_USER, Accounts
from nemo_lab.local.agent import Agent
from nemo_lab.local.generation import Generator
from nemo_lab.local.jobs import Jobs
from nemo_lab.local.lease import Lease
from nemo_lab.local.library import Libraries
from nemo_lab.local.policy import Policy
from nemo_lab.local.projects import Project, Projects
from nemo_lab.local.quota import Quota
from nemo_lab.local.store import Store
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.patterns import compile_all

_TIDY_SECONDS = 3600.0
"""Between two looks at what is too old, or too much."""
_SOON = 5.0
"""Seconds after an upload in which a sentence that was typed before it has come and is understood; and
between two looks at whether the workers rest."""
_READING = ("compose", "understand.planner", "understand.llm")
"""Parts of the engine that put an upload on the timeline and read a sentence."""

log = logging.getLogger("nemo_lab.local")


@dataclass(frozen=True)
class Options:
    """How a server is to behave."""

    token: str | None = None
    """The one bearer that is accepted; ``None`` gives anonymous tokens to whoever asks, as the cloud does."""
    policy: Policy = field(default_factory=Policy)
    allow_paths: bool = False
    """Take files of this machine by reference."""
    allow_private_urls: bool = False
    """Fetch uploads from this machine and its network too."""
    heartbeat: float = 15.0
    """Seconds of silence after which a stream shows a sign of life."""
    eager: bool = False
    """Load all that an edit needs before the first request is answered, instead of when it is needed."""


class Services:
    """The parts of a server, wired. :meth:`start` and :meth:`close` run in its event loop.

    Raises:
        NemoError: the data folder cannot be used.
    """

    def __init__(
        self, settings: Settings, options: Options | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self.options = options or Options()
        self.clock = clock
        self.home = settings.data_dir / "local"
        self.store = Store(self.home / "projects.sqlite3", clock)
        self.lease = Lease(self.home / "servers")
        self.projects = Projects(self.store)
        self.accounts = Accounts(self.store, self.options.policy, owner=self.lease.id)
        self._aside: list[asyncio.Task[None]] = []
        self._expected = self.options.eager

    @cached_property
    def workers(self) -> Workers:
        """The worker processes."""
        return Workers(memory=self.settings.worker_memory)

    @cached_property
    def jobs(self) -> Jobs:
        """The renders."""
        return Jobs(self.store, self.workers, self.lease, self.home / "renders")

    @cached_property
    def quota(self) -> Quota:
        """How much may be kept."""
        return Quota(self.home, self.projects, self.jobs, self.settings.data_limit, self.clock)

    @cached_property
    def libraries(self) -> Libraries:
        """What is known about files."""
        cache = Cache(self.settings.cache_dir, self.settings.cache_limit)
        return Libraries(self.projects, self.workers, cache)

    @cached_property
    def agent(self) -> Agent:
        """Who answers messages."""
        generator = Generator(self.projects, self.libraries, self.workers, self.folder_of)
        policy = self.options.policy
        return Agent(self.projects, self.accounts, self.libraries, generator, policy, self.settings)

    def folder_of(self, project: Project) -> Path:
        """Return where the files of a project lie; its id is of our own making."""
        return self.home / "sessions" / project.id

    async def user_of(self, token: str) -> str:
        """Return whose token this is.

        Raises:
            AuthError: nobody's.
        """
        fixed = self.options.token
        if fixed is not None and compare_digest(token.encode("utf-8", "surrogateescape"), fixed.encode()):
            return LOCAL_USER
        return await asyncio.to_thread(self.accounts.user_of, token)

    async def expect_file(self) -> None:
        """Have a worker process begin to load what looks into files."""
        if not self.workers.started:
            await self.workers.warm()

    async def start(self) -> None:
        """Mend what a dead server left, have a worker ready, and tidy now and then."""
        await asyncio.to_thread(self._recover)
        self._aside = [asyncio.create_task(self._tidy())]
        if self.options.eager:
            await asyncio.gather(asyncio.to_thread(_load_engine), self.workers.warm(whole=True))
        else:
            self._aside.append(asyncio.create_task(self.expect_file()))

    def expect_sentence(self) -> None:
        """Begin to load what understands sentences: who uploads says what he wants soon, and it takes half a
        second the first time, in which the upload is looked into by a worker."""
        if not self._expected:
            self._expected = True
            self._aside.append(asyncio.create_task(self._prepare()))

    async def _prepare(self) -> None:
        """Load what reads a sentence; and what others need, which takes a core for a second, when one that
        came at once has been carried out."""
        await asyncio.to_thread(_load, *_READING)
        busy = True
        while busy:
            busy = self.workers.busy
            await asyncio.sleep(_SOON)
            busy = busy or self.workers.busy
        await asyncio.to_thread(compile_all)

    async def close(self) -> None:
        """Stop all work."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        await self.libraries.listening.close()
        await self.agent.close()
        await self.jobs.close()
        await self.workers.close()
        self.lease.close()
        self.store.close()

    async def _tidy(self) -> None:
        """Remove what is too old, or too much, every hour."""
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            try:
                await asyncio.to_thread(self.quota.tidy)
            except (NemoError, OSError):
                log.exception("what is old could not be removed")

    def _recover(self) -> None:
        self.lease.sweep()
        self.jobs.recover()
        self.accounts.recover(self.lease.alive)
        self.quota.forget_old()


def _load_engine() -> None:
    """Load all that plans and composes."""
    _load(*_READING, "compose.run", "words")
    compile_all()


def _load(*names: str) -> None:
    for name in names:
        importlib.import_module(f"nemo_lab.engine.{name}")
