"""Copying what phones, cards and screen recorders write: HEVC, more bits and colours, rates that vary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.engine.render.smart import hevc
from nemo_lab.engine.render.smart.bits import BitReader, unescape
from nemo_lab.protocol.plan import Export
from tests.media.drafts import blend, piece, timeline, title
from tests.media.smart_material import BITS, CELL, picture, warnings_of

TICK = Fraction(1, 90_000)
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=40:pools=1"}
X264 = {"preset": "veryfast", "g": "40"}
CLOSED = X265 | {"x265-params": X265["x265-params"] + ":open-gop=0"}
KINDS = {
    "hevc": ("libx265", "yuv420p", X265),
    "hevc_closed": ("libx265", "yuv420p", CLOSED),
    "hevc_10": ("libx265", "yuv420p10le", X265),
    "h264_10": ("libx264", "yuv420p10le", X264),
    "h264_422": ("libx264", "yuv422p", X264),
}
CUTS = timeline(piece(500, 2500), piece(3300, 5200))
SHOWN = [*range(15, 75), *range(99, 156)]
Recording = Callable[..., Path]


def record(path: Path, kind: str, steps: Iterator[int] | None = None, rotation: int = 0) -> Path:
    """Write 160 pictures that tell their number, ``steps`` ticks apart."""
    codec, pixels, options = KINDS.get(kind, ("libx264", "yuv420p", {"preset": "veryfast", "g": "12"}))
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 180, pixels
        context = stream.codec_context
        context.time_base = TICK
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 9, 9, 18
        if rotation:
            stream.set_display_rotation(rotation)
        at = 0
        for number in range(160):
            frame = av.VideoFrame.from_ndarray(picture(number), format="yuv420p").reformat(format=pixels)
            frame.pts, frame.time_base = at, TICK
            at += next(steps) if steps else 3000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("formats")

    def made(kind: str, suffix: str = ".mp4") -> Path:
        path = folder / f"{kind}{suffix}"
        return path if path.exists() else record(path, kind)

    return made


def luma(frame: av.VideoFrame) -> np.ndarray:
    """Luma in the range of 8 bits, with fractions."""
    plane, deep = frame.planes[0], frame.format.name.endswith("10le")
    values = np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(frame.height, -1)
    return values[:, : frame.width] / (4.0 if deep else 1.0)


def seen(path: Path) -> tuple[list[int], list[np.ndarray], list[Fraction]]:
    """The number, the luma and the time of every picture."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    lumas = [luma(frame) for frame in frames]
    return [number(one) for one in lumas], lumas, [frame.pts * frame.time_base for frame in frames]


def number(image: np.ndarray) -> int:
    cells = image[4 : CELL - 4, : BITS * CELL].reshape(-1, BITS, CELL)[:, :, 4:-4].mean((0, 2))
    return sum(1 << bit for bit, cell in enumerate(cells) if cell > 125)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = float(((one - other) ** 2).mean())
    return 99.0 if error == 0 else 10 * np.log10(255**2 / error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_whole_gops_are_copied_and_the_rest_is_as_good(
    recording: Recording, tmp_path: Path, kind: str, suffix: str
) -> None:
    source = recording(kind, suffix)
    target = tmp_path / f"out{suffix}"
    report = render(CUTS, {"a": source}, target, Export())
    numbers, lumas, _ = seen(target)
    assert numbers == SHOWN
    own = seen(source)[1]
    quality = [psnr(mine, own[k]) for mine, k in zip(lumas, SHOWN, strict=True)]
    assert min(quality) >= 45
    assert report.frames_copied + report.frames_encoded == report.frames == len(SHOWN)
    assert report.frames_copied >= 60
    assert quality.count(99.0) >= report.frames_copied
    assert report.video_codec == kind.partition("_")[0]
    assert not warnings_of(target)
    with av.open(str(target)) as made, av.open(str(source)) as before:
        one, other = made.streams.video[0].codec_context, before.streams.video[0].codec_context
        assert one.pix_fmt == other.pix_fmt
        assert (one.color_range, one.colorspace, one.color_primaries, one.color_trc) == (1, 9, 9, 18)
        if suffix == ".mp4":
            assert one.codec_tag == ("hvc1" if kind.startswith("hevc") else "avc1")


def test_a_title_and_a_crossfade_lie_in_a_copy_of_ten_bits(recording: Recording, tmp_path: Path) -> None:
    draft = timeline(
        piece(0, 2500, **blend(duration=400)), piece(2900, 5200), titles=(title("Hi", 500, 1400),)
    )
    target = tmp_path / "out.mp4"
    report = render(draft, {"a": recording("hevc_10")}, target, Export())
    numbers, lumas, _ = seen(target)
    assert numbers[:69] == list(range(69))
    assert numbers[-60:] == list(range(96, 156))
    assert report.frames_copied > report.frames_encoded
    changed = np.abs(lumas[45] - seen(recording("hevc_10"))[1][45]) > 30
    assert 100 < changed.sum() < 5000
    assert not warnings_of(target)


def jitter() -> Iterator[int]:
    """A phone: about 30 a second."""
    chance = np.random.default_rng(7)
    while True:
        yield round(3000 + float(chance.normal(0, 300)))


def bursts() -> Iterator[int]:
    """A screen recorder: a picture when something moves, at most 30 a second."""
    chance = np.random.default_rng(8)
    while True:
        yield 3000 * int(chance.choice([1, 1, 1, 2, 5]))


@pytest.mark.parametrize("steps", [jitter, bursts])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_pictures_of_a_variable_rate_keep_their_own_times(
    tmp_path: Path, steps: Callable[[], Iterator[int]], suffix: str
) -> None:
    source = record(tmp_path / "phone.mp4", "vfr", steps())
    assert probe(source).vfr
    target = tmp_path / f"out{suffix}"
    report = render(CUTS, {"a": source}, target, Export())
    numbers, _, times = seen(target)
    assert report.frames == len(numbers)
    assert report.frames_copied > report.frames_encoded
    own = seen(source)[2]
    assert all(second > first for first, second in pairwise(times))
    # 0.5 to 2.5 s lies at 0, 3.3 to 5.2 s at 2 s; what is on screen at any time differs by a frame at most.
    for at in np.arange(0.0, 3.9, 0.01):
        wanted = at + (0.5 if at < 2 else 1.3)
        shown = numbers[int(np.searchsorted([float(time) for time in times], at + 1e-6, side="right")) - 1]
        late, early = float(own[shown]), float(own[min(shown + 1, len(own) - 1)])
        assert late - 1 / 30 <= wanted <= early + 1 / 30, (at, shown)
    moved = [float(time - own[k]) for time, k in zip(times, numbers, strict=True)]
    exact = [off for off in moved if min(abs(off + 0.5), abs(off + 1.3)) < 0.0006]
    assert len(exact) >= len(moved) - 2  # all but what begins a stretch
    assert not warnings_of(target)


def test_a_turned_recording_stays_turned(tmp_path: Path) -> None:
    source = record(tmp_path / "phone.mp4", "turned", rotation=90)
    before = probe(source)
    report = render(CUTS, {"a": source}, tmp_path / "out.mp4", Export())
    after = probe(tmp_path / "out.mp4")
    assert (after.width, after.height) == (180, 320)
    assert after.rotation == before.rotation == 270
    assert report.frames_copied > 80
    assert seen(tmp_path / "out.mp4")[0] == SHOWN


def test_parameter_sets_and_slices_get_our_number(recording: Recording) -> None:
    with av.open(str(recording("hevc"))) as container:
        sets = hevc.HevcConfiguration.parse(container.streams.video[0].codec_context.extradata)
    assert hevc.HevcConfiguration.parse(sets.to_bytes()).arrays == sets.arrays
    for kind in (hevc.VPS, hevc.SPS, hevc.PPS):
        (nal,) = sets.of(kind)
        new = hevc.renumbered(nal)
        assert (hevc.number_of(nal), hevc.number_of(new)) == (0, hevc.OWN)
        assert len(unescape(new)) - len(unescape(nal)) == {hevc.VPS: 0, hevc.SPS: 1, hevc.PPS: 2}[kind]
    reader = BitReader(unescape(hevc.renumbered(sets.of(hevc.PPS)[0])[2:]))
    assert (reader.ue(), reader.ue()) == (hevc.OWN, hevc.OWN)
