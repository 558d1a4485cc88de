# SPDX-License-Identifier: GPL-3.0-only
"""Whether edits may run while OBS records or streams: OBS itself says, by the frames that it loses."""

from __future__ import annotations

LOSS = 0.005
"""Part of OBS's frames that may be lost between two counts; half of what a viewer is promised in all."""
CALM = 5
"""Counts without a loss until an edit may run; each loss beside a running edit doubles it."""
UNKNOWN = "waits: OBS records or streams, and what it can spare is not known yet"
SHORT = "waits: OBS loses frames of what it records or streams; goes on when it loses none, or stops"


class Courtesy:
    """Keeps count while OBS records or streams.

    At first nobody knows what OBS can spare, so an edit is held until OBS was seen to lose nothing by
    itself. It is held again as soon as OBS loses frames beside it, and twice as long each time.

    Attributes:
        held: whether edits are to keep still now, and none is to begin.
        why: in words for the user; only while held.
    """

    def __init__(self) -> None:
        self.held = False
        self.why = ""
        self._working = False
        self._last: tuple[int, int] | None = None
        self._calm, self._wanted = 0, CALM

    def work(self, active: bool) -> None:
        """OBS began to record or stream, or ended."""
        if active != self._working:
            self._working = self.held = active
            self.why = UNKNOWN if active else ""
            self._last, self._calm, self._wanted = None, 0, CALM

    def count(self, lost: int, total: int) -> None:
        """Take OBS's count of frames since it was started: how many were lost, of how many."""
        last, self._last = self._last, (lost, total)
        if not self._working or last is None:
            return
        if lost - last[0] > LOSS * max(1, total - last[1]):
            if not self.held:
                self._wanted *= 2
            self.held, self.why, self._calm = True, SHORT, 0
            return
        self._calm += 1
        if self._calm >= self._wanted:
            self.held = False
