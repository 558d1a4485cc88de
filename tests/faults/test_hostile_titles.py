"""Words and names that mean something to a filter graph, a shell or a printf: shown, and never obeyed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nemo_lab.engine.compose import Asset, compose, place
from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.engine.render.model import Caption
from nemo_lab.engine.render.titles import drawn
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Title

SIZE = (320, 180)
_MARKS = "':;,[]\\%{}\"`$|&<>=@#!?*()~^+-/"
_ORDERS = (
    "movie=/etc/passwd", "%{pts}", "[in]scale=2:2[out]", "$(id)", "%s%n", "lut3d=file=x", "{localtime}",
    "metadata=print:file=x", "';[0:v]null", "\\N{BELL}", "-i x", "concat:a|b", "text='a'", "file:x",
)  # fmt: skip


def _words(dice: random.Random) -> str:
    """Return a title full of characters that some parser would take for its own."""
    parts = [dice.choice([*_MARKS, *_ORDERS, "a", "Ω", "字", " "]) for _ in range(dice.randint(1, 8))]
    text = "".join(parts)
    return text if text.strip() else "'"


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.soak)])
def test_g16_a_title_is_shown_as_it_is(goal: Any, seed: int, tmp_path: Path, count: int) -> None:
    dice, wrong = random.Random(seed), []
    for number in range(count):
        text = _words(dice)
        # The recording's own name is of the same kind.
        name = _words(dice).replace("/", "_")[:60].strip() + f"{number}.png"
        source = tmp_path / name
        Image.new("RGB", SIZE).save(source)
        info = probe(source)
        asset = Asset(id="a", name=name, info=info, analysis=None)
        draft = compose(place(Draft(), asset), [Title(text=text)], {"a": asset}).draft
        target = tmp_path / f"out{number}.png"
        render(draft, {"a": source}, target, Export(format="png"))
        shown = np.asarray(Image.open(target).convert("L"))
        likeness = _likeness(shown, text)
        if likeness < 0.97 or likeness <= _likeness(shown, text.rstrip() + "W"):
            wrong.append((text, name))
        source.unlink()
        target.unlink()
    assert list(tmp_path.iterdir()) == []  # no order was carried out
    goal.none("G16", "titles that are not in the picture as they were written", wrong, count)


def _likeness(shown: np.ndarray[Any, Any], text: str) -> float:
    """Return how far a picture is as bright in the same places as a text drawn by itself; 1 is all over."""
    alone = np.asarray(drawn(Caption(text, 0, 1), (shown.shape[1], shown.shape[0])).convert("RGBA"), float)
    bright = alone[..., :3].max(axis=2) * alone[..., 3] / 255
    return float(np.corrcoef(shown.ravel(), bright.ravel())[0, 1])
