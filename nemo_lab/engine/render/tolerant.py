"""Decoding a stream that may be damaged: what can be decoded comes out, what cannot is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.packet import Packet

from nemo_lab.engine.media import read_only


def decoded(
    container: InputContainer,
    stream: Any,
    most_bad: int,
    before: Callable[[Packet[Any]], None] = lambda packet: None,
) -> Iterator[Any]:
    """Yield the frames of one stream from where the file stands, up to its end.

    Args:
        container: the file; its other streams are not read from now on.
        stream: a picture or sound stream of it.
        most_bad: packets in a row that may be broken before the rest counts as lost.
        before: called with each packet before it is decoded.
    """
    read_only(container, [stream])
    bad = 0
    packets = container.demux(stream)
    while bad < most_bad:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            before(packet)
            yield from packet.decode()
            bad = 0
        except EndOfFile:
            return
        except FFmpegError:
            bad += 1
