"""The conversation: ADK's events to the key, edits with history, questions, and turns that end once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from nemo_lab.local import Options
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import Cut, RemoveSilence, Title
from tests.contract.serving import Backend, events, message, serving, texts, tool_results
from tests.media.clips import Clip, make


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clips") / "talk.mp4", Clip(seconds=5, sound="speech"))


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("chat")) as running:
        yield running


@pytest.fixture
def session(backend: Backend, clip: Path) -> str:
    made = backend.session()
    path = f"/api/upload-video/nemo_agent/me/{made}"
    backend.data("POST", path, json={"paths": [str(clip)], "source_type": "path"})
    return made


def length(backend: Backend, session: str) -> int:
    return int(backend.state(session)["draft"]["d"])


def parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    return list(event.get("content", {}).get("parts", ()))


def test_events_have_adks_keys_and_order(backend: Backend, session: str) -> None:
    stream = backend.say(session, "cut the first 2 seconds")
    call = next(event for event in stream if parts(event) and "functionCall" in parts(event)[0])
    result = next(event for event in stream if parts(event) and "functionResponse" in parts(event)[0])
    final = stream[-1]
    common = ["invocationId", "author", "actions"]
    assert list(call) == ["content", *common, "longRunningToolIds", "id", "timestamp"]
    assert list(result) == ["content", *common, "id", "timestamp"]
    assert list(final) == ["content", *common, "id", "timestamp"]
    for event in stream:
        assert event["author"] == "nemo_agent"
        assert list(event["actions"]) == [
            "stateDelta", "artifactDelta", "requestedAuthConfigs", "requestedToolConfirmations",
        ]  # fmt: skip
        assert isinstance(event["timestamp"], float)
    assert len({event["invocationId"] for event in stream}) == 1
    assert len({event["id"] for event in stream}) == len(stream)
    assert call["longRunningToolIds"] == []
    assert call["content"]["role"] == final["content"]["role"] == "model"
    assert result["content"]["role"] == "user"
    called, answered = parts(call)[0]["functionCall"], parts(result)[0]["functionResponse"]
    assert called["name"] == answered["name"] == "edit_multitrack"
    assert called["id"] == answered["id"]
    assert called["args"]["operations"][0]["op"] == "cut"
    assert set(answered["response"]) == {"status", "done", "notes", "parts", "suggestions"}
    assert answered["response"]["status"] == "success"
    assert result["actions"]["stateDelta"]["draft"] == backend.state(session)["draft"]
    assert texts(stream)[-1]
    assert length(backend, session) == 3000


def test_progress_has_no_content_and_is_partial(backend: Backend, session: str) -> None:
    stream = backend.say(session, said(RemoveSilence()))
    told = [event for event in stream if "customMetadata" in event]
    for event in told:
        assert event["partial"] is True
        assert "content" not in event
    first, *rest = [event["customMetadata"]["nemo"] for event in told]
    assert first == {"stage": "reading"}
    assert {one["stage"] for one in rest} == {"analysing"}
    fractions = [one["progress"] for one in rest]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert length(backend, session) < 5000


def test_a_recording_is_listened_to_once(backend: Backend, session: str) -> None:
    cache = backend.settings.cache_dir / "analysis"
    backend.say(session, said(RemoveSilence()))
    first = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    backend.say(session, "undo")
    backend.say(session, said(RemoveSilence(min_silence_ms=900)))
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == first
    for path in cache.iterdir():
        path.write_text("garbage")
    backend.say(session, "undo")
    assert tool_results(backend.say(session, said(RemoveSilence())))[0]["response"]["status"] == "success"


def test_streaming_says_it_in_pieces_and_then_whole(backend: Backend, session: str) -> None:
    stream = backend.say(session, "cut the first 1 second", streaming=True)
    pieces = [parts(event)[0]["text"] for event in stream if event.get("partial") and parts(event)]
    assert "".join(pieces) == texts(stream)[-1]
    assert pieces


def test_camel_case_is_understood_and_unknown_keys_are_not_minded(backend: Backend, session: str) -> None:
    body = {
        "appName": "nemo_agent", "userId": "me", "sessionId": session, "stateDelta": {}, "whatever": 1,
        "newMessage": {"role": "user", "parts": [{"text": "cut the first "}, {"text": "2 seconds"}]},
    }  # fmt: skip
    assert texts(events(backend.http.post("/run_sse", json=body).text))
    assert length(backend, session) == 3000


def test_undo_and_redo(backend: Backend, session: str) -> None:
    backend.say(session, "cut the first 2 seconds")
    backend.say(session, "cut the first 1 second")
    assert length(backend, session) == 2000
    told = texts(backend.say(session, "undo"))[-1]
    assert "cut the first 1 second" in told
    assert length(backend, session) == 3000
    backend.say(session, "undo")
    assert length(backend, session) == 5000
    stream = backend.say(session, "undo")
    assert tool_results(stream)[0]["response"]["status"] == "unchanged"
    assert texts(stream)[-1] == "There is nothing to undo."
    backend.say(session, "redo")
    assert length(backend, session) == 3000
    backend.say(session, "重做")
    assert texts(backend.say(session, "重做"))[-1] == "没有可重做的操作。"
    assert length(backend, session) == 2000


def test_an_upload_after_an_edit_can_be_undone_but_not_the_first(
    backend: Backend, session: str, clip: Path
) -> None:
    path = f"/api/upload-video/nemo_agent/me/{session}"
    backend.data("POST", path, json={"paths": [str(clip)], "source_type": "path"})
    assert length(backend, session) == 10_000
    assert texts(backend.say(session, "undo"))[-1] == "Undone: the last file added"
    assert length(backend, session) == 5000
    assert len(backend.state(session)["video_infos"]) == 2


def asked(stream: list[dict[str, Any]]) -> list[dict[str, Any]]:
    calls = [part["functionCall"] for event in stream for part in parts(event) if "functionCall" in part]
    return [
        question for call in calls if call["name"] == "ask_question" for question in call["args"]["questions"]
    ]


def test_a_question_waits_for_its_answer(backend: Backend, session: str) -> None:
    stream = backend.say(session, "trim the beginning")
    (question,) = asked(stream)
    assert set(question) == {"id", "prompt", "options", "allow_multiple", "default"}
    assert all(set(option) == {"id", "label"} for option in question["options"])
    assert texts(stream)[-1] == question["prompt"]
    assert length(backend, session) == 5000
    backend.say(session, f"1. {question['prompt']}: cut the first 2 seconds")
    assert length(backend, session) == 3000


def test_who_changes_the_subject_is_not_held_to_the_question(backend: Backend, session: str) -> None:
    assert asked(backend.say(session, "trim the beginning"))
    backend.say(session, 'add a title "Hello"')
    assert [track["tt"] for track in backend.state(session)["draft"]["t"]] == [0, 7]
    assert length(backend, session) == 5000
    backend.say(session, "cut the last 1 second")
    assert length(backend, session) == 4000


def test_history_outlives_the_server(tmp_path: Path, clip: Path) -> None:
    with serving(tmp_path) as backend:
        session = backend.session()
        path = f"/api/upload-video/nemo_agent/me/{session}"
        backend.data("POST", path, json={"paths": [str(clip)], "source_type": "path"})
        backend.say(session, "cut the first 2 seconds")
    with serving(tmp_path) as backend:
        backend.say(session, "undo")
        assert length(backend, session) == 5000


def test_several_wishes_in_one_message(backend: Backend, session: str) -> None:
    stream = backend.say(session, 'cut the first second and add a title "Urban Dreams" for 2 seconds')
    ops = next(
        p["functionCall"]["args"]["operations"] for e in stream for p in parts(e) if "functionCall" in p
    )
    assert [op["op"] for op in ops] == ["cut", "title"]
    kinds = [track["tt"] for track in backend.state(session)["draft"]["t"]]
    assert sorted(kinds) == [0, 7]


def test_what_cannot_be_done_is_said_as_an_error_and_changes_nothing(backend: Backend) -> None:
    session = backend.session()
    stream = backend.say(session, "cut the first 2 seconds")
    assert stream[-1]["errorMessage"]
    assert stream[-1]["errorCode"] == "EditError"
    assert tool_results(stream)[0]["response"]["status"] == "error"
    assert backend.state(session)["draft"] == {"t": []}


def test_a_changed_recording_is_noticed(backend: Backend, tmp_path: Path) -> None:
    path = make(tmp_path / "growing.mp4", Clip(seconds=1, sound="speech", speech=((0.0, 0.4),)))
    session = backend.session()
    upload = f"/api/upload-video/nemo_agent/me/{session}"
    backend.data("POST", upload, json={"paths": [str(path)], "source_type": "path"})
    path.write_bytes(path.read_bytes() + b"more")
    stream = backend.say(session, said(RemoveSilence()))
    assert stream[-1]["errorCode"] == "FileChanged"
    assert "growing.mp4" in stream[-1]["errorMessage"]
    assert backend.submit(session).json()["code"] == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how long is it?", "5"),
        ("show tracks", "Timeline (1 track): 1. Video: talk.mp4 (0-5s)"),
        ("how many credits do I have left", "credits"),
        ("export it", "ready to be exported"),
    ],
)
def test_what_is_no_edit_is_answered_and_edits_nothing(
    backend: Backend, session: str, text: str, expected: str
) -> None:
    before = backend.state(session)["draft"]
    stream = backend.say(session, text)
    assert expected in texts(stream)[-1]
    assert not tool_results(stream)
    assert backend.state(session)["draft"] == before


def test_chinese_is_answered_in_chinese(backend: Backend, session: str) -> None:
    told = texts(backend.say(session, "剪掉前2秒"))[-1]
    assert any("\u4e00" <= char <= "\u9fff" for char in told)
    assert length(backend, session) == 3000


def test_a_listener_who_leaves_does_not_stop_the_edit_nor_double_it(backend: Backend, session: str) -> None:
    body = message(session, said(Cut(start_ms=0, end_ms=1000)))
    with backend.http.stream("POST", "/run_sse", json=body) as reply:
        next(reply.iter_raw())
    deadline = time.monotonic() + 20
    while length(backend, session) == 5000 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    assert length(backend, session) == 4000
    assert texts(backend.say(session, "undo"))
    assert length(backend, session) == 5000


def test_turns_of_one_project_come_one_after_the_other(backend: Backend, session: str) -> None:
    answers: list[str] = []

    def cut() -> None:
        with httpx.Client(
            base_url=backend.embedded.url, headers=backend.http.headers, trust_env=False, timeout=60
        ) as one:
            answers.append(
                one.post("/run_sse", json=message(session, said(Cut(start_ms=0, end_ms=500)))).text
            )

    threads = [threading.Thread(target=cut) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 5
    assert not any("errorMessage" in answer for answer in answers)
    assert length(backend, session) == 2500


def test_silence_is_filled_with_heartbeats(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nemo_lab.local.agent import Agent

    original = Agent._answer

    async def slow(self: Agent, *given: Any) -> None:
        import asyncio

        await asyncio.sleep(0.3)
        await original(self, *given)

    monkeypatch.setattr(Agent, "_answer", slow)
    with serving(tmp_path, Options(token="t", heartbeat=0.05)) as backend:
        text = backend.http.post("/run_sse", json=message(backend.session(), "hello")).text
    assert text.count(": heartbeat\n\n") >= 3
    assert events(text)


def test_a_fault_of_ours_ends_the_stream_with_an_error(
    backend: Backend, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nemo_lab.local import agent

    def broken(*_: object) -> None:
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(agent, "read", broken)
    stream = backend.say(session, "cut the first second")
    assert stream[-1]["errorMessage"] == "internal error"
    assert "secret" not in json.dumps(stream)


def test_titles_come_through_whole(backend: Backend, session: str) -> None:
    text = "标题 “x” \n 'y' \\ 🎬 data: x"
    backend.say(session, said(Title(text=text)))
    track = next(track for track in backend.state(session)["draft"]["t"] if track["tt"] == 7)
    assert track["sg"][0]["m"]["text"] == text


def test_the_chat_is_chunked_and_not_cached(backend: Backend, session: str) -> None:
    reply = backend.http.post("/run_sse", json=message(session, "hello"))
    assert reply.headers["transfer-encoding"] == "chunked"
    assert reply.headers["cache-control"] == "no-cache"
