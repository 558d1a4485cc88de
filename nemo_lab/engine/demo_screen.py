"""What the demo recording shows: an editor being typed in, tests running, a log, slides, a clock.

Every picture is a function of its time alone, so the recording is the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1280, 720
_INK, _DIM, _GREEN, _AMBER = "#d7dce4", "#7d8799", "#7fd18b", "#e6b45e"
_BACK, _PANEL, _BAR = "#1b1f27", "#14171d", "#262b35"
_CODE = """\
def total_minutes(clips):
    \"\"\"Add up how long all clips are.\"\"\"
    total = 0
    for clip in clips:
        start, end = clip.range
        total += end - start
    return round(total / 60, 1)


def test_total_minutes():
    clips = [Clip(0, 90), Clip(30, 60)]
    assert total_minutes(clips) == 2.0
"""
_LOG = tuple(
    f"12:{n // 60:02d}:{n % 60:02d}  clip {n:03d}  "
    + ("total is off by 1 s" if n == 27 else f"added {3 * n % 41} s")
    for n in range(60)
)
_ARROW = ((0, 0), (0, 21), (5, 16), (9, 25), (13, 23), (9, 14), (16, 14))
_SLIDES = (
    ("One clip, one range", "from start up to end", "no second is counted twice"),
    ("Thank you for watching", "cut the boring parts", "keep what is said"),
)


class Screen:
    """The screen at any time of the recording.

    Args:
        marks: when each of the seven phrases begins, in seconds; the scenes follow them.
    """

    def __init__(self, marks: Sequence[float]) -> None:
        self._marks = marks

    def at(self, time: float) -> Image.Image:
        """Return the picture at a time in seconds, RGB."""
        picture = Image.new("RGB", (WIDTH, HEIGHT), _BACK)
        if time >= self._marks[5]:
            self._slides(picture, time)
        else:
            self._editor(picture, time)
            self._terminal(picture, time)
        self._bar(picture, time)
        _cursor(picture, time)
        return picture

    def _bar(self, picture: Image.Image, time: float) -> None:
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 0, WIDTH, 44), fill=_BAR)
        for n, color in enumerate(("#ec6a5e", "#f4bf4f", "#61c554")):
            draw.ellipse((16 + 26 * n, 14, 32 + 26 * n, 30), fill=color)
        draw.text((WIDTH // 2 - 90, 11), "minutes.py - demo", font=_font(18), fill=_DIM)
        if int(time * 2) % 2 == 0:
            draw.ellipse((WIDTH - 188, 15, WIDTH - 174, 29), fill="#ff4d4d")
        clock = f"{int(time) // 60:02d}:{int(time) % 60:02d}.{int(time * 10) % 10}"
        draw.text((WIDTH - 162, 11), f"REC {clock}", font=_font(18), fill=_INK)

    def _editor(self, picture: Image.Image, time: float) -> None:
        begin, end = self._marks[0] + 2.0, self._marks[2] - 0.5
        part = min(max((time - begin) / (end - begin), 0.0), 1.0)
        typed = _CODE[: round(part * len(_CODE))]
        lines = typed.split("\n")
        for number, line in enumerate(lines):
            _paste_line(picture, 24, 64 + 28 * number, f"{number + 1:2d}", _DIM)
            _paste_line(picture, 70, 64 + 28 * number, line, _INK)
        if int(time * 2.5) % 2 == 0:
            column = 70 + round(_font(20).getlength(lines[-1]))
            top = 64 + 28 * (len(lines) - 1)
            ImageDraw.Draw(picture).rectangle((column + 1, top, column + 3, top + 24), fill=_AMBER)

    def _terminal(self, picture: Image.Image, time: float) -> None:
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 440, WIDTH, HEIGHT), fill=_PANEL)
        if time < self._marks[2]:
            _paste_line(picture, 24, 456, "$", _DIM)
        elif time < self._marks[3]:
            part = (time - self._marks[2]) / (self._marks[3] - self._marks[2])
            _paste_line(picture, 24, 456, "$ pytest -q", _INK)
            _paste_line(picture, 24, 486, "." * int(part * 42), _GREEN)
            draw.rectangle((24, 530, 24 + round(part * (WIDTH - 48)), 542), fill=_GREEN)
        else:
            self._log(picture, time - self._marks[3])

    def _log(self, picture: Image.Image, elapsed: float) -> None:
        _paste_line(picture, 24, 448, "42 passed in 8.31s", _GREEN)
        first = min(max((elapsed - 1.0) * 4, 0.0), 22.0)
        for row in range(8):
            number = int(first) + row
            top = 482 + 28 * row - round(28 * (first % 1))
            if top >= 476:
                _paste_line(picture, 24, top, _LOG[number], _AMBER if number == 27 else _DIM)

    def _slides(self, picture: Image.Image, time: float) -> None:
        number = 1 if time >= self._marks[6] else 0
        since = time - self._marks[5 + number]
        # Slides in from the right within 0.6 s, ever slower.
        left = 140 + round(WIDTH * max(1 - since / 0.6, 0.0) ** 3)
        draw = ImageDraw.Draw(picture)
        draw.rounded_rectangle((left, 110, left + 1000, 640), 18, fill="#f3efe6")
        title, *points = _SLIDES[number]
        draw.text((left + 60, 170), title, font=_font(52), fill="#2b2a33")
        for row, point in enumerate(points):
            if since > 0.8 + 0.7 * row:
                draw.ellipse((left + 64, 318 + 90 * row, left + 80, 334 + 90 * row), fill="#c2542d")
                draw.text((left + 104, 300 + 90 * row), point, font=_font(34), fill="#2b2a33")
        done = min(since / 6, 1.0)
        draw.rectangle((left + 60, 600, left + 60 + round(880 * done), 606), fill="#c2542d")


def _cursor(picture: Image.Image, time: float) -> None:
    """Draw the mouse pointer, which wanders about."""
    x = WIDTH * (0.55 + 0.3 * math.sin(time * 0.7) * math.cos(time * 0.23))
    y = HEIGHT * (0.5 + 0.3 * math.sin(time * 0.41 + 1))
    shape = [(x + dx, y + dy) for dx, dy in _ARROW]
    ImageDraw.Draw(picture).polygon(shape, fill="#ffffff", outline="#000000")


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(maxsize=512)
def _line(text: str, color: str) -> Image.Image:
    """Return one line of text as a picture with transparency; most lines stay for many frames."""
    width = max(1, math.ceil(_font(20).getlength(text)) + 4)
    picture = Image.new("RGBA", (width, 28), (0, 0, 0, 0))
    ImageDraw.Draw(picture).text((0, 1), text, font=_font(20), fill=color)
    return picture


def _paste_line(picture: Image.Image, left: int, top: int, text: str, color: str) -> None:
    if text.strip():
        line = _line(text, color)
        picture.paste(line, (left, top), line)
