"""The sound of a film, mixed and encoded in a thread of its own while the picture is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from types import TracebackType
from typing import Any

import av

from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.job import Job, Progress
from nemo_lab.engine.render.movie import levelled, measured
from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.render.spans.film import Span
from nemo_lab.engine.render.spans.packets import Packet, part_of
from nemo_lab.engine.render.spans.shelf import Shelf
from nemo_lab.engine.timebase import SAMPLE_RATE


class SoundTracks:
    """Puts the sound of every span on the shelf, under ``("sound", first frame)``.

    Args:
        job: the render.
        writer: whose encoders are used.
        spans: of the picture, in order.
        shelf: where the packets go.
    """

    def __init__(self, job: Job, writer: Writer, spans: Sequence[Span], shelf: Shelf) -> None:
        self._job = replace(job, progress=Progress(lambda fraction: None))
        self._writer, self._spans, self._shelf = writer, spans, shelf
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.rest: list[av.Packet[Any]] = []
        """The last packets, which also say how much of them is to be heard; there when the last part is."""

    def __enter__(self) -> SoundTracks:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._thread.join()

    def _run(self) -> None:
        try:
            job = measured(self._job)
            rounds = zip_longest(*(levelled(job, track) for track in range(job.plan.sounds)))
            heard = 0
            for first, end in self._spans:
                last = end == job.plan.frames
                packets: list[Packet] = []
                while last or heard < end * SAMPLE_RATE / job.plan.rate:
                    blocks = next(rounds, None)
                    if blocks is None or self._closed:
                        break
                    packets += self._encoded(blocks)
                    heard += max(block.shape[1] for block in blocks if block is not None)
                if self._closed:
                    return
                if last:
                    self.rest = [
                        made for track in range(job.plan.sounds) for made in self._writer.heard(track, None)
                    ]
                self._shelf.put(("sound", first), part_of(packets))
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._shelf.fail(exc)

    def _encoded(self, blocks: Sequence[Sound | None]) -> Iterator[Packet]:
        for track, block in enumerate(blocks):
            for packet in self._writer.heard(track, block) if block is not None else ():
                assert packet.pts is not None
                assert packet.dts is not None
                yield Packet(bytes(packet), packet.pts, packet.dts, packet.duration or 0, True, track)
