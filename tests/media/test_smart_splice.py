"""Splicing small recordings of every kind: right frames, right pictures, clean streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemo_lab.engine.render.smart.avcc import AvcConfiguration, split
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import parse_slice
from nemo_lab.engine.render.smart.planner import Copy, Encode, Piece, Reentry, SpliceOptions
from tests.media.smart_material import (
    KINDS,
    decoded,
    make_recording,
    number_of,
    picture,
    plane,
    splice,
    wanted,
    warnings_of,
    worst_psnr,
)

FRAMES = 180
CUTS = [Piece(50, 13), Piece(38, 80), Piece(1, 30), Piece(40, 135), Piece(9, 100), Piece(30, 0)]
COMPAT = SpliceOptions(compat=True)
Recording = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return a maker of recordings by kind and container, each made once."""
    folder = tmp_path_factory.mktemp("smart")

    def made(kind: str, container: str = "mp4") -> Path:
        path = folder / f"{kind}.{container}"
        return path if path.exists() else make_recording(path, kind, FRAMES)

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_spliced_to_the_frame(recording: Recording, tmp_path: Path, kind: str) -> None:
    source = recording(kind, "mkv" if len(kind) % 2 else "mp4")
    result = splice(source, CUTS, tmp_path / "out.mp4")
    frames = list(decoded(result.path))
    expected = wanted(CUTS)
    assert [number_of(frame) for frame in frames] == expected
    own = list(decoded(source))
    assert min(worst_psnr(frame, own[k]) for frame, k in zip(frames, expected, strict=True)) >= 45
    assert result.plan.copied + result.plan.encoded == len(expected)
    assert result.plan.copied > len(expected) / 2
    assert not warnings_of(result.path)


@pytest.mark.parametrize("kind", ["plain", "cavlc", "open_gop"])
def test_copies_from_a_keyframe_decode_to_the_same_pictures(
    recording: Recording, tmp_path: Path, kind: str
) -> None:
    source = recording(kind, "mp4")
    result = splice(source, CUTS, tmp_path / "out.mkv")
    frames, own, expected = list(decoded(result.path)), list(decoded(source)), wanted(CUTS)
    copies = [span for span in result.plan.spans if isinstance(span, Copy) and not isinstance(span, Reentry)]
    assert copies or kind == "open_gop"
    for span in copies:
        for k in range(span.out, span.out + span.count):
            assert np.array_equal(plane(frames[k]), plane(own[expected[k]]))


def test_reentered_slices_keep_their_payload(recording: Recording, tmp_path: Path) -> None:
    source = recording("plain", "mp4")
    result = splice(source, CUTS, tmp_path / "out.mp4")
    ours, theirs = packets(result.path), packets(source)
    spans = [span for span in result.plan.spans if isinstance(span, Reentry)]
    assert spans
    for span in spans:
        for k in range(span.count):
            new = slices(ours[span.out + k])
            old = slices(theirs[span.start + k])
            for one, other in zip(new, old, strict=True):
                length = len(other) - 1 - (parse_slice(other, result.index.sets).length + 7) // 8 - 12
                assert length <= 0 or one[-length:] == other[-length:]


@pytest.mark.parametrize("kind", KINDS)
def test_compatible_results_join_at_keyframes_only(recording: Recording, tmp_path: Path, kind: str) -> None:
    source = recording(kind, "mp4")
    result = splice(source, CUTS, tmp_path / "out.mp4", COMPAT)
    assert [number_of(frame) for frame in decoded(result.path)] == wanted(CUTS)
    assert not any(isinstance(span, Reentry) for span in result.plan.spans)
    assert all(result.index.is_idr(span.start) for span in result.plan.spans if isinstance(span, Copy))
    assert not warnings_of(result.path)


def test_a_new_keyframe_bounds_drift(recording: Recording, tmp_path: Path) -> None:
    cuts = [Piece(150, 13)]
    tight = SpliceOptions(max_drift=2)
    free = splice(recording("long_gop", "mp4"), cuts, tmp_path / "free.mp4", SpliceOptions(max_drift=100))
    result = splice(recording("long_gop", "mp4"), cuts, tmp_path / "out.mp4", tight)
    assert len(free.plan.encodes) <= 2 < len(result.plan.encodes)
    for span in result.plan.spans:
        if isinstance(span, Reentry) and span.stop < result.index.closed_before(163):
            assert span.stop <= result.index.position_of_drift(span.start, tight.max_drift)
    assert [number_of(frame) for frame in decoded(result.path)] == wanted(cuts)
    assert not warnings_of(result.path)


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv"])
def test_stamps_are_clean(recording: Recording, tmp_path: Path, container: str) -> None:
    result = splice(recording("pyramid", "mkv"), CUTS, tmp_path / f"out.{container}")
    with av.open(str(result.path)) as file:
        stream = file.streams.video[0]
        found = [(p.dts, p.pts) for p in file.demux(stream) if p.size]
        shown = sorted(pts * stream.time_base for _, pts in found)
    if container != "mkv":  # Matroska stores no decode stamps
        assert all(second[0] > first[0] for first, second in pairwise(found))
        assert all(pts >= dts for dts, pts in found)
        assert shown[0] == 0
    assert all(abs(float(time - shown[0]) * 30 - k) < 0.02 for k, time in enumerate(shown))


def test_the_container_is_as_players_want_it(recording: Recording, tmp_path: Path) -> None:
    result = splice(recording("plain", "mkv"), CUTS, tmp_path / "out.mp4")
    data = result.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert data.count(b"avc1") == 2, "brand and sample entry"
    edits = data.index(b"elst")
    assert int.from_bytes(data[edits + 8 : edits + 12], "big") == 1
    with av.open(str(result.path)) as file:
        configuration = AvcConfiguration.parse(file.streams.video[0].codec_context.extradata)
    assert (len(configuration.sps), len(configuration.pps)) == (1, 2)
    assert configuration.sps == result.index.format.configuration.sps


def test_seeking_to_a_join_shows_the_right_frame(recording: Recording, tmp_path: Path) -> None:
    result = splice(recording("long_gop", "mp4"), CUTS, tmp_path / "out.mp4")
    expected = wanted(CUTS)
    with av.open(str(result.path)) as file:
        stream = file.streams.video[0]
        for target in [span.out + 1 for span in result.plan.spans if span.count > 1]:
            file.seek(round(target / 30 / stream.time_base), stream=stream)
            frame = next(f for f in file.decode(stream) if round(f.time * 30) == target)
            assert number_of(frame) == expected[target]


def test_touched_frames_are_the_callers(recording: Recording, tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []

    def made(first: int, count: int) -> Iterator[av.VideoFrame]:
        asked.append((first, count))
        for k in range(first, first + count):
            yield av.VideoFrame.from_ndarray(picture(1000 + k), format="yuv420p")

    pieces = [Piece(50, 5), Piece(20), Piece(60, 100)]
    result = splice(recording("plain", "mp4"), pieces, tmp_path / "out.mp4", picture=made)
    numbers = [number_of(frame) for frame in decoded(result.path)]
    ((first, count),) = asked
    assert first <= 50 < 70 <= first + count, "frames at its joins are asked for too"
    expected = [*range(5, 55), *[0] * 20, *range(100, 160)]
    expected[first : first + count] = range(1000 + first, 1000 + first + count)
    assert numbers == expected
    assert not warnings_of(result.path)


def test_the_same_cuts_give_the_same_bytes(recording: Recording, tmp_path: Path) -> None:
    source = recording("references", "mkv")
    one = splice(source, CUTS, tmp_path / "one.mp4").path.read_bytes()
    assert splice(source, CUTS, tmp_path / "two.mp4").path.read_bytes() == one


pieces_of_source = st.lists(
    st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 90)).map(
        lambda pair: Piece(min(pair[1], FRAMES - pair[0]), pair[0])
    ),
    min_size=1,
    max_size=4,
)


def check_cuts(source: Path, pieces: list[Piece], target: Path) -> None:
    """Any cuts give exactly their frames, and nothing for a decoder to complain of."""
    result = splice(source, pieces, target)
    assert [number_of(frame) for frame in decoded(result.path)] == wanted(pieces)
    assert not warnings_of(result.path)
    outs = [span.out for span in result.plan.spans]
    assert outs == [sum(s.count for s in result.plan.spans[:k]) for k in range(len(outs))]
    assert not any(
        isinstance(one, Encode) and isinstance(other, Encode) for one, other in pairwise(result.plan.spans)
    )


SPLICED = pytest.mark.parametrize("kind", ["plain", "references", "open_gop", "baseline"])
ONE_FOLDER = [HealthCheck.function_scoped_fixture]


@SPLICED
@settings(max_examples=8, suppress_health_check=ONE_FOLDER, derandomize=True)
@given(pieces=pieces_of_source)
def test_any_cuts_give_exactly_their_frames(
    recording: Recording, tmp_path: Path, kind: str, pieces: list[Piece]
) -> None:
    check_cuts(recording(kind, "mp4"), pieces, tmp_path / "out.mp4")


@pytest.mark.soak
@SPLICED
@settings(max_examples=200, suppress_health_check=ONE_FOLDER)
@given(pieces=pieces_of_source)
def test_two_hundred_random_cuts_give_exactly_their_frames(
    recording: Recording, tmp_path: Path, kind: str, pieces: list[Piece]
) -> None:
    check_cuts(recording(kind, "mp4"), pieces, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"x264-params": "tff=1"}, "interlaced"),
        ({"pix_fmt": "yuv420p10le"}, "profile 110"),
        ({"pix_fmt": "yuv422p"}, "profile 122"),
    ],
)
def test_unusual_streams_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], reason: str
) -> None:
    monkeypatch.setitem(KINDS, "odd", {"preset": "veryfast", **options})
    source = make_recording(tmp_path / "odd.mp4", "odd", 8)
    with pytest.raises(CannotSplice, match=reason):
        splice(source, [Piece(8, 0)], tmp_path / "out.mp4")


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def slices(packet: bytes) -> list[bytes]:
    return [bytes(nal) for nal in split(packet) if nal[0] & 31 in (1, 5)]
