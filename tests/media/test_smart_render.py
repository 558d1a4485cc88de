"""Renders of drafts that copy: what the report says, what is seen and heard, and when all is encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nemo_lab.engine.media import open_media, probe
from nemo_lab.engine.render import render
from nemo_lab.engine.render.smart import movie
from nemo_lab.engine.render.smart.assemble import VideoPacket
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.protocol.plan import Export
from tests.media.clips import Clip, frame_numbers, noise, offset, sound
from tests.media.drafts import blend, piece, timeline, title

Maker = Callable[..., Path]
CUT = (piece(500, 1500), piece(3000, 4200), piece(4300, 4800))
SHOWN = [*range(15, 45), *range(90, 126), *range(129, 144)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_most_frames_are_copied_and_the_report_says_so(clip: Maker, tmp_path: Path, suffix: str) -> None:
    report = render(timeline(*CUT), {"a": clip(suffix, seconds=5)}, tmp_path / f"o{suffix}", Export())
    assert frame_numbers(tmp_path / f"o{suffix}") == SHOWN
    assert report.frames_copied > 60
    assert report.frames_copied + report.frames_encoded == report.frames == len(SHOWN)
    assert report.encoded_because == ()
    assert probe(tmp_path / f"o{suffix}").frames == len(SHOWN)
    with open_media(tmp_path / f"o{suffix}") as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_sound_stays_with_the_picture_to_the_sample(clip: Maker, tmp_path: Path) -> None:
    render(timeline(*CUT), {"a": clip(".mkv", seconds=5)}, tmp_path / "o.mp4", Export())
    heard = sound(tmp_path / "o.mp4")[0]
    whole = noise(5 * 48_000)
    at = 0
    for start, end in ((500, 1500), (3000, 4200), (4300, 4800)):
        count = (end - start) * 48
        expected = whole[start * 48 + 480 : start * 48 + count - 480]
        lag, match = offset(heard[at + 480 : at + count - 480], expected, reach=2400)
        # The source's own container rounds stamps to 1 ms.
        assert abs(lag) <= 48
        assert match > 0.9
        at += count


def test_only_the_edited_frames_are_encoded(clip: Maker, tmp_path: Path) -> None:
    draft = timeline(
        piece(500, 2500, **blend(duration=400)), piece(4000, 7000), titles=(title("Hi", 500, 3000),)
    )
    source = clip(".mp4", seconds=8)
    report = render(draft, {"a": source}, tmp_path / "o.mp4", Export())
    numbers = frame_numbers(tmp_path / "o.mp4")
    assert numbers[:54] == list(range(15, 69))
    assert numbers[66:90] == list(range(126, 150))
    assert numbers[105:] == list(range(165, 210))
    assert 27 <= report.frames_encoded < 60
    assert report.frames == 150


def test_the_source_s_own_faults_do_not_reach_the_user(
    clip: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever shows up in the middle of copying, the result is there, encoded."""
    original = movie.video_packets

    def stumbling(*arguments: object) -> Iterator[VideoPacket]:
        for number, packet in enumerate(original(*arguments)):  # type: ignore[arg-type]
            if number == 40:
                raise CannotSplice("packets are missing")
            yield packet

    monkeypatch.setattr(movie, "video_packets", stumbling)
    report = render(timeline(*CUT), {"a": clip(seconds=5)}, tmp_path / "o.mp4", Export())
    assert frame_numbers(tmp_path / "o.mp4") == SHOWN
    assert (report.frames_copied, report.frames_encoded) == (0, len(SHOWN))
    assert report.encoded_because == ("packets are missing",)


def test_a_damaged_source_is_encoded_as_far_as_it_goes(clip: Maker, tmp_path: Path) -> None:
    data = bytearray(clip(".mp4", seconds=5).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = b"\x7f" * 3000
    (tmp_path / "bad.mp4").write_bytes(data)
    report = render(timeline(*CUT), {"a": tmp_path / "bad.mp4"}, tmp_path / "o.mp4", Export())
    assert (report.frames, report.frames_copied) == (len(SHOWN), 0)
    assert "damaged" in report.encoded_because[0]


@pytest.mark.parametrize(
    ("wishes", "settings", "reason"),
    [
        ({}, Export(height=90), "size changes"),
        ({}, Export(quality="medium"), "size or quality"),
    ],
)
def test_the_report_says_why_all_was_encoded(
    clip: Maker, tmp_path: Path, wishes: dict[str, object], settings: Export, reason: str
) -> None:
    report = render(timeline(*CUT), {"a": clip(seconds=5, **wishes)}, tmp_path / "o.mp4", settings)
    assert report.frames_copied == 0
    assert reason in report.encoded_because[0]


def test_a_source_of_another_codec_is_encoded(clip: Maker, tmp_path: Path) -> None:
    report = render(timeline(piece(0, 900)), {"a": clip(".avi", seconds=1)}, tmp_path / "o.mp4", Export())
    assert report.frames_copied == 0
    assert "mpeg4" in report.encoded_because[0]


def test_nothing_cut_is_copied_whole(clip: Maker, tmp_path: Path) -> None:
    source = clip(seconds=3)
    report = render(timeline(piece(0, 3000)), {"a": source}, tmp_path / "o.mkv", Export())
    assert (report.frames_copied, report.frames_encoded) == (Clip(seconds=3).frames, 0)
    assert frame_numbers(tmp_path / "o.mkv") == list(range(90))


def test_loudness_is_changed_and_the_picture_is_not(clip: Maker, tmp_path: Path) -> None:
    draft = timeline(*CUT, effects=({"op": "normalize", "lufs": -30.0},))
    report = render(draft, {"a": clip(seconds=5)}, tmp_path / "o.mp4", Export())
    assert report.frames_copied > 60
    assert 0 < float(np.abs(sound(tmp_path / "o.mp4")).mean()) < 0.05
