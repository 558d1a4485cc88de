"""Progress on stderr: one bar that is drawn over itself on a terminal, sparse lines elsewhere."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

from nemo_lab.protocol.events import Event, Progress
from nemo_lab.protocol.plan import Language

_WIDTH = 30
_STEP = 0.25
"""Without a terminal, a line is printed each time this much more is done."""
_ZH = {
    "upload": "上传",
    "probing": "检查",
    "reading": "理解",
    "planning": "规划",
    "analysing": "分析",
    "composing": "剪辑",
    "render": "渲染",
    "rendering": "渲染",
    "download": "下载",
    "export": "导出",
    "recording": "录制",
}


class ProgressLine:
    """Shows one stage after the other; give it as ``on_event``. Any thread may call it."""

    def __init__(
        self, *, quiet: bool = False, language: Language = "en", stream: TextIO | None = None
    ) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._language = language
        self._bar = self._stream.isatty()
        self._stage = ""
        self._shown = -1.0
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show a progress event; others are not for here."""
        if isinstance(event, Progress) and not self._quiet:
            self.show(event.stage, event.fraction)

    def show(self, stage: str, fraction: float | None) -> None:
        """Show how far a stage is."""
        if self._quiet:
            return
        with self._lock:
            if stage != self._stage:
                self._end()
                self._stage, self._shown = stage, -1.0
            part = None if fraction is None else min(max(fraction, 0.0), 1.0)
            if self._bar:
                self._draw(part)
            else:
                self._line(part)

    def end(self) -> None:
        """Leave the line, so that what follows begins on its own."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._stage and self._bar:
            self._stream.write("\n")
            self._stream.flush()
        self._stage = ""

    def _draw(self, part: float | None) -> None:
        if part is not None and 0 <= part - self._shown < 0.005 and part < 1:
            return
        self._shown = -1.0 if part is None else part
        filled = round((part or 0) * _WIDTH)
        percent = "" if part is None else f" {part:4.0%}"
        self._stream.write(f"\r{self._label()} [{'█' * filled}{'·' * (_WIDTH - filled)}]{percent} ")
        self._stream.flush()

    def _line(self, part: float | None) -> None:
        due = self._shown < 0 or (
            part is not None and (part >= self._shown + _STEP or part == 1 > self._shown)
        )
        if not due:
            return
        self._shown = part or 0.0
        self._stream.write(f"{self._label()}{'' if part is None else f' {part:.0%}'}\n")
        self._stream.flush()

    def _label(self) -> str:
        return f"{_ZH.get(self._stage, self._stage) if self._language == 'zh' else self._stage:<10}"
