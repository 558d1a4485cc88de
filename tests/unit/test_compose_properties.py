"""Whatever is asked for, in whatever order, a timeline stays a timeline."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.compose import Asset, Library, compose, place
from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.render.canvas import shaped
from nemo_lab.engine.timebase import parse_rate, snap_ms
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import Operation, parse_operation

SOUND = (AudioStream(index=0, channels=2, rate=48_000, codec="aac"),)
TIME = st.none() | st.integers(-25_000, 45_000)


def asset(name: str, kind: str, ms: int, rate: str = "30/1", sound: bool = True) -> Asset:
    size = {} if kind == "audio" else {"width": 1280, "height": 720}
    info = MediaInfo(kind=kind, duration_ms=ms, rate=rate, audio=SOUND if sound else (), size_bytes=1, **size)
    levels = tuple(-200 if (window // 70) % 2 else -650 for window in range(ms // 20 + 1))
    return Asset(name, name, info, Analysis(duration_ms=ms, envelopes=(Envelope(index=0, levels=levels),)))


LIBRARY: Library = {
    a.id: a
    for a in (
        asset("a.mkv", "video", 20_020, "30000/1001"),
        asset("b.mp4", "video", 9_000, "25/1"),
        asset("mute.mp4", "video", 7_000, "60/1", sound=False),
        asset("still.png", "image", 0, sound=False),
        asset("song.mp3", "audio", 6_543),
    )
}


def operation(op: str, **fields: st.SearchStrategy) -> st.SearchStrategy[Operation]:
    return st.fixed_dictionaries({"op": st.just(op)} | fields).map(parse_operation)


def ranged(op: str, **fields: st.SearchStrategy) -> st.SearchStrategy[Operation]:
    return operation(op, start_ms=TIME, end_ms=TIME, **fields)


OPERATIONS = st.one_of(
    ranged("cut"),
    ranged("keep"),
    ranged("protect"),
    operation("remove_silence", mode=st.sampled_from(["cut", "speed"]), margin_ms=st.integers(0, 300)),
    operation("condense", target_ms=st.integers(1, 30_000)),
    operation("split", every_ms=st.none() | st.integers(500, 20_000), at_ms=TIME),
    operation("merge", files=st.lists(st.sampled_from(sorted(LIBRARY)[:3]), unique=True).map(tuple)),
    operation("reorder", order=st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)),
    operation(
        "transition",
        kind=st.sampled_from(["crossfade", "fade_black", "wipe_left"]),
        duration_ms=st.integers(1, 3000),
    ),
    operation("fade", direction=st.sampled_from(["in", "out"]), duration_ms=st.integers(1, 90_000)),
    operation(
        "title",
        text=st.text(min_size=1, max_size=5),
        start_ms=TIME,
        duration_ms=st.none() | st.integers(1, 9000),
    ),
    operation("music", loop=st.booleans()),
    ranged("volume", target=st.sampled_from(["all", "voice", "music"]), factor=st.floats(0, 3)),
    ranged("mute", target=st.sampled_from(["all", "voice", "music"])),
    operation("normalize"),
    ranged("speed", factor=st.floats(0.25, 4)),
    operation(
        "reframe",
        aspect=st.sampled_from(["9:16", "1:1", "16:9"]),
        mode=st.sampled_from(["crop", "pad", "blur"]),
    ),
    operation("resize", height=st.integers(100, 1080)),
    operation("rotate", degrees=st.sampled_from([-90, 90, 180])),
    operation("flip", axis=st.sampled_from(["horizontal", "vertical"])),
    ranged("color", brightness=st.floats(-1, 1)),
    ranged("blur"),
    ranged("zoom"),
    operation("watermark"),
    operation("captions"),
)
PLANS = st.lists(st.lists(OPERATIONS, min_size=1, max_size=4), min_size=1, max_size=4)
UPLOADS = st.lists(st.sampled_from(sorted(LIBRARY)), min_size=1, max_size=4, unique=True)


def carried_out(uploads: list[str], plans: list[list[Operation]]) -> list[Draft]:
    """Return the timeline after placing and after each plan that could be carried out."""
    draft = Draft()
    for name in uploads:
        draft = place(draft, LIBRARY[name])
    drafts = [draft]
    for plan in plans:
        try:
            result = compose(drafts[-1], plan, {name: LIBRARY[name] for name in uploads})
        except EditError:
            continue
        assert result.done or result.notes
        drafts.append(result.draft)
    return drafts


def check_main_track(draft: Draft) -> None:
    main = draft.tracks[0]
    cursor = 0
    for segment in main.segments:
        assert isinstance(segment.duration_ms, int)
        assert segment.duration_ms > 0
        assert segment.start_ms == cursor
        cursor += segment.duration_ms
        info = LIBRARY[segment.asset].info
        if info.kind != "image":
            # At a speed, whole ms of the timeline are that many ms of the file.
            slack = segment.speed + 1000 / info.frame_rate
            assert segment.source_start_ms >= 0
            assert segment.source_end_ms <= info.duration_ms + slack
        if info.kind == "video":
            assert segment.source_start_ms == snap_ms(segment.source_start_ms, info.frame_rate)
    assert cursor == main.duration_ms == draft.duration_ms


def check_transitions(draft: Draft) -> None:
    segments = draft.tracks[0].segments
    assert segments[-1].transition is None
    for before, after in pairwise(segments):
        if before.transition is None:
            continue
        length = before.transition.duration_ms
        assert min(before.duration_ms, after.duration_ms) >= length
        if before.transition.kind != "fade_black":
            one, other = LIBRARY[before.asset].info, LIBRARY[after.asset].info
            if one.kind == "video":
                assert before.source_end_ms + length / 2 * before.speed <= one.duration_ms + before.speed
            if other.kind == "video":
                assert after.source_start_ms - length / 2 * after.speed >= -after.speed


def check_layers(draft: Draft) -> None:
    """Music and titles lie on the timeline, and those of one track do not overlap."""
    for track in draft.tracks[1:]:
        cursor = 0
        for segment in track.segments:
            assert segment.start_ms >= cursor
            assert segment.duration_ms > 0
            cursor = segment.start_ms + segment.duration_ms
        assert cursor <= draft.duration_ms
        music = [s for s in track.segments if track.type == TrackType.AUDIO]
        if music and all(s.loop for s in music):
            assert (music[0].start_ms, cursor) == (0, draft.duration_ms)


def check_canvas(draft: Draft) -> None:
    if draft.tracks[0].type != TrackType.VIDEO:
        return
    size = tuple(draft.metadata["x_base"])
    for effect in draft.effects:
        size = shaped(size, parse_operation(effect))
    assert (draft.metadata["width"], draft.metadata["height"]) == size
    assert all(side > 0 and side % 2 == 0 for side in size)
    assert parse_rate(draft.metadata["x_rate"]) > 0


@settings(deadline=None, max_examples=100)
@given(UPLOADS, PLANS)
def test_the_timeline_stays_whole(uploads, plans):
    for draft in carried_out(uploads, plans):
        check_main_track(draft)
        check_transitions(draft)
        check_layers(draft)
        check_canvas(draft)
        ids = [segment.id for track in draft.tracks for segment in track.segments]
        assert len(ids) == len(set(ids))
        assert None not in ids
        assert Draft.from_wire(draft.to_wire()) == draft


@settings(deadline=None, max_examples=30)
@given(UPLOADS, PLANS)
def test_composing_is_pure(uploads, plans):
    """The same wishes give the same timeline, and the one that went in is as it was."""
    first = carried_out(uploads, plans)
    wires = [draft.to_wire() for draft in first]
    assert [draft.to_wire() for draft in carried_out(uploads, plans)] == wires
    assert [draft.to_wire() for draft in first] == wires


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)), min_size=1, max_size=5))
def test_cuts_of_one_plan_do_not_depend_on_their_order(ranges):
    ops = [parse_operation({"op": "cut", "start_ms": min(r), "end_ms": max(r) + 100}) for r in ranges]
    outcomes = []
    for plan in (ops, ops[::-1]):
        try:
            draft = compose(place(Draft(), LIBRARY["a.mkv"]), plan, LIBRARY).draft
        except EditError:
            outcomes.append(None)
        else:
            outcomes.append([(s.source_start_ms, s.source_end_ms) for s in draft.tracks[0].segments])
    shown = [
        None if o is None else sum((Fraction(b) - Fraction(a) for a, b in o), Fraction()) for o in outcomes
    ]
    if None in shown:
        return
    # Where cuts overlap, a border found from either side may be rounded to neighbouring frames.
    assert abs(shown[0] - shown[1]) <= len(ranges) * 67
