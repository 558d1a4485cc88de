"""What is seen: blends, effects, shapes, marks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nemo_lab.engine.media import MediaInfo, probe
from nemo_lab.engine.render import render
from nemo_lab.engine.render.blend import Blender, faded
from nemo_lab.engine.render.look import Colour, Look
from nemo_lab.engine.render.planes import is_same, plain, planes_of
from nemo_lab.errors import MediaNotFound, UnreadableMedia
from nemo_lab.protocol.plan import Export, Reframe
from tests.media.clips import Clip, images, lumas, make, picture, read_number
from tests.media.drafts import piece, timeline

Maker = Callable[..., Path]
DARK, LIGHT = (50, 90, 160), (200, 140, 100)


@pytest.fixture
def still(clip: Maker, tmp_path: Path) -> Callable[..., np.ndarray]:
    """Return a function that renders one picture with effects and gives its luma."""

    def shown(*effects: dict[str, object], own: tuple[dict[str, object], ...] = ()) -> np.ndarray:
        source = clip(".mp4", seconds=1, sound=None, first=5)
        draft = timeline(piece(0, 200, x_effects=list(own)), effects=effects)
        render(draft, {"a": source}, tmp_path / "still.mp4", Export(quality="high"))
        return next(lumas(tmp_path / "still.mp4")).astype(np.float32)

    return shown


@pytest.fixture(scope="module")
def upright(tmp_path_factory: pytest.TempPathFactory) -> MediaInfo:
    """Facts about a recording of 640 by 360."""
    clip = Clip(seconds=1, sound=None, size=(640, 360))
    return probe(make(tmp_path_factory.mktemp("look") / "clip.mp4", clip))


def column_means(frame: av.VideoFrame) -> np.ndarray:
    return planes_of(frame)[0].mean(axis=0)


def test_crossfade_goes_from_one_to_the_other() -> None:
    before, after = plain(64, 36, DARK), plain(64, 36, LIGHT)
    for step in range(5):
        mixed = Blender().blended("crossfade", before, after, step, 5)
        for plane, old, new in zip(planes_of(mixed), DARK, LIGHT, strict=True):
            exact = old + (new - old) * (step + 0.5) / 5
            assert exact - 1.01 < plane.mean() < exact + 0.01


def test_a_crossfade_is_exact_whatever_the_tags_are() -> None:
    random = np.random.default_rng(1)
    before, after = plain(64, 36), plain(64, 36)
    for frame in (before, after):
        for plane in planes_of(frame):
            plane[:] = random.integers(0, 256, plane.shape)
    before.colorspace, before.color_range = 1, 1
    after.colorspace, after.color_range = 5, 2
    with av.logging.Capture() as logs:
        mixed = Blender().blended("crossfade", before, after, 3, 8)
    # 7 sixteenths, rounded down.
    for plane, old, new in zip(*map(planes_of, (mixed, before, after)), strict=True):
        expected = (old.astype(np.uint32) * 9 + new.astype(np.uint32) * 7) >> 4
        assert np.array_equal(plane, expected)
    assert (after.colorspace, after.color_range) == (5, 2)
    assert logs == []


@pytest.mark.parametrize(("kind", "colour"), [("fade_black", 16), ("fade_white", 235)])
def test_fades_pass_through_their_colour(kind: str, colour: int) -> None:
    before, after = plain(64, 36, DARK), plain(64, 36, LIGHT)
    levels = [planes_of(Blender().blended(kind, before, after, step, 21))[0].mean() for step in range(21)]
    assert abs(levels[10] - colour) < 12
    assert abs(levels[0] - DARK[0]) < 12
    assert abs(levels[-1] - LIGHT[0]) < 12


@pytest.mark.parametrize("style", ["wipe", "slide"])
def test_wipes_and_slides_move_their_way(style: str) -> None:
    before, after = plain(64, 36, DARK), plain(64, 36, LIGHT)
    left = column_means(Blender().blended(f"{style}_left", before, after, 0, 4))
    assert list(left) == [DARK[0]] * 56 + [LIGHT[0]] * 8
    right = column_means(Blender().blended(f"{style}_right", before, after, 2, 4))
    assert list(right) == [LIGHT[0]] * 40 + [DARK[0]] * 24


def test_a_slide_pushes_and_a_wipe_covers() -> None:
    before, after = plain(64, 36, DARK), plain(64, 36, LIGHT)
    planes_of(before)[0][:, :4] = 99
    planes_of(after)[0][:, :4] = 222
    assert column_means(Blender().blended("wipe_left", before, after, 1, 4))[0] == 99
    pushed = column_means(Blender().blended("slide_left", before, after, 1, 4))
    assert pushed[0] == DARK[0]
    assert pushed[40] == 222


def test_fade_to_nothing_is_black_and_to_all_is_the_picture() -> None:
    frame = plain(64, 36, LIGHT)
    assert [int(p.mean()) for p in planes_of(faded(frame, Fraction(0)))] == [16, 128, 128]
    assert [int(p.mean()) for p in planes_of(faded(frame, Fraction(1)))] == list(LIGHT)


def test_picture_fades_in_and_out(clip: Maker, tmp_path: Path) -> None:
    effects = tuple({"op": "fade", "direction": way, "duration_ms": 500} for way in ("in", "out"))
    source = clip(".mp4", seconds=2, sound=None)
    render(timeline(piece(0, 2000), effects=effects), {"a": source}, tmp_path / "out.mp4", Export())
    levels = [luma[90:].mean() for luma in lumas(tmp_path / "out.mp4")]
    assert levels[0] < 20
    assert levels[-1] < 20
    full = levels[30]
    assert levels[7] == pytest.approx(16 + (full - 16) * 7 / 15, abs=3)
    assert levels[15] == pytest.approx(full, abs=4)


def test_flip_and_rotate(still: Callable[..., np.ndarray]) -> None:
    assert read_number(still({"op": "flip", "axis": "horizontal"})[:, ::-1]) == 5
    assert read_number(still({"op": "flip", "axis": "vertical"})[::-1]) == 5
    assert read_number(np.rot90(still({"op": "rotate", "degrees": 90}), 1)) == 5
    assert read_number(np.rot90(still({"op": "rotate", "degrees": -90}), -1)) == 5
    assert read_number(np.rot90(still({"op": "rotate", "degrees": 180}), 2)) == 5
    twice = still({"op": "rotate", "degrees": 90}, {"op": "flip", "axis": "horizontal"})
    assert read_number(np.rot90(twice[:, ::-1], 1)) == 5


def test_reframe_crop_takes_the_middle(still: Callable[..., np.ndarray]) -> None:
    whole = still()
    cropped = still({"op": "reframe", "aspect": "9:16", "mode": "crop"})
    assert cropped.shape == (180, 102)
    left = (320 - 102) // 4 * 2
    assert np.abs(cropped - whole[:, left : left + 102]).mean() < 2


def test_reframe_pad_and_blur_show_all(still: Callable[..., np.ndarray]) -> None:
    for mode in ("pad", "blur"):
        shown = still({"op": "reframe", "aspect": "9:16", "mode": mode})
        assert shown.shape == (320, 180)
        inner = round(180 * 180 / 320 / 2) * 2
        top = (320 - inner) // 4 * 2
        assert read_number(shown[top : top + inner]) == 5
        bars = np.concatenate([shown[: top - 4], shown[top + inner + 4 :]])
        assert bars.max() < 20 if mode == "pad" else bars.std() > 5


def test_wide_reframe_of_an_upright_picture(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=1, size=(180, 320), sound=None)
    draft = timeline(piece(0, 200), effects=({"op": "reframe", "aspect": "16:9", "mode": "crop"},))
    report = render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    assert (report.width, report.height) == (180, 102)


def test_resize_and_height(still: Callable[..., np.ndarray], clip: Maker, tmp_path: Path) -> None:
    assert still({"op": "resize", "height": 90}).shape == (90, 160)
    assert still({"op": "resize", "width": 200, "height": 100}).shape == (100, 200)
    source = clip(".mp4", seconds=1, sound=None, first=5)
    report = render(timeline(piece(0, 200)), {"a": source}, tmp_path / "o.mp4", Export(height=720))
    assert (report.width, report.height) == (1280, 720)
    assert read_number(next(lumas(tmp_path / "o.mp4"))) == 5


@pytest.mark.parametrize(
    ("size", "preset", "expected"),
    [
        ((2560, 1440), "youtube", (1920, 1080)),
        ((320, 180), "youtube", (320, 180)),
        ((1440, 2560), "youtube", (1080, 1920)),
        ((1440, 2560), "tiktok", (1080, 1920)),
        ((320, 180), "reels", (320, 180)),
    ],
)
def test_presets_only_make_smaller(
    tmp_path: Path, size: tuple[int, int], preset: str, expected: tuple[int, int]
) -> None:
    source = make(tmp_path / "a.mp4", Clip(seconds=Fraction(2, 30), size=size, sound=None))
    report = render(timeline(piece(0, 66)), {"a": source}, tmp_path / "out.mp4", Export(preset=preset))
    assert (report.width, report.height) == expected


def test_color(still: Callable[..., np.ndarray], clip: Maker, tmp_path: Path) -> None:
    plain_luma = still()[90:]
    assert still({"op": "color", "brightness": 0.1})[90:].mean() > plain_luma.mean() + 15
    assert still({"op": "color", "contrast": 0.5})[90:].std() > 1.3 * plain_luma.std()
    source = clip(".mp4", seconds=1, sound=None, first=5)

    def rgb(**effect: float) -> np.ndarray:
        draft = timeline(piece(0, 200), effects=({"op": "color", **effect},))
        render(draft, {"a": source}, tmp_path / "c.mp4", Export(quality="high"))
        return next(images(tmp_path / "c.mp4"))[90:].reshape(-1, 3).mean(axis=0)

    grey = rgb(saturation=0.0)
    assert np.ptp(grey) < 3
    neutral, warm = rgb(), rgb(temperature=0.8)
    assert warm[0] - warm[2] > neutral[0] - neutral[2] + 30


def test_zoom_and_blur(still: Callable[..., np.ndarray]) -> None:
    whole = still()
    zoomed = still({"op": "zoom", "factor": 2.0})
    assert zoomed.shape == whole.shape
    assert read_number(zoomed) == -1
    centre = np.kron(whole[45:135, 80:240], np.ones((2, 2)))
    assert np.abs(zoomed - centre).mean() < 4
    soft = still({"op": "blur", "strength": 30.0})
    assert np.abs(np.diff(soft, axis=1)).max() < 0.4 * np.abs(np.diff(whole, axis=1)).max()


def test_an_effect_on_one_piece_leaves_the_others(clip: Maker, tmp_path: Path) -> None:
    source = clip(".mp4", seconds=1, sound=None)
    dark = {"op": "color", "brightness": -0.3}
    draft = timeline(piece(0, 400), piece(400, 800, x_effects=[dark]))
    render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    levels = [luma[60:].mean() for luma in lumas(tmp_path / "out.mp4")]
    assert min(levels[:12]) > max(levels[12:]) + 40


def test_another_shape_gets_bars(clip: Maker, tmp_path: Path) -> None:
    sources = {"a": clip(".mp4", seconds=1, sound=None), "b": clip(".mp4", seconds=1, size=(180, 320))}
    draft = timeline(piece(0, 500), piece(0, 500, asset="b"))
    report = render(draft, sources, tmp_path / "out.mp4", Export())
    assert (report.width, report.height) == (320, 180)
    last = list(lumas(tmp_path / "out.mp4"))[-1]
    width = round(180 * 180 / 320 / 2) * 2
    left = (320 - width) // 4 * 2
    assert last[:, : left - 2].max() < 20
    assert last[40:140, left + 8 : left + width - 8].min() > 40


def test_full_range_and_other_matrix_look_the_same(tmp_path: Path) -> None:
    """A PC-range BT.601 picture beside BT.709: the same colours come out."""
    colour = np.zeros((180, 320, 3), np.uint8) + np.array([180, 60, 40], np.uint8)
    Image.fromarray(colour).save(tmp_path / "p.png")
    Image.fromarray(colour).save(tmp_path / "p.jpg", quality=100)
    make(tmp_path / "v.mp4", Clip(seconds=1, sound=None))
    draft = timeline(piece(0, 200), piece(0, 200, asset="p"), piece(0, 200, asset="j"))
    sources = {"a": tmp_path / "v.mp4", "p": tmp_path / "p.png", "j": tmp_path / "p.jpg"}
    render(draft, sources, tmp_path / "out.mp4", Export(quality="high"))
    with av.open(str(tmp_path / "out.mp4")) as out:
        frames = list(out.decode(video=0))
        assert out.streams.video[0].codec_context.colorspace == 1
    for number in (8, 14):
        shown = frames[number].to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0)
        assert shown == pytest.approx([180, 60, 40], abs=4)


def test_transparent_picture_lies_on_black(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 36), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    render(timeline(piece(0, 100)), {"a": tmp_path / "clear.png"}, tmp_path / "out.mp4", Export())
    assert next(lumas(tmp_path / "out.mp4")).max() < 20


def test_watermark(clip: Maker, tmp_path: Path) -> None:
    Image.new("RGB", (100, 50), "white").save(tmp_path / "mark.png")
    mark = {"op": "watermark", "file": "m", "position": "top-left", "opacity": 0.5, "scale": 0.25}
    sources = {"a": clip(".mp4", seconds=1, sound=None), "m": tmp_path / "mark.png"}
    render(timeline(piece(0, 200), effects=(mark,)), sources, tmp_path / "out.mp4", Export(quality="high"))
    render(timeline(piece(0, 200)), sources, tmp_path / "bare.mp4", Export(quality="high"))
    marked = next(lumas(tmp_path / "out.mp4")).astype(int)
    bare = next(lumas(tmp_path / "bare.mp4")).astype(int)
    inside = np.s_[25:40, 10:80]
    assert marked[inside] == pytest.approx((bare[inside] + 235) / 2, abs=6)
    assert np.abs(marked[60:] - bare[60:]).mean() < 1


def test_watermark_must_be_a_picture(clip: Maker, tmp_path: Path) -> None:
    (tmp_path / "mark.png").write_text("no picture")
    draft = timeline(piece(0, 200), effects=({"op": "watermark", "file": "m"},))
    source = clip(".mp4", seconds=1, sound=None)
    with pytest.raises(UnreadableMedia, match="not a picture"):
        render(draft, {"a": source, "m": tmp_path / "mark.png"}, tmp_path / "out.mp4", Export())
    with pytest.raises(MediaNotFound):
        render(draft, {"a": source}, tmp_path / "out.mp4", Export())
    assert not (tmp_path / "out.mp4").exists()


@given(st.integers(0, 2), st.integers(0, 359), st.integers(0, 639), st.integers(1, 255))
def test_a_picture_is_made_again_when_what_is_seen_of_it_changed(
    upright: MediaInfo, plane: int, row: int, column: int, change: int
) -> None:
    """In whatever sample, however little."""
    row, column = (row, column) if plane == 0 else (row // 2, column // 2)
    effects, size = (Reframe(aspect="9:16"),), (404, 720)
    looks = [
        Look(upright, Fraction(1), effects, (), base=size, size=size, colour=Colour(height=360))
        for _ in range(2)
    ]
    before, after = plain(640, 360), plain(640, 360)
    planes_of(after)[plane][row, column] ^= change
    first, then = (looks[0].apply(frame) for frame in (before, after))
    left = 218 if plane == 0 else 109
    assert (then is first) == (not left <= column < left + (202 if plane == 0 else 101))
    for made, fresh in zip(planes_of(then), planes_of(looks[1].apply(after)), strict=True):
        assert np.array_equal(made, fresh)


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_the_last_sample_of_an_odd_picture_counts(plane: int) -> None:
    before, after = plain(65, 37), plain(65, 37)
    assert is_same(before, after, (0, 0, 65, 37))
    planes_of(after)[plane][-1, -1] += 1
    assert not is_same(before, after, (0, 0, 65, 37))


def test_generated_pictures_carry_their_number() -> None:
    """The ruler itself: what is drawn can be read, flashes and blends cannot."""
    for number in (0, 1, 77, 32767):
        assert read_number(picture(Clip(), number)[:180]) == number
    assert read_number(np.full((180, 320), 128, np.uint8)) == -1


@pytest.mark.parametrize("form", ["yuv444p", "yuv422p10le", "nv12", "yuvj420p", "gray", "bgr0"])
def test_any_pixel_format_keeps_its_picture(tmp_path: Path, form: str) -> None:
    codec = {"nv12": "libx264", "yuvj420p": "mjpeg"}.get(form, "ffv1")
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 180, form
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(picture(Clip(), number + 9), format="yuv420p")
            frame = frame.reformat(format=form)
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    render(timeline(piece(0, 100)), {"a": tmp_path / "a.mkv"}, tmp_path / "o.mp4", Export())
    shown = list(lumas(tmp_path / "o.mp4"))
    assert [read_number(luma) for luma in shown] == [9, 10, 11]
    # The ruler's tinted white lies outside RGB, which clips it.
    assert shown[0][:20, :10].mean() == pytest.approx(235, abs=12 if form == "bgr0" else 4)


def test_odd_sides_and_wide_pixels(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"x264-params": "sar=2/1", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 161, 181, "yuv444p"
        frame = av.VideoFrame.from_ndarray(picture(Clip(), 5), format="yuv420p")
        for number in range(3):
            small = frame.reformat(width=161, height=181, format="yuv444p")
            small.pts = number
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))
    report = render(timeline(piece(0, 100)), {"a": tmp_path / "a.mkv"}, tmp_path / "o.mp4", Export())
    assert abs(report.width - 322) <= 2
    assert abs(report.height - 181) <= 1
    assert read_number(next(lumas(tmp_path / "o.mp4"))) == 5


def test_hdr_is_mapped_to_ordinary_white(tmp_path: Path) -> None:
    """203 cd/m² in PQ is the white of subtitles and graphics (ITU-R BT.2408)."""
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 9, 9, 16, 1
        for number in range(3):
            frame = av.VideoFrame(64, 36, "yuv420p10le")
            for plane, value in zip(frame.planes, (64 + 876 * 0.58, 512, 512), strict=True):
                np.frombuffer(memoryview(plane), np.uint16)[:] = round(value)
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    render(timeline(piece(0, 100)), {"a": tmp_path / "a.mkv"}, tmp_path / "o.mp4", Export())
    assert next(lumas(tmp_path / "o.mp4")).mean() == pytest.approx(235, abs=8)
    with av.open(str(tmp_path / "o.mp4")) as out:
        assert out.streams.video[0].codec_context.color_trc == 1
