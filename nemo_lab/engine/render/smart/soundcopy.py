"""Copying sound packet by packet, where nothing but cuts was done to it.

A packet of AAC holds 1024 samples, so a cut falls up to half a packet beside its place; the next one makes
up for that, so sound and picture are never further apart. A decoder overlaps each packet with the one
before it: the very first is only there for that, and is not heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import av
from av.packet import Packet

from nemo_lab.engine.media import MediaInfo, open_media, read_only, reading
from nemo_lab.engine.render.model import Piece, Plan
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.timebase import SAMPLE_RATE, round_half_up
from nemo_lab.protocol.plan import Denoise, Fade, Mute, Normalize, Volume

FRAME = 1024
"""Samples in a packet of AAC."""
_ROUNDED = Fraction(1, 500)
"""Seconds by which a container's stamp may differ from a packet's true time."""
EXACT = Fraction(1, 1000)
"""Seconds beside its place that are no more than what containers round."""
_TOUCHING = (Denoise, Mute, Normalize, Volume)


@dataclass(frozen=True)
class SoundCopy:
    """Which packets of a file's audio track make one of the result's."""

    path: Path
    stream: int
    """Among the file's audio streams."""
    rate: int
    """Samples per second."""
    first: int
    """Stamp of the first packet in the result, in samples; not above 0."""
    stretches: tuple[range, ...]
    """Numbers of the packets, in the order in which they are heard."""

    def packets(self) -> Iterator[Packet[av.AudioStream]]:
        """Yield the packets with their new stamps.

        Raises:
            CannotSplice: the file does not give the packets that it gave before.
            UnreadableMedia: the file is broken.
        """
        stamp = self.first
        with open_media(self.path, looks=False) as container, reading(self.path):
            reader = _Reader(container, self.stream)
            for stretch in self.stretches:
                for packet in reader.read(stretch):
                    packet.time_base = Fraction(1, self.rate)
                    packet.pts = packet.dts = stamp
                    packet.duration, packet.is_keyframe = FRAME, True
                    stamp += FRAME
                    yield packet


class _Reader:
    """Reads packets of an audio stream by number; cheap when numbers ascend."""

    def __init__(self, container: av.container.InputContainer, stream: int) -> None:
        self._container, self._stream = container, container.streams.audio[stream]
        read_only(container, [self._stream])
        self._packets = self.all()
        self._next = 0

    def all(self) -> Iterator[Packet[av.AudioStream]]:
        """Yield all packets from where the file stands."""
        return (packet for packet in self._container.demux(self._stream) if packet.size)

    def read(self, numbers: range) -> Iterator[Packet[Any]]:
        """Yield copies of packets."""
        if numbers.start < self._next:
            self._container.seek(0)
            self._packets, self._next = self.all(), 0
        while self._next < numbers.stop:
            packet = next(self._packets, None)
            if packet is None:
                raise CannotSplice("packets of the sound are missing")
            self._next += 1
            if self._next > numbers.start:
                yield Packet(bytes(packet))


@dataclass(frozen=True)
class _Grid:
    """When the packets of a track are heard; they are of one length and without a gap."""

    rate: int
    """Samples per second."""
    start: Fraction
    """Where the first one begins, in samples from the file's time 0."""
    count: int

    def nearest(self, sample: Fraction) -> int:
        """Return the number of the packet that begins nearest to a sample."""
        return min(max(0, round_half_up((sample - self.start) / FRAME)), self.count)


def plan_sound(
    plan: Plan, path: Path, info: MediaInfo, within: Fraction | None = None
) -> tuple[SoundCopy, ...]:
    """Return how the sound of a film that has one source is copied.

    Args:
        plan: the film.
        path: its source.
        info: facts about it.
        within: seconds that the sound may be beside its place at any time; ``None`` for half a packet.

    Raises:
        CannotSplice: it cannot; something is done to it, or it is not AAC in one piece.
    """
    if _is_touched(plan):
        raise CannotSplice("the sound is edited")
    (asset,) = {piece.asset for piece in plan.pieces}
    copies = []
    for track in range(plan.sounds):
        sources = plan.sources_of(asset, track)
        if len(sources) != 1 or info.audio[sources[0]].codec != "aac":
            raise CannotSplice("the sound is not one track of AAC")
        copies.append(_copy(plan, path, info, info.audio[sources[0]].index, within))
    return tuple(copies)


def _is_touched(plan: Plan) -> bool:
    sounding = [effect for effect in plan.effects if isinstance(effect, _TOUCHING)]
    fades = [fade for fade in plan.wishes(Fade) if fade.target != "video"]
    ends = [0, *(piece.end_sample for piece in plan.pieces)]
    tiled = [piece.start_sample for piece in plan.pieces] == ends[:-1]
    one = len({piece.asset for piece in plan.pieces}) == 1
    return bool(sounding or fades or plan.layers or not tiled or not one) or any(
        piece.speed != 1
        or piece.volume != 1
        or piece.blend_in is not None
        or any(factor != 1 for _, factor in piece.track_volumes)
        or any(isinstance(effect, _TOUCHING) for effect in piece.effects)
        for piece in plan.pieces
    )


def _copy(plan: Plan, path: Path, info: MediaInfo, stream: int, within: Fraction | None) -> SoundCopy:
    runs = list(_runs(plan.pieces))
    if within is not None and len(runs) > 1:
        raise CannotSplice("packets do not end where cuts are")
    grid = _grid(path, stream, info)
    scale = Fraction(grid.rate, SAMPLE_RATE)
    stretches: list[range] = []
    first, place = -FRAME, 0
    for start, end, source in runs:
        # ``place`` is where the next packet is heard in the result.
        wanted = (source - start) * scale + place
        number = grid.nearest(wanted)
        if within is not None and abs(grid.start + number * FRAME - wanted) > within * grid.rate:
            raise CannotSplice("packets do not begin where the film does")
        last_one = end >= plan.samples
        count = max(0, (ceil if last_one else round_half_up)((end * scale - place) / FRAME))
        if number + count > grid.count and not last_one:
            raise CannotSplice("the sound ends before the picture")
        last = min(number + count, grid.count)
        place += count * FRAME
        if not stretches:
            # The packet before the first is needed, but not heard; there may be none.
            first = -FRAME if number else 0
            number -= bool(number)
        stretches.append(range(number, last))
    return SoundCopy(path, stream, grid.rate, first, tuple(stretches))


def _runs(pieces: Sequence[Piece]) -> Iterator[tuple[int, int, int]]:
    """Yield stretches in which the sound goes on: start and end in the result, start in the source."""
    start, end, source = pieces[0].start_sample, pieces[0].end_sample, pieces[0].source_sample
    for piece in pieces[1:]:
        if not piece.joined:
            yield start, end, source
            start, source = piece.start_sample, piece.source_sample
        end = piece.end_sample
    yield start, end, source


def _grid(path: Path, stream: int, info: MediaInfo) -> _Grid:
    """Read where the packets of a track lie.

    Raises:
        CannotSplice: packets are missing, or are of another length.
    """
    with open_media(path, looks=False) as container, reading(path):
        audio = container.streams.audio[stream]
        rate, base = audio.codec_context.sample_rate, Fraction(audio.time_base or 1)
        stamps = [packet.pts for packet in _Reader(container, stream).all()]
    known = [stamp for stamp in stamps if stamp is not None]
    if not known or len(known) < len(stamps) or not rate:
        raise CannotSplice("packets of the sound have no stamps")
    # In units of 1 / (rate * denominator) s, so that all is whole numbers.
    tick, length, limit = base.numerator * rate, FRAME * base.denominator, _ROUNDED * rate * base.denominator
    if any(abs((stamp - known[0]) * tick - number * length) > limit for number, stamp in enumerate(known)):
        raise CannotSplice("the sound has gaps")
    return _Grid(rate, (known[0] * base - info.origin_s) * rate, len(known))
