"""Chat: rules P1, R1, S1-S9, V1-V3 and X2 of the client, over both faces."""

import threading

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nemo_lab import errors
from nemo_lab.client.gui import translate
from nemo_lab.protocol.events import Heartbeat, Progress, Question, Text, ToolCall, ToolResult
from nemo_lab.protocol.messages import run_request
from tests.contract.scripted import DRAFT, TITLED, Drop, Json, Stream, edited, message, say

EXPORTS = [
    "export",
    "导出",
    "download the video",
    "send me the video",
    "export it as 1080p mp4",
    "请导出视频",
]
OTHERS = [
    "how many credits do I have left",
    "credits",
    "余额",
    "积分还剩多少",
    "status",
    "状态",
    "show tracks",
]
TRAPS = [
    "add end credits",
    "add a title 'Export this'",
    "add an export-style title",
    "add the upload date as a caption",
    "cut the part where I talk about credits",
    "add a title that says 导出",
    "remove the silence, then add music",
    "给视频加一个标题“导出”",
]


def test_p1_text_reaches_the_chat_byte_for_byte(session, cloud):
    texts = [
        "加个标题「你好」",
        'say "hi"\n\ttwice \\ \u2028',
        "👩‍👩‍👧 x",
        "a" * 10_000,
        "\u0000 nul",
        "  spaces kept  ",
    ]
    for text in texts:
        session.chat(text)
    assert [request.json["new_message"]["parts"][0]["text"] for request in cloud.chats] == texts


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_p1_any_text(session, cloud, text):
    before = len(cloud.chats)
    session.chat("add a title: x" + text)
    assert cloud.chats[before].json["new_message"]["parts"][0]["text"] == "add a title: x" + text


@pytest.mark.parametrize("text", EXPORTS)
def test_r1_exports_never_reach_the_chat(session, cloud, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    reply = session.chat(text)
    assert cloud.chats == []
    assert reply.route == "export"
    assert reply.video.path.read_bytes() == cloud.file
    assert str(reply.video.path) in reply.text


@pytest.mark.parametrize("text", OTHERS)
def test_r1_credits_and_status_never_reach_the_chat(session, cloud, text):
    reply = session.chat(text)
    assert cloud.chats == []
    assert reply.route in {"credits", "status"}
    assert ("100" in reply.text) if reply.route == "credits" else reply.text.startswith("Timeline (1 track)")


def test_r1_uploads_never_reach_the_chat(session, cloud, recording):
    assert "upload" in session.chat("upload").text
    assert "recording" in session.chat(f'upload "{recording}"').text
    session.chat("upload https://example.com/a/clip.mp4")
    assert cloud.chats == []
    assert [item["filename"] for item in cloud.video_infos] == ["my recording.MP4", "clip.mp4"]


@pytest.mark.parametrize("text", TRAPS)
def test_r1_edits_that_look_like_commands_reach_the_chat_once(session, cloud, text):
    session.chat(text)
    assert [request.json["new_message"]["parts"][0]["text"] for request in cloud.chats] == [text]


def test_s1_exact_request(session, cloud):
    session.chat("make it short")
    request = cloud.chats[0]
    assert request.json == run_request(session.id, "make it short")
    assert request.headers["accept"] == "text/event-stream"
    assert request.headers["content-type"] == "application/json"


def test_s1_900_seconds_in_all(session, cloud, clock):
    steps = [
        part for _ in range(10) for part in (clock.tick(91), {"type": "tool_call", "name": "x", "args": {}})
    ]
    cloud.script("POST /run_sse", Stream(steps, end="hang"))
    with pytest.raises(errors.StreamTimeout):
        session.chat("a long one")
    assert len(cloud.chats) == 1


def test_s1_900_seconds_but_the_edit_was_done(session, cloud, clock):
    def done():
        cloud.draft = TITLED
        clock.advance(450)

    cloud.script("POST /run_sse", Stream([done, edited()[0], clock.tick(451)], end="hang"))
    assert session.chat("add a title").changes == ('Title added: "Urban Dreams" (0-3s)',)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_s2_never_sent_again_after_a_server_error(session, cloud, status):
    cloud.script("POST /run_sse", Json("<html>Bad Gateway</html>", status))
    with pytest.raises(errors.BackendUnavailable, match="may have been taken"):
        session.chat("add a title")
    assert len(cloud.chats) == 1


def test_s2_a_server_error_after_which_the_edit_is_there(session, cloud):
    def fail_but_do(_):
        cloud.draft = TITLED
        return Json("oops", 502)

    cloud.script("POST /run_sse", fail_but_do)
    assert session.chat("add a title").changes
    assert len(cloud.chats) == 1


@pytest.mark.parametrize("reply", [Drop(), Stream([], "rst"), Stream([message("I"), b": x\n"], "fin")])
def test_s2_never_sent_again_after_a_cut(session, cloud, reply):
    if isinstance(reply, Stream):
        reply = Stream(
            [step | {"partial": True} if isinstance(step, dict) else step for step in reply.steps], reply.end
        )
    cloud.script("POST /run_sse", reply)
    with pytest.raises(errors.GenerationUnknown):
        session.chat("add a title")
    assert len(cloud.chats) == 1


def test_s2_a_connection_of_its_own(session, cloud):
    session.chat("one")
    session.chat("two")
    assert len(cloud.chats) == 2  # a stale keep-alive connection would have failed the second


def test_s3_connect_errors_are_tried_again_twice(bench, cloud, clock, monkeypatch):
    from nemo_lab.client.http import Http

    session, original, calls = bench.client().create_session(), Http.open_stream, []

    def failing(self, path, **options):
        calls.append(path)
        if len(calls) < 3:
            self = Http("http://127.0.0.1:9")  # nobody listens there
        return original(self, path, **options)

    monkeypatch.setattr(Http, "open_stream", failing)
    assert session.chat("hello").text == "Done."
    assert (len(calls), len(cloud.chats)) == (3, 1)
    calls.clear()
    monkeypatch.setattr(
        Http, "open_stream", lambda self, path, **o: original(Http("http://127.0.0.1:9"), path, **o)
    )
    with pytest.raises(errors.ConnectFailed):
        session.chat("hello")
    assert len(cloud.chats) == 1


def test_s4_heartbeats_keep_waiting_and_notes_come_every_120_s(session, cloud, clock):
    beats = [
        b": heartbeat\n\n",
        b"data:\n\n",
        b"event: heartbeat\ndata: {}\n\n",
        {"type": "heartbeat"},
        b"data: heartbeat\n\n",
    ]
    steps = [part for _ in range(12) for beat in beats for part in (clock.tick(10), beat)]
    cloud.script("POST /run_sse", Stream([*steps, clock.tick(1)], end="hang"))
    start, notes, beats_seen = clock.now, [], 0

    def listen(event):
        nonlocal beats_seen
        beats_seen += isinstance(event, Heartbeat)
        if isinstance(event, Progress):
            notes.append((event.stage, clock.now - start))

    with pytest.raises(errors.GenerationUnknown):
        session.chat("generate a video", listen)
    waiting = [seconds for stage, seconds in notes if stage == "still working"]
    assert waiting == [120, 240, 360, 480]
    assert notes[4][0].startswith("connection lost")
    assert notes[4][1] == 600
    assert beats_seen > 50
    assert len(cloud.chats) == 1


def test_s4_content_resets_the_wait(session, cloud, clock):
    steps = [
        part for _ in range(5) for part in (clock.tick(100), {"type": "tool_call", "name": "t", "args": {}})
    ]
    cloud.script("POST /run_sse", Stream([*steps, message("Fine.")]))
    notes = []
    assert session.chat("x", notes.append).text == "Fine."
    assert not any(isinstance(event, Progress) for event in notes)


def test_s5_tools_are_never_text(session, cloud):
    cloud.script("POST /run_sse", Stream([message("Working."), *edited(), message("Done.")]))
    events = []
    reply = session.chat("cut it", events.append)
    assert reply.text == "Working.\nDone."
    assert [type(event) for event in events] == [Text, ToolCall, ToolResult, Text]
    assert "edit_multitrack" not in reply.text


APOLOGY = "I encountered a temporary issue. Please try again."


@pytest.mark.parametrize(
    "frames",
    [
        [message("Title added."), message(APOLOGY)],
        [message(f"Title added. {APOLOGY}")],
        [{"text": f"Title added. {APOLOGY}"}],
    ],
)
def test_s6_a_trailing_apology_is_ignored(session, cloud, frames):
    cloud.script("POST /run_sse", Stream(frames))
    shown = []
    reply = session.chat("x", shown.append)
    assert reply.text == "Title added."
    assert "temporary" not in "".join(event.text for event in shown if isinstance(event, Text))


def test_s6_alone_it_is_an_error_unless_the_edit_was_done(session, cloud):
    cloud.script("POST /run_sse", say(APOLOGY))
    with pytest.raises(errors.BackendUnavailable, match="temporary problem"):
        session.chat("x")

    def done(_):
        cloud.draft = TITLED
        return say("抱歉，我遇到了临时问题")

    cloud.script("POST /run_sse", done)
    assert session.chat("y").text == 'Title added: "Urban Dreams" (0-3s)'


@pytest.mark.parametrize(
    ("text", "expected"),
    [("add a title", 'Title added: "Urban Dreams" (0-3s)'), ("加个标题", "已添加标题：")],
)
def test_s7_a_silent_edit_is_reported_from_the_state(session, cloud, text, expected):
    def silent(_):
        cloud.draft = TITLED
        return Stream(edited())

    cloud.script("POST /run_sse", silent)
    reply = session.chat(text)
    assert reply.text.startswith(expected)
    assert reply.changes
    assert reply.draft.to_wire() == TITLED


@pytest.mark.parametrize("frames", [[], edited(), [b": only a comment\n\n"], [b"data:\n\n"]])
def test_s7_no_change_is_said_plainly(session, cloud, frames):
    cloud.script("POST /run_sse", Stream(frames))
    reply = session.chat("do it")
    assert reply.text == "Nothing changed on the timeline."
    assert reply.changes == ()


def test_s7_text_without_a_state_is_enough(session, cloud):
    """A stock ADK server has no state at all."""
    cloud.script("GET /api/state/.*", *[Json({"detail": "Not Found"}, 404)] * 2)
    reply = session.chat("hello")
    assert (reply.text, reply.draft, reply.changes) == ("Done.", None, ())
    cloud.script("GET /api/state/.*", *[Json({"detail": "Not Found"}, 404)] * 2)
    cloud.script("POST /run_sse", Stream(edited()))
    with pytest.raises(errors.GenerationUnknown):
        session.chat("silent, and nothing to look at")


def test_s7_an_end_that_may_be_a_cut_is_checked(session, cloud, clock):
    """Without chunks a cut looks like an end: whole text is enough, half of it is not."""
    cloud.script("POST /run_sse", Stream([message("All done.")], chunked=False))
    assert session.chat("x").text == "All done."
    assert clock.sleeps == []
    cloud.script("POST /run_sse", Stream([message("All d", partial=True)], chunked=False))
    with pytest.raises(errors.GenerationUnknown):
        session.chat("y")


def test_s7_cut_after_the_answer_needs_no_waiting(session, cloud, clock):
    cloud.script("POST /run_sse", Stream([message("It is 10 s long.")], end="rst"))
    assert session.chat("how long is it?").text == "It is 10 s long."
    assert clock.sleeps == []


def test_s8_raw_video_first_then_the_choice(session, cloud):
    def generated():
        cloud.draft = {
            "t": [*TITLED["t"], {"tt": 1, "sg": [{"d": 10000, "m": {"name": "Lo-fi", "volume": 35}}]}]
        }

    cloud.draft = {}
    frames = [
        *edited("generate_video_with_seedance", url="u"),
        generated,
        *edited(),
        message("Your video is ready."),
    ]
    cloud.script("POST /run_sse", Stream(frames))
    events = []
    reply = session.chat("make a video of a city", events.append)
    kinds = [event for event in events if isinstance(event, Progress | Question)]
    assert isinstance(kinds[0], Progress)
    assert kinds[0].stage == "raw video ready"
    question = kinds[-1]
    assert [option.label for option in question.options] == ["keep", "strip"]
    assert '"Urban Dreams"' in question.prompt
    assert "Lo-fi" in question.prompt
    assert reply.questions == (question,)


def test_s9_one_after_the_other(bench, cloud):
    session = bench.client().create_session()
    active, most = 0, 0

    def enter():
        nonlocal active, most
        active += 1
        most = max(most, active)

    def leave():
        nonlocal active
        active -= 1

    cloud.script("POST /run_sse", *[Stream([enter, lambda: None, message(f"{n}"), leave]) for n in range(8)])
    if bench.face == "sync":
        threads = [threading.Thread(target=session.chat, args=(f"edit {n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        import asyncio

        async def all_at_once():
            await asyncio.gather(*(session._core.chat(f"edit {n}") for n in range(8)))

        bench.run(all_at_once())
    assert most == 1
    assert len(cloud.chats) == 8


def test_v1_after_a_cut_the_state_is_asked_five_times(session, cloud, clock):
    start, times = None, []

    def cut(_):
        nonlocal start
        start = clock.now
        return Stream([edited()[0]], end="rst")

    def look(_):
        if start is not None:
            times.append(clock.now - start)
        return Json({"code": 0, "data": {"state": {"draft": DRAFT}}})

    cloud.script("POST /run_sse", cut)
    cloud.script("GET /api/state/.*", *[look] * 6)
    with pytest.raises(errors.GenerationUnknown, match="Say it again if you still want it"):
        session.chat("cut it")
    assert times == [30, 90, 150, 210, 270]
    assert len(cloud.chats) == 1


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_v2_reported_as_soon_as_the_state_changed(session, cloud, clock, k):
    answers = [DRAFT] * k + [TITLED]
    cloud.script("POST /run_sse", Stream([edited()[0]], end="rst"))
    cloud.script("GET /api/state/.*", *(Json({"code": 0, "data": {"state": {"draft": d}}}) for d in answers))
    reply = session.chat("add a title")
    assert reply.changes == ('Title added: "Urban Dreams" (0-3s)',)
    assert sum(clock.sleeps) == 30 + 60 * (k - 1)


def test_v1_a_state_that_cannot_be_read_does_not_count(session, cloud, clock):
    looks = [Json({"code": 0, "data": {"state": {"draft": DRAFT}}})]
    looks += [Json("down", 400)] * 3
    looks += [Json({"code": 0, "data": {"state": {"draft": TITLED}}})]
    cloud.script("POST /run_sse", Stream([edited()[0]], end="rst"))
    cloud.script("GET /api/state/.*", *looks)
    assert session.chat("add a title").changes
    assert clock.sleeps == [30, 60, 60, 60]


def test_v1_ends_after_ten_minutes_even_if_the_state_never_comes(session, cloud, clock):
    cloud.script("POST /run_sse", Stream([edited()[0]], end="rst"))
    cloud.script(
        "GET /api/state/.*", Json({"code": 0, "data": {"state": {"draft": DRAFT}}}), *[Json("x", 400)] * 50
    )
    with pytest.raises(errors.GenerationUnknown):
        session.chat("add a title")
    assert sum(clock.sleeps) <= 600


@pytest.mark.parametrize("changed", [True, False])
def test_v3_after_the_death_of_the_process_nothing_is_sent_again(bench, cloud, clock, changed):
    """The message is noted before it is sent; a new process finds the note."""
    first = bench.client().create_session("project")

    class Killed(BaseException):
        pass

    def die(_):
        raise Killed

    cloud.script("POST /run_sse", Stream([{"type": "tool_call", "name": "x", "args": {}}], end="hang"))
    with pytest.raises(Killed):
        first.chat("add a title", die)
    if changed:
        cloud.draft = TITLED
    again = bench.client().create_session("project", resume=True)
    assert (again.id, again.task_id) == (first.id, first.task_id)
    if changed:
        assert again.chat("add a title").changes == ('Title added: "Urban Dreams" (0-3s)',)
    else:
        with pytest.raises(errors.GenerationUnknown):
            again.chat("add a title")
    assert len(cloud.chats) == 1
    again.chat("add a title")  # only now it is the user who says it a second time
    assert len(cloud.chats) == 2


def test_v3_recover_tells_what_became_of_it(bench, cloud, clock):
    first = bench.client().create_session("project")
    assert first.recover() is None

    def die(_):
        raise SystemExit

    cloud.script("POST /run_sse", Stream([{"type": "tool_call", "name": "x", "args": {}}], end="hang"))
    with pytest.raises(SystemExit):
        first.chat("add a title", die)
    clock.advance(20)
    cloud.draft = TITLED
    again = bench.client().session(first.id)
    assert again.recover().text == 'Title added: "Urban Dreams" (0-3s)'
    assert clock.sleeps[-1] == 10  # 30 s after it was sent
    assert again.recover() is None


def test_x2_a_lost_session_is_told_and_never_swapped(session, cloud):
    cloud.script("GET /api/state/.*", Json({"code": 1002, "message": "session not found"}))
    with pytest.raises(errors.SessionNotFound, match="Start a new session"):
        session.chat("cut it")
    cloud.script("POST /run_sse", Json({"detail": f"Session not found: {session.id}"}, 404))
    with pytest.raises(errors.SessionNotFound):
        session.chat("cut it")
    assert cloud.session_count == 1


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ({"error": "oh"}, errors.ApiError),
        ({"error": {"code": 2001, "message": "none left"}}, errors.InsufficientCredits),
        ({"errorCode": "EditError", "errorMessage": "too short"}, errors.EditError),
        ({"errorCode": "SAFETY", "errorMessage": "no"}, errors.ApiError),
        ({"code": 1002, "message": "gone"}, errors.SessionNotFound),
    ],
)
def test_errors_in_the_stream_are_typed(session, cloud, frame, kind):
    cloud.script("POST /run_sse", Stream([frame]))
    with pytest.raises(kind) as caught:
        session.chat("x")
    assert type(caught.value) is kind


def test_an_error_in_the_stream_after_the_edit_is_told_with_it(session, cloud):
    def broken(_):
        cloud.draft = TITLED
        return Stream([*edited(), {"error": "writer crashed"}])

    cloud.script("POST /run_sse", broken)
    reply = session.chat("x")
    assert "writer crashed" in reply.text
    assert reply.changes


@pytest.mark.parametrize(
    "reply",
    [
        Json({"code": 0, "data": {}}),
        Json("hello"),
        Stream([], type="text/event-streamish"),
        Json("", 204),
        Json("", 299),
    ],
)
def test_what_is_no_stream_is_refused(session, cloud, reply):
    cloud.script("POST /run_sse", reply)
    with pytest.raises(errors.BackendUnavailable):
        session.chat("x")


def test_an_endless_event_is_cut_off(session, cloud):
    cloud.script("POST /run_sse", Stream([b"data: " + b"x" * (1 << 20)] + [b"x" * (1 << 20)] * 20))
    with pytest.raises(errors.EventTooLarge):
        session.chat("x")


def test_replies_carry_what_the_backend_did(session, cloud):
    operations = [{"op": "title", "text": "Hi"}]
    call = {
        "content": {
            "parts": [{"functionCall": {"name": "edit_multitrack", "args": {"operations": operations}}}]
        }
    }
    result = edited(notes=["skipped one"], suggestions=["add music"])[1]
    cloud.script("POST /run_sse", Stream([call, result, message("Done.")]))
    reply = session.chat("title")
    assert reply.operations == tuple(operations)
    assert (reply.notes, reply.suggestions) == (("skipped one",), ("add music",))
    assert str(reply) == "Done."
    assert reply._repr_mimebundle_()["text/plain"] == "Done."


def test_questions_come_as_questions(session, cloud):
    ask = {
        "title": "",
        "questions": [{"id": "q", "prompt": "Which?", "options": [{"id": "a", "label": "A"}]}],
    }
    cloud.script(
        "POST /run_sse",
        Stream([{"content": {"parts": [{"functionCall": {"name": "ask_question", "args": ask}}]}}]),
    )
    reply = session.chat("cut it")
    assert reply.route == "clarify"
    assert reply.questions[0].prompt == "Which?"
    assert reply.text
    session.chat(reply.questions[0].answer("A"))
    assert cloud.chats[-1].json["new_message"]["parts"][0]["text"] == "1. Which?: A"


def test_streams_give_events_then_the_reply(session, cloud):
    cloud.script("POST /run_sse", Stream([message("One. ", partial=True), *edited(), message("Two.")]))
    stream = session.stream("x")
    kinds = [type(event) for event in stream]
    assert kinds == [Text, ToolCall, ToolResult, Text, Text]
    assert stream.reply().text == "One.\nTwo."
    assert session.said == ("x",)


def test_a_stream_that_fails_raises_at_its_end(session, cloud):
    cloud.script("POST /run_sse", Stream([message("One."), {"error": "oh"}]))
    seen = []
    stream = iter(session.stream("x"))

    def drain():
        seen.extend(stream)

    with pytest.raises(errors.ApiError, match="oh"):
        drain()
    assert isinstance(seen[0], Text)


def test_what_was_said_is_kept_only_when_answered(session, cloud):
    session.chat("one")
    cloud.script("POST /run_sse", Stream([{"error": "no"}]))
    with pytest.raises(errors.ApiError):
        session.chat("two")
    session.undo()
    session.redo()
    assert session.said == ("one", "undo", "redo")
    with pytest.raises(errors.UsageError):
        session.chat("  ")


def test_a_new_session_is_silent_about_buttons(session, cloud):
    cloud.script(
        "POST /run_sse",
        say("Your title is in. Click the Export button in the top right corner of the editor."),
    )
    shown = []
    reply = session.chat("x", shown.append)
    assert reply.text == 'Your title is in. Say "export" and the video is saved as a file.'
    assert reply.text == "".join(event.text for event in shown if isinstance(event, Text))
    assert translate("Fine.") == "Fine."
