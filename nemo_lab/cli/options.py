"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from nemo_lab.errors import UsageError

_F = TypeVar("_F", bound=Callable[..., Any])
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?\s*", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3}
# Written out, so that --help need not import the models; a test compares them.
FORMATS = (
    "mp4", "mov", "webm", "mkv", "gif", "mp3", "wav", "m4a", "png",
    "otio", "fcpxml", "xml", "mlt", "kdenlive", "edl", "csv", "ffconcat",
)  # fmt: skip
QUALITIES = ("low", "medium", "high")
PRESETS = ("youtube", "tiktok", "reels", "shorts", "preview")
SUBTITLES = ("srt", "vtt", "ass")
TRACKS = ("keep", "mix")


def size(text: str) -> int:
    """Return a size like ``25MB`` (million bytes) or ``25MiB`` in bytes."""
    found = _SIZE.fullmatch(text)
    count = 0
    if found:
        count = round(float(found[1]) * (1024 if found[3] else 1000) ** _POWER[found[2].lower()])
    if count < 1:
        raise click.BadParameter(f"{text!r} is not a size like 25MB")
    return count


def height(text: str) -> int:
    """Return a picture height like ``1080`` or ``1080p`` in pixels."""
    digits = text.lower().removesuffix("p")
    if not digits.isdecimal() or not 16 <= int(digits) <= 8640:
        raise click.BadParameter(f"{text!r} is not a height from 16 to 8640")
    return int(digits)


def _all(*options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


backend_option = click.option(
    "--backend",
    type=click.Choice(["auto", "local", "cloud"]),
    help="Where to edit; auto follows the settings.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress.")
force_option = click.option("--force", is_flag=True, help="Replace the output if it exists.")
why_option = click.option("--why", is_flag=True, help="Say why it is done, or why it need not be done again.")
fresh_option = click.option("--fresh", is_flag=True, help="Do it all again, whatever was done before.")
export_options = _all(
    click.option("--format", type=click.Choice(FORMATS), help="Else the output's ending decides."),
    click.option(
        "--height", type=height, metavar="PIXELS", help="Picture height, e.g. 1080; default: the source's."
    ),
    click.option("--quality", type=click.Choice(QUALITIES)),
    click.option("--preset", type=click.Choice(PRESETS), help="Size and shape for a platform."),
    click.option("--max-size", "max_bytes", type=size, metavar="SIZE", help="At most this large, e.g. 25MB."),
    click.option("--tracks", type=click.Choice(TRACKS), help="Audio tracks side by side, or mixed into one."),
    click.option("--subtitles", type=click.Choice(SUBTITLES), help="Save the captions beside it, too."),
    click.option(
        "--compat",
        is_flag=True,
        default=None,
        help="Join copies at keyframes only, for picky players.",
    ),
    click.option(
        "--fast", is_flag=True, default=None, help="Ends of cuts may move by 100 ms, so that more is copied."
    ),
    click.option(
        "--keep-cuts", is_flag=True, default=None, help="In a file for another editor: cuts switched off."
    ),
    click.option(
        "--encoder",
        metavar="NAME",
        help="H.264 encoder for what is encoded, e.g. h264_nvenc; auto: a hardware one if it works.",
    ),
)
"""The fields of an :class:`~nemo_lab.protocol.plan.Export`, ``max_bytes`` as ``--max-size``."""


def pair(text: str) -> tuple[str, str]:
    """Return the two sides of ``NAME=VALUE``.

    Raises:
        UsageError: it is something else.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is not NAME=VALUE")
    return name, value


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in values.items() if value is not None}
