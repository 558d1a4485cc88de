"""The sound of a film, mixed and encoded in a thread of its own while the picture is made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from types import TracebackType
from typing import Any, NamedTuple

import av

from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.job import Job, Progress
from nemo_lab.engine.render.movie import levelled, measured
from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.render.spans.film import Span
from nemo_lab.engine.render.spans.packets import Packet, part_of, unpacked
from nemo_lab.engine.render.spans.shelf import Shelf
from nemo_lab.engine.timebase import SAMPLE_RATE


class Coded(NamedTuple):
    """A packet of an audio track."""

    track: int
    packet: av.Packet[Any]


class SoundPart(NamedTuple):
    """The sound of one span, packets in the order in which they were made."""

    first: int
    """The span's first frame."""
    packets: list[Coded]
    rest: list[Coded]
    """After the last span: what the encoders still held."""


def sound_parts(job: Job, writer: Writer, spans: Sequence[Span]) -> Iterator[SoundPart]:
    """Yield the sound of every span in order, encoded by the encoders of a writer that has begun.

    Args:
        job: the render; steady noise and loudness are listened for first.
        writer: whose encoders are used; nothing is written.
        spans: of the picture.
    """
    job = measured(replace(job, progress=Progress(lambda fraction: None)))
    tracks = range(job.plan.sounds)
    rounds = zip_longest(*(levelled(job, track) for track in tracks))
    heard = 0
    for first, end in spans:
        last = end == job.plan.frames
        packets: list[Coded] = []
        while last or heard < end * SAMPLE_RATE / job.plan.rate:
            blocks = next(rounds, None)
            if blocks is None:
                break
            packets += _encoded(writer, blocks)
            heard += max(block.shape[1] for block in blocks if block is not None)
        rest = [Coded(track, made) for track in tracks for made in writer.heard(track, None)] if last else []
        yield SoundPart(first, packets, rest)


def packets_of(coded: Sequence[Coded]) -> Iterator[Packet]:
    """Yield packets as they are put away."""
    for track, packet in coded:
        assert packet.pts is not None
        assert packet.dts is not None
        yield Packet(bytes(packet), packet.pts, packet.dts, packet.duration or 0, True, track)


def _encoded(writer: Writer, blocks: Sequence[Sound | None]) -> Iterator[Coded]:
    for track, block in enumerate(blocks):
        for packet in writer.heard(track, block) if block is not None else ():
            yield Coded(track, packet)


class SoundTracks:
    """Makes the sound of every span in a thread.

    Args:
        job: the render.
        writer: whose encoders are used, and into which the sound goes.
        spans: of the picture, in order.
        shelf: where the packets wait.
    """

    def __init__(self, job: Job, writer: Writer, spans: Sequence[Span], shelf: Shelf) -> None:
        self._job, self._writer, self._spans, self._shelf = job, writer, spans, shelf
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._rest: list[av.Packet[Any]] = []
        """The last packets, which also say how much of them is to be heard; there when the last part is."""

    def __enter__(self) -> SoundTracks:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._thread.join()

    def packets(self, span: Span, waiting: Callable[[], None]) -> Iterator[Packet]:
        """Yield the packets of a span, once they are there; ``waiting`` is called now and then meanwhile."""
        yield from unpacked(self._shelf.take(("sound", span[0]), waiting))

    def finish(self) -> None:
        """Write what came last, after all else was written, and the index."""
        self._writer.put_rest(self._rest)

    def _run(self) -> None:
        try:
            for part in sound_parts(self._job, self._writer, self._spans):
                self._rest = [packet for _, packet in part.rest]
                self._shelf.put(("sound", part.first), part_of(packets_of(part.packets)))
                if self._closed:
                    return
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._shelf.fail(exc)
