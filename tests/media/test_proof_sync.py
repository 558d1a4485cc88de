"""Sync and exactness from end to end: flashes and beeps at known times, measured from the decoded output.

The recording flashes and beeps at the same moments; after any edit, flash and beep must still coincide to
10 ms, and lie within a frame of where the timeline says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.protocol.plan import Export
from tests.media.clips import RATE, sound
from tests.media.drafts import blend, piece, timeline, title

EVERY = 5.5
"""Seconds from one flash to the next; the first comes at 2 s."""
WIDTH, HEIGHT = 320, 180


@dataclass(frozen=True)
class Task:
    """An edit: what lies between the cuts, over the picture, and how it comes out."""

    transition: bool = False
    title: bool = False
    tall: bool = False
    fast: bool = False


TASKS = {
    "T1": Task(),
    "T1_fast": Task(fast=True),
    "T2": Task(transition=True),
    "T3": Task(transition=True, title=True),
    "T4": Task(tall=True),
}


def flashes(seconds: int) -> list[float]:
    """When it flashes."""
    return [float(at) for at in np.arange(2.0, seconds - 1, EVERY)]


def steps(vfr: bool) -> Iterator[int]:
    """Ticks of 1/90000 s from frame to frame."""
    chance = np.random.default_rng(3)
    while True:
        yield round(3000 + float(chance.normal(0, 250))) if vfr else 3000


def record(path: Path, seconds: int, *, vfr: bool) -> Path:
    """A recording with a moving slope that flashes and beeps; each flash is shown for three frames."""
    slope = np.tile(np.linspace(40, 160, WIDTH * 2).astype(np.uint8), (HEIGHT, 1))
    wait = steps(vfr)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "22", "g": "60"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        audio = out.add_stream("aac", rate=RATE, layout="stereo")
        at, number, heard = 0, 0, 0
        beeps = beeps_at(flashes(seconds), seconds * RATE)
        moments = [round(one * 90_000) for one in flashes(seconds)]
        lit = 0
        while at < seconds * 90_000:
            planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            planes[:HEIGHT] = slope[:, number % WIDTH :][:, :WIDTH]
            if moments and at >= moments[0]:
                # The picture of a flash is shown from its moment on: its stamp is moved there.
                lit, at = 3, moments.pop(0)
            if lit:
                planes[:HEIGHT], lit = 235, lit - 1
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, 90_000)
            out.mux(video.encode(frame))
            at, number = at + next(wait), number + 1
            end = min(at * RATE // 90_000, len(beeps))
            while heard < end:
                block = beeps[heard : min(heard + 1024, end)]
                chunk = av.AudioFrame.from_ndarray(np.tile(block, (2, 1)), "fltp", "stereo")
                chunk.sample_rate, chunk.pts, chunk.time_base = RATE, heard, Fraction(1, RATE)
                out.mux(audio.encode(chunk))
                heard += len(block)
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return path


def beeps_at(moments: list[float], count: int) -> np.ndarray:
    """1 kHz for 60 ms at each moment."""
    made = np.zeros(count, np.float32)
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(0.06 * RATE)) / RATE)).astype(np.float32)
    for at in moments:
        start = round(at * RATE)
        made[start : start + len(tone)] = tone[: count - start]
    return made


def seen(path: Path) -> list[float]:
    """When the picture turns white, in seconds of the output's own clock."""
    found, white = [], False
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        zero = (stream.start_time or 0) * stream.time_base
        for frame in container.decode(stream):
            plane = frame.planes[0]
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
            now = bool(rows[frame.height // 2 :].mean() > 205)
            if now and not white:
                found.append(float(frame.pts * stream.time_base - zero))
            white = now
    return found


def heard(path: Path) -> list[float]:
    """When a beep begins, in seconds from the first picture."""
    loud = np.abs(sound(path)[0]) > 0.1
    (places,) = np.nonzero(loud)
    first = np.concatenate([[True], np.diff(places) > RATE // 2])
    return [float(place / RATE) for place in places[first]]


def check(task: Task, source: Path, folder: Path, seconds: int, *, vfr: bool) -> None:
    """Cut a second around the middle between the flashes; nothing of a flash is cut."""
    moments = flashes(seconds)
    cuts = [at + EVERY / 2 for at in moments[:-1]]
    ends = [0.0, *(at + 0.5 for at in cuts)], [*(at - 0.5 for at in cuts), float(seconds) - 0.5]
    more = blend(duration=500) if task.transition else {}
    pieces = [
        piece(round(start * 1000), round(end * 1000), **(more if end < seconds - 1 else {}))
        for start, end in zip(*ends, strict=True)
    ]
    titles = (title("Hello", 1000, 3500),) if task.title else ()
    effects = ({"op": "reframe", "aspect": "9:16", "mode": "crop"},) if task.tall else ()
    draft = timeline(*pieces, rate=probe(source).rate, titles=titles, effects=effects)
    target = folder / "out.mp4"
    report = render(draft, {"a": source}, target, Export(fast=task.fast or None))
    if not task.tall:
        assert report.frames_copied > report.frames_encoded, report
    white, loud = seen(target), heard(target)
    assert len(white) == len(loud) == len(moments)
    away = [abs(light - beep) for light, beep in zip(white, loud, strict=True)]
    # One frame of play where frames are laid on a new grid or AAC packets are copied (10.7 ms more).
    assert max(away) <= 0.010 + 1 / 30, max(away)
    if not vfr:
        assert max(away) <= (0.0225 if task.fast else 0.010), max(away)
    drift = 0.1 if task.fast else 0.0
    for number, (light, moment) in enumerate(zip(white, moments, strict=True)):
        wanted = moment - number
        assert abs(light - wanted) <= 1 / 30 + 0.002 + drift * 2 * number, (number, light, wanted)


Recorder = Callable[[int, bool], Path]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """Recordings by seconds and whether their rate varies, each made once: one of an hour takes minutes."""
    folder = tmp_path_factory.mktemp("recordings")
    return cache(lambda seconds, vfr: record(folder / f"{seconds}-{vfr}.mp4", seconds, vfr=vfr))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("vfr", [False, True], ids=["cfr", "vfr"])
def test_flashes_and_beeps_stay_together(recording: Recorder, tmp_path: Path, name: str, vfr: bool) -> None:
    check(TASKS[name], recording(24, vfr), tmp_path, 24, vfr=vfr)


@pytest.mark.soak
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("vfr", [False, True], ids=["cfr", "vfr"])
@pytest.mark.parametrize("minutes", [3, 60])
def test_flashes_and_beeps_stay_together_for_long(
    recording: Recorder, tmp_path: Path, name: str, vfr: bool, minutes: int
) -> None:
    check(TASKS[name], recording(minutes * 60, vfr), tmp_path, minutes * 60, vfr=vfr)
