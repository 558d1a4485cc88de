"""The timeline's wire format: rules T1 and T2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nemo_lab.errors import ProtocolError
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType, TransitionSpec

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3)
)
UNKNOWN = st.dictionaries(st.sampled_from(["uu", "src", "vol", "fx", "中"]), JSON, max_size=2)
MS = st.integers(0, 10**7) | st.floats(0, 1e7)


def wire_of(required, optional):
    known = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda a, b: {**b, **a}, known, UNKNOWN)


SEGMENTS = wire_of(
    {}, {"d": MS, "m": UNKNOWN, "x_id": st.text(max_size=4), "x_start": MS, "x_volume": st.floats(0, 4)}
)
TYPES = st.sampled_from([0, 1, 7]) | st.integers(2, 99) | st.sampled_from(["sticker", "特效"])
TRACKS = wire_of({"tt": TYPES}, {"sg": st.lists(SEGMENTS, max_size=2), "d": MS, "m": UNKNOWN})
DRAFTS = wire_of({}, {"t": st.lists(TRACKS, max_size=3), "d": MS, "m": UNKNOWN})


@given(DRAFTS)
def test_t1_nothing_is_lost_on_a_round_trip(wire):
    assert Draft.from_wire(wire).to_wire() == wire


def test_t1_attributes_and_their_keys():
    wipe = {"kind": "wipe_left", "duration": 300, "new": 1}
    wire = {
        "t": [
            {"tt": 0, "sg": [{"d": 4000, "x_source_start": 1000, "x_speed": 2, "x_transition": wipe}]},
            {"tt": 7, "sg": [{"d": 3000, "m": {"text": "Hi"}}]},
        ],
        "d": 4000,
        "m": {"title": "T", "width": 1920, "height": 1080},
    }
    draft = Draft.from_wire(wire)
    segment = draft.tracks[0].segments[0]
    assert (draft.length_ms, draft.metadata["width"]) == (4000, 1920)
    assert (segment.duration_ms, segment.source_end_ms) == (4000, 9000)
    assert segment.transition == TransitionSpec(kind="wipe_left", duration_ms=300, new=1)
    assert [track.type for track in draft.tracks] == [TrackType.VIDEO, TrackType.TEXT]
    assert draft.to_wire() == wire


def test_t1_drafts_built_here_have_short_keys():
    draft = Draft(
        tracks=(Track(type=TrackType.VIDEO, segments=(Segment(duration_ms=5, id="a"),)),), duration_ms=5
    )
    assert draft.to_wire() == {"t": [{"tt": 0, "sg": [{"d": 5, "x_id": "a"}]}], "d": 5}


def test_t1_unknown_track_types_survive():
    wire = {"t": [{"tt": 12}, {"tt": "sticker"}, {"tt": "0"}]}
    draft = Draft.from_wire(wire)
    assert [track.type for track in draft.tracks] == [12, "sticker", "0"]
    assert draft.to_wire() == wire
    assert draft.of_type(TrackType.VIDEO) == []


@pytest.mark.parametrize(
    ("wire", "ready"),
    [(None, False), ({}, False), ({"t": None}, False), ({"t": [{"tt": 0, "sg": []}]}, False),
     ({"t": [{"tt": 0, "sg": None}, {"tt": 7}]}, False), ({"t": [{"tt": 0}, {"tt": 9, "sg": [{}]}]}, True)],
)  # fmt: skip
def test_t2_ready_when_some_track_has_a_segment(wire, ready):
    assert Draft.from_wire(wire).ready is ready


@pytest.mark.parametrize(
    "wire", [5, "x", [], {"t": 5}, {"t": [5]}, {"t": [{"sg": [{"d": "long"}]}]}, {"m": 5}]
)
def test_what_is_no_draft_is_our_error(wire):
    with pytest.raises(ProtocolError, match="cannot be read"):
        Draft.from_wire(wire)


def test_the_error_never_quotes_what_came():
    with pytest.raises(ProtocolError) as caught:
        Draft.from_wire({"t": [{"sg": [{"d": "private words"}]}]})
    assert "private words" not in str(caught.value)


@pytest.mark.parametrize("key", ["start", "s", "st"])
def test_a_start_is_read_under_several_keys(key):
    for wire in ({key: 500, "d": 10}, {"m": {key: 500}, "d": 10}):
        assert Track.model_validate({"tt": 1, "sg": [wire]}).placed()[0][0] == 500
    assert Segment.model_validate({key: True}).stated_start_ms is None
    assert Segment.model_validate({key: 7, "x_start": 3}).stated_start_ms == 3


def test_segments_without_a_start_follow_each_other():
    track = Track.model_validate({"tt": 0, "sg": [{"d": 10}, {"d": 20, "x_start": 50}, {"d": 5}]})
    assert [start for start, _ in track.placed()] == [0, 50, 70]
    assert track.end_ms == 75
    assert Draft(tracks=(track,)).length_ms == 75
    assert Draft().length_ms == 0


def test_models_cannot_be_changed():
    with pytest.raises(ValidationError):
        Draft().duration_ms = 5
