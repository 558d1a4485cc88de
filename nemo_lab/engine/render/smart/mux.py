"""Writing the result: picture packets and sound into one MP4, MOV or Matroska file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import av
from av.packet import Packet

from nemo_lab.engine.media import open_media
from nemo_lab.engine.render.smart.assemble import VideoPacket
from nemo_lab.engine.render.smart.avcc import AvcConfiguration
from nemo_lab.engine.render.smart.index import Index

CONTAINERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska"}
"""Our formats into which H.264 may be copied, and libavformat's names of them."""
_TICKS = 512
"""Units of the picture's time base per frame; players like one that is fine enough."""


def add_copied_video(
    output: av.container.OutputContainer, index: Index, configuration: AvcConfiguration
) -> av.VideoStream:
    """Add a picture stream like the source's (size, colours, rotation), with these parameter sets."""
    with open_media(index.path) as container:
        stream = output.add_stream_from_template(container.streams.video[0])
    stream.codec_context.extradata = configuration.to_bytes()
    if output.format.name != "matroska":
        stream.codec_context.codec_tag = "avc1"
    stream.time_base = 1 / (index.rate * _TICKS)
    return stream


def timed(packets: Iterable[VideoPacket], stream: av.VideoStream, index: Index) -> Iterator[Packet[Any]]:
    """Yield packets ready to be written: stamps on the frame grid, decode stamps that always grow."""
    for number, made in enumerate(packets):
        packet: Packet[Any] = Packet(made.data)
        packet.stream, packet.time_base = stream, 1 / index.rate
        packet.pts, packet.dts, packet.duration = made.frame, number - index.reorder, 1
        packet.is_keyframe = made.keyframe
        yield packet
