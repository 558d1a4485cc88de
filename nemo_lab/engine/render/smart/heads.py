"""The beginnings of a stream's slices in one piece of memory: of two hours there are very many."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class Heads:
    """The first bytes of every slice, by the position of its picture."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._starts = array("q")
        """Where each slice's begin."""
        self._first = array("q")
        """Number of each picture's first slice."""

    def add(self, slices: Iterable[bytes]) -> None:
        """Take in the slices of the next picture; there is one at least."""
        self._first.append(len(self._starts))
        for head in slices:
            self._starts.append(len(self._bytes))
            self._bytes += head

    def kind(self, position: int) -> int:
        """Return the first byte of a picture's first slice: type and importance of its NAL unit."""
        return self._bytes[self._starts[self._first[position]]]

    def first(self, position: int) -> bytes:
        """Return a picture's first slice."""
        return self._slice(self._first[position])

    def __len__(self) -> int:
        return len(self._first)

    def __getitem__(self, position: int) -> tuple[bytes, ...]:
        """Return the slices of a picture."""
        last = position + 1 == len(self._first)
        end = len(self._starts) if last else self._first[position + 1]
        return tuple(self._slice(number) for number in range(self._first[position], end))

    def _slice(self, number: int) -> bytes:
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._bytes)
        return bytes(self._bytes[self._starts[number] : end])
