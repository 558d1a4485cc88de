"""Encoders of graphics cards: used only when asked for, and only when a trial shows that they work.

That FFmpeg lists an encoder says nothing: it needs a card, a driver and permission. So a few pictures are
encoded and looked at again. Such encoders may make other bytes of the same pictures from run to run.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.codec.codec import Codec, UnknownCodecError
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from nemo_lab.engine.render.formats import FORMATS
from nemo_lab.engine.render.model import Size
from nemo_lab.errors import EditError
from nemo_lab.protocol.plan import Export

SOFTWARE = "libx264"
CARDS = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox")
"""Encoders that ``auto`` tries, in this order."""
_FRAMES = 12
_MOST_ERROR = 12.0
"""Mean difference of luma, out of 255, up to which the pictures come back as they went in."""


def with_encoder(settings: Export, size: Size) -> tuple[Export, tuple[str, ...]]:
    """Return the settings with an encoder that works, ``None`` for our own, and notes for the creator.

    Args:
        settings: of the export; one that is not H.264 has no choice of encoders.
        size: of the pictures to be encoded.

    Raises:
        EditError: the encoder that was named does not work here.
    """
    wanted = settings.encoder
    if wanted is None or FORMATS[settings.format or "mp4"].video != SOFTWARE:
        return settings.model_copy(update={"encoder": None}), ()
    if wanted != "auto":
        if fault := fault_of(wanted, size):
            raise EditError(f"the encoder {wanted} does not work here: {fault}", remedy="Use auto, or none.")
        return settings, ()
    for name in CARDS:
        if not fault_of(name, size):
            return settings.model_copy(update={"encoder": name}), (f"Encoder: {name}.",)
    return settings.model_copy(update={"encoder": None}), ("No hardware encoder works here.",)


def fault_of(name: str, size: Size) -> str:
    """Encode and decode a few pictures; return what went wrong, empty if nothing did."""
    try:
        codec = Codec(name, "w")
    except UnknownCodecError:
        return "it is not built in"
    if codec.id != Codec("h264", "r").id:
        return "it is no encoder of H.264"
    try:
        seen = list(_decoded(_encoded(name, size)))
    except (FFmpegError, ValueError, OSError) as exc:
        return str(getattr(exc, "strerror", None) or exc)
    if len(seen) != _FRAMES:
        return "it loses pictures"
    off = max(float(np.abs(luma - _trial(number, size)).mean()) for number, luma in enumerate(seen))
    return "" if off <= _MOST_ERROR else "its pictures are wrong"


def _trial(number: int, size: Size) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Return the luma of a trial picture: a slope that moves."""
    width, height = size
    columns = (np.arange(width) * 160 // width + 8 * number) % 160
    return np.broadcast_to((columns + 40).astype(np.int16), (height, width))


def _encoded(name: str, size: Size) -> Iterator[bytes]:
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt, context.framerate, context.time_base = "yuv420p", Fraction(30), Fraction(1, 30)
    for number in range(_FRAMES):
        width, height = size
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        picture[:height] = _trial(number, size)
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        yield from map(bytes, context.encode(frame))
    yield from map(bytes, context.encode(None))


def _decoded(packets: Iterator[bytes]) -> Iterator[np.ndarray[tuple[int, int], np.dtype[np.int16]]]:
    decoder = CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    for packet in [*map(av.Packet, packets), None]:
        for frame in decoder.decode(packet):
            yield frame.to_ndarray(format="gray").astype(np.int16)
