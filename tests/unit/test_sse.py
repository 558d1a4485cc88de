"""The decoder against the standard's rules, at every cut. Vectors re-typed from what browsers must do
(WHATWG HTML 9.2.6 and the behaviours that web-platform-tests cover in ``eventsource/``)."""

import itertools
import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.errors import EventTooLarge
from nemo_lab.protocol.sse import EVENT_LIMIT, ServerSentEvent, SSEDecoder, encode, encode_comment

B = "\ufeff"
END = "\n\n\n"
LONG = "x" * 2048


def lines(*texts: str) -> str:
    return "\n".join(texts)


# name, stream, (event, data, id) of each event
VECTORS = [
    (
        "event-data",
        lines(
            "data:msg",
            "data: msg",
            "",
            ":",
            "falsefield:msg",
            "",
            "falsefield:msg",
            "Data:data",
            "",
            "data",
            "",
            "data:end",
            "",
        )
        + END,
        [("message", "msg\nmsg", ""), ("message", "", ""), ("message", "end", "")],
    ),
    (
        "bom",
        lines(f"{B}data:1", "", f"{B}data:2", "", "data:3") + END,
        [("message", "1", ""), ("message", "3", "")],
    ),
    (
        "bom-2",
        lines(f"{B}{B}data:1", "", "data:2", "", "data:3") + END,
        [("message", "2", ""), ("message", "3", "")],
    ),
    (
        "comments",
        f"data:1\r:\0\n:\r\ndata:2\n:{LONG}\rdata:3\n:data:fail\r:{LONG}\ndata:4" + END,
        [("message", "1\n2\n3\n4", "")],
    ),
    (
        "no final empty line",
        lines("retry:1000", "data:test1", "", "id:test", "data:test2"),
        [("message", "test1", "")],
    ),
    (
        "field-data",
        lines("data:", "", "data", "data", "", "data:test") + END,
        [("message", "", ""), ("message", "\n", ""), ("message", "test", "")],
    ),
    ("null-character", "data:\0" + END, [("message", "\0", "")]),
    (
        "field-event",
        lines("event:test", "data:x", "", "data:x") + END,
        [("test", "x", ""), ("message", "x", "")],
    ),
    ("field-event-empty", lines("event: ", "data:data") + END, [("message", "data", "")]),
    ("field-id", lines("id: …", "retry: 200", "data: hello") + END, [("message", "hello", "…")]),
    (
        "field-id kept",
        lines("id: 1", "data: 1", "", "data: 2", "", "id: 2", "data:3", "", "data:4") + END,
        [("message", "1", "1"), ("message", "2", "1"), ("message", "3", "2"), ("message", "4", "2")],
    ),
    (
        "field-id reset",
        lines("id: 1", "data:a", "", "id:", "data:b", "", "id:2", "data:c", "", "id", "data:d") + END,
        [("message", "a", "1"), ("message", "b", ""), ("message", "c", "2"), ("message", "d", "")],
    ),
    *(
        (f"field-id-null {value!r}", lines(f"id:{value}", "data:ok") + END, [("message", "ok", "")])
        for value in ("\0\0", "x\0", "\0x", "x\0x", " \0")
    ),
    (
        "field-parsing",
        "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\n"
        "data:4" + END,
        [("message", "\0\n 2\n1\n3\n\n4", "")],
    ),
    (
        "field-unknown",
        lines("data:test", " data", "data", "foobar:xxx", "justsometext", ":thisisacommentyay", "data:test")
        + END,
        [("message", "test\n\ntest", "")],
    ),
    ("leading-space", "data:\ttest\rdata: \ndata:test" + END, [("message", "\ttest\n\ntest", "")]),
    ("newlines", "data:test\r\ndata\ndata:test\r\n\r\n", [("message", "test\n\ntest", "")]),
    ("utf-8", "data:ok…" + END, [("message", "ok…", "")]),
    (
        "other line ends stay",
        "data:a\u2028b\u2029c\x85d\x0be\x0cf" + END,
        [("message", "a\u2028b\u2029c\x85d\x0be\x0cf", "")],
    ),
    ("comment only", ": keep\n\n:x\n\n", []),
    ("id only", "id: 7\n\ndata: x\n\n", [("message", "x", "7")]),
    ("event only", "event: heartbeat\n\ndata: x\n\n", [("message", "x", "")]),
    ("bare heartbeat", "data:\n\ndata: \n\n", [("message", "", ""), ("message", "", "")]),
    ("colon in value", "data: a: b:c\n\n", [("message", "a: b:c", "")]),
    *(
        (f"ends {pair!r}", f"data:a{pair}data:b{pair}", [("message", "a", ""), ("message", "b", "")])
        for pair in ("\n\n", "\r\r", "\n\r", "\r\n\r", "\r\n\r\n", "\r\n\n", "\r\r\n", "\n\r\n")
    ),
]


def decode(*chunks: bytes) -> list[tuple[str, str, str]]:
    decoder = SSEDecoder()
    return [(e.event, e.data, e.id) for chunk in chunks for e in decoder.feed(chunk)]


@pytest.mark.parametrize(("stream", "events"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS])
def test_vector_at_every_split_and_byte_by_byte(stream, events):
    raw = stream.encode()
    assert decode(raw) == events
    assert decode(*(raw[i : i + 1] for i in range(len(raw)))) == events
    step = 1 if len(raw) < 1000 else 7
    for cut in range(0, len(raw) + 1, step):
        assert decode(raw[:cut], raw[cut:]) == events, cut


def test_a_lone_cr_ends_an_event_at_once():
    assert decode(b"data:x\r\r") == [("message", "x", "")]


def test_bad_utf8_becomes_replacement_characters():
    assert decode(b"data:\xff\xe4\xbd\n\n") == [("message", "\ufffd\ufffd", "")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("03000", 3000),
        ("1000x", None),
        ("", None),
        ("+5", None),
        ("1_000", None),
        ("\u0663", None),
        (" 5 ", None),
        ("9" * 5000, None),
    ],
)
def test_retry_takes_ascii_digits_alone(value, expected):
    decoder = SSEDecoder()
    decoder.feed(f"retry:{value}\n\n".encode())
    assert decoder.retry_ms == expected


def test_retry_keeps_the_last_good_value():
    decoder = SSEDecoder()
    decoder.feed(b"retry:3000\nretry:1000x\nretry\n\n")
    assert decoder.retry_ms == 3000


def test_incomplete_event_leaves_no_trace_in_the_last_id():
    decoder = SSEDecoder()
    assert decoder.feed(b"data:a\n\nid:test\ndata:b") != []
    assert decoder.last_event_id == ""


def test_g2_big_event_in_small_chunks_is_linear(goal):
    raw = b"data: " + b"x" * (8 << 20) + b"\n\n"
    decoder, started = SSEDecoder(), time.process_time()
    events = [e for i in range(0, len(raw), 1460) for e in decoder.feed(raw[i : i + 1460])]
    assert len(events[0].data) == 8 << 20
    used = time.process_time() - started  # 70 s where pieces are joined again and again
    goal.at_most("G2", "s of a processor for an event of 8 MiB in pieces of 1,460 bytes", used, 0.5)


@pytest.mark.parametrize("piece", [b"x" * 65536, b"data: " + b"y" * 1024 + b"\n", b": " + b"z" * 65536])
def test_g2_endless_event_is_refused_at_the_cap(goal, piece):
    decoder, limit, fed = SSEDecoder(), EVENT_LIMIT, 0

    def feed_on() -> None:
        nonlocal fed
        for _ in range(100_000):
            decoder.feed(piece)
            fed += len(piece)

    with pytest.raises(EventTooLarge):
        feed_on()
    assert limit - 65536 * 2 < fed
    goal.at_most("G2", "MiB of an endless event taken in before it is refused", fed / 2**20, 17)


@pytest.mark.parametrize("count", [50_000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_g2_endless_heartbeats_cost_no_memory(goal, count):
    decoder = SSEDecoder()
    tracemalloc.start()
    for _ in range(count):
        assert decoder.feed(b": heartbeat\n") == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    goal.at_most("G2", f"KiB that {count:,} heartbeats cost at most", peak / 1024, 64)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_any_bytes_at_any_cuts_give_the_same_events(raw, cuts):
    edges = sorted({0, len(raw), *(min(cut, len(raw)) for cut in cuts)})
    assert decode(*(raw[a:b] for a, b in itertools.pairwise(edges))) == decode(raw)


@given(
    st.lists(
        st.sampled_from(["data:", "data", "id:", "event:", ":", "\n", "\r", "\r\n", "a", " ", "é", "\0"])
    )
)
def test_streams_of_fields_at_one_byte_chunks(parts):
    raw = "".join(parts).encode()
    assert decode(*(raw[i : i + 1] for i in range(len(raw)))) == decode(raw)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_encoded_text_comes_back(text):
    wire = encode(json.dumps(text), event="e", id="7") + encode(text) + encode_comment(text)
    first, second = SSEDecoder().feed(wire)
    assert first == ServerSentEvent(json.dumps(text), "e", "7")
    assert second.data == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("bad", [{"event": "a\nb"}, {"id": "a\rb"}, {"id": "\0"}, {"retry_ms": -1}])
def test_encode_refuses_what_would_break_out(bad):
    with pytest.raises(ValueError, match=r"one line|negative"):
        encode("x", **bad)


def test_encode_writes_all_fields():
    assert encode("a\nb", event="e", id="", retry_ms=5) == b"event: e\nid: \nretry: 5\ndata: a\ndata: b\n\n"


def test_encode_writes_nothing_else():
    assert encode("x") == b"data: x\n\n"
    assert encode("a\r\nb\rc\ud800", id="1", retry_ms=0) == b"id: 1\nretry: 0\ndata: a\ndata: b\ndata: c?\n\n"
    assert encode_comment() == b": heartbeat\n\n"
    assert encode_comment("a\nb\ud800") == b": a\n: b?\n\n"
