"""Why a part of a source cannot be copied. Internal: the planner answers it by encoding, never the user."""

from __future__ import annotations


class CannotSplice(Exception):
    """This part of the stream cannot be copied safely.

    Args:
        reason: what stands in the way, in a few words for the run record.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
