"""Bits, escapes and the headers of H.264: what is read is written again, bit by bit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.render.smart.avcc import AvcConfiguration, join, split, split_annex_b
from nemo_lab.engine.render.smart.bits import BitReader, Bits, BitWriter, escape, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice

zeros_and_more = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes)


@given(zeros_and_more)
def test_escaped_data_has_no_start_code_and_comes_back(data: bytes) -> None:
    escaped = escape(data)
    assert all(code not in escaped for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
    assert unescape(escaped) == data or data.endswith(b"\0\0")


def test_escape_is_what_the_standard_says() -> None:
    assert escape(b"\0\0\0\0\1") == b"\0\0\3\0\0\3\1"
    assert escape(b"\0\0\3") == b"\0\0\3\3"
    assert escape(b"\0\0\4") == b"\0\0\4"


@given(st.lists(st.tuples(st.sampled_from(["u", "ue", "se"]), st.integers(0, 5000)), max_size=30))
def test_what_is_written_can_be_read(elements: list[tuple[str, int]]) -> None:
    writer = BitWriter()
    for kind, value in elements:
        if kind == "u":
            writer.u(value, 13)
        elif kind == "ue":
            writer.ue(value)
        else:
            writer.se(value - 2500)
    writer.trailing()
    reader = BitReader(writer.to_bytes())
    for kind, value in elements:
        if kind == "u":
            assert reader.u(13) == value
        elif kind == "ue":
            assert reader.ue() == value
        else:
            assert reader.se() == value - 2500
    assert reader.payload() == Bits(0, 0)


def test_golomb_codes_of_the_standard() -> None:
    reader = BitReader(bytes([0b1_010_011_0, 0b0100_0010, 0b1_1000000]))
    assert [reader.ue() for _ in range(5)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\0"])
def test_a_header_that_ends_too_early_is_refused(data: bytes) -> None:
    with pytest.raises(CannotSplice, match="too early"):
        BitReader(data).ue()


def test_a_payload_without_stop_bit_is_refused() -> None:
    with pytest.raises(CannotSplice, match="stop bit"):
        BitReader(b"\0\0").payload()


def test_units_with_lengths_come_back() -> None:
    units = [b"\x67abc", b"\x68", b"\x65" + bytes(300)]
    assert [bytes(unit) for unit in split(join(units))] == units


@pytest.mark.parametrize("packet", [b"\0\0\0\5abc", b"\0\0\0\0", b"\0\0"])
def test_damaged_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(CannotSplice, match="damaged"):
        list(split(packet))


def test_units_after_start_codes() -> None:
    assert split_annex_b(b"\0\0\0\1\x67a\0\0\1\x68b\0\0\0\1\x65c") == [b"\x67a", b"\x68b", b"\x65c"]


def test_parameter_sets_come_back() -> None:
    record = AvcConfiguration((b"\x67\x64\x00\x1fxyz",), (b"\x68a", b"\x68b"), b"\xfd\xf8\xf8\0")
    assert AvcConfiguration.parse(record.to_bytes()) == record


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "stored apart"),
        (b"\0\0\0\1\x67\x64\0\x1f", "stored apart"),
        (bytes([1, 100, 0, 31, 0xFD, 0xE1, 0]), "four bytes"),
        (bytes([1, 100, 0, 31, 0xFF, 0xE1, 0, 9, 1]), "cut off"),
        (bytes([1, 100, 0, 31, 0xFF, 0xE0, 1, 0, 9, 1]), "cut off"),
    ],
)
def test_strange_records_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(CannotSplice, match=reason):
        AvcConfiguration.parse(data)
