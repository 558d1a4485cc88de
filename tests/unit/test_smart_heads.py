"""The beginnings of slices, packed: what goes in comes out, picture by picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.render.smart.heads import Heads

PICTURES = st.lists(st.lists(st.binary(min_size=1, max_size=96), min_size=1, max_size=4), max_size=8)


@given(pictures=PICTURES)
def test_slices_come_back_as_they_were(pictures: list[list[bytes]]) -> None:
    heads = Heads()
    for slices in pictures:
        heads.add(slices)
    assert len(heads) == len(pictures)
    assert [heads[at] for at in range(len(pictures))] == [tuple(slices) for slices in pictures]
    assert [heads.kind(at) for at in range(len(pictures))] == [slices[0][0] for slices in pictures]
