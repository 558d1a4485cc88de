"""A screen recording in which nobody speaks while something is shown: from the file to the timeline."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nemo_lab.client import Client, Session, connect
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import RemoveSilence
from tests.media.talk import RATE, decoded, make_talk

FPS = 20
PAUSES = (6.0, 6.5)
"""Shortest and longest, in seconds."""


@pytest.fixture(scope="module")
def screencast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[int, int]], int]:
    """A talk with long pauses; in the first two of them a page scrolls, else the picture is frozen."""
    folder = tmp_path_factory.mktemp("screen")
    talk = make_talk(folder / "talk.wav", seed=4, seconds=20, pauses=PAUSES)
    sound = decoded(talk.path).astype(np.float32)
    edges = [0, *(edge for span in talk.spoken for edge in span)]
    pauses = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if b - a > 3000]
    page = np.random.default_rng(3).integers(40, 200, (200, 40), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    path, row, shown = folder / "screen.mkv", 0, pauses[:2]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS, width=320, height=180, options={"preset": "veryfast"})
        voice = out.add_stream("aac", rate=RATE, layout="mono")
        step = RATE // FPS
        for number in range(len(sound) // step):
            at = number * 1000 // FPS
            row += 5 if any(a + 500 <= at < b - 500 for a, b in shown) else 0
            luma = page[row % 1400 : row % 1400 + 180]
            planes = np.concatenate([luma, np.full((90, 320), 128, np.uint8)])
            out.mux(video.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            block = av.AudioFrame.from_ndarray(
                sound[np.newaxis, number * step : (number + 1) * step], "fltp", "mono"
            )
            block.sample_rate, block.pts, block.time_base = RATE, number * step, Fraction(1, RATE)
            out.mux(voice.encode(block))
        out.mux(video.encode(None))
        out.mux(voice.encode(None))
    return path, pauses, len(sound) * 1000 // RATE


@pytest.fixture(scope="module")
def client() -> Client:
    with connect("local") as connected:
        yield connected


def played(session: Session, span: tuple[int, int]) -> tuple[float, float]:
    """Return how much (ms) of a stretch of the recording is played, and for how long."""
    shown = lasts = 0.0
    for piece in session.timeline().tracks[0].segments:
        part = min(piece.source_end_ms, span[1]) - max(piece.source_start_ms, span[0])
        if part > 0:
            shown += part
            lasts += part / piece.speed
    return shown, lasts


def edited(client: Client, path: Path, **how: object) -> Session:
    session = client.create_session()
    session.upload(path)
    reply = session.chat(said(RemoveSilence(**how)))
    assert {part["kind"] for part in reply.parts} <= {"cut", "speed"}
    return session


@pytest.mark.parametrize("busy", ["cut", "keep", "speed"])
def test_silent_but_busy(
    client: Client, screencast: tuple[Path, list[tuple[int, int]], int], busy: str
) -> None:
    path, pauses, _ = screencast
    session = edited(client, path, busy=busy, factor=4.0)
    for number, pause in enumerate(pauses):
        middle = (pause[0] + 1000, pause[1] - 1000)
        length = middle[1] - middle[0]
        shown, lasts = played(session, middle)
        if number >= 2 or busy == "cut":
            assert shown <= 0.15 * length, "a frozen picture in which nobody speaks goes"
        elif busy == "keep":
            assert shown >= 0.9 * length
            assert lasts == shown
        else:
            assert shown >= 0.9 * length
            assert lasts <= 0.4 * length
