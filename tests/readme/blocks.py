"""README.md as data: its code blocks, its commands, its links."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
_HEADING = re.compile(r"#{1,6} (.+)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    heading: str
    """Of the section that it stands in."""
    line: int
    """Of its fence; first is 1."""

    def commands(self) -> list[list[str]]:
        """The words of each command line, comments left out, continued lines joined."""
        joined = self.text.replace("\\\n", " ")
        return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]

    def __str__(self) -> str:
        return f"README.md:{self.line}"


def blocks() -> list[Block]:
    """Every fenced block, in order."""
    found, heading, fence, inside = [], "", 0, False
    lines = TEXT.splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            if inside:
                found.append(
                    Block(lines[fence - 1][3:], "\n".join(lines[fence : number - 1]), heading, fence)
                )
            fence, inside = number, not inside
        elif not inside and (match := _HEADING.fullmatch(line)):
            heading = match[1]
    assert not inside, f"README.md:{fence} is never closed"
    return found


def prose() -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)


def anchors() -> set[str]:
    """What each heading is linked by (GitHub's rule: lower case, no punctuation, spaces become dashes)."""
    headings = (match[1] for line in prose().splitlines() if (match := _HEADING.fullmatch(line)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> list[str]:
    """Where every link and picture leads."""
    return _LINK.findall(prose())


def inline_commands() -> list[list[str]]:
    """The ``nemo …`` commands inside sentences and tables; what ``…`` and ``…`` left out is not there."""
    spans = re.findall(r"`(nemo [^`]+)`", prose().replace("\n", " "))
    return [shlex.split(span, comments=True) for span in spans]
