"""Captions of a timeline as files: SubRip, WebVTT, and ASS with styles.

They are part of the draft, so whoever has the draft can write them: no render is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import SubtitleFormat


@dataclass(frozen=True)
class Cue:
    """A caption: when it shows (ms) and its lines."""

    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its lines, one under the other."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Style:
    """How captions look in an ASS file, on a picture of 1080 lines."""

    font: str = "Noto Sans CJK SC"
    size: int = 56
    color: str = "#ffffff"
    outline: float = 3
    box: bool = False
    bold: bool = False


STYLES = {
    "plain": Style(),
    "box": Style(box=True),
    "bold": Style(bold=True, size=68, outline=4),
    "yellow": Style(color="#ffe14d"),
}
"""Styles by the names that may be asked for."""


def captions_of(draft: Draft) -> list[Cue]:
    """Return the captions that lie on a timeline, ascending; whether they are burnt in does not matter."""
    found = [
        Cue(
            round(start),
            round(start + segment.duration_ms),
            tuple(str(segment.metadata["text"]).splitlines()),
        )
        for track in draft.of_type(TrackType.TEXT)
        if track.metadata.get("role") == "captions"
        for start, segment in track.placed()
        if str(segment.metadata.get("text") or "").strip()
    ]
    return sorted(found, key=lambda cue: cue.start)


def subtitles(draft: Draft, kind: SubtitleFormat) -> str:
    """Return the captions of a timeline as a file's text; empty when it has none."""
    found = captions_of(draft)
    if not found:
        return ""
    if kind == "ass":
        width, height = (
            draft.metadata.get(side) or usual for side, usual in (("width", 1920), ("height", 1080))
        )
        return to_ass(found, width=int(width), height=int(height))
    return to_srt(found) if kind == "srt" else to_vtt(found)


def to_srt(captions: Sequence[Cue]) -> str:
    """Return a SubRip file."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_plain(cue)}\n"
        for number, cue in enumerate(captions, 1)
    )
    return "\n".join(blocks)


def to_vtt(captions: Sequence[Cue]) -> str:
    """Return a WebVTT file."""
    blocks = (f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(cue)}\n" for cue in captions)
    return "\n".join(["WEBVTT\n", *blocks])


def to_ass(captions: Sequence[Cue], *, width: int = 1920, height: int = 1080, style: str = "plain") -> str:
    """Return an Advanced SubStation file for a picture of this size.

    Raises:
        KeyError: there is no style of that name.
    """
    look, scale = STYLES[style], min(width, height) / 1080
    colour = f"&H00{look.color[5:7]}{look.color[3:5]}{look.color[1:3]}".upper()
    fields = [
        "Captions", look.font, round(look.size * scale), colour, "&H00000000", "&H80000000",
        -1 if look.bold else 0, 3 if look.box else 1, round(look.outline * scale, 1), 0, 2,
        round(60 * scale), round(60 * scale), round(50 * scale),
    ]  # fmt: skip
    events = "".join(
        f"Dialogue: 0,{_ass_clock(cue.start)},{_ass_clock(cue.end)},Captions,,0,0,0,,{_ass_text(cue)}\n"
        for cue in captions
    )
    return (
        "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes\n"
        f"PlayResX: {width}\nPlayResY: {height}\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, "
        "Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n"
        f"Style: {','.join(map(str, fields))}\n\n[Events]\n"
        f"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n{events}"
    )


def _plain(cue: Cue) -> str:
    """Return the lines; an arrow would end the file's reading."""
    return cue.text.replace("-->", "→")


def _escaped(cue: Cue) -> str:
    return cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ass_text(cue: Cue) -> str:
    """Return the lines; braces and backslashes would be taken for commands."""
    lines = (line.replace("\\", "＼").replace("{", "｛").replace("}", "｝") for line in cue.lines)
    return r"\N".join(lines)


def _clock(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def _ass_clock(ms: int) -> str:
    hundredths = (ms + 5) // 10
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:02d}"
