"""The benchmark measures what it says: its recordings and its commands, tried out small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nemo_lab.engine.media import probe
from tests.bench import peers, screencast, talk
from tests.bench.own import draft


def test_a_talk_has_its_share_of_pauses() -> None:
    heard = talk.talk(20)
    said = sum(end - start for start, end in heard.spoken) / (talk.SECONDS * 1000)
    assert len(heard.spoken) == 20
    assert 0.60 <= said <= 0.65
    levels = [np.abs(heard.sound[end * 48 + 480 : end * 48 + 24_000]).max() for _, end in heard.spoken]
    assert max(levels) < 0.01


def test_longer_recordings_keep_more_of_the_same() -> None:
    assert len(talk.kept(1800)) == 200
    assert talk.kept(360)[20] == (180_000 + talk.kept(180)[0][0], 180_000 + talk.kept(180)[0][1])
    assert all(end <= 7_200_000 for _, end in talk.kept(7200))


def test_a_recording_is_as_long_as_it_was_to_be(tmp_path: Path) -> None:
    info = probe(screencast.record(tmp_path / "r.mp4", 1, 8, talk.talk(20).sound))
    assert (info.duration_ms, info.width, info.height, info.rate) == (1000, 1920, 1080, "30/1")


@pytest.mark.parametrize("task", ["T1", "T2", "T3", "T4"])
def test_both_sides_make_a_film_of_one_length(task: str) -> None:
    pieces = talk.kept(180)
    line = peers.ffmpeg("ffmpeg", task, Path("a.mp4"), Path("b.mp4"), pieces, Path("m.wav"))
    graph = line[line.index("-filter_complex") + 1]
    length = sum(end - start for start, end in pieces)
    assert draft(task, pieces).duration_ms == length
    trims = [part.split("trim=")[1].split(",")[0] for part in graph.split(";") if part.startswith("[0:v]")]
    spans = [float(end) - float(start) for start, end in (trim.split(":") for trim in trims)]
    overlaps = 0.5 * graph.count("xfade=fade")
    assert sum(spans) - overlaps == pytest.approx(length / 1000)
