"""Plan → sentence → plan: what a small writer says of an operation is understood as that operation."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemo_lab.engine.understand import understand
from nemo_lab.protocol.plan import Operation, Remove, parse_operation
from tests.unit.sentence_writer import CHINESE, COLORS, ENGLISH, KINDS, PLACES, THINGS, chinese, english

seconds = st.integers(1, 3000).map(lambda n: n * 1000)
short = st.integers(1, 50).map(lambda n: n * 100)
percent = st.integers(1, 99).map(lambda n: n / 100)


@st.composite
def stretch(draw: st.DrawFn, *, whole: bool = True) -> dict:
    """Draw a stretch of the timeline, the whole (no fields), or an edge."""
    kind = draw(st.sampled_from(["span", "last", "whole"] if whole else ["span", "last"]))
    if kind == "whole":
        return {}
    start, length = draw(seconds), draw(seconds)
    return {"start_ms": -start} if kind == "last" else {"start_ms": start, "end_ms": start + length}


def fields(op: str, **values: st.SearchStrategy) -> st.SearchStrategy[dict]:
    """Draw an operation with these fields."""
    return st.fixed_dictionaries({"op": st.just(op), **values})


def placed(op: str, *, whole: bool = True, **values: st.SearchStrategy) -> st.SearchStrategy[dict]:
    """Draw an operation on a stretch."""
    return st.tuples(fields(op, **values), stretch(whole=whole)).map(lambda pair: pair[0] | pair[1])


targets = st.sampled_from(["all", "voice", "music"])
STRATEGIES = {
    "cut": placed("cut", whole=False),
    "keep": placed("keep", whole=False),
    "protect": placed("protect", whole=False),
    "remove_silence": fields(
        "remove_silence", min_silence_ms=short.filter(lambda n: n >= 300), margin_ms=short
    ),
    "remove_fillers": fields(
        "remove_fillers", mode=st.sampled_from(["cut", "mute"]), level=st.sampled_from(["light", "medium"])
    ),
    "condense": fields("condense", target_ms=seconds),
    "highlights": fields("highlights", count=st.integers(2, 20)) | fields("highlights", target_ms=seconds),
    "split": fields("split", every_ms=seconds) | fields("split", at_ms=seconds),
    "merge": fields("merge", files=st.permutations(["a.mp4", "b.mov", "c.mkv"])),
    "reorder": fields("reorder", order=st.permutations([1, 2, 3, 4])),
    "transition": fields("transition", kind=st.sampled_from(list(KINDS)), duration_ms=short),
    "fade": fields(
        "fade",
        direction=st.sampled_from(["in", "out"]),
        duration_ms=short,
        target=st.sampled_from(["both", "audio", "video"]),
    ),
    "title": fields(
        "title",
        text=st.sampled_from(["Hello", "remove the music", "第一课", "10 tips", "导出 mp4"]),
        start_ms=seconds,
        duration_ms=seconds,
        position=st.sampled_from(list(PLACES)),
        color=st.sampled_from(list(COLORS)),
    ),
    "captions": fields("captions", language=st.sampled_from(["en", "zh", "de"]), burn_in=st.booleans()),
    "chapters": fields("chapters"),
    "music": fields(
        "music", file=st.just("song.mp3"), volume=percent, loop=st.booleans(), duck=st.booleans()
    ),
    "volume": placed("volume", target=targets, factor=st.integers(2, 300).map(lambda n: n / 100)),
    "mute": placed("mute", target=targets),
    "normalize": fields("normalize", lufs=st.integers(-40, -6)),
    "denoise": fields("denoise"),
    "markers": fields("markers", obey=st.booleans()),
    "speed": placed("speed", factor=st.sampled_from([0.25, 0.5, 0.75, 1.25, 1.5, 2, 3, 8])),
    "reframe": fields(
        "reframe",
        aspect=st.sampled_from(["9:16", "1:1", "4:5", "16:9"]),
        mode=st.sampled_from(["crop", "pad", "blur"]),
    ),
    "resize": fields("resize", height=st.sampled_from([360, 480, 720, 1080, 2160])),
    "rotate": fields("rotate", degrees=st.sampled_from([90, 180, 270, -90])),
    "flip": fields("flip", axis=st.sampled_from(["horizontal", "vertical"])),
    "color": placed("color", brightness=percent | percent.map(lambda n: -n))
    | placed("color", saturation=percent),
    "blur": placed("blur"),
    "zoom": placed("zoom", factor=st.sampled_from([1.2, 1.5, 2, 3])),
    "watermark": fields(
        "watermark", file=st.just("logo.png"), position=st.sampled_from(list(PLACES)), opacity=percent
    ),
    "remove": fields("remove", target=st.sampled_from([t for t in THINGS if t != "watermark"]))
    | fields(
        "remove", target=st.sampled_from(["title", "transition"]), number=st.sampled_from([1, 2, 3, -1])
    ),
    "undo": fields("undo"),
    "redo": fields("redo"),
    "export": fields(
        "export", format=st.sampled_from(["mp4", "mov", "webm"]), height=st.sampled_from([720, 1080])
    )
    | fields(
        "export",
        format=st.just("mp4"),
        height=st.just(720),
        quality=st.sampled_from(["low", "medium", "high"]),
        max_bytes=st.integers(1, 900).map(lambda n: n * 10**6),
    ),
}


BY_HAND = {"restore"}
"""What only the editor's own hand asks for: no sentence says how much of a cut comes back."""


def test_every_operation_is_written():
    union = get_args(get_args(Operation)[0])
    assert (
        {model.model_fields["op"].default for model in union} - BY_HAND
        == set(STRATEGIES)
        == set(ENGLISH)
        == set(CHINESE)
    )
    assert set(get_args(Remove.model_fields["target"].annotation)) == set(THINGS)


@pytest.mark.parametrize("write", [english, chinese])
@pytest.mark.parametrize("name", list(STRATEGIES))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_understood(name, write, data):
    op = data.draw(STRATEGIES[name])
    sentence = write(op)
    plan = understand(sentence)
    assert (sentence, plan.operations, plan.unsupported) == (sentence, (parse_operation(op),), ())
    assert plan.route == ("export" if name == "export" else "edit")


@settings(max_examples=25, deadline=None)
@given(data=st.data(), write=st.sampled_from([english, chinese]))
def test_two_wishes_in_one_sentence_are_both_understood(data, write):
    apart = [
        "cut",
        "transition",
        "title",
        "normalize",
        "denoise",
        "rotate",
        "flip",
        "chapters",
        "captions",
        "undo",
    ]
    first, second = data.draw(st.permutations(apart))[:2]
    ops = [data.draw(STRATEGIES[first]), data.draw(STRATEGIES[second])]
    sentence = (", and then " if write is english else "，然后").join(map(write, ops))
    assert (sentence, list(understand(sentence).operations)) == (
        sentence,
        [parse_operation(op) for op in ops],
    )
