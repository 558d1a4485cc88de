"""Frames of all three dialects, read into events. ADK samples are shaped as google-adk really sends them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.protocol.dialects import EventReader
from nemo_lab.protocol.events import (
    Heartbeat,
    Option,
    Progress,
    Question,
    StreamError,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from nemo_lab.protocol.sse import ServerSentEvent


def adk(*parts, partial=None, invocation="e-1", author="nemo_agent", role="model", **more):
    event = {
        "content": {"parts": list(parts), "role": role},
        "invocationId": invocation,
        "author": author,
        "actions": {"stateDelta": {}, "artifactDelta": {}},
        "longRunningToolIds": [],
        "id": "x",
        "timestamp": 1.5,
    }
    return event | ({"partial": partial} if partial is not None else {}) | more


def text(words):
    return {"text": words}


def read(*frames, finish=True):
    reader = EventReader()
    events = []
    for frame in frames:
        data = frame if isinstance(frame, str) else json.dumps(frame)
        events += reader.read(ServerSentEvent(data))
    return events + (reader.finish() if finish else [])


def said(events):
    return "".join(e.text for e in events if isinstance(e, Text))


def test_adk_default_mode():
    call = {"functionCall": {"id": "adk-1", "name": "edit_multitrack", "args": {"op": "add_title"}}}
    result = {
        "functionResponse": {"id": "adk-1", "name": "edit_multitrack", "response": {"status": "success"}}
    }
    assert read(adk(text("I'll add a title."), call), adk(result, role="user"), adk(text("Done."))) == [
        Text("I'll add a title."),
        ToolCall("edit_multitrack", {"op": "add_title"}, "adk-1"),
        ToolResult("edit_multitrack", {"status": "success"}, "adk-1"),
        Text("Done."),
    ]


def test_adk_streaming_recap_adds_nothing():
    events = read(
        adk(text("Done: "), partial=True),
        adk(text("title added."), partial=True),
        adk(text("Done: title added.")),
    )
    assert events == [Text("Done: ", True), Text("title added.", True), Text("")]


def test_recap_brings_only_what_was_missing():
    events = read(adk(text("Done: "), partial=True), adk(text("Done: title added.")))
    assert events == [Text("Done: ", True), Text("title added.")]


def test_another_whole_message_after_pieces_loses_neither():
    assert said(read(adk(text("One. "), partial=True), adk(text("Two.")))) == "One. Two."


def test_whole_text_without_pieces_is_shown_once():
    assert read(adk(text("a"))) == [Text("a")]
    assert said(read(adk(text("a")), adk(text("a")))) == "aa"


def test_pieces_are_told_apart_by_invocation_and_author():
    events = read(
        adk(text("A"), partial=True, author="one"),
        adk(text("B"), partial=True, author="two"),
        adk(text("A"), author="one"),
        adk(text("B"), author="two"),
    )
    assert said(events) == "AB"
    again = read(adk(text("A"), partial=True), adk(text("A")), adk(text("A"), invocation="e-2"))
    assert said(again) == "AA"


def test_two_model_steps_each_with_pieces():
    steps = [
        adk(text("I "), partial=True),
        adk(text("go."), partial=True),
        adk(text("I go.")),
        adk(text("I "), partial=True),
        adk(text("went."), partial=True),
        adk(text("I went.")),
    ]
    assert said(read(*steps)) == "I go.I went."
    assert [e.partial for e in read(*steps)] == [True, True, False, True, True, False]


def test_pieces_without_recap_are_kept_and_ended():
    assert read(adk(text("cut off"), partial=True)) == [Text("cut off", True), Text("")]


def test_recap_with_a_call_in_the_same_event():
    call = {"functionCall": {"name": "edit", "args": {}}}
    assert read(adk(text("Hm"), partial=True), adk(text("Hm"), call)) == [
        Text("Hm", True),
        Text(""),
        ToolCall("edit", {}, None),
    ]


def test_thoughts_are_skipped_in_pieces_and_recap():
    thought = {"text": "secret", "thought": True}
    events = read(adk(thought, partial=True), adk(text("Hi."), partial=True), adk(thought, text("Hi.")))
    assert said(events) == "Hi."


def test_several_text_parts_are_one_message():
    assert read(adk(text("a"), text("b"))) == [Text("ab")]


def test_the_users_own_message_is_not_echoed():
    assert read(adk(text("mine"), author="user", role="user")) == []


def test_event_without_content_is_a_sign_of_life():
    assert read({"invocationId": "e", "author": "a", "actions": {"stateDelta": {"draft": {"t": []}}}}) == [
        Heartbeat()
    ]


def test_progress_of_the_local_backend():
    meta = {"customMetadata": {"nemo": {"stage": "analysing", "progress": 0.4}}}
    assert read({"invocationId": "e", "author": "a", "partial": True, **meta}) == [Progress("analysing", 0.4)]
    meta["customMetadata"]["nemo"]["progress"] = "soon"
    assert read({"author": "a", **meta}) == [Progress("analysing")]
    meta["customMetadata"]["nemo"]["progress"] = 7
    assert read({"author": "a", **meta}) == [Progress("analysing", 1.0)]


def test_snake_case_adk():
    event = {"content": {"parts": [{"function_call": {"name": "n", "args": {"a": 1}}}]}, "invocation_id": "i"}
    assert read(event) == [ToolCall("n", {"a": 1}, None)]
    assert read({"error_code": "X", "error_message": "m"}) == [StreamError("m", "X")]


QUESTIONS = {
    "title": "Before I cut",
    "questions": [
        {
            "id": "q1",
            "prompt": "Which?",
            "options": [{"id": "a", "label": "First"}, "Second"],
            "allow_multiple": True,
        },
        {"no": "prompt"},
        {"id": "q2", "prompt": "Sure?", "default": "yes"},
    ],
}


def test_question_as_a_tool_call():
    events = read(adk({"functionCall": {"name": "ask_question", "args": QUESTIONS}}))
    options = (Option("a", "First"), Option("Second", "Second"))
    assert events == [
        Question("Which?", options, "q1", True, "Before I cut", 1),
        Question("Sure?", (), "q2", False, "Before I cut", 2, "yes"),
    ]
    assert events[0].answer("First", "Second") == "1. Which?: First, Second"


def test_question_in_the_flat_dialect_and_one_that_is_broken():
    assert len(read({"type": "ask_question", **QUESTIONS})) == 2
    assert len(read({"type": "tool_call", "name": "ask_question", "args": QUESTIONS})) == 2
    assert read({"type": "tool_call", "name": "ask_question", "args": {"questions": 5}}) == [
        ToolCall("ask_question", {"questions": 5}, None)
    ]


def test_flat_dialect():
    assert read(
        {"type": "text", "content": "Gener"},
        {"type": "text", "content": "ating"},
        {"type": "tool_call", "name": "generate_video_with_seedance", "args": {}},
        {"type": "heartbeat"},
        {"type": "tool_result", "name": "generate_video_with_seedance", "result": {"url": "u"}},
        {"type": "text", "content": "Done."},
    ) == [
        Text("Gener", True),
        Text("ating", True),
        Text(""),
        ToolCall("generate_video_with_seedance"),
        Heartbeat(),
        ToolResult("generate_video_with_seedance", {"url": "u"}),
        Text("Done.", True),
        Text(""),
    ]


def test_flat_result_that_is_no_object():
    assert read({"type": "tool_result", "name": "n", "result": "ok"}) == [ToolResult("n", {"result": "ok"})]


def test_naive_dialect():
    assert said(read({"text": "Hello "}, {"text": "there."})) == "Hello there."


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "heartbeat",
        "HEARTBEAT",
        "ping",
        '"heartbeat"',
        {"type": "heartbeat"},
        {"heartbeat": 1},
        {"heartbeat": None},
        {"type": "ping"},
        {"type": "text", "content": ""},
    ],
)
def test_heartbeats_of_every_kind(frame):
    assert read(frame) == [Heartbeat()]


def test_heartbeat_by_event_type():
    assert EventReader().read(ServerSentEvent("{}", event="heartbeat")) == [Heartbeat()]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"error": 'bad "thing"'}, StreamError('bad "thing"')),
        ('{"error": "bad "thing""}', StreamError('bad "thing"')),  # 2025 ADK did not escape quotes
        ('{"error": "cut of', StreamError("cut of")),
        (
            {"error": "T: m", "error_details": {"error_type": "T", "error_message": "m"}},
            StreamError("T: m", "T"),
        ),
        ({"error": {"code": 2001, "message": "no credits"}}, StreamError("no credits", 2001)),
        ({"code": 2001, "message": "no credits"}, StreamError("no credits", 2001)),
        ({"errorCode": "SAFETY", "errorMessage": "blocked"}, StreamError("blocked", "SAFETY")),
        ({"errorCode": "SAFETY"}, StreamError("SAFETY", "SAFETY")),
        ({"type": "error", "content": "oh"}, StreamError("oh")),
        ({"type": "error"}, StreamError("unknown error")),
    ],
)
def test_error_frames(frame, error):
    assert read(frame) == [error]


def test_error_ends_the_open_message():
    assert read({"text": "half"}, {"error": "x"}) == [Text("half", True), Text(""), StreamError("x")]


def test_error_event_type_with_plain_text():
    assert EventReader().read(ServerSentEvent("oops", event="error")) == [StreamError("oops")]


@pytest.mark.parametrize(
    "frame", ["[DONE]", "<html>", "[1, 2]", "7", '{"a"', "[" * 100_000, "1" * 5000, {"foo": 1}]
)
def test_what_is_not_understood_is_kept_aside(frame):
    assert all(isinstance(event, Unknown) for event in read(frame))


@pytest.mark.parametrize(
    "broken",
    [
        {"content": {"parts": None}, "author": "a"},
        {"content": {"parts": [None, 5, "x", {"text": 5}, {"functionCall": None}]}, "author": "a"},
        {"content": None, "actions": None, "partial": None, "author": None},
        {"content": {"parts": [{"functionCall": {"name": None, "args": "x"}}]}},
        {"type": "text", "content": {"deep": 1}},
        {"customMetadata": {"nemo": {"stage": 1}}},
    ],
)
def test_broken_shapes_never_raise(broken):
    assert not said(read(broken))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "content",
                        "parts",
                        "text",
                        "type",
                        "error",
                        "partial",
                        "functionCall",
                        "name",
                        "args",
                        "author",
                        "code",
                        "questions",
                        "prompt",
                        "options",
                        "errorCode",
                        "customMetadata",
                        "nemo",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_makes_it_raise(data):
    read(data)


@given(st.lists(st.text(alphabet="ab .", min_size=1, max_size=6), min_size=1, max_size=6), st.booleans())
def test_pieces_and_recap_give_the_text_exactly_once(pieces, recap):
    frames = [adk(text(piece), partial=True) for piece in pieces]
    whole = "".join(pieces)
    assert said(read(*frames, *([adk(text(whole))] if recap else []))) == whole
