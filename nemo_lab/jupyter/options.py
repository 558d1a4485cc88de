"""Reading what stands behind ``%nemo`` and ``%%nemo``; its options are the fields of an export, and a few."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn, get_args

from nemo_lab.config import Backend
from nemo_lab.errors import UsageError
from nemo_lab.protocol.plan import Export, ExportFormat, Preset, Quality
from nemo_lab.protocol.tracks import TrackWish


class _Parser(argparse.ArgumentParser):
    """Reports a fault as an error of ours, and leaves the process alone."""

    def error(self, message: str) -> NoReturn:
        """Report a fault."""
        raise UsageError(message, remedy=" ".join(self.format_usage().split()))


def cell_parser() -> argparse.ArgumentParser:
    """Return the parser of ``%%nemo FILE … -o OUT``."""
    parser = _Parser(prog="%%nemo", add_help=False)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("-o", "--output")
    parser.add_argument("--fresh", action="store_true")
    _add_common(parser)
    return parser


def export_parser() -> argparse.ArgumentParser:
    """Return the parser of ``%nemo export OUT``."""
    parser = _Parser(prog="%nemo export", add_help=False)
    parser.add_argument("output")
    _add_common(parser)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--backend", choices=get_args(Backend))
    parser.add_argument("--format", choices=get_args(ExportFormat))
    parser.add_argument("--height", type=int)
    parser.add_argument("--quality", choices=get_args(Quality))
    parser.add_argument("--preset", choices=get_args(Preset))
    parser.add_argument("--max-bytes", type=int)
    parser.add_argument("--tracks", choices=get_args(TrackWish))
    parser.add_argument("--compat", action="store_true", default=None)
    parser.add_argument("--fast", action="store_true", default=None)
    parser.add_argument("--encoder")


def split(line: str) -> list[str]:
    """Return the words of a line; quotes keep a name with spaces together, a backslash is a letter.

    Raises:
        UsageError: a quote is not closed.
    """
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        raise UsageError("a quote is not closed", remedy="Put names with spaces into quotes.") from None


def export_wishes(given: argparse.Namespace) -> dict[str, object]:
    """Return what was said about the finished file."""
    found = {name: getattr(given, name, None) for name in Export.model_fields}
    return {name: value for name, value in found.items() if value is not None}
