"""Media that mean harm: good files mutated by chance, and files crafted to a purpose."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.media.clips import Clip, make

SUFFIXES = (
    ".mp4",
    ".mov",
    ".avi",
    ".webm",
    ".mkv",
    ".jpg",
    ".png",
    ".gif",
    ".webp",
    ".mp3",
    ".wav",
    ".m4a",
    ".aac",
)
"""The 13 formats."""
_EDGES = [struct.pack(">I", n) for n in (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)]
_FIELDS = (
    b"moov", b"trak", b"stsd", b"stts", b"stsz", b"stco", b"elst", b"hdlr", b"dref", b"mdat", b"LIST",
    b"strh", b"strf", b"idx1", b"fmt ", b"data", b"IHDR", b"IDAT", b"VP8 ", b"esds", b"avcC",
)  # fmt: skip
Named = tuple[str, bytes]


_EBML = b"\x1a\x45\xdf\xa3\x84webm"
_ENDLESS = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"


def good_files(folder: Path) -> list[Named]:
    """Return a small whole file of each format."""
    clip = Clip(seconds=0.5, size=(64, 48))
    made = [make(folder / f"good{suffix}", clip) for suffix in SUFFIXES]
    return [(path.suffix, path.read_bytes()) for path in made]


def mutated(dice: random.Random, good: list[Named]) -> Named:
    """Return a suffix and bytes that were a good file once."""
    suffix, whole = dice.choice(good)
    data = bytearray(whole)
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        dice.choice([_flip, _field, _cut, _repeat, _blank, _splice])(dice, data, good)
    if dice.random() < 0.1:
        suffix = dice.choice(SUFFIXES)
    return suffix, bytes(data)


def _spot(dice: random.Random, data: bytearray) -> int:
    """Return a place in the data; heads are hit more often, since they decide most."""
    return dice.randrange(min(len(data), 800) if dice.random() < 0.5 else len(data)) if data else 0


def _flip(dice: random.Random, data: bytearray, _: list[Named]) -> None:
    for _ in range(dice.randint(1, 40)):
        if data:
            data[_spot(dice, data)] = dice.randrange(256)


def _field(dice: random.Random, data: bytearray, _: list[Named]) -> None:
    """Give a number near a known name an extreme value."""
    found = [at for name in _FIELDS if (at := data.find(name)) >= 0]
    if found:
        at = max(0, dice.choice(found) + dice.choice([-4, 4, 8, 12, 16, 20]))
        data[at : at + 4] = dice.choice(_EDGES)


def _cut(dice: random.Random, data: bytearray, _: list[Named]) -> None:
    del data[_spot(dice, data) :]


def _repeat(dice: random.Random, data: bytearray, _: list[Named]) -> None:
    at, size = _spot(dice, data), dice.randint(1, 2000)
    data[at:at] = data[at : at + size] * dice.randint(1, 20)


def _blank(dice: random.Random, data: bytearray, _: list[Named]) -> None:
    at, size = _spot(dice, data), dice.randint(1, 500)
    data[at : at + size] = bytes([dice.choice([0, 255])]) * len(data[at : at + size])


def _splice(dice: random.Random, data: bytearray, good: list[Named]) -> None:
    other = dice.choice(good)[1]
    data[_spot(dice, data) :] = other[dice.randrange(len(other)) :]


def crafted(secret: Path, port: int, good: list[Named]) -> list[Named]:
    """Return files that try to read ``secret``, to reach ``port`` on this machine, or that lie."""
    return [*_pointers(secret, port), *_containers(secret, dict(good)), *_liars(dict(good))]


def _pointers(secret: Path, port: int) -> Iterator[Named]:
    """Lists of other files, under the names of media."""
    net = f"http://127.0.0.1:{port}/x.ts"
    texts = [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\nduration 5\n",
        "[playlist]\nFile1={}\nNumberOfEntries=1\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period>'
        "</MPD>",
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<image xlink:href="{}"/></svg>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{}\n"
        "m=video 5004 RTP/AVP 96\n",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{}">]><fcpxml version="1.9">&e;</fcpxml>',
    ]  # fmt: skip
    for number, text in enumerate(texts):
        for target in (
            str(secret),
            f"file://{secret}",
            net,
            "../" * 9 + str(secret),
            f"concat:{secret}|{secret}",
        ):
            yield SUFFIXES[(number * 5 + len(target)) % len(SUFFIXES)], text.format(target).encode()


def _containers(secret: Path, good: dict[str, bytes]) -> Iterator[Named]:
    """Real containers that name another file."""
    for suffix in (".mp4", ".mov"):
        yield suffix, good[suffix].replace(b"url \0\0\0\1", b"url \0\0\0\0")
        yield suffix, good[suffix].replace(b"url \0\0\0\1", b"alis\0\0\0\0")
        path = str(secret).encode() + b"\0"
        yield (
            suffix,
            good[suffix]
            + _atom(b"moov", _atom(b"rmra", _atom(b"rmda", _atom(b"rdrf", b"\0\0\0\0url " + path)))),
        )
    list_ = f"#EXTM3U\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n".encode()
    yield ".avi", subtitled_avi(list_)
    yield ".avi", subtitled_avi(b"[Script Info]\n" + list_)


def _atom(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


_TRACK = _atom(b"trak", _atom(b"tkhd", b"\0" * 84))


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def subtitled_avi(text: bytes) -> bytes:
    """Return an AVI whose subtitle (GAB2) is a file of its own, which players once opened by its content."""
    head = struct.pack("<14I", 40_000, 0, 0, 0x10, 1, 0, 1, 0, 64, 48, 0, 0, 0, 0)
    kind = b"txts" + b"\0" * 16 + struct.pack("<8I", 1, 1, 0, 1, 1000, 0, 0, 0)
    stream = _chunk(b"LIST", b"strl" + _chunk(b"strh", kind) + _chunk(b"strf", b"\0" * 40))
    body = (
        b"GAB2\0"
        + struct.pack("<HI", 2, 4)
        + "a\0".encode("utf-16-le")
        + struct.pack("<HI", 4, len(text))
        + text
    )
    lists = _chunk(b"LIST", b"hdrl" + _chunk(b"avih", head) + stream) + _chunk(
        b"LIST", b"movi" + _chunk(b"00tx", body)
    )
    return _chunk(b"RIFF", b"AVI " + lists)


def _liars(good: dict[str, bytes]) -> Iterator[Named]:
    """Files whose heads say what is not so."""
    for suffix, data in good.items():
        yield suffix, data[:12]
    yield ".mp4", b""
    yield ".mp4", b"\0"
    yield ".wav", _wav(channels=0)
    yield ".wav", _wav(channels=65535)
    yield ".wav", _wav(rate=0)
    yield ".wav", _wav(rate=0xFFFFFFFF)
    yield ".wav", _wav(bits=0)
    yield ".wav", _wav(size=0xFFFFFFFF)
    yield ".mp4", good[".mp4"].replace(b"stts\0\0\0\0\0\0\0\1", b"stts\0\0\0\0\x7f\xff\xff\xff")
    yield ".mp3", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + good[".mp3"]


def _wav(channels: int = 1, rate: int = 48_000, bits: int = 16, size: int = 4000) -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 & 0xFFFFFFFF, channels * 2 & 0xFFFF, bits)
    return (
        b"RIFF\xff\xff\xff\x7fWAVE"
        + _chunk(b"fmt ", form)
        + b"data"
        + struct.pack("<I", size)
        + b"\1\2" * 2000
    )


def bombs() -> list[tuple[str, str, Callable[[], bytes]]]:
    """Return what each bomb is, its suffix and how to make it: little to send, much to unpack or to count.
    Those that are quick to make come first."""
    gig = 2**30
    return [
        ("PNG of 14000 x 14000", ".png", lambda: _png(14_000, 14_000)),
        ("GIF of 65535 x 65535", ".gif", lambda: _gif(65535, 1)),
        ("JPEG of 65500 x 65500", ".jpg", lambda: _jpeg(65500)),
        ("MP4 with 2^32 samples", ".mp4", lambda: _ftyp() + _atom(b"moov", _samples())),
        ("MP4 of 20,000 boxes in each other", ".mp4", lambda: _nested(20_000)),
        ("MP4 of 50,000 tracks", ".mp4", lambda: _ftyp() + _atom(b"moov", _TRACK * 50_000)),
        ("MKV of unknown sizes in each other", ".mkv", lambda: _EBML + _ENDLESS * 5000),
        ("PNG of 30000 x 30000", ".png", lambda: _png(30_000, 30_000, whole=False)),
        ("PNG of 2^31 pixels in a row", ".png", lambda: _png(0x7FFFFFFF, 1, whole=False)),
        ("PNG of 9000 x 9000", ".png", lambda: _png(9_000, 9_000)),
        ("PNG with 1 GB of text", ".png", lambda: _png(8, 8, (b"zTXt", b"a\0\0" + _zeros(gig)))),
        ("PNG with 1 GB of colour profile", ".png", lambda: _png(8, 8, (b"iCCP", b"a\0\0" + _zeros(gig)))),
        ("MP4 with 1 GB of packed head", ".mov", lambda: _packed_head(gig)),
        ("GIF of 100,000 pictures", ".gif", lambda: _gif(1, 100_000)),
        ("WebP of 16383 x 16383", ".webp", _webp),
        ("WAV of 65535 channels", ".wav", lambda: _wav(channels=65535)),
        ("MP3 of nothing but heads", ".mp3", lambda: b"\xff\xfb\x90\x00" * 500_000),
        ("AAC of nothing but heads", ".aac", lambda: b"\xff\xf1\x50\x80\x00\xff\xfc" * 300_000),
        ("AVI of lists", ".avi", lambda: _chunk(b"RIFF", b"AVI " + _chunk(b"LIST", b"hdrl") * 100_000)),
        ("a megabyte of zeros", ".mp4", lambda: bytes(2**20)),
    ]


def _zeros(size: int) -> bytes:
    """Return that many zeros, packed."""
    packer, piece = zlib.compressobj(9), bytes(2**20)
    return b"".join(packer.compress(piece) for _ in range(size // 2**20)) + packer.flush()


def _png(width: int, height: int, *extra: tuple[bytes, bytes], whole: bool = True) -> bytes:
    row = (width + 7) // 8 + 1
    rows = _zeros(row * height) if whole else b""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        *extra,
        (b"IDAT", rows),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _gif(side: int, pictures: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    one = (
        b"\x21\xf9\x04\0\1\0\0\0" + b"\x2c" + struct.pack("<HHHH", 0, 0, side, side) + b"\0" + b"\2\2\x44\1\0"
    )
    return head + one * pictures + b"\x3b"


def _jpeg(side: int) -> bytes:
    out = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (16, 16)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(data)


def _webp() -> bytes:
    out = io.BytesIO()
    from PIL import Image

    Image.new("L", (16, 16)).save(out, "WEBP")
    data = bytearray(out.getvalue())
    at = data.index(b"\x9d\x01\x2a") + 3
    data[at : at + 4] = struct.pack("<HH", 16383, 16383)
    return bytes(data)


def _ftyp() -> bytes:
    return _atom(b"ftyp", b"isom\0\0\2\0isomiso2")


def _nested(depth: int) -> bytes:
    """Return containers in containers, each as long as what is left."""
    return _ftyp() + b"".join(struct.pack(">I", 8 * (depth - n)) + b"moov" for n in range(depth))


def _packed_head(size: int) -> bytes:
    packed = struct.pack(">I", size) + _zeros(size)
    return _ftyp() + _atom(b"moov", _atom(b"cmov", _atom(b"dcom", b"zlib") + _atom(b"cmvd", packed)))


def _samples() -> bytes:
    """Return a track that says that it has 2^32 samples of one byte."""
    tables = _atom(b"stsz", struct.pack(">III", 0, 1, 0xFFFFFFFF)) + _atom(
        b"stts", struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 1)
    )
    tables += _atom(b"stsc", struct.pack(">IIIII", 0, 1, 1, 0xFFFFFFFF, 1)) + _atom(
        b"stco", struct.pack(">III", 0, 1, 40)
    )
    return _atom(b"trak", _atom(b"mdia", _atom(b"minf", _atom(b"stbl", tables))))
