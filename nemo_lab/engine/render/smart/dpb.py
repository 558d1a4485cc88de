"""The decoded picture buffer: which pictures a slice may refer to, and in which order (ITU-T H.264, 8.2).

Short-term references of progressive frames only; anything else raises :class:`CannotSplice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import I, Modification, P, SliceHeader
from nemo_lab.engine.render.smart.sets import Sps

_FORGET_SHORT_TERM = 1
"""The memory management operation that frees one short-term reference."""


class Picture(NamedTuple):
    """A reference picture."""

    id: int
    """Its place in display order of the source."""
    frame_num: int
    poc: int
    """Picture order count."""


@dataclass
class References:
    """The reference pictures at one point of a stream, in the order in which they were decoded."""

    sps: Sps
    pictures: list[Picture] = field(default_factory=list)
    _previous_reference: int = 0
    """Frame number of the last reference picture."""
    _poc_msb: int = 0
    _poc_lsb: int = 0
    _frame_num_offset: int = 0
    _previous: int = 0
    """Frame number of the last picture."""

    def copy(self) -> References:
        """Return an independent copy."""
        return References(
            self.sps,
            list(self.pictures),
            self._previous_reference,
            self._poc_msb,
            self._poc_lsb,
            self._frame_num_offset,
            self._previous,
        )

    @property
    def max_frame_num(self) -> int:
        """Frame numbers count modulo this."""
        return int(1 << self.sps.frame_num_bits)

    @property
    def capacity(self) -> int:
        """How many pictures the sliding window holds."""
        return max(1, self.sps.max_references)

    def order_count(self, header: SliceHeader) -> int:
        """Return the picture order count of the next picture, and remember what the one after it needs."""
        if self.sps.poc_type == 2:
            return self._order_count_from_frame_num(header)
        modulus = 1 << self.sps.poc_bits
        if header.idr:
            self._poc_msb = self._poc_lsb = 0
        lsb, msb = header.poc_lsb, self._poc_msb
        if lsb < self._poc_lsb and self._poc_lsb - lsb >= modulus // 2:
            msb += modulus
        elif lsb > self._poc_lsb and lsb - self._poc_lsb > modulus // 2:
            msb -= modulus
        if header.is_reference:
            self._poc_msb, self._poc_lsb = msb, lsb
        return msb + lsb

    def _order_count_from_frame_num(self, header: SliceHeader) -> int:
        if header.idr:
            self._frame_num_offset = 0
        elif self._previous > header.frame_num:
            self._frame_num_offset += self.max_frame_num
        self._previous = header.frame_num
        return 2 * (self._frame_num_offset + header.frame_num) - (not header.is_reference)

    def number(self, picture: Picture, current: int) -> int:
        """Return a picture's number as seen from a picture with frame number ``current`` (8.2.4.1)."""
        wraps = picture.frame_num > current
        return picture.frame_num - self.max_frame_num if wraps else picture.frame_num

    def initial_lists(self, kind: int, current: int, poc: int) -> tuple[list[Picture], list[Picture]]:
        """Return list 0 and list 1 before any modification (8.2.4.2)."""
        if kind == I:
            return [], []
        if kind == P:
            return sorted(self.pictures, key=lambda p: -self.number(p, current)), []
        before = sorted((p for p in self.pictures if p.poc < poc), key=lambda p: -p.poc)
        after = sorted((p for p in self.pictures if p.poc > poc), key=lambda p: p.poc)
        list0, list1 = before + after, after + before
        if len(list1) > 1 and list0 == list1:
            list1[:2] = list1[1::-1]
        return list0, list1

    def lists(self, header: SliceHeader, poc: int) -> tuple[list[Picture], list[Picture]]:
        """Return the reference lists of a slice.

        Raises:
            CannotSplice: a list names a picture that is not there.
        """
        initial = self.initial_lists(header.type, header.frame_num, poc)
        found = [
            self._modified(initial[i], header.modifications[i], header.references[i], header.frame_num)
            for i in range(2)
        ]
        return found[0], found[1]

    def _modified(
        self, initial: list[Picture], commands: Sequence[Modification] | None, count: int, current: int
    ) -> list[Picture]:
        entries: list[Picture | None] = [*initial[:count], *[None] * (count - len(initial))]
        predicted = current
        for index, (kind, argument) in enumerate(commands or ()):
            if kind > 1:
                raise CannotSplice("long-term references")
            step = argument + 1
            predicted = (predicted + (step if kind else -step)) % self.max_frame_num
            number = predicted if predicted <= current else predicted - self.max_frame_num
            picture = self._by_number(number, current)
            others = [p for p in entries[index:] if p is None or p.id != picture.id]
            entries = [*entries[:index], picture, *others][:count]
            entries += [None] * (count - len(entries))
        if None in entries:
            raise CannotSplice("a reference is missing")
        return [p for p in entries if p is not None]

    def _by_number(self, number: int, current: int) -> Picture:
        for picture in self.pictures:
            if self.number(picture, current) == number:
                return picture
        raise CannotSplice("a reference is missing")

    def commands_for(
        self, wanted: Sequence[Picture], initial: Sequence[Picture], current: int
    ) -> tuple[Modification, ...] | None:
        """Return the commands that make the list ``wanted`` out of ``initial``; ``None`` if it is that."""
        if list(initial[: len(wanted)]) == list(wanted):
            return None
        commands: list[Modification] = []
        predicted = current
        for picture in wanted:
            number = picture.frame_num
            back = (predicted - number) % self.max_frame_num or self.max_frame_num
            forth = self.max_frame_num - back
            commands.append((0, back - 1) if back <= forth or not forth else (1, forth - 1))
            predicted = number
        return tuple(commands)

    def mark(self, header: SliceHeader, picture: int, poc: int) -> None:
        """Enter a decoded picture and free what it pushes out (8.2.5).

        Raises:
            CannotSplice: frame numbers have a gap, or long-term references are made.
        """
        self._check_frame_num(header)
        if not header.is_reference:
            return
        self._previous_reference = header.frame_num
        if header.idr:
            if header.idr_flags & 1:
                raise CannotSplice("long-term references")
            self.pictures = []
        elif header.marking is not None:
            self._carry_out(header)
        elif len(self.pictures) >= self.capacity:
            self.pictures.remove(min(self.pictures, key=lambda p: self.number(p, header.frame_num)))
        if len(self.pictures) >= self.capacity:
            raise CannotSplice("too many references")
        self.pictures.append(Picture(picture, header.frame_num, poc))

    def _carry_out(self, header: SliceHeader) -> None:
        for command in header.marking or ():
            if command[0] != _FORGET_SHORT_TERM:
                raise CannotSplice("memory management beyond short-term references")
            gone = self._by_number(header.frame_num - command[1] - 1, header.frame_num)
            self.pictures.remove(gone)

    def _check_frame_num(self, header: SliceHeader) -> None:
        expected = 0 if header.idr else (self._previous_reference + 1) % self.max_frame_num
        if header.frame_num != expected:
            raise CannotSplice("gaps in frame numbers")
