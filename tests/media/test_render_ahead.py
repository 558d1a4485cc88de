"""Pictures made ahead of an encoder, and who helps with a film keeps to the cores that he was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from types import SimpleNamespace

import pytest
from av.video.frame import VideoFrame

from nemo_lab.engine.render.planes import plain, planes_of
from nemo_lab.engine.render.spans import helping
from nemo_lab.engine.render.spans.ahead import PicturesAhead

SIZE = (64, 36)
LARGE = (3840, 2160)


def shades(count: int) -> Generator[VideoFrame, None, None]:
    for number in range(count):
        yield plain(*SIZE, colour=(16 + number, 128, 128))


def drained(ahead: PicturesAhead) -> list[VideoFrame]:
    found = []
    while True:
        try:
            found.append(next(ahead))
        except StopIteration:
            return found


def test_pictures_come_in_order_and_then_no_more() -> None:
    ahead = PicturesAhead(shades(100), SIZE)
    assert [int(planes_of(frame)[0][0, 0]) for frame in drained(ahead)] == list(range(16, 116))
    ahead.close()


def test_a_picture_that_comes_twice_can_be_stamped_each_time() -> None:
    still, taken = plain(*SIZE), threading.Event()

    def standing() -> Generator[VideoFrame, None, None]:
        yield still
        yield still
        taken.wait(10)
        still.pts = 999  # as a filter would have it
        yield still

    ahead = PicturesAhead(standing(), SIZE)
    first, second = next(ahead), next(ahead)
    first.pts, second.pts = 1, 2
    taken.set()
    third = next(ahead)
    third.pts = 3
    assert [first.pts, second.pts, third.pts, still.pts] == [1, 2, 3, 2]
    ahead.close()


def test_a_fault_comes_after_the_pictures_before_it() -> None:
    def broken() -> Generator[VideoFrame, None, None]:
        yield plain(*SIZE)
        raise OSError("gone")

    ahead = PicturesAhead(broken(), SIZE)
    next(ahead)
    with pytest.raises(OSError, match="gone"):
        next(ahead)
    ahead.close()


def test_few_large_pictures_wait_and_closing_ends_the_generator() -> None:
    made, ended = [], []

    def endless() -> Generator[VideoFrame, None, None]:
        frame = plain(*LARGE)
        try:
            while True:
                made.append(1)
                yield frame
        finally:
            ended.append(threading.current_thread())

    count = threading.active_count()
    ahead = PicturesAhead(endless(), LARGE)
    next(ahead)
    deadline = time.monotonic() + 10
    while len(made) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    ahead.close()
    assert len(made) == 6  # one taken, four waiting, one in the hand of the thread
    assert ended != []
    assert ended[0] is not threading.current_thread()
    assert threading.active_count() == count


def test_who_used_more_than_his_cores_waits() -> None:
    waits: list[float] = []
    used, now = iter([0.0, 3.0, 3.5]), iter([100.0, 101.0, 104.0])
    clock = SimpleNamespace(process_time=lambda: next(used), monotonic=lambda: next(now), sleep=waits.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(helping, "time", clock)
        share = helping.Share(2)
        share.keep()  # 3 s used in 1 s, where 2 cores give 2
        share.keep()
    assert waits == [0.5, 0.0]
