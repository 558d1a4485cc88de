"""JSON of a backend: all of it can be written down again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.protocol.parsing import parsed

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\uD83D"', "\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\\ud83d"', r"\ud83d"),
        (r'"\\\ud83d\n"', "\\\ufffd\n"),
        (r'{"\ud83d": "\u00fc"}', {"\ufffd": "ü"}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b'"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
    ],
)
def test_halves_of_a_pair_are_replaced(said: str | bytes, meant: object):
    assert parsed(said) == meant


@given(ANY, st.booleans())
def test_everything_else_is_read_as_the_standard_library_reads_it(value: object, escaped: bool):
    text = json.dumps(value, ensure_ascii=escaped)
    assert parsed(text) == parsed(text.encode()) == json.loads(text)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_what_was_read_can_be_written(text: str):
    parsed(json.dumps({text: [text]}))
    json.dumps(parsed(json.dumps({text: [text]})), ensure_ascii=False).encode()
