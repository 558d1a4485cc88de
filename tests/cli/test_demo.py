"""``nemo demo``, whole, and the recording that it makes."""

from __future__ import annotations

import numpy as np
import pytest

from nemo_lab.cli.demo_voice import phrases
from nemo_lab.cli.timeline import cut_parts
from nemo_lab.engine.demo_recording import PAUSES, TAIL, record_demo, schedule
from nemo_lab.engine.demo_screen import HEIGHT, WIDTH, Screen
from nemo_lab.engine.media import probe
from nemo_lab.errors import OutputNotWritable
from nemo_lab.protocol.draft import Draft
from nemo_lab.recipes import RunRecord

MARKS = (1.2, 10.8, 16.0, 24.4, 28.9, 36.6, 40.5)


@pytest.mark.timeout(300)
def test_the_demo(nemo, tmp_path):
    done = nemo("demo", "--quiet")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "work" / "demo"
    recording = probe(folder / "nemo-demo-recording.mkv")
    assert (recording.width, recording.height, recording.video_codec) == (1280, 720, "h264")
    assert 45_000 < recording.duration_ms < 60_000
    assert recording.audio[0].codec == "aac"
    for words in ("You say:", "remove_silence", "Before", "After", "·", "cut 0:", "Saved"):
        assert words in done.stdout
    record = RunRecord.model_validate_json((folder / "nemo-demo-clean.mp4.nemo.json").read_text("utf-8"))
    clean = probe(folder / "nemo-demo-clean.mp4")
    assert clean.duration_ms == pytest.approx(record.after_ms, abs=40)
    assert 28_000 < clean.duration_ms < 36_000
    # What was cut lies in the pauses; the phrases' files begin and end with up to half a second of silence.
    before, after = Draft.from_wire(record.draft_before), Draft.from_wire(record.draft)
    spoken = schedule(phrases())
    cuts = [part for parts in cut_parts(before, after).values() for part in parts]
    assert len(cuts) >= 5
    for cut in cuts:
        for start, end in spoken:
            assert min(cut.end / 1000, end - 0.5) <= max(cut.start / 1000, start + 0.5)


def test_the_voice_is_small_and_complete():
    assert len(phrases()) == len(PAUSES)
    assert sum(path.stat().st_size for path in phrases()) < 250_000
    assert TAIL > 1


def test_the_screen_moves_and_depends_on_time_alone():
    screen = Screen(MARKS)
    for time in (0.0, 9.0, 20.0, 30.0, 37.0, 43.0):
        picture = screen.at(time)
        assert picture.size == (WIDTH, HEIGHT)
        assert np.array_equal(np.asarray(picture), np.asarray(Screen(MARKS).at(time)))
        assert not np.array_equal(np.asarray(picture), np.asarray(screen.at(time + 0.5)))


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputNotWritable):
        record_demo(tmp_path / "file" / "demo.mkv", phrases())


def test_a_demo_below_a_file_is_one_line(nemo, tmp_path):
    (tmp_path / "work" / "file").write_text("x")
    done = nemo("demo", "--out", "file", "--quiet")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
