"""What must never be shown or logged is taken out of a text here, on its way out.

Nothing of ours writes a secret into a text. But a backend may quote a request in its refusal, and a
library may log one; so every error's text and every line of a log passes through here.
"""

from __future__ import annotations

import logging
import re

HIDDEN = "[hidden]"
_SECRET = re.compile(r"\bbearer\s+[^\s\"',;]+|\bnmv_[a-z]+_[^\s\"',;]+", re.IGNORECASE)
"""A bearer token as in a header, and the cloud's own kinds of tokens wherever they stand."""


def redact(text: str) -> str:
    """Return ``text`` without the tokens in it."""
    return _SECRET.sub(HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """Formats a record as usual, exceptions included, and redacts the whole."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines, without tokens."""
        return redact(super().format(record))
