"""The plan is pure: exact numbers from a draft, no file is opened."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.render.canvas import base_size, even, export_size, shaped
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.plan import make_plan
from nemo_lab.errors import RenderFailed
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Reframe, Resize, Rotate
from tests.media.drafts import blend, piece, timeline, title

VOICE = AudioStream(index=0, channels=2, rate=48000, codec="aac")
FILM = MediaInfo(kind="video", duration_ms=600_000, width=1920, height=1080, audio=(VOICE,), size_bytes=1)
MP4 = Export(format="mp4")
RATES = ["24/1", "25/1", "30000/1001", "30/1", "60/1", "24000/1001", "144/1"]


def plan_of(draft: Draft, settings: Export = MP4, info: MediaInfo = FILM) -> Plan:
    return make_plan(draft, {"a": info, "b": info, "m": info}, settings)


@given(
    lengths=st.lists(st.tuples(st.integers(0, 500_000), st.integers(1, 20_000)), min_size=1, max_size=12),
    rate=st.sampled_from(RATES),
    blends=st.lists(st.integers(0, 3000), min_size=12, max_size=12),
)
def test_pieces_tile_the_timeline(lengths: list[tuple[int, int]], rate: str, blends: list[int]) -> None:
    pieces = [
        piece(start, start + length, **(blend(duration=wanted) if wanted else {}))
        for (start, length), wanted in zip(lengths, blends, strict=False)
    ]
    plan = plan_of(timeline(*pieces, rate=rate))
    total = sum(length for _, length in lengths)
    assert abs(plan.frames - max(1, total * Fraction(rate) / 1000)) <= 1
    assert plan.samples == total * 48
    shown = plan.pieces
    for before, after in pairwise(shown):
        assert before.end == after.first
        assert before.end_sample <= after.start_sample
        if before.blend_out:
            assert before.blend_out is after.blend_in
            assert before.blend_out.first < before.end < before.blend_out.end
            assert before.blend_out.end <= after.end
            if before.blend_in:
                assert before.blend_in.end <= before.blend_out.first
    if shown:
        assert shown[0].first == 0
        assert abs(shown[-1].end - plan.frames) <= 1


@given(start=st.integers(0, 10_000), speed=st.sampled_from([0.25, 0.5, 1.0, 1.1, 2.0, 10.0]))
def test_source_positions_go_forward(start: int, speed: float) -> None:
    plan = plan_of(timeline(piece(start, start + 4000, speed=speed)))
    (shown,) = plan.pieces
    positions = [shown.source_position(n, plan.rate) for n in range(shown.count)]
    assert positions == sorted(positions)
    assert positions[0] == (start * 30 + 500) // 1000
    assert positions[-1] - positions[0] <= 4 * 30


def test_sound_begins_exactly_with_its_picture() -> None:
    plan = plan_of(timeline(piece(0, 333), piece(1000, 2000), piece(3000, 3777), rate="30000/1001"))
    for shown in plan.pieces[1:]:
        assert abs(Fraction(shown.start_sample, 48000) - shown.first / plan.rate) <= Fraction(1, 48000)


def test_joined_pieces_are_known() -> None:
    plan = plan_of(
        timeline(piece(0, 1000), piece(1000, 2000), piece(2100, 3000), piece(3000, 4000, asset="b"))
    )
    assert [shown.joined for shown in plan.pieces] == [False, True, False, False]
    assert plan.pieces[1].source_sample == 48000


def test_a_blend_is_shortened_to_the_room_there_is() -> None:
    plan = plan_of(timeline(piece(0, 200, **blend(duration=1000)), piece(1000, 2000)))
    assert plan.pieces[0].blend_out is not None
    assert plan.pieces[0].blend_out.first == 0
    plan = plan_of(timeline(piece(0, 10, **blend()), piece(1000, 2000)))
    assert all(shown.blend_out is None for shown in plan.pieces)


def test_effects_that_cannot_be_used_are_said() -> None:
    for effect in ({"op": "explode"}, {"op": "zoom", "factor": -1}, {}):
        with pytest.raises(RenderFailed, match="effect"):
            plan_of(timeline(piece(0, 1000), effects=(effect,)))
    with pytest.raises(RenderFailed, match="frame rate"):
        plan_of(timeline(piece(0, 1000), rate="zero"))


def test_captions_take_their_style() -> None:
    plan = plan_of(
        timeline(piece(0, 3000), titles=(title("Hi", 1000, 500, size=2.0, position="top"), title(" ")))
    )
    (caption,) = plan.captions
    assert (caption.first, caption.end, caption.size, caption.position) == (15, 45, 2.0, "top")


@pytest.mark.parametrize(("form", "tracks"), [("mp4", 2), ("mkv", 2), ("webm", 1), ("mp3", 1), ("gif", 0)])
def test_audio_tracks_by_format(form: str, tracks: int) -> None:
    two = FILM.model_copy(update={"audio": (VOICE, VOICE.model_copy(update={"index": 1}))})
    assert plan_of(timeline(piece(0, 1000)), Export(format=form), two).sounds == tracks


def test_music_alone_gives_one_track() -> None:
    mute = FILM.model_copy(update={"audio": ()})
    draft = timeline(piece(0, 1000), music=({"d": 5000, "x_asset": "m", "x_loop": True},))
    plan = make_plan(draft, {"a": mute, "m": FILM}, MP4)
    assert plan.sounds == 1
    assert plan.layers[0].end_sample == 48000


@given(
    width=st.integers(16, 4000),
    height=st.integers(16, 4000),
    aspect=st.sampled_from(["9:16", "16:9", "1:1", "4:5", "21:9"]),
    mode=st.sampled_from(["crop", "pad", "blur"]),
)
def test_reframed_sizes(width: int, height: int, aspect: str, mode: str) -> None:
    size = even(width), even(height)
    across, down = shaped(size, Reframe(aspect=aspect, mode=mode))
    assert across % 2 == down % 2 == 0
    if mode == "crop":
        assert across <= size[0]
        assert down <= size[1]
    if min(across, down) >= 64:
        assert across / down == pytest.approx(eval_aspect(aspect), rel=0.04)


def eval_aspect(aspect: str) -> float:
    across, down = aspect.split(":")
    return int(across) / int(down)


def test_known_sizes() -> None:
    assert shaped((1920, 1080), Reframe(aspect="9:16")) == (608, 1080)
    assert shaped((1920, 1080), Reframe(aspect="9:16", mode="blur")) == (1080, 1920)
    assert shaped((1080, 1920), Reframe(aspect="16:9", mode="pad")) == (1920, 1080)
    assert shaped((1920, 1080), Rotate(degrees=90)) == (1080, 1920)
    assert shaped((1920, 1080), Resize(height=720)) == (1280, 720)
    assert export_size((1920, 1080), [], Export(format="gif")) == (640, 360)
    assert export_size((1920, 1080), [], Export(format="mp4", preset="tiktok")) == (1080, 608)
    assert export_size((320, 180), [], Export(format="mp4", height=1080)) == (1920, 1080)


def test_the_base_is_what_leads_to_the_stated_size() -> None:
    rotate = [Rotate(degrees=90)]
    sizes = [(640, 480), (1920, 1080)]
    assert base_size(timeline(piece(0, 1), size=(1080, 1920)), rotate, sizes) == (1920, 1080)
    assert base_size(timeline(piece(0, 1)), rotate, sizes) == (640, 480)
    assert base_size(timeline(piece(0, 1), size=(1280, 720)), [], sizes) == (1280, 720)
    stated = timeline(piece(0, 1), size=(1080, 1920))
    stated = stated.model_copy(update={"metadata": stated.metadata | {"x_base": [800, 600]}})
    assert base_size(stated, rotate, sizes) == (800, 600)
