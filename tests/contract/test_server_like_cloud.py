"""The cloud's rules, played: headers, credits, limits, silence, spurious trouble, two-stage generation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nemo_lab.local import Options, Policy
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import Cut
from tests.contract.serving import ATTRIBUTION, Backend, message, serving, texts, tool_results
from tests.media.clips import Clip, make

CALM = replace(Policy.like_cloud(), silent_share=0.0, trouble_share=0.0)
CUT = said(Cut(start_ms=0, end_ms=200))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clips") / "talk.mp4", Clip(seconds=2))


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with serving(tmp_path, Options(policy=CALM)) as running:
        running.use(running.anonymous().json()["data"]["token"])
        yield running


def test_tokens_are_limited(backend: Backend) -> None:
    again = backend.anonymous()
    assert (again.status_code, again.json()["code"]) == (429, 429)
    assert again.headers["retry-after"] == "30"
    given = backend.anonymous("another").json()["data"]
    assert given["credits"] == 100
    assert given["expires_at"].endswith("Z")


def test_export_needs_the_attribution_headers(backend: Backend, clip: Path) -> None:
    session = backend.session()
    backend.upload(session, clip)
    for name in ATTRIBUTION:
        kept = backend.http.headers.pop(name)
        refused = backend.submit(session)
        assert (refused.status_code, refused.json()["code"]) == (402, 402)
        backend.http.headers[name] = kept
    before = backend.credits()
    render = backend.submit(session).json()["id"]
    assert backend.finished(render)["status"] == "completed"
    assert backend.credits() == before


def test_edits_cost_credits_until_there_are_none(backend: Backend, clip: Path) -> None:
    session = backend.session()
    backend.upload(session, clip)
    assert backend.credits() == {"available": 100, "frozen": 0, "total": 100}
    backend.say(session, CUT)
    assert backend.credits() == {"available": 50, "frozen": 0, "total": 50}
    backend.say(session, "show tracks")
    backend.say(session, "undo")
    backend.say(session, "redo")
    assert backend.credits()["available"] == 50
    backend.say(session, CUT)
    before = backend.state(session)["draft"]
    refused = backend.http.post("/run_sse", json=message(session, CUT))
    assert (refused.status_code, refused.json()["code"]) == (200, 2001)
    assert backend.state(session)["draft"] == before
    assert texts(backend.say(session, "undo"))


def test_an_edit_that_fails_costs_nothing(backend: Backend, clip: Path) -> None:
    session = backend.session()
    backend.upload(session, clip)
    stream = backend.say(session, said(Cut(start_ms=5000, end_ms=6000)))
    assert tool_results(stream)[0]["response"]["status"] in {"error", "unchanged"}
    assert backend.credits() == {"available": 100, "frozen": 0, "total": 100}


def test_a_video_out_of_nothing_comes_in_two_stages(backend: Backend) -> None:
    session = backend.session()
    stream = backend.say(session, 'generate a 5 second video about "Urban Dreams"')
    results = tool_results(stream)
    assert [result["name"] for result in results] == ["generate_video_with_seedance", "edit_multitrack"]
    drafts = [event["actions"]["stateDelta"]["draft"] for event in stream if event["actions"]["stateDelta"]]
    assert [[track["tt"] for track in draft["t"]] for draft in drafts] == [[0], [0, 1, 7]]
    state = backend.state(session)
    assert state["draft"] == drafts[-1]
    assert state["draft"]["t"][2]["sg"][0]["m"]["text"] == "Urban Dreams"
    assert "video" in {item["file_type"] for item in state["generated_media"]}
    assert len(texts(stream)) == 2
    assert backend.credits()["available"] == 0
    refused = backend.http.post("/run_sse", json=message(backend.session(), "generate a video of tea"))
    assert refused.json()["code"] == 2001
    render = backend.submit(session).json()["id"]
    output = backend.finished(render)["output"]
    assert output["duration"] == 5.0
    assert "x_path" not in output, "told to a client that may not name files by their paths"


def test_some_edits_end_without_a_word_but_are_done(tmp_path: Path, clip: Path) -> None:
    silent = replace(CALM, silent_share=1.0)
    with serving(tmp_path, Options(policy=silent)) as backend:
        backend.use(backend.anonymous().json()["data"]["token"])
        session = backend.session()
        backend.upload(session, clip)
        stream = backend.say(session, CUT)
        assert texts(stream) == []
        assert tool_results(stream)[0]["response"]["status"] == "success"
        assert backend.state(session)["draft"]["d"] == 1800
        assert texts(backend.say(session, "show tracks"))


def test_some_replies_end_with_trouble_that_is_none(tmp_path: Path, clip: Path) -> None:
    troubled = replace(CALM, trouble_share=1.0)
    with serving(tmp_path, Options(policy=troubled)) as backend:
        backend.use(backend.anonymous().json()["data"]["token"])
        session = backend.session()
        backend.upload(session, clip)
        told = texts(backend.say(session, CUT))
        assert len(told) == 2
        assert told[-1].startswith("I encountered a temporary issue")
        assert backend.state(session)["draft"]["d"] == 1800
