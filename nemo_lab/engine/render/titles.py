"""Set a text: wrapped, placed within safe margins, legible on any picture."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from PIL import Image, ImageDraw

from nemo_lab.engine.render.fonts import Run, clusters, runs
from nemo_lab.engine.render.model import Caption, Size

_DEFAULT_PART = 14
"""The default letter size is this part of the picture's shorter side (see ``plan.Title.size``)."""
_MARGIN = 0.06
"""Part of width and height that stays free on each side (title-safe area of EBU R 95 is 0.05)."""
_LINE = 1.35
"""Distance of lines, in letter sizes."""
_OUTLINE = 0.07
"""Width of the dark outline, in letter sizes."""
_SMALLEST = 8
_NO_LINE_START = set("，。！？、；：）」』”》〉】…,.!?;:)]}%ー々っゃゅょッャュョ")
_NO_LINE_END = set("（「『“《〈【([{")


class _Line(NamedTuple):
    runs: list[Run]
    width: float


class _Block(NamedTuple):
    lines: list[_Line]
    pixels: int

    @property
    def width(self) -> float:
        return max((line.width for line in self.lines), default=0)

    @property
    def height(self) -> float:
        return len(self.lines) * self.pixels * _LINE


def drawn(caption: Caption, size: Size) -> Image.Image:
    """Return the text as an RGBA picture of this size."""
    block = _set(caption, size)
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    left, top = _corner(block, caption.position, size)
    if caption.box:
        _draw_box(image, block, left, top)
    else:
        _draw_lines(image, block, caption, left, top, outline=True)
    _draw_lines(image, block, caption, left, top, outline=False)
    return image


def _set(caption: Caption, size: Size) -> _Block:
    """Wrap the text at its size, or smaller until it fits into the picture."""
    width, height = (side * (1 - 2 * _MARGIN) for side in size)
    pixels = max(_SMALLEST, round(caption.size * min(size) / _DEFAULT_PART))
    while True:
        rows = [row for part in caption.text.splitlines() for row in _wrapped(part, pixels, width)]
        block = _Block([_measured(row, pixels) for row in rows], pixels)
        if block.height <= height or pixels <= _SMALLEST:
            return block
        pixels = max(_SMALLEST, int(pixels * 0.9))


def _measured(text: str, pixels: int) -> _Line:
    parts = runs(text, pixels)
    return _Line(parts, sum(run.font.getlength(run.text) for run in parts))


def _wrapped(text: str, pixels: int, width: float) -> list[str]:
    """Break one paragraph into lines that fit, at spaces and between ideographs; a long word anywhere."""
    lines, line = [], ""
    for word in _words(text):
        if _measured((line + word).rstrip(), pixels).width <= width:
            line += word
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = ""
        for cluster in clusters(word):
            if line and _measured(line + cluster, pixels).width > width:
                lines.append(line)
                line = ""
            line += cluster
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    """Split a text after each place where a line may end."""
    words = [""]
    for cluster in clusters(text):
        word = words[-1]
        may_break = word and (
            (word[-1].isspace() and not cluster.isspace())
            or ((_is_ideograph(word[-1]) or _is_ideograph(cluster[0])) and not cluster.isspace())
        )
        if may_break and cluster[0] not in _NO_LINE_START and word[-1] not in _NO_LINE_END:
            words.append(cluster)
        else:
            words[-1] += cluster
    return words


def _is_ideograph(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not "\uac00" <= char <= "\ud7a3"


def _corner(block: _Block, position: str, size: Size) -> tuple[float, float]:
    """Return where the block's upper left corner lies."""
    across, down = size[0] * _MARGIN, size[1] * _MARGIN
    left = (size[0] - block.width) / 2
    top = (size[1] - block.height) / 2
    if "left" in position:
        left = across
    elif "right" in position:
        left = size[0] - across - block.width
    if "top" in position:
        top = down
    elif "bottom" in position:
        top = size[1] - down - block.height
    return left, top


def _draw_box(image: Image.Image, block: _Block, left: float, top: float) -> None:
    pad = block.pixels * 0.35
    corners = (left - pad, top - pad / 2, left + block.width + pad, top + block.height + pad / 2)
    ImageDraw.Draw(image).rounded_rectangle(corners, radius=pad, fill=(0, 0, 0, 165))


def _draw_lines(
    image: Image.Image, block: _Block, caption: Caption, left: float, top: float, *, outline: bool
) -> None:
    """Draw the letters, or the dark rim that lies under them."""
    mask = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(mask)
    stroke = max(1, round(block.pixels * _OUTLINE)) if outline else 0
    for number, line in enumerate(block.lines):
        x = left + _indent(block, line, caption.position)
        baseline = top + (number + 0.5) * block.pixels * _LINE + block.pixels * 0.36
        for run in _in_sight_order(line.runs):
            pen.text((x, baseline), run.text, fill=255, font=run.font, anchor="ls", stroke_width=stroke)
            x += run.font.getlength(run.text)
    colour, strength = ((0, 0, 0), 0.75) if outline else (_rgb(caption.color), 1.0)
    if strength < 1:
        mask = mask.point([round(value * strength) for value in range(256)])
    layer = Image.new("RGBA", image.size, (*colour, 0))
    layer.putalpha(mask)
    image.alpha_composite(layer)


def _indent(block: _Block, line: _Line, position: str) -> float:
    if "left" in position:
        return 0
    spare = block.width - line.width
    return spare if "right" in position else spare / 2


def _in_sight_order(parts: list[Run]) -> list[Run]:
    """Return runs from left to right: those of right-to-left scripts that are neighbours change places."""
    leftwards = [_runs_leftwards(part.text) for part in parts]
    base = next((known for known in leftwards if known is not None), False)
    shown: list[Run] = []
    row: list[Run] = []
    row_leftwards = base
    for part, known in zip(parts, leftwards, strict=True):
        direction = base if known is None else known
        if direction != row_leftwards:
            shown = _put_after(shown, row, leftwards=row_leftwards, base=base)
            row, row_leftwards = [], direction
        row.append(part)
    return _put_after(shown, row, leftwards=row_leftwards, base=base)


def _put_after(shown: list[Run], row: list[Run], *, leftwards: bool, base: bool) -> list[Run]:
    """Return the line with a row of runs of one direction added on the side where reading goes on."""
    ordered = row[::-1] if leftwards else row
    return ordered + shown if base else shown + ordered


def _runs_leftwards(text: str) -> bool | None:
    """Tell whether the first letter that has a direction runs from right to left; ``None`` if none has."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return None


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
