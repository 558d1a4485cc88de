"""Find a font for every character, so that a title in any script shows letters and no empty boxes.

The fonts come with pip packages (Noto for the scripts of the world, emoji, and CJK); what the system has
installed plays no part, so that the same title looks the same everywhere.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from PIL import ImageFont

from nemo_lab.errors import RenderFailed

_CJK = "noto_cjk_sans_otc:NotoSansCJK-Regular.ttc"
_LATIN = "manimgx_fonts:NotoSans[wght].ttf"
_EMOJI = "manimgx_fonts:NotoEmoji[wght].ttf"
_SYMBOLS = "manimgx_fonts:NotoSansSymbols[wght].ttf"
_JAPANESE, _KOREAN, _CHINESE = 0, 1, 2
"""Faces of the CJK collection: one code point, different strokes."""
_WEIGHT = 600
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Characters without a sign of their own."""
_KEYCAP = "\u20e3"
_NO_CHARACTER = "\U0010ffff"
"""Never assigned, so a font draws its sign for "missing" (.notdef)."""

_SCRIPTS = (
    (0x0530, "Armenian"), (0x0590, "Hebrew"), (0x0600, "Arabic"), (0x0780, ""), (0x08A0, "Arabic"),
    (0x0900, "Devanagari"), (0x0980, "Bengali"), (0x0A00, "Gurmukhi"), (0x0A80, "Gujarati"),
    (0x0B00, "Oriya"), (0x0B80, "Tamil"), (0x0C00, "Telugu"), (0x0C80, "Kannada"),
    (0x0D00, "Malayalam"), (0x0D80, "Sinhala"), (0x0E00, "Thai"), (0x0E80, "Lao"), (0x0F00, ""),
    (0x1000, "Myanmar"), (0x10A0, "Georgian"), (0x1100, "CJK"), (0x1200, "Ethiopic"), (0x13A0, ""),
    (0x1780, "Khmer"), (0x1800, ""), (0x2600, "Emoji"), (0x27C0, ""), (0x2E80, "CJK"), (0xA4D0, ""),
    (0xAC00, "CJK"), (0xD800, ""), (0xF900, "CJK"), (0xFB00, ""), (0xFB13, "Armenian"),
    (0xFB1D, "Hebrew"), (0xFB50, "Arabic"), (0xFE10, "CJK"), (0xFE20, ""), (0xFE30, "CJK"),
    (0xFE70, "Arabic"), (0xFF00, "CJK"), (0x10000, ""), (0x1F000, "Emoji"), (0x20000, "CJK"),
)  # fmt: skip
"""First code point of each stretch and the font that is asked first; empty is Latin, Greek, Cyrillic."""
_STARTS = [start for start, _ in _SCRIPTS]


class Run(NamedTuple):
    """Neighbouring characters that one font draws."""

    text: str
    font: ImageFont.FreeTypeFont


def runs(text: str, pixels: int) -> list[Run]:
    """Split one line into runs, each with its font at this size; characters that no font has are left out.

    Raises:
        RenderFailed: the packages that bring the fonts are not installed.
    """
    face = _cjk_face(text)
    found: list[tuple[str, str]] = []
    for cluster in clusters(text):
        before = found[-1][1] if found else None
        name, shown = _font_for(cluster, face, before), cluster
        if name is None:
            # A mark that no font has must not cost the letter under it.
            name, shown = _font_for(cluster[0], face, before), cluster[0]
        if name is None:
            continue
        if name == before:
            found[-1] = found[-1][0] + shown, name
        else:
            found.append((shown, name))
    return [Run(part, _load(name, pixels, face)) for part, name in found]


def clusters(text: str) -> list[str]:
    """Split a text where it may be split at all: marks, joiners and skin tones stay with their character."""
    found: list[str] = []
    for char in text:
        if found and _goes_with(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _goes_with(before: str, char: str) -> bool:
    if _is_flag_letter(char):
        return len(before) == 1 and _is_flag_letter(before)
    return _belongs_to_previous(char) or before.endswith("\u200d")


def _belongs_to_previous(char: str) -> bool:
    return char in _JOINERS or char == _KEYCAP or unicodedata.category(char)[0] == "M" or "🏻" <= char <= "🏿"


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _cjk_face(text: str) -> int:
    """Return the face of the CJK collection: Japanese and Korean show themselves by their letters."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return _JAPANESE
    if any("\uac00" <= char <= "\ud7a3" or "\u1100" <= char <= "\u11ff" for char in text):
        return _KOREAN
    return _CHINESE


def _font_for(cluster: str, face: int, before: str | None) -> str | None:
    """Return the first font that has all of a cluster, ``None`` if none has."""
    char = cluster[0]
    if cluster.isspace():
        # The spaces of the emoji font are as wide as its pictures.
        return before if before and before != _EMOJI else _LATIN
    script = _SCRIPTS[bisect_right(_STARTS, ord(char)) - 1][1] if ord(char) >= _STARTS[0] else ""
    first = {"": _LATIN, "CJK": _CJK, "Emoji": _EMOJI}.get(
        script, f"manimgx_fonts:NotoSans{script}[wght].ttf"
    )
    if _KEYCAP in cluster or ("\ufe0f" in cluster and ord(char) > 0xFF):
        first = _EMOJI
    # Digits and punctuation stay with the letters beside them if their font has them.
    neutral = not char.isalpha() and script == "" and first == _LATIN
    order = [before, first] if neutral and before not in {None, _EMOJI} else [first]
    visible = [part for part in cluster if part not in _JOINERS]
    for name in (*order, _LATIN, _CJK, _SYMBOLS, _EMOJI):
        if name and all(has_glyph(name, part, face) for part in visible):
            return name
    return None


@lru_cache(maxsize=4096)
def has_glyph(name: str, char: str, face: int = _CHINESE) -> bool:
    """Tell whether a font (``package:file``) has its own sign for a character."""
    if char.isspace():
        return True
    font = _load(name, 24, face)
    return _ink(font, char) != _ink(font, _NO_CHARACTER)


def _ink(font: ImageFont.FreeTypeFont, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=64)
def _load(name: str, pixels: int, face: int) -> ImageFont.FreeTypeFont:
    package, file = name.split(":")
    try:
        path = files(package) / file
        font = ImageFont.truetype(str(path), pixels, index=face if name == _CJK else 0)
    except (ModuleNotFoundError, OSError) as exc:
        raise RenderFailed(
            f"the font {file} is missing",
            remedy=f"Run: pip install {package.replace('_', '-')}",
        ) from exc
    if name != _CJK:
        low, high = (font.get_variation_axes()[0][key] for key in ("minimum", "maximum"))
        font.set_variation_by_axes([min(max(_WEIGHT, low or 0), high or _WEIGHT)])
    return font
