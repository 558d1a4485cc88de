"""Plain lists of the cuts: CSV for people and sheets, ffconcat for FFmpeg."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

from nemo_lab.engine.interchange.clock import timecode
from nemo_lab.engine.interchange.sequence import Sequence

_COLUMNS = (
    "number", "file", "start", "end", "source_start", "source_end", "seconds", "speed", "kept", "transition",
)  # fmt: skip


def to_csv(sequence: Sequence) -> str:
    """Return one line per clip of the main row; times as ``HH:MM:SS:FF`` and seconds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rate = sequence.rate
    for number, clip in enumerate(sequence.clips):
        source = clip.source_frame(rate)
        join = sequence.joins.get(number)
        writer.writerow((
            number + 1, _plain(str(clip.media.path)), timecode(clip.start, rate), timecode(clip.end, rate),
            timecode(source, rate), timecode(source + clip.source_length(), rate),
            f"{float(clip.length / rate):.3f}", f"{float(clip.speed):g}", "yes" if clip.enabled else "no",
            f"{join.kind} {float(join.length / rate):.2f}" if join else "",
        ))  # fmt: skip
    return out.getvalue()


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula (CWE-1236)."""
    return "'" + text if text[:1] in "=+-@\t\r" else text


def to_ffconcat(sequence: Sequence) -> str:
    """Return FFmpeg's concat script of the main row.

    ``ffmpeg -f concat -safe 0 -i FILE …`` plays it; with ``-c copy`` the borders fall on keyframes.
    https://ffmpeg.org/ffmpeg-formats.html#concat-1
    """
    lines = ["ffconcat version 1.0"]
    for clip in sequence.clips:
        if clip.enabled:
            end = clip.source + Fraction(clip.source_length()) / sequence.rate
            path = str(clip.media.path).replace("'", "'\\''")
            lines += [f"file '{path}'", f"inpoint {float(clip.source):.6f}", f"outpoint {float(end):.6f}"]
    return "\n".join(lines) + "\n"
