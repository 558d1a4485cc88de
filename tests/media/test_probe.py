"""What is in a file, and how loud it is when: on real files, whole and broken."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from nemo_lab.engine.analysis import analyse, find_silences
from nemo_lab.engine.media import FORMATS, hash_file, open_media, probe
from nemo_lab.engine.media.rate import timing
from nemo_lab.errors import MediaNotFound, UnreadableMedia, UnsupportedFormat
from nemo_lab.protocol.plan import RemoveSilence
from tests.faults.hostile import subtitled_avi
from tests.media.clips import Clip, make, picture

Maker = Callable[..., Path]


# What is in it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "video", "audio"),
    [
        (".mp4", "h264", "aac"), (".mov", "h264", "aac"), (".mkv", "h264", "aac"),
        (".webm", "vp8", "opus"), (".avi", "mpeg4", "pcm_s16le"),
    ],
)  # fmt: skip
def test_a_video_of_each_kind(clip: Maker, suffix, video, audio):
    info = probe(clip(suffix))
    assert (info.kind, info.duration_ms, info.width, info.height) == ("video", 2000, 320, 180)
    assert (info.rate, info.vfr, info.frames, info.video_codec) == ("30/1", False, 60, video)
    assert [(s.index, s.channels, s.rate, s.codec) for s in info.audio] == [(0, 2, 48_000, audio)]
    assert info.size_bytes == clip(suffix).stat().st_size


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".aac"])
def test_a_sound_of_each_kind(clip: Maker, suffix):
    info = probe(clip(suffix))
    assert (info.kind, info.width, info.frames, len(info.audio)) == ("audio", 0, 0, 1)
    # ADTS and MP3 hold whole frames of 1024 or 1152 samples, and priming.
    assert info.duration_ms == pytest.approx(2000, abs=0 if suffix == ".wav" else 70)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_a_still_of_each_kind(clip: Maker, suffix):
    info = probe(clip(suffix))
    assert (info.kind, info.duration_ms, info.width, info.height) == ("image", 0, 320, 180)
    assert (info.has_video, info.has_audio) == (True, False)


def test_a_gif_that_moves_and_one_that_does_not(clip: Maker, tmp_path):
    moving = probe(clip(".gif", rate=Fraction(10), sound=None))
    assert (moving.kind, moving.duration_ms, moving.rate) == ("video", 2000, "10/1")
    Image.new("RGB", (64, 48), "red").save(tmp_path / "still.gif")
    assert probe(tmp_path / "still.gif").kind == "image"


@pytest.mark.parametrize("rate", ["24000/1001", "24/1", "25/1", "30000/1001", "50/1", "60/1", "15/1"])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_the_rate_is_exact_though_stamps_are_rounded(clip: Maker, rate, suffix):
    info = probe(clip(suffix, rate=Fraction(rate), size=(128, 72), seconds=3, sound=None))
    assert (info.rate, info.vfr) == (rate, False)
    assert info.duration_ms == round(info.frames * 1000 / Fraction(rate))


def test_a_remux_of_rounded_stamps_keeps_the_rate(clip: Maker, tmp_path):
    source = clip(".mkv", rate=Fraction(30000, 1001), size=(128, 72), seconds=3, bframes=0)
    copy = tmp_path / "remux.mp4"
    with av.open(str(source)) as old, av.open(str(copy), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams}
        for packet in old.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                new.mux(packet)
    info = probe(copy)
    assert (info.rate, info.vfr, info.duration_ms) == ("30000/1001", False, 3003)
    # The encoder's priming pushes the picture back; that is where time 0 is.
    assert info.origin_s == probe(source).origin_s


def test_pictures_at_will_are_vfr(clip: Maker):
    info = probe(clip(".mov", vfr=True))
    assert (info.vfr, info.rate, info.frames) == (True, "30/1", 40)
    assert info.duration_ms in range(1930, 2034)


def test_stamps_that_waver_snap_to_the_rate_they_waver_about():
    """A phone: 90 kHz stamps around 29.9 pictures a second, some missing."""
    chance = np.random.default_rng(5)
    stamps = [round((n / 29.97 + chance.uniform(-0.004, 0.004)) * 90_000) for n in range(900) if n % 97]
    found = timing(sorted(stamps), 3003, Fraction(1, 90_000), [Fraction(17_280_000, 575_999)])
    assert found.vfr
    assert found.rate in {Fraction(30), Fraction(30000, 1001)}
    assert abs(found.duration - Fraction(30_030, 1000)) < Fraction(1, 20)


def test_an_odd_but_steady_rate_is_kept():
    found = timing(range(0, 300 * 7, 7), 7, Fraction(1, 130), [])
    assert found == (Fraction(130, 7), False, Fraction(2100, 130))


def test_rotation_and_pixel_shape(clip: Maker, tmp_path):
    upright = probe(clip(".mp4", rotation=90))
    assert (upright.width, upright.height, upright.rotation) == (180, 320, 270)
    path = tmp_path / "anamorphic.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        frame = av.VideoFrame.from_ndarray(picture(Clip(), 0), format="yuv420p")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert (probe(path).width, probe(path).height) == (426, 180)


def test_a_photo_is_upright(tmp_path):
    photo = Image.new("RGB", (200, 100))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "photo.jpg", exif=exif)
    info = probe(tmp_path / "photo.jpg")
    assert (info.width, info.height, info.rotation) == (100, 200, 90)


def test_titles_of_tracks(clip: Maker):
    info = probe(clip(".mkv", tracks=2, titles=("Desktop", "Mic/Aux")))
    assert [(s.index, s.title) for s in info.audio] == [(0, "Desktop"), (1, "Mic/Aux")]


def test_no_sound(clip: Maker):
    assert probe(clip(".mp4", sound=None)).has_audio is False


def test_the_cover_of_a_song_is_no_video(tmp_path):
    cover = tmp_path / "cover.png"
    Image.new("RGB", (32, 32), "blue").save(cover)
    sound = make(tmp_path / "bare.mp3", Clip(seconds=1))
    song = tmp_path / "song.mp3"
    with av.open(str(sound)) as old, av.open(str(cover)) as art, av.open(str(song), "w") as new:
        tone = new.add_stream_from_template(old.streams.audio[0])
        front = new.add_stream_from_template(art.streams.video[0])
        front.disposition = av.stream.Disposition.attached_pic
        for source, target in ((art, front), (old, tone)):
            for packet in source.demux():
                if packet.size:
                    packet.stream = target
                    new.mux(packet)
    assert probe(song).kind == "audio"


# What cannot be read -----------------------------------------------------------------------------------


def refused(path: Path, content: bytes) -> UnreadableMedia:
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia) as caught:
        probe(path)
    assert caught.value.path == path
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_words_alone_are_no_media(tmp_path):
    assert "neither picture nor sound" in str(refused(tmp_path / "a.avi", subtitled_avi(b"hello")))


def test_an_empty_file(tmp_path):
    assert "is empty" in str(refused(tmp_path / "a.mp4", b""))


@pytest.mark.parametrize(
    "text", ["hello " * 2000, "#EXTM3U\n/etc/passwd\n", "ffconcat version 1.0\nfile x.mp4\n", "文字" * 999]
)
def test_text_with_a_name_of_media(tmp_path, text):
    assert "is text, not media" in str(refused(tmp_path / "a.mp4", text.encode()))


def test_an_mp4_without_its_index(clip: Maker, tmp_path):
    whole = clip(".mp4").read_bytes()
    assert "its index is missing" in str(refused(tmp_path / "a.mp4", whole[: len(whole) // 2]))


def test_noise(tmp_path):
    assert "damaged" in str(refused(tmp_path / "a.mkv", np.random.default_rng(1).bytes(20_000)))


def test_a_cut_off_mkv_is_as_long_as_what_is_left(clip: Maker, tmp_path):
    whole = clip(".mkv", seconds=4).read_bytes()
    half = tmp_path / "half.mkv"
    half.write_bytes(whole[: len(whole) // 2])
    info = probe(half)
    assert 1000 < info.duration_ms < 3000
    assert info.has_audio
    levels = analyse(half, info).envelopes[0].levels
    assert abs(len(levels) * 20 - info.duration_ms) <= 40


def test_a_picture_that_would_fill_the_memory(tmp_path):
    bomb = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(bomb)
    with pytest.raises(UnreadableMedia, match="megapixels"):
        probe(bomb)


@pytest.mark.parametrize("name", ["a.exe", "a.m3u8", "a", "a.mp4.txt"])
def test_other_formats_are_named_as_such(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UnsupportedFormat, match="mp4, mov") as caught:
        probe(tmp_path / name)
    assert caught.value.code == 4001


def test_missing_and_folder(tmp_path):
    with pytest.raises(MediaNotFound, match="there is no file"):
        probe(tmp_path / "a.mp4")
    for name in ("nul\0.mp4", "x" * 300 + ".mp4"):
        with pytest.raises(MediaNotFound):
            probe(tmp_path / name)
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    with pytest.raises(MediaNotFound, match="is a folder"):
        probe(folder)


def test_the_content_decides_not_the_name(clip: Maker, tmp_path):
    for suffix, name in ((".mkv", "a.mp4"), (".png", "b.MOV"), (".mp4", "片段 'quoted' \"x\" %03d.AVI")):
        shutil.copy(clip(suffix), tmp_path / name)
        assert probe(tmp_path / name).kind == ("image" if suffix == ".png" else "video")


def test_a_number_pattern_in_a_name_means_no_series(clip: Maker, tmp_path):
    shutil.copy(clip(".png"), tmp_path / "shot%03d.png")
    assert probe(tmp_path / "shot%03d.png").kind == "image"


def test_damaged_files_give_our_errors_or_an_answer(clip: Maker, tmp_path):
    chance = np.random.default_rng(7)
    for suffix in (".mp4", ".mkv", ".avi", ".mp3"):
        whole = np.frombuffer(clip(suffix).read_bytes(), np.uint8)
        for number in range(12):
            broken = whole.copy()
            at = chance.integers(0, min(len(broken), 3000 if number % 2 else len(broken)), 40)
            broken[at] = chance.integers(0, 256, 40)
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(broken.tobytes())
            with contextlib.suppress(UnreadableMedia):
                analyse(path, probe(path))


def test_opening_gives_a_container_and_the_hash_is_of_the_bytes(clip: Maker):
    path = clip(".mp4")
    with open_media(path) as container:
        assert next(container.decode(video=0)).width == 320
    assert hash_file(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(FORMATS) == 13


# How loud ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi"])
def test_levels_stand_where_the_sound_is(clip: Maker, suffix):
    path = clip(suffix, seconds=5, sound="speech", size=(128, 72))
    info = probe(path)
    seen: list[float] = []
    analysis = analyse(path, info, progress=seen.append)
    levels = np.array(analysis.envelopes[0].levels) / 10
    # Speech (RMS 0.1 is -20 dBFS) at 0-1, 2-3 and 4-5 s, 60 dB less between.
    assert np.median(levels[5:45]) == pytest.approx(-20, abs=1)
    assert levels[60:90].max() < -60
    assert np.median(levels[105:145]) == pytest.approx(-20, abs=1)
    silences = find_silences(analysis, RemoveSilence())
    assert np.array(silences) == pytest.approx(np.array([(1150, 1850), (3150, 3850)]), abs=40)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".aac"])
def test_levels_of_sound_alone(clip: Maker, suffix):
    path = clip(suffix, seconds=3, sound="tone")
    levels = analyse(path, probe(path)).envelopes[0].levels
    assert np.median(levels) == pytest.approx(-200, abs=5)


def test_each_track_has_its_own_levels(clip: Maker):
    path = clip(".mkv", tracks=2, titles=("Desktop", "Mic/Aux"), sound="speech", seconds=3)
    analysis = analyse(path, probe(path))
    assert [e.title for e in analysis.envelopes] == ["Desktop", "Mic/Aux"]
    assert analysis.envelopes[0].levels != analysis.envelopes[1].levels


def test_a_file_without_sound_has_no_levels(clip: Maker):
    path = clip(".mp4", sound=None)
    assert analyse(path, probe(path)).envelopes == ()
