"""P pictures in which every macroblock is skipped: each is its first reference once more.

A screen often stands still. All motion of such a picture is zero (ITU-T H.264, 8.4.1.1) and no edge of it is
deblocked (8.7.2.1), so nothing has to be decoded for it. What its slice holds depends on three numbers: it is
made from them, and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from nemo_lab.engine.render.smart.bits import BitReader, Bits, BitWriter, unescape
from nemo_lab.engine.render.smart.h264 import P, SliceHeader, parse_slice
from nemo_lab.engine.render.smart.sets import ParameterSets

_SKIP_CONTEXTS = ((23, 33), (22, 25), (29, 16))
"""How the state of ``mb_skip_flag`` depends on the quantiser, by ``cabac_init_idc`` (table 9-13)."""
_LPS_RANGES = bytes.fromhex(
    "80b0d0f0 80a7c5e3 809ebbd8 7b96b2cd 748ea9c3 6f87a0b9 698098af 647a90a6 5f74899e 5a6e8296 55687b8e"
    "51637587 4d5e6f80 4959697a 45556474 42505f6e 3e4c5a68 3b485663 3845515e 35414d59 333e4955 303b4550"
    "2e38424c 2b353f48 29323b45 27303841 252d363e 232b333b 21293038 20272e35 1e252b32 1d232930 1b21272d"
    "1a1f252b 181e2329 171c2127 161b2025 151a1e23 14181d21 13171b1f 12161a1e 1115191c 1014171b 0f131619"
    "0e121518 0e111417 0d101316 0c0f1215 0c0e1114 0b0e1013 0b0d0f12 0a0c0f11 0a0c0e10 090b0d0f 090b0c0e"
    "080a0c0e 08090b0d 07090b0c 07090a0c 07080a0b 0608090b 0607090a 06070809 02020202"
)
"""The less probable part of a range by state and quarter (table 9-44)."""
_AFTER_LPS = bytes.fromhex(
    "00000102020404050607080909 0b0b0c0d0d0f0f101012121313 1515161617181819 1a1a1b1b1c1d1d1e1e1e1f202021"
    "212122222323232424242525252626 3f"
)
"""The next state after the less probable symbol (table 9-45)."""
_LAST_STATE = 62
_MOST_OF_HEADER, _LEAST_IN_BYTE = 40, 100
"""Bytes before what is skipped, and macroblocks of it in a byte: others are told without reading them."""
_LARGEST = 139_264
"""Macroblocks of a picture (level 6.2, table A-1): a damaged header may name any number."""


def is_repeat(slices: Sequence[bytes], sets: ParameterSets) -> bool:
    """Tell whether a picture is the first reference of its slices once more.

    Args:
        slices: all of the picture; one that is cut off is none.
        sets: what they are read under.

    Raises:
        CannotSplice: a slice's header cannot be read.
    """
    width, height = sets.sps.shape[3:5]
    total = width * height
    longest = _MOST_OF_HEADER * len(slices) + total // _LEAST_IN_BYTE
    if total > _LARGEST or sum(map(len, slices)) > longest:
        return False
    headers = [parse_slice(data, sets) for data in slices]
    ends = [*(header.first_mb for header in headers[1:]), total]
    return headers[0].first_mb == 0 and all(
        _is_skipped(data, header, end - header.first_mb, sets)
        for data, header, end in zip(slices, headers, ends, strict=True)
    )


def _is_skipped(data: bytes, header: SliceHeader, macroblocks: int, sets: ParameterSets) -> bool:
    """Whether a slice holds so many macroblocks, and all are skipped."""
    if header.type != P or macroblocks < 1 or not _is_plain(header.weights, sets.sps.chroma_format):
        return False
    pps, payload = sets.of(header.pps), unescape(data[1:])
    if not pps.cabac:
        return _rest(payload, header.length) == _uncoded(macroblocks)
    coding = _reader(header.rest)
    table, quantiser = coding.ue(), pps.quantiser + coding.se()
    if table >= len(_SKIP_CONTEXTS):
        return False
    coded = _coded(macroblocks, min(max(quantiser, 0), 51), _SKIP_CONTEXTS[table])
    found = payload[(header.length + 7) // 8 :].rstrip(b"\0")
    # Behind the symbol for the end anything may stand: x264 leaves a mark there.
    padding = (coded[-1] & -coded[-1]) - 1
    return len(found) == len(coded) and found[:-1] + bytes([found[-1] & ~padding]) == coded


def _is_plain(weights: Bits | None, chroma: int) -> bool:
    """Whether the first reference is taken as it is (7.3.3.2)."""
    if weights is None:
        return True
    reader = _reader(weights)
    reader.ue()
    if chroma:
        reader.ue()
    return not reader.u(1) and not (chroma and reader.u(1))


def _reader(run: Bits) -> BitReader:
    padding = -run.length % 8
    return BitReader((run.value << padding).to_bytes((run.length + padding) // 8, "big"))


def _rest(payload: bytes, position: int) -> Bits:
    reader = BitReader(payload)
    reader.position = position
    return reader.payload()


def _uncoded(macroblocks: int) -> Bits:
    """Return what CAVLC writes: one run."""
    value = macroblocks + 1
    return Bits(value, 2 * value.bit_length() - 1)


@lru_cache(maxsize=256)
def _coded(macroblocks: int, quantiser: int, context: tuple[int, int]) -> bytes:
    """Return what CABAC writes (9.3.4), with the stop bit: of each macroblock "skipped", "not the last"."""
    slope, offset = context
    start = min(max((slope * quantiser >> 4) + offset, 1), 126)
    likely, state = (True, start - 64) if start > 63 else (False, 63 - start)
    coder = _Coder()
    for number in range(macroblocks, 0, -1):
        less = _LPS_RANGES[4 * state + (coder.range >> 6 & 3)]
        coder.take(less, lower=likely)
        if likely:
            state = min(state + 1, _LAST_STATE)
        elif state:
            state = _AFTER_LPS[state]
        else:
            likely = True
        coder.take(2, lower=number > 1)
    return coder.ended()


class _Coder:
    """The arithmetic coder (9.3.4.2), for symbols whose shares of the range are given."""

    def __init__(self) -> None:
        self.range = 510
        self._low = 0
        """All bits that are written already, above the ten that may change."""
        self._shifts = 0

    def take(self, upper: int, *, lower: bool) -> None:
        """Encode a symbol: the lower part of the range, or the ``upper`` one of this size."""
        rest = self.range - upper
        if lower:
            self.range = rest
        else:
            self._low += rest
            self.range = upper
        shift = 9 - self.range.bit_length()
        if shift > 0:
            self.range <<= shift
            self._low <<= shift
            self._shifts += shift

    def ended(self) -> bytes:
        """Return the bits, after the symbol for the end."""
        writer = BitWriter()
        # The last of them is the stop bit; the first of all is never written.
        writer.u((self._low >> 7) | 1, self._shifts + 2)
        writer.align(0)
        return writer.to_bytes()
