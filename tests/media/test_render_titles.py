"""Texts are there, in any script, where they should be, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nemo_lab.engine.render import render
from nemo_lab.engine.render.fonts import clusters, has_glyph, runs
from nemo_lab.engine.render.model import Caption
from nemo_lab.engine.render.titles import _in_sight_order, _wrapped, drawn
from nemo_lab.protocol.plan import Export
from tests.media.clips import lumas
from tests.media.drafts import piece, timeline, title

Maker = Callable[..., Path]
SIZE = (640, 360)


def ink(text: str, **style: object) -> np.ndarray:
    """Return where a text is opaque, as booleans."""
    caption = Caption(text, 0, 30, **style)  # type: ignore[arg-type]
    return np.asarray(drawn(caption, SIZE).getchannel("A")) > 128


def box(there: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


@pytest.mark.parametrize(
    "text",
    ["Hello", "你好，世界", "これは字幕です", "한국어 자막", "Привет", "Ελλάδα", "שלום", "مرحبا", "नमस्ते",
     "สวัสดี",
     "বাংলা", "தமிழ்", "ქართული", "Հայերեն", "አማርኛ", "ខ្មែរ", "Tiếng Việt", "🎉🚀", "1️⃣ ☀️ 👩‍💻 🇩🇪", "½ € → ★ ①"],
)  # fmt: skip
def test_every_script_has_letters_and_no_boxes(text: str) -> None:
    parts = runs(text, 24)
    assert "".join(run.text for run in parts) == text
    for run in parts:
        missing = run.font.getmask("\U0010ffff")
        for char in run.text:
            if char.isalnum():
                shown = run.font.getmask(char)
                assert (shown.size, bytes(shown)) != (missing.size, bytes(missing)), char
    assert ink(text).sum() > 200


def test_a_character_of_no_font_is_left_out() -> None:
    assert "".join(run.text for run in runs("a\ue000b", 24)) == "ab"
    assert not has_glyph("manimgx_fonts:NotoSans[wght].ttf", "世")


def test_different_texts_look_different() -> None:
    assert (ink("你好") != ink("世界")).sum() > 100


def test_clusters_stay_whole() -> None:
    assert clusters("e\u0301🇩🇪👩‍💻1️⃣x") == ["e\u0301", "🇩🇪", "👩‍💻", "1️⃣", "x"]


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [("center", 0.5, 0.5), ("top", 0.5, 0.1), ("bottom", 0.5, 0.9), ("left", 0.1, 0.5), ("right", 0.9, 0.5),
     ("top-left", 0.1, 0.1), ("bottom-right", 0.9, 0.9), ("top-right", 0.9, 0.1), ("bottom-left", 0.1, 0.9)],
)  # fmt: skip
def test_positions(position: str, across: float, down: float) -> None:
    left, top, right, bottom = box(ink("Hi", position=position))
    assert (left + right) / 2 / SIZE[0] == pytest.approx(across, abs=0.07)
    assert (top + bottom) / 2 / SIZE[1] == pytest.approx(down, abs=0.07)


@pytest.mark.parametrize(
    "text", ["word " * 60, "无空格的很长的中文标题" * 8, "x" * 300, "many\nlines\n" * 12]
)
def test_long_texts_stay_within_the_safe_area(text: str) -> None:
    left, top, right, bottom = box(ink(text))
    assert left >= 0.04 * SIZE[0]
    assert right <= 0.96 * SIZE[0]
    assert top >= 0.03 * SIZE[1]
    assert bottom <= 0.97 * SIZE[1]


def test_lines_do_not_begin_with_a_full_stop() -> None:
    lines = _wrapped("一二三四五六七八。九十", 40, 330)
    assert len(lines) > 1
    assert not any(line.startswith("。") for line in lines)


def test_size_and_colour() -> None:
    small, large = box(ink("Hg")), box(ink("Hg", size=2.0))
    assert (large[3] - large[1]) == pytest.approx(2 * (small[3] - small[1]), rel=0.15)
    image = np.asarray(drawn(Caption("███", 0, 1, color="#ff8000"), SIZE))
    bright = image[(image[..., 3] == 255) & (image[..., 0] > 200)]
    assert np.median(bright, axis=0)[:3] == pytest.approx([255, 128, 0], abs=2)


def test_text_is_rimmed_dark_and_a_box_lies_behind() -> None:
    def dark(image: Image.Image) -> int:
        pixels = np.asarray(image)
        return int(((pixels[..., 3] > 100) & (pixels[..., :3].max(axis=2) < 40)).sum())

    rimmed, boxed = (dark(drawn(Caption("Hello", 0, 1, box=on), SIZE)) for on in (False, True))
    assert rimmed > 200
    assert boxed > 3 * rimmed


def test_right_to_left_runs_change_places() -> None:
    """Latin, Hebrew, Arabic: read from the right, Hebrew comes first, so it stands to the right."""
    order = [run.text.strip() for run in _in_sight_order(runs("abc שלום مرحبا xyz", 24))]
    assert order == ["abc", "مرحبا", "שלום", "xyz"]
    assert [run.text.strip() for run in _in_sight_order(runs("שלום abc", 24))] == ["abc", "שלום"]


def test_a_title_shows_only_in_its_time(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=2, sound=None)
    captions = (title("片头 🎬", 500, 500, position="bottom"), title("Zwei", 500, 1000, position="bottom"))
    render(timeline(piece(0, 2000), titles=captions), {"a": source}, tmp_path / "out.mp4", Export())
    render(timeline(piece(0, 2000)), {"a": source}, tmp_path / "bare.mp4", Export())
    changes = [
        np.abs(a.astype(int) - b)[130:].mean()
        for a, b in zip(lumas(tmp_path / "out.mp4"), lumas(tmp_path / "bare.mp4"), strict=True)
    ]
    assert max([*changes[:15], *changes[45:]]) < 0.5
    assert min(changes[15:45]) > 1.2


def test_text_is_never_a_command(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=1, sound=None)
    nasty = "%{localtime} : ' \\ , ; [out] $(id) {x} \n\n\t <b>"
    draft = timeline(piece(0, 200), titles=(title(nasty),))
    assert render(draft, {"a": source}, tmp_path / "out.mp4", Export()).frames == 6
