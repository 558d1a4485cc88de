"""Bits of a NAL unit: reading, writing and emulation prevention (ITU-T H.264, clauses 7.2, 7.4.1 and 9.1)."""

from __future__ import annotations

import re
from typing import NamedTuple

from nemo_lab.engine.render.smart.errors import CannotSplice

_NEEDS_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def unescape(data: bytes) -> bytes:
    """Return the payload (RBSP) of an escaped NAL unit's body: without emulation prevention bytes."""
    return data.replace(b"\0\0\3", b"\0\0")


def escape(data: bytes) -> bytes:
    """Return ``data`` with emulation prevention bytes, so that no start code can appear in it."""
    return _NEEDS_ESCAPE.sub(b"\0\0\3", data)


class Bits(NamedTuple):
    """A run of bits that is carried over unread."""

    value: int
    length: int


class BitReader:
    """Reads syntax elements; the methods bear the names of the descriptors of clause 7.2.

    Raises:
        CannotSplice: the data ends before the element does.
    """

    __slots__ = ("_left", "_length", "_rest", "_whole")

    def __init__(self, data: bytes) -> None:
        self._whole = int.from_bytes(data, "big")
        self._length = len(data) * 8
        self._rest, self._left = self._whole, self._length

    @property
    def position(self) -> int:
        """Bits read so far."""
        return self._length - self._left

    @position.setter
    def position(self, position: int) -> None:
        self._left = self._length - position
        self._rest = self._whole & ((1 << self._left) - 1)

    def u(self, count: int) -> int:
        """Read an unsigned number of ``count`` bits."""
        left = self._left - count
        if left < 0:
            raise CannotSplice("a header ends too early")
        value = self._rest >> left
        self._rest -= value << left
        self._left = left
        return value

    def ue(self) -> int:
        """Read an unsigned Exp-Golomb number: as many zeros as bits follow its first 1."""
        left = 2 * self._rest.bit_length() - self._left - 1
        if left < 0:
            raise CannotSplice("a header ends too early")
        code = self._rest >> left
        self._rest -= code << left
        self._left = left
        return code - 1

    def se(self) -> int:
        """Read a signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def since(self, start: int) -> Bits:
        """Return the bits from position ``start`` up to here."""
        count = self.position - start
        return Bits((self._whole >> self._left) & ((1 << count) - 1), count)

    def payload(self) -> Bits:
        """Return what follows, without the trailing bits (the last 1 and the zeros after it)."""
        if not self._rest:
            raise CannotSplice("a NAL unit has no stop bit")
        trailing = (self._rest & -self._rest).bit_length()
        return Bits(self._rest >> trailing, self._left - trailing)


class BitWriter:
    """Writes syntax elements; counterpart of :class:`BitReader`."""

    __slots__ = ("_value", "length")

    def __init__(self) -> None:
        self._value = 0
        self.length = 0

    def u(self, value: int, count: int) -> None:
        """Write the lowest ``count`` bits of ``value``."""
        self._value = (self._value << count) | (value & ((1 << count) - 1))
        self.length += count

    def ue(self, value: int) -> None:
        """Write an unsigned Exp-Golomb number."""
        self.u(value + 1, 2 * (value + 1).bit_length() - 1)

    def se(self, value: int) -> None:
        """Write a signed Exp-Golomb number."""
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def bits(self, run: Bits) -> None:
        """Write a run of bits as it was read."""
        self.u(*run)

    def align(self, bit: int) -> None:
        """Fill up to the next whole byte with ``bit``."""
        count = -self.length % 8
        self.u((1 << count) - 1 if bit else 0, count)

    def trailing(self) -> None:
        """Write the trailing bits: a 1, then zeros up to a whole byte."""
        self.u(1, 1)
        self.align(0)

    def to_bytes(self) -> bytes:
        """Return what was written; its length must be a whole number of bytes."""
        return self._value.to_bytes(self.length // 8, "big")
