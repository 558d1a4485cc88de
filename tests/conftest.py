"""What every test may rely on: a clean environment, own folders, and no way out but loopback."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.goals import (
    goal,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
    seed,
)

__all__ = [  # pytest finds them by name
    "goal",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_terminal_summary",
    "seed",
]

# A shell starts what runs in its background with Ctrl-C ignored, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no fault of the code: what is timed stands in tests/bench.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No setting leaks in from the machine; all user folders are the test's own."""
    for name in list(os.environ):
        if name.startswith("NEMO_") or name.lower() in {
            "skill_source",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        }:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")  # not this machine's own
    for kind in ("data", "cache", "config"):
        monkeypatch.setenv(f"NEMO_{kind.upper()}_DIR", str(home / kind))
    return home


def _is_loopback(address: Any) -> bool:
    host = address[0]
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails."""
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, _original: Any = original) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address):
                raise AssertionError(f"a test reached for {address[0]}")
            return _original(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does."""
    return "asyncio"
