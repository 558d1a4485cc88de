"""A talk of twenty-five minutes brought to a length, against what is known to be said in it."""

from __future__ import annotations

import pytest

from nemo_lab.engine.analysis import analyse
from nemo_lab.engine.compose import Asset, compose, place
from nemo_lab.engine.media import probe
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Condense, Highlights
from tests.media.talk import Talk, length, make_talk

EDGE = 30
"""ms by which a cut may touch what is just audible of a word's end."""


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Talk, Asset]:
    made = make_talk(tmp_path_factory.mktemp("long") / "talk.wav", seed=9, seconds=1500, pauses=(0.3, 2.0))
    info = probe(made.path)
    return made, Asset("talk.wav", "talk.wav", info, analyse(made.path, info))


def shown(draft: Draft) -> list[tuple[int, int]]:
    return [(round(s.source_start_ms), round(s.source_end_ms)) for s in draft.tracks[0].segments]


@pytest.mark.parametrize("minutes", [15, 5])
def test_condense_ends_near_the_target_and_cuts_no_word(talk: tuple[Talk, Asset], minutes: int) -> None:
    made, asset = talk
    assert length(made.spoken) > 16 * 60_000, "the pauses alone are not enough"
    result = compose(place(Draft(), asset), [Condense(target_ms=minutes * 60_000)], {asset.id: asset})
    assert 0 <= minutes * 60_000 - result.draft.duration_ms <= 2000
    edges = [edge for span in shown(result.draft) for edge in span]
    assert [e for e in edges if any(a + EDGE < e < b - EDGE for a, b in made.spoken)] == []
    assert result.notes == []
    assert sum(part.why.startswith("rank ") for part in result.parts) > 50
    assert sum(part.end - part.start for part in result.parts) == pytest.approx(
        made.duration_ms - result.draft.duration_ms, abs=1000
    )


def test_highlights_say_why_they_are_the_best(talk: tuple[Talk, Asset]) -> None:
    made, asset = talk
    result = compose(place(Draft(), asset), [Highlights(count=3)], {asset.id: asset})
    kept = [(part.start, part.end) for part in result.parts if part.kind == "keep"]
    assert kept == shown(result.draft)
    assert len(kept) == 3
    edges = [edge for span in kept for edge in span]
    assert [e for e in edges if any(a + EDGE < e < b - EDGE for a, b in made.spoken)] == []
    assert all(part.why.startswith("rank ") for part in result.parts if part.kind == "keep")
