"""JSON from a backend, whose every text can be sent and stored again."""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)
"""A pair of surrogates, one that stands alone, or any other escape."""


def parsed(text: str | bytes) -> Any:
    """Return what a JSON text says.

    Half of a surrogate pair, which JSON allows (RFC 8259, 8.2) and UTF-8 does not, becomes U+FFFD.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig", "replace")
    return json.loads(_ESCAPE.sub(_whole, text) if _SURROGATE.search(text) else text)


def _whole(found: re.Match[str]) -> str:
    escape = found[0]
    alone = len(escape) == len(r"\ud800")
    return r"\ufffd" if alone else escape
