"""Pictures made ahead of an encoder with threads, which takes some at once and then none for a while."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from fractions import Fraction

import av.filter
from av.video.frame import VideoFrame

from nemo_lab.engine.render.graph import push_untagged
from nemo_lab.engine.render.model import Size

_BYTES = 48 << 20
"""That pictures may take which wait for the encoder."""


class PicturesAhead:
    """Yields what a generator does.

    The pictures are other objects, which no one touches who goes on with those of the generator: it yields
    one again where a source stands still, and stamps it for its filters.

    Args:
        frames: yields 8-bit 4:2:0 pictures; runs in a thread until it is closed here.
        size: of the pictures.
    """

    def __init__(self, frames: Generator[VideoFrame, None, None], size: Size) -> None:
        self._frames, self._given = frames, _Passage(size)
        self._most = max(2, _BYTES // (size[0] * size[1] * 3 // 2))
        self._waiting: deque[VideoFrame] = deque()
        self._changed = threading.Condition()
        self._closed = self._ended = False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __next__(self) -> VideoFrame:
        """Return the next picture.

        Raises:
            BaseException: what went wrong in the generator, after the pictures before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                self._changed.notify_all()
                return self._waiting.popleft()
            raise self._fault or StopIteration

    def close(self) -> None:
        """End the generator."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            for frame in self._frames:
                if not self._put(self._given.through(frame)):
                    break
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._fault = exc
        finally:
            self._frames.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, frame: VideoFrame) -> bool:
        """Let a picture wait, as soon as there is room; return whether to go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._waiting) < self._most)
            self._waiting.append(frame)
            self._changed.notify_all()
            return not self._closed


class _Passage:
    """Gives pictures anew, with the same memory."""

    def __init__(self, size: Size) -> None:
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        form = {"video_size": f"{size[0]}x{size[1]}", "pix_fmt": "yuv420p", "time_base": "1/1"}
        self._way_in, self._way_out = self._graph.add("buffer", None, **form), self._graph.add("buffersink")
        self._way_in.link_to(self._way_out)
        self._graph.configure()
        self._count = 0

    def through(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture as another object, without its tags."""
        frame.time_base = Fraction(1)
        push_untagged(self._way_in, frame, self._count)
        self._count += 1
        passed = self._way_out.pull()
        assert isinstance(passed, VideoFrame)
        return passed
