"""Read the pictures of files by their number on the file's frame grid.

A picture belongs to the grid position nearest to its time; a position without a picture of its own shows
the one before it. So a variable rate becomes a constant one, and containers that round their stamps to
milliseconds lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from math import floor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import av
import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame

from nemo_lab.engine.media import MediaInfo, open_media
from nemo_lab.engine.render.deinterlace import deinterlaced
from nemo_lab.engine.render.tolerant import decoded
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.errors import UnreadableMedia

_FIRST_GUESS = 60
"""Frames between keyframes, until the file has shown how many there are."""
_MOST_BAD = 500
"""Packets in a row that may be broken before the file counts as unreadable."""
_SURELY = 16
"""Pictures before a wanted one that are decoded in any case: a recorder may have dropped some."""
_READERS = 4
"""Files (or places in one file) that are held open at once: each holds decoded pictures."""


class PictureSource(Protocol):
    """What gives the pictures of a file, wherever it has them from."""

    @property
    def pixel_aspect(self) -> Fraction:
        """Width over height of a stored pixel."""

    def at(self, position: int) -> VideoFrame:
        """Return the picture at a grid position; before the first it is the first, after the last the last.

        Raises:
            UnreadableMedia: no picture could be decoded there.
        """


class _Shown(NamedTuple):
    position: int
    frame: VideoFrame


class FrameReader:
    """The pictures of one file; near and forward is cheap, anything else is a seek.

    Args:
        path: the file.
        info: facts about it.
        threads: of the decoder; ``None`` leaves it to FFmpeg.
    """

    def __init__(self, path: Path, info: MediaInfo, threads: int | None = None) -> None:
        self._threads = threads
        self.path = path
        self.info = info
        self._rate = info.frame_rate
        self._wanted_from = -1
        self._open()
        self._keyframe_gap = _FIRST_GUESS
        self._last_key: int | None = None
        self._frames = self._decode()
        self._now: _Shown | None = None
        self._next: _Shown | None = None

    def _open(self) -> None:
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_media(self.path))
        streams = self._container.streams.video
        self._stream = next(s for s in streams if not s.disposition & Disposition.attached_pic)
        if self._threads is None:
            self._stream.thread_type = "AUTO"
        else:
            self._stream.codec_context.thread_count = self._threads
        self._base = Fraction(self._stream.time_base or Fraction(1, 1000))
        self._skips = False

    @property
    def position(self) -> int:
        """The grid position of the picture that was read last, -1 before the first."""
        return self._now.position if self._now else -1

    @property
    def pixel_aspect(self) -> Fraction:
        """Width over height of a stored pixel."""
        return Fraction(self._stream.sample_aspect_ratio or 1)

    def at(self, position: int) -> VideoFrame:
        """Return the picture at a grid position; before the first it is the first, after the last the last.

        Raises:
            UnreadableMedia: no picture could be decoded there.
        """
        position = max(0, position)
        self._hurry_to(position)
        if self._now is None or position < self._now.position or self._is_far(position):
            self._seek(position)
        while self._next is not None and self._next.position <= position:
            self._advance()
        if self._now is None:
            raise UnreadableMedia(f"{self.path.name}: its picture cannot be decoded", path=self.path)
        return self._now.frame

    def close(self) -> None:
        """Let go of the file."""
        self._frames = iter(())
        self._now = self._next = None
        self._stack.close()

    def _hurry_to(self, position: int) -> None:
        """Let pictures that nobody wants and nobody refers to be left out on the way to a position.

        In a file of variable rate any picture may be the one that is still shown there.
        """
        if not self.info.vfr:
            seconds = (position - _SURELY) / self._rate + self.info.origin_s
            self._wanted_from = floor(seconds / self._base)

    def _is_far(self, position: int) -> bool:
        """Tell whether a keyframe surely lies between here and there."""
        return self._next is not None and position - self._next.position > self._keyframe_gap

    def _advance(self) -> None:
        self._now, self._next = self._next, next(self._frames, None)

    def _seek(self, position: int) -> None:
        """Go to the keyframe before a position; further back where a file's index leads too far."""
        if self._now is None and position <= self._keyframe_gap:
            self._start()
            return
        for early in (0, 2, 10):
            seconds = position / self._rate - early
            if seconds <= 0:
                break
            stamp = round_half_up((seconds + self.info.origin_s) / self._base)
            try:
                self._container.seek(stamp, stream=self._stream, backward=True)
            except FFmpegError:
                break
            self._start()
            if self._now is not None and self._now.position <= position:
                # What lies between here and there was no keyframe: so far apart they can be.
                self._keyframe_gap = max(self._keyframe_gap, position - self._now.position)
                return
        self._rewind()

    def _rewind(self) -> None:
        """Start over; a file that cannot seek is opened anew."""
        self._stack.close()
        self._open()
        self._start()

    def _start(self) -> None:
        self._last_key = None
        self._frames = self._decode()
        self._now = next(self._frames, None)
        self._next = next(self._frames, None)

    def _decode(self) -> Iterator[_Shown]:
        """Yield pictures with their positions, ascending; what is broken is left out."""
        last = -1
        # The nearest grid position: (pts * base - origin) * rate, rounded half up.
        scale = self._base * self._rate
        shift = Fraction(1, 2) - self.info.origin_s * self._rate
        for frame in deinterlaced(self._decoded(), self._base):
            position = last + 1 if frame.pts is None else floor(frame.pts * scale + shift)
            if position < last:
                continue
            if frame.key_frame:
                self._note_keyframe(position)
            last = position
            yield _Shown(position, opaque(frame))

    def _decoded(self) -> Iterator[VideoFrame]:
        return decoded(self._container, self._stream, _MOST_BAD, self._hurry)

    def _hurry(self, packet: Packet[Any]) -> None:
        skips = packet.pts is not None and packet.pts < self._wanted_from
        if skips != self._skips:
            self._skips = skips
            self._stream.codec_context.skip_frame = "NONREF" if skips else "DEFAULT"

    def _note_keyframe(self, position: int) -> None:
        if self._last_key is not None:
            self._keyframe_gap = max(self._keyframe_gap, position - self._last_key)
        self._last_key = position


def opaque(frame: VideoFrame) -> VideoFrame:
    """Return the picture on black where it is transparent."""
    if not any(part.is_alpha for part in frame.format.components) and frame.format.name != "pal8":
        return frame
    pixels = frame.to_ndarray(format="rgba").astype(np.uint16)
    flat = (pixels[..., :3] * pixels[..., 3:] + 127) // 255
    result = av.VideoFrame.from_ndarray(flat.astype(np.uint8), format="rgb24")
    result.pts, result.time_base = frame.pts, frame.time_base
    return result


class FramePool:
    """Readers for all files, reused where one stands near, never more than a few at once."""

    def __init__(
        self, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo], threads: int | None = None
    ) -> None:
        self._sources, self._infos, self._threads = sources, infos, threads
        self._free: list[tuple[str, FrameReader]] = []

    def take(self, asset: str, position: int) -> PictureSource:
        """Return a reader of this file, the one that has the shortest way forward."""
        near = [(position - r.position, r) for name, r in self._free if name == asset]
        if not near:
            while len(self._free) >= _READERS:
                self._free.pop(0)[1].close()
            return FrameReader(self._sources[asset], self._infos[asset], self._threads)
        ahead = [pair for pair in near if pair[0] >= 0]
        _, reader = min(ahead or near, key=lambda pair: abs(pair[0]))
        self._free = [(name, other) for name, other in self._free if other is not reader]
        return reader

    def give_back(self, asset: str, reader: PictureSource) -> None:
        """Keep a reader that was taken for the next piece."""
        if isinstance(reader, FrameReader):
            self._free.append((asset, reader))

    def __enter__(self) -> FramePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, reader in self._free:
            reader.close()
        self._free.clear()
