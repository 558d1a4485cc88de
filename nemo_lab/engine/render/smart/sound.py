"""The sound that goes with copied pictures: written as far as the picture is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from av.packet import Packet

from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.movie import levelled, write_until
from nemo_lab.engine.render.smart.soundcopy import SoundCopy
from nemo_lab.engine.render.smart.writer import PacketWriter
from nemo_lab.engine.timebase import SAMPLE_RATE


class EncodedSound:
    """Sound that is mixed and encoded in one piece."""

    def __init__(self, writer: PacketWriter, job: Job) -> None:
        self._writer = writer
        self._tracks = [levelled(job, track) for track in range(job.plan.sounds)]
        self._heard = 0

    def write_until(self, sample: int) -> None:
        """Write all tracks up to a sample of the result, or a little further."""
        self._heard = write_until(self._writer, self._tracks, self._heard, sample)


class CopiedSound:
    """Sound whose packets are copied."""

    def __init__(self, writer: PacketWriter, copies: Sequence[SoundCopy]) -> None:
        self._writer = writer
        self._tracks: list[Iterator[Packet[Any]]] = [copy.packets() for copy in copies]
        self._heard = [Fraction(0)] * len(copies)

    def write_until(self, sample: int) -> None:
        """Write all tracks up to a sample of the result, or a little further."""
        for track, packets in enumerate(self._tracks):
            while self._heard[track] < sample and (packet := next(packets, None)):
                assert packet.pts is not None
                assert packet.time_base is not None
                self._heard[track] = (packet.pts + (packet.duration or 0)) * packet.time_base * SAMPLE_RATE
                self._writer.copied_sound(track, packet)
