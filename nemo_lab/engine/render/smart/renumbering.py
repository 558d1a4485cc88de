"""New numbers for pictures that are decoded after other ones than in their source.

Two reference buffers are simulated side by side: the source's own, and that of a stream in which pictures
are missing or others stand for them. Every slice gets list commands with which it refers to the same
pictures as before, and marking commands that keep the second buffer in step with the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nemo_lab.engine.render.smart.avcc import join, split
from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import (
    SLICE,
    B,
    I,
    Modification,
    SliceHeader,
    parse_slice,
    shifted_slice,
    write_slice,
)
from nemo_lab.engine.render.smart.sets import ParameterSets

Lists = tuple[tuple[Modification, ...] | None, tuple[Modification, ...] | None]
Marking = tuple[tuple[int, ...], ...] | None


@dataclass(frozen=True)
class Renumbered:
    """The new numbers of one picture, with the list commands of each of its slices, or once for all."""

    frame_num: int
    poc_lsb: int
    marking: Marking
    modifications: tuple[Lists, ...]

    def apply(self, packet: bytes | memoryview, sets: ParameterSets) -> bytes:
        """Return the picture's packet with new slice headers.

        Raises:
            CannotSplice: a slice header cannot be read.
        """
        nals: list[bytes] = []
        slices = 0
        for view in split(packet):
            nal = bytes(view)
            if nal[0] & 31 == SLICE:
                header = parse_slice(nal, sets)
                header.frame_num, header.poc_lsb, header.marking = self.frame_num, self.poc_lsb, self.marking
                header.modifications = self.modifications[slices % len(self.modifications)]
                nal = write_slice(nal, header, sets.sps, sets.of(header.pps))
                slices += 1
            nals.append(nal)
        return join(nals)


@dataclass(frozen=True)
class Shift:
    """Constant differences for pictures whose references are all there, under other numbers."""

    frame_num: int
    poc: int

    def apply(self, packet: bytes | memoryview, sets: ParameterSets) -> bytes:
        """Return a packet with new slice headers.

        Raises:
            CannotSplice: a slice header cannot be read.
        """
        return join([self._shifted(bytes(nal), sets) for nal in split(packet)])

    def _shifted(self, nal: bytes, sets: ParameterSets) -> bytes:
        if nal[0] & 31 != SLICE:
            return nal
        sps = sets.sps
        if quick := shifted_slice(nal, sps, self.frame_num, self.poc):
            return quick
        header = parse_slice(nal, sets)
        header.frame_num = (header.frame_num + self.frame_num) % (1 << sps.frame_num_bits)
        header.poc_lsb = (header.poc_lsb + self.poc) % (1 << sps.poc_bits)
        return write_slice(nal, header, sps, sets.of(header.pps))


@dataclass
class Twins:
    """The source's reference buffer and the new one; pictures have the same ids in both."""

    old: References
    new: References
    poc_shift: int = 0
    """By how much order counts are greater in the new stream."""

    def lists(self, header: SliceHeader, wanted: Sequence[Sequence[Picture]], number: int, poc: int) -> Lists:
        """Return the commands by which a slice, now with these numbers, refers to the ``wanted`` pictures.

        Raises:
            CannotSplice: one of them is not there, or lies elsewhere in the order.
        """
        if header.type == I:
            return None, None
        initial = self.new.initial_lists(header.type, number, poc)
        translated = [self._translated(entries) for entries in wanted]
        commands = [self.new.commands_for(translated[i], initial[i], number) for i in range(2)]
        return commands[0], commands[1] if header.type == B else None

    def mark(self, header: SliceHeader, picture: Picture) -> Marking:
        """Enter a picture into the new buffer, after :attr:`old` has it; return the commands for that.

        What the old buffer freed is freed in the new one too.
        """
        if not header.is_reference:
            return None
        new, number = self.new, picture.frame_num
        kept = {entry.id for entry in self.old.pictures}
        gone = [entry for entry in new.pictures if entry.id not in kept]
        full = len(new.pictures) >= new.capacity
        sliding = [min(new.pictures, key=lambda p: new.number(p, number))] if full else []
        new.pictures = [*(entry for entry in new.pictures if entry.id in kept), picture]
        if gone == sliding:
            return None
        return tuple((1, number - new.number(entry, number) - 1) for entry in gone)

    def _translated(self, entries: Sequence[Picture]) -> list[Picture]:
        known = {picture.id: picture for picture in self.new.pictures}
        result = []
        for entry in entries:
            picture = known.get(entry.id)
            if picture is None:
                raise CannotSplice("pictures before the window are needed")
            if self.old.sps.poc_type == 0 and picture.poc != entry.poc + self.poc_shift:
                raise CannotSplice("order counts do not follow the frames")
            result.append(picture)
        return result
