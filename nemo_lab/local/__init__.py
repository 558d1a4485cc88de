"""Plays NemoVideo's protocol on loopback, over the engine.

Loaded lazily, so that who merely asks for a name does not pay for FastAPI.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nemo_lab.local.embedded import Embedded, start_embedded
    from nemo_lab.local.policy import Policy
    from nemo_lab.local.server import serve
    from nemo_lab.local.services import Options

__all__ = ["Embedded", "Options", "Policy", "serve", "start_embedded"]
_HOMES = {
    "Embedded": "embedded",
    "Options": "services",
    "Policy": "policy",
    "serve": "server",
    "start_embedded": "embedded",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nemo_lab.local' has no attribute {name!r}")
    return getattr(importlib.import_module(f"nemo_lab.local.{_HOMES[name]}"), name)
