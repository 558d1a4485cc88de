"""What the picture stream of a result is to be, and how an encoder is set up for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext

from nemo_lab.engine.render.formats import THREADS, video_options
from nemo_lab.engine.render.look import Colour
from nemo_lab.engine.render.model import Size
from nemo_lab.protocol.plan import Quality

_KEYFRAME_SECONDS = 8
"""A player that jumps has to decode at most this much."""
_LIMITED_RANGE = 1


@dataclass(frozen=True)
class VideoSpec:
    """What the picture stream is to be."""

    codec: str
    """FFmpeg's name of the encoder."""
    quality: Quality
    size: Size
    rate: Fraction
    colour: Colour
    most_bits: int | None = None
    """Bits per second that may not be exceeded."""
    threads: int = THREADS
    """Of the encoder; they leave their mark in the file."""

    @property
    def keyframe_every(self) -> int:
        """Frames from one keyframe to the next, at most."""
        return max(1, round(_KEYFRAME_SECONDS * self.rate))

    @property
    def options(self) -> dict[str, str]:
        """The encoder's own options."""
        return video_options(self.codec, self.quality, self.most_bits, self.threads)

    def set_up(self, encoder: VideoCodecContext) -> None:
        """Set what is common to all encoders."""
        context: Any = encoder
        context.width, context.height = self.size
        context.pix_fmt = "yuv420p"
        context.framerate, context.time_base = self.rate, 1 / self.rate
        context.gop_size = self.keyframe_every
        context.colorspace, context.color_primaries = self.colour.matrix, self.colour.primaries
        context.color_trc, context.color_range = self.colour.transfer, _LIMITED_RANGE
        context.flags |= av.codec.context.Flags.bitexact.value
        # Threads that share out pictures are faster than those that share out parts of each, and the file is
        # smaller; but with a limit on bits x264 gives other bytes each time.
        context.thread_type = "SLICE" if self.most_bits else "FRAME"
