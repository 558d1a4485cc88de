"""Parameter sets, slice headers and the reference buffer, on headers that are made bit by bit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.render.smart.bits import Bits, BitWriter, escape
from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import B, P, SliceHeader, parse_slice, write_slice
from nemo_lab.engine.render.smart.sets import ParameterSets, Pps, Sps, parse_pps, parse_sps, write_pps


def sps_nal(
    *, profile: int = 100, scaling: int = 0, poc_type: int = 0, gaps: int = 0, frames: int = 1
) -> bytes:
    writer = BitWriter()
    writer.u(profile, 8)
    writer.u(0, 8)
    writer.u(31, 8)
    writer.ue(0)
    if profile == 100:
        writer.ue(1)
        writer.ue(0)
        writer.ue(0)
        writer.u(0, 1)
        writer.u(scaling, 1)
    writer.ue(2)  # six bits of frame number
    writer.ue(poc_type)
    if poc_type == 0:
        writer.ue(4)
    writer.ue(3)
    writer.u(gaps, 1)
    writer.ue(19)
    writer.ue(11)
    writer.u(frames, 1)
    writer.u(1, 1)
    writer.u(1, 1)
    for edge in (0, 0, 0, 6):
        writer.ue(edge)
    writer.u(0, 1)
    writer.trailing()
    return b"\x67" + escape(writer.to_bytes())


def pps_nal(*, number: int = 0, groups: int = 0, cabac: int = 1, weighted: int = 0) -> bytes:
    writer = BitWriter()
    writer.ue(number)
    writer.ue(0)
    writer.u(cabac, 1)
    writer.u(0, 1)
    writer.ue(groups)
    writer.ue(2)
    writer.ue(0)
    writer.u(weighted, 1)
    writer.u(0, 2)
    for _ in range(3):
        writer.se(0)
    writer.u(1, 1)
    writer.u(0, 2)
    writer.trailing()
    return b"\x68" + escape(writer.to_bytes())


SPS = parse_sps(sps_nal())
PPS = parse_pps(pps_nal())
SETS = ParameterSets(SPS, {0: PPS, 3: parse_pps(pps_nal(number=3, cabac=0))})


def test_what_a_sequence_parameter_set_says() -> None:
    assert Sps(0, 100, 31, (1, 8, 8, 20, 12, 0, 0, 0, 6), 1, 6, 0, 8, 3) == SPS
    assert parse_sps(sps_nal(profile=66, poc_type=2)).poc_bits == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"scaling": 1}, "scaling matrix"),
        ({"poc_type": 1}, "type 1"),
        ({"gaps": 1}, "gaps"),
        ({"frames": 0}, "interlaced"),
    ],
)
def test_sequences_that_are_not_understood_are_refused(change: dict[str, int], reason: str) -> None:
    with pytest.raises(CannotSplice, match=reason):
        parse_sps(sps_nal(**change))


def test_slice_groups_are_refused() -> None:
    with pytest.raises(CannotSplice, match="slice groups"):
        parse_pps(pps_nal(groups=1))


def test_a_picture_parameter_set_gets_other_ids() -> None:
    written = parse_pps(write_pps(PPS, number=7, sps=2))
    assert written == replace(PPS, id=7, sps=2)


lists = st.one_of(
    st.none(), st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40)), max_size=3).map(tuple)
)
markings = st.one_of(st.none(), st.lists(st.integers(0, 40).map(lambda n: (1, n)), max_size=3).map(tuple))


@st.composite
def headers(draw: st.DrawFn) -> SliceHeader:
    kind = draw(st.sampled_from([P, B, 2]))
    header = SliceHeader(draw(st.sampled_from([0x41, 0x01])), draw(st.integers(0, 200)), kind + 5, 0, 0)
    header.pps = draw(st.sampled_from([0, 3]))
    header.frame_num = draw(st.integers(0, 63))
    header.poc_lsb = draw(st.integers(0, 255))
    if kind == P:
        header.references, header.modifications = (draw(st.integers(1, 5)), 0), (draw(lists), None)
    if kind == B:
        header.references = draw(st.integers(1, 5)), draw(st.integers(1, 3))
        header.modifications, header.direct_spatial = (draw(lists), draw(lists)), draw(st.integers(0, 1))
    if header.is_reference:
        header.marking = draw(markings)
    # cabac_init_idc (not in I slices), slice_qp_delta, disable_deblocking_filter_idc = 1
    cabac = header.pps == 0 and kind != 2
    header.rest = Bits(0b1_1_010, 5) if cabac else Bits(0b1_010, 4)
    return header


def as_slice(header: SliceHeader, payload: bytes) -> bytes:
    """Make a slice by writing the header over one that has none."""
    pps = SETS.of(header.pps)
    if pps.cabac:
        return write_slice(bytes([header.nal]) + payload, replace(header, length=0), SPS, pps)
    return write_slice(bytes([header.nal]) + escape(payload + b"\x80"), replace(header, length=0), SPS, pps)


payloads = st.binary(min_size=1, max_size=40).map(lambda data: data.replace(b"\0", b"\5") + b"\x80")


@given(headers(), payloads)
def test_a_slice_header_is_read_as_it_was_written(header: SliceHeader, payload: bytes) -> None:
    nal = as_slice(header, payload)
    read = parse_slice(nal, SETS)
    assert replace(read, length=0, override=False) == replace(header, length=0, override=False)


@given(headers(), payloads, st.integers(0, 63), st.integers(0, 255), markings)
def test_renumbering_leaves_the_payload_alone(
    header: SliceHeader, payload: bytes, number: int, poc: int, marking: tuple[tuple[int, ...], ...] | None
) -> None:
    nal = as_slice(header, payload)
    old = parse_slice(nal, SETS)
    new = replace(old, frame_num=number, poc_lsb=poc, marking=marking if old.is_reference else None)
    there = write_slice(nal, new, SPS, SETS.of(new.pps))
    moved = parse_slice(there, SETS)
    assert (moved.frame_num, moved.poc_lsb) == (number, poc)
    back = replace(old, length=moved.length)
    assert write_slice(there, back, SPS, SETS.of(old.pps)) == nal


def test_a_slice_that_names_no_known_parameter_set_is_refused() -> None:
    nal = as_slice(SliceHeader(0x41, 0, 7, 0, 1, rest=Bits(0b1_010, 4)), b"\5\x80")
    with pytest.raises(CannotSplice, match="unknown parameter set"):
        parse_slice(nal, ParameterSets(SPS, {}))


def p_slice(number: int, poc: int, *, reference: bool = True) -> SliceHeader:
    nal = 0x41 if reference else 0x01
    return SliceHeader(nal, 0, 5, 0, number, poc_lsb=poc, references=(1, 0))


def idr() -> SliceHeader:
    return SliceHeader(0x65, 0, 7, 0, 0)


def filled(count: int) -> References:
    state = References(SPS)
    for number in range(count):
        header = p_slice(number % 64, 2 * number % 256) if number else idr()
        state.mark(header, number, state.order_count(header))
    return state


def test_the_sliding_window_drops_the_oldest() -> None:
    assert [p.id for p in filled(5).pictures] == [2, 3, 4]


def test_numbers_wrap() -> None:
    state = filled(67)
    assert [(p.id, p.frame_num, p.poc) for p in state.pictures] == [(64, 0, 128), (65, 1, 130), (66, 2, 132)]
    assert [p.id for p in state.initial_lists(P, 3, 134)[0]] == [66, 65, 64]


def test_lists_of_a_b_slice_run_to_both_sides() -> None:
    state = References(SPS, [Picture(0, 0, 0), Picture(4, 1, 8), Picture(2, 2, 4)])
    list0, list1 = state.initial_lists(B, 3, 6)
    assert ([p.id for p in list0], [p.id for p in list1]) == ([2, 0, 4], [4, 2, 0])


def test_equal_lists_are_told_apart() -> None:
    state = References(SPS, [Picture(0, 0, 0), Picture(1, 1, 2)])
    list0, list1 = state.initial_lists(B, 2, 4)
    assert ([p.id for p in list0], [p.id for p in list1]) == ([1, 0], [0, 1])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=4), st.integers(3, 66))
def test_commands_make_the_list_that_is_wanted(order: list[int], count: int) -> None:
    state = filled(count)
    number = count % 64
    wanted = [state.pictures[k] for k in order]
    initial = state.initial_lists(P, number, 2 * count)[0]
    commands = state.commands_for(wanted, initial, number)
    header = replace(p_slice(number, 0), references=(len(wanted), 0), modifications=(commands, None))
    if len(set(order)) == len(order):
        assert state.lists(header, 2 * count)[0] == wanted
    else:
        assert commands is not None


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (p_slice(9, 18), "gaps"),
        (replace(p_slice(3, 6), marking=((2, 0),)), "beyond short-term"),
        (replace(p_slice(3, 6), marking=((1, 30),)), "missing"),
        (replace(idr(), idr_flags=1), "long-term"),
    ],
)
def test_what_is_not_understood_is_refused(header: SliceHeader, reason: str) -> None:
    state = filled(3)
    with pytest.raises(CannotSplice, match=reason):
        state.mark(header, 3, 6)


def test_lists_that_name_what_is_not_there_are_refused() -> None:
    state = filled(2)
    with pytest.raises(CannotSplice, match="missing"):
        state.lists(replace(p_slice(2, 4), references=(3, 0)), 4)
    with pytest.raises(CannotSplice, match="long-term"):
        state.lists(replace(p_slice(2, 4), modifications=(((2, 0),), None)), 4)


def test_order_counts_wrap() -> None:
    state = References(SPS)
    counts = [state.order_count(idr() if n == 0 else p_slice(n % 64, 100 * n % 256)) for n in range(7)]
    assert counts == [0, 100, 200, 300, 400, 500, 600]


def test_order_counts_from_frame_numbers() -> None:
    state = References(replace(SPS, poc_type=2, poc_bits=0))
    counts = [state.order_count(idr() if n == 0 else p_slice(n % 64, 0)) for n in range(130)]
    assert counts == [2 * n for n in range(130)]
    assert isinstance(PPS, Pps)


@given(st.binary(min_size=1, max_size=80))
def test_damaged_units_are_refused_or_read_but_never_crash(data: bytes) -> None:
    for read in (parse_sps, parse_pps, lambda nal: parse_slice(nal, SETS)):
        with suppress(CannotSplice):
            read(b"\x41" + data)
