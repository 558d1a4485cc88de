"""Tokens in the system's keyring: where one works, and in a private file where none does."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
import threading
from collections.abc import Iterator

import keyring
import keyring.backend
import pytest
from click.testing import CliRunner

from nemo_lab.cli.main import cli
from nemo_lab.client import AsyncClient, keychain
from nemo_lab.client.core import Backend


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = threading.Event()
        self.locked.set()
        self.broken = False

    def _wait(self) -> None:
        if self.broken:
            raise RuntimeError("no such daemon")
        self.locked.wait(60)

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._wait()
        del self.held[service, username]


class PlainRing(Ring):
    """One that keeps everything in a plain file, as its priority says."""

    priority = 0.5


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, found = keyring.get_keyring(), Ring()
    keyring.set_keyring(found)
    yield found
    found.locked.set()
    keyring.set_keyring(before)


@pytest.fixture
def anonymous(settings):
    return settings.model_copy(update={"token": None})


def ask(cloud, clock, anonymous) -> None:
    """Ask for the credits, as a process that has just started."""

    async def run() -> None:
        async with AsyncClient(Backend("cloud", cloud.url), anonymous, clock=clock) as client:
            await client.credits()

    asyncio.run(run())


def told(anonymous) -> tuple[dict, str]:
    (path,) = (anonymous.config_dir / "credentials").glob("token-*.json")
    return json.loads(path.read_text()), path.stem


def test_the_token_lies_in_the_keyring_and_in_no_file(ring, cloud, clock, anonymous, tmp_path):
    for _ in range(2):
        ask(cloud, clock, anonymous)
    assert cloud.token_count == 1
    facts, name = told(anonymous)
    assert facts["token"] is None
    assert ring.held == {(keychain.SERVICE, name): "nmv_usr_anon1"}
    files = [path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert not any("nmv_usr_anon1" in text for text in files)


@pytest.mark.parametrize("trouble", ["broken", "locked", "plain"])
def test_a_keyring_that_is_of_no_use_is_not_used(ring, cloud, clock, anonymous, monkeypatch, trouble):
    monkeypatch.setattr(keychain, "_PATIENCE", 0.2)
    ring.broken = trouble == "broken"
    if trouble == "locked":
        ring.locked.clear()
    if trouble == "plain":
        keyring.set_keyring(PlainRing())
    for _ in range(2):
        ask(cloud, clock, anonymous)
    assert cloud.token_count == 1
    facts, name = told(anonymous)
    assert facts["token"] == "nmv_usr_anon1"
    path = anonymous.config_dir / "credentials" / f"{name}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ring.held == {}


def test_nothing_depends_on_the_package(cloud, clock, anonymous, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)  # import raises ImportError
    for _ in range(2):
        ask(cloud, clock, anonymous)
    assert (cloud.token_count, told(anonymous)[0]["token"]) == (1, "nmv_usr_anon1")


def test_a_keyring_that_lost_the_token_costs_a_new_one_and_says_so(ring, cloud, clock, anonymous, caplog):
    ask(cloud, clock, anonymous)
    ring.held.clear()
    ask(cloud, clock, anonymous)
    assert cloud.token_count == 2
    assert "keyring" in caplog.text
    assert "nmv_usr_" not in caplog.text


def test_clean_removes_it_from_the_keyring_too(ring, cloud, clock, anonymous, monkeypatch):
    ask(cloud, clock, anonymous)
    monkeypatch.setenv("NEMO_CONFIG_DIR", str(anonymous.config_dir))
    ring.broken = True
    refused = CliRunner().invoke(cli, ["clean", "tokens", "--yes"])
    assert (refused.exit_code, "the keyring keeps a token" in refused.output) == (1, True)
    assert told(anonymous)
    ring.broken = False
    done = CliRunner().invoke(cli, ["clean", "tokens", "--yes"])
    assert done.exit_code == 0, done.output
    assert ring.held == {}
    assert not (anonymous.config_dir / "credentials").exists()
