"""Requests, replies, envelopes and error codes."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab import errors
from nemo_lab.protocol import messages as m
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.envelope import error_for, failure, success, unwrap
from nemo_lab.protocol.renders import RenderOutput, RenderRequest, RenderStatus

CODES = [
    (1001, errors.AuthError, False),
    (1010, errors.AuthError, False),
    (1011, errors.AuthError, False),
    (401, errors.AuthError, False),
    (1002, errors.SessionNotFound, False),
    (2001, errors.InsufficientCredits, False),
    (4001, errors.UnsupportedFormat, False),
    (4002, errors.FileTooLarge, False),
    (400, errors.ApiError, False),
    (402, errors.SubscriptionRequired, False),
    (403, errors.SubscriptionRequired, False),
    (429, errors.RateLimited, True),
    (500, errors.BackendUnavailable, True),
    (503, errors.BackendUnavailable, True),
    (9999, errors.ApiError, False),
    (422, errors.ApiError, False),
]


@pytest.mark.parametrize(("code", "kind", "retryable"), CODES)
@pytest.mark.parametrize("status", [200, 400, 404])
def test_x1_every_code_inside_a_body_has_one_class(code, kind, retryable, status):
    with pytest.raises(errors.NemoError) as caught:
        unwrap(status, {"code": code, "message": "no"})
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.retryable, caught.value.message) == (code, retryable, "no")


@pytest.mark.parametrize(("code", "kind", "retryable"), [row for row in CODES if 400 <= row[0] < 600])
@pytest.mark.parametrize("body", ["<html>Bad</html>", {}, None, [], {"detail": "no"}])
def test_x1_every_code_as_a_bare_http_status(code, kind, retryable, body):
    with pytest.raises(errors.NemoError) as caught:
        unwrap(code, body)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert str(caught.value)


def test_success_in_all_envelopes():
    assert unwrap(200, success({"a": 1})) == {"a": 1}
    assert unwrap(200, {"code": "0", "data": [1]}) == [1]
    assert unwrap(200, {"success": True, "data": {"id": 1}}) == {"id": 1}
    assert unwrap(200, {"success": True, "id": 1}) == {"success": True, "id": 1}
    assert unwrap(200, {"taskId": "x"}) == {"taskId": "x"}
    assert unwrap(201, "text") == "text"
    assert unwrap(200, {"code": 0}) is None


def test_the_code_goes_before_success():
    with pytest.raises(errors.InsufficientCredits):
        unwrap(200, {"code": 2001, "success": True})
    assert unwrap(200, {"code": 0, "success": False, "data": 7}) == 7


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"success": False, "error": "why"}, "why"),
        ({"success": False, "error": {"message": "why"}}, "why"),
        ({"code": 7, "msg": "why"}, "why"),
        ({"code": 7, "reason": "why"}, "why"),
        ({"code": 7, "detail": "why\n  so"}, "why so"),
        (
            {"code": 7, "detail": [{"loc": ["body", "userId"], "msg": "Field required"}]},
            "body.userId: Field required",
        ),
        ({"code": 7}, "the backend refused (code 7)"),
    ],
)
def test_messages_of_refusals(body, message):
    with pytest.raises(errors.ApiError) as caught:
        unwrap(200, body)
    assert caught.value.message == message


def test_stock_adk_refusals():
    with pytest.raises(errors.SessionNotFound):
        unwrap(404, {"detail": "Session not found: nope"})
    with pytest.raises(errors.ApiError) as caught:
        unwrap(404, {"detail": "Not Found"})
    assert type(caught.value) is errors.ApiError


def test_refusals_say_what_to_do():
    assert "nemovideo.com to unlock export" in str(error_for(402))
    assert "credits" not in error_for(402).remedy
    assert "Compress or trim" in str(error_for(4002))
    assert "m4a" in str(error_for(4001))
    assert failure(1002, "gone") == {"code": 1002, "message": "gone", "data": None}


@given(
    st.integers(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["code", "success", "data", "error", "message", "detail"]), x)
        ),
        max_leaves=8,
    ),
)
def test_odd_envelopes_give_a_value_or_our_error(status, body):
    with contextlib.suppress(errors.NemoError):
        unwrap(status, body)


def test_paths():
    assert m.upload_path("5") == "/api/upload-video/nemo_agent/me/5"
    assert m.state_path("5") == "/api/state/nemo_agent/me/5/latest"
    assert m.CREATE_SESSION == "/api/tasks/me/with-session/nemo_agent"
    assert m.render_path("r") == "/api/render/proxy/lambda/r"
    assert m.render_cancel_path("r") == "/api/render/proxy/lambda/r/cancel"
    assert m.render_download_path("r") == "/api/render/proxy/r/download"
    assert m.state_path("../x?y") == "/api/state/nemo_agent/me/..%2Fx%3Fy/latest"


def test_run_request_is_exact():
    body = m.run_request("5", 'say "你好"\n')
    assert body == {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": "5",
        "new_message": {"parts": [{"text": 'say "你好"\n'}]},
    }
    assert m.RunRequest.read(body).new_message.text == 'say "你好"\n'
    camel = {
        "appName": "a",
        "userId": "u",
        "sessionId": "5",
        "newMessage": {"parts": [{"text": "x"}], "role": "user"},
    }
    assert m.RunRequest.read(camel).session_id == "5"


def test_anonymous_token_hides_itself_and_survives_odd_dates():
    token = m.AnonymousToken.read({"token": "nmv_usr_x", "expires_at": "soon", "credits": 100, "more": 1})
    assert token.expires_at is None
    assert "nmv_usr_x" not in repr(token)
    dated = m.AnonymousToken.read({"token": "t", "expires_at": "2026-03-18T00:00:00Z"})
    assert dated.expires_at is not None
    assert dated.expires_at.year == 2026


def test_replies_that_cannot_be_read_never_quote_the_input():
    with pytest.raises(errors.ProtocolError) as caught:
        m.AnonymousToken.read({"token": {"secret": "nmv_usr_x"}})
    assert "nmv_usr_x" not in str(caught.value)
    for data in (None, [], "x", 5, {"session_id": None}):
        with pytest.raises(errors.ProtocolError):
            m.SessionCreated.read(data)


def test_session_ids_may_come_as_numbers():
    made = m.SessionCreated.read({"task_id": 7, "session_id": 5529798706024415232})
    assert (made.task_id, made.session_id) == ("7", "5529798706024415232")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"available": 25000, "frozen": 40, "total": 25040}, (25000, 40, 25040)),
        ({"available": 10}, (10, 0, 10)),
        ({"available": -5, "frozen": None}, (0, 0, 0)),
        ({}, (0, 0, 0)),
    ],
)
def test_credits(data, expected):
    balance = m.Credits.read(data)
    assert (balance.available, balance.frozen, balance.total) == expected


def test_odd_credits_are_our_error():
    with pytest.raises(errors.ProtocolError):
        m.Credits.read({"available": "many"})


def test_upload_reply_and_its_alias():
    item = {
        "filename": "a.mp4",
        "file_type": "video",
        "cdn_url": "u",
        "duration": 30.5,
        "width": 1920,
        "x": 1,
    }
    reply = m.UploadReply.read({"files": [item], "session_state_applied": True})
    assert reply.files[0].duration == 30.5
    assert m.UploadReply.read({"uploaded_files": [{"url": "u"}]}).files[0].cdn_url == "u"
    assert m.UploadReply.read({"files": None}).files == ()


def test_state_is_tolerant_and_lossless():
    wire = {
        "session_id": "5",
        "state": {"draft": {"t": [{"tt": 9, "new": 1}]}, "video_infos": [{"a": 1}], "k": 2},
    }
    assert m.SessionState.read(wire).to_wire() == wire
    for state in (None, {}, {"draft": None, "video_infos": None}):
        assert m.SessionState.read({"state": state}).state.draft == Draft()
    assert m.ProjectState.read({"video_infos": {"a": {"filename": "x"}, "b": 5}}).video_infos == (
        {"filename": "x"},
    )


DONE = {"status": "completed", "progress": 100}


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "data": {"id": "r1", **DONE, "outputUrl": "https://c/v.mp4"}},
        {"taskId": "r1", **DONE, "output": {"url": "https://c/v.mp4", "duration": 30.5, "size": 9}},
        {"code": 0, "data": {"render_id": "r1", **DONE, "output": "https://c/v.mp4"}},
        {"id": "r1", **DONE, "outputUrl": "https://c/v.mp4", "data": None},
    ],
)
def test_render_status_in_both_shapes(body):
    status = RenderStatus.read_reply(body)
    assert (status.id, status.completed, status.url, status.fraction) == ("r1", True, "https://c/v.mp4", 1.0)
    again = status.to_reply()
    assert (
        RenderStatus.read_reply(again).url == RenderStatus.read_reply(again["data"]).url == "https://c/v.mp4"
    )
    assert again["output"]["url"] == again["outputUrl"] == again["data"]["outputUrl"]
    json.dumps(again)


@pytest.mark.parametrize(
    ("fields", "completed", "failed", "fraction"),
    [
        ({"status": "pending"}, False, False, None),
        ({"status": "warming", "progress": 5}, False, False, 0.05),
        ({"status": "processing", "progress": "half"}, False, False, None),
        ({"status": "processing", "progress": 250}, False, False, 1.0),
        ({"status": "failed", "error": {"message": "why"}}, False, True, None),
        ({"status": "cancelled"}, False, True, None),
        ({}, False, False, None),
    ],
)
def test_render_status_in_between(fields, completed, failed, fraction):
    status = RenderStatus.read_reply({"id": "r", **fields})
    assert (status.completed, status.failed, status.fraction) == (completed, failed, fraction)


def test_a_render_reply_that_is_none():
    for body in (None, "ok", [], {"data": {"status": 5}}):
        with pytest.raises(errors.ProtocolError):
            RenderStatus.read_reply(body)


def test_render_request_on_the_wire():
    request = RenderRequest(id="render_1", session_id="5", draft=Draft.from_wire({"t": [{"sg": [], "u": 1}]}))
    wire = request.to_wire()
    assert wire == {
        "id": "render_1",
        "sessionId": "5",
        "draft": {"t": [{"sg": [], "u": 1}]},
        "output": {"format": "mp4", "quality": "high"},
    }
    assert RenderRequest.read(wire).to_wire() == wire
    assert RenderRequest.read({**wire, "output": {"fps": 30}}).output.to_wire()["fps"] == 30


@pytest.mark.parametrize(
    ("text", "height"),
    [
        ("1080p", 1080),
        ("1920x1080", 1080),
        ("4k", 2160),
        ("720", 720),
        ("big", None),
        (None, None),
        ("", None),
    ],
)
def test_output_height(text, height):
    assert RenderOutput(resolution=text).height == height
