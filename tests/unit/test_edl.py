"""The edit decision list of a timeline."""

from __future__ import annotations

import json

from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.edl import edl

DRAFT = {
    "d": 7000,
    "t": [
        {"tt": 1, "m": {"role": "music"}, "sg": [
            {"d": 7000, "x_asset": "song", "x_start": 0, "x_volume": 0.25, "x_loop": True},
        ]},
        {"tt": 0, "sg": [
            {"d": 2000, "x_asset": "a", "x_name": "a.mkv", "x_source_start": 1000,
             "x_transition": {"kind": "crossfade", "duration": 400}},
            {"d": 1000, "x_asset": "a", "x_source_start": 5000, "x_speed": 4.0, "x_volume": 0.5,
             "x_track_volumes": {"3": 0}},
            {"d": 4000, "x_asset": "b"},
        ]},
        {"tt": 7, "sg": [{"d": 1000, "m": {"text": "Hello"}}]},
    ],
}  # fmt: skip


def test_every_piece_says_which_stretch_of_which_file_plays_when() -> None:
    entries = edl(Draft.from_wire(DRAFT))
    spans = [(e.source_in_ms, e.source_out_ms, e.timeline_in_ms, e.timeline_out_ms) for e in entries]
    assert [(e.role, e.asset, *span) for e, span in zip(entries, spans, strict=True)] == [
        ("main", "a", 1000, 3000, 0, 2000),
        ("layer", "song", 0, 7000, 0, 7000),
        ("main", "a", 5000, 9000, 2000, 3000),
        ("main", "b", 0, 4000, 3000, 7000),
    ]
    first, music, fast, _ = entries
    assert first.name == "a.mkv"
    assert first.transition is not None
    assert (first.transition.kind, first.transition.duration_ms) == ("crossfade", 400)
    assert (music.volume, music.loop) == (0.25, True)
    assert (fast.speed, fast.volume, fast.track_volumes) == (4.0, 0.5, {"3": 0})


def test_a_player_finds_its_place() -> None:
    fast = edl(Draft.from_wire(DRAFT))[2]
    assert [fast.source_ms(at) for at in (2000, 2500, 3000)] == [5000, 7000, 9000]


def test_main_entries_leave_no_gap() -> None:
    main = [entry for entry in edl(Draft.from_wire(DRAFT)) if entry.role == "main"]
    edges = [edge for entry in main for edge in (entry.timeline_in_ms, entry.timeline_out_ms)]
    assert edges == [0, 2000, 2000, 3000, 3000, 7000]


def test_nothing_on_the_timeline_is_an_empty_list() -> None:
    assert edl(Draft()) == []
    assert edl(Draft.from_wire({"t": [{"tt": 0, "sg": [{"d": 0, "x_asset": "a"}, {"d": 100}]}]})) == []


def test_entries_are_plain_data() -> None:
    assert (
        json.loads(json.dumps([entry.to_json() for entry in edl(Draft.from_wire(DRAFT))]))[0]["asset"] == "a"
    )
