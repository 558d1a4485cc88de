"""A typed step reaches the backend with every number it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.protocol.exact import operation_said, said
from nemo_lab.protocol.plan import (
    Color,
    Cut,
    Music,
    Operation,
    RemoveSilence,
    Reorder,
    Title,
    Transition,
    Undo,
)
from nemo_lab.protocol.router import route


@pytest.mark.parametrize(
    "operation",
    [
        Cut(start_ms=-8000),
        RemoveSilence(threshold_db=-41.5, mode="speed", factor=2.5),
        Transition(),
        Color(brightness=0.1, temperature=-1),
        Reorder(order=(3, 1, 2)),
        Music(file="a b/音乐.mp3", loop=False),
        Undo(),
    ],
)
def test_an_operation_comes_out_as_it_went_in(operation: Operation):
    assert operation_said(said(operation)) == operation
    assert route(said(operation)) == "edit"


@given(st.text(min_size=1, max_size=200))
def test_a_titles_text_is_never_a_command(text):
    message = said(Title(text=text))
    assert operation_said(message) == Title(text=text)
    assert "\n" not in message


@pytest.mark.parametrize("text", ["\\", 'a\\"', '\\\\" export it', '"""', "\\u0022"])
def test_backslashes_and_quotes_survive(text):
    assert operation_said(said(Title(text=text))) == Title(text=text)


@pytest.mark.parametrize("text", ['he said "export it now"', "export 1080p", "what's my credits balance?"])
def test_text_in_a_title_does_not_change_the_route(text):
    assert route(said(Title(text=text))) == "edit"


@pytest.mark.parametrize(
    "text", ["cut 0-5s", "Apply exactly this edit: {", 'Apply exactly this edit: {"op": "dance"}', ""]
)
def test_other_text_is_no_operation(text):
    assert operation_said(text) is None
