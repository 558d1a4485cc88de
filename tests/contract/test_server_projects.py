"""Tokens, sessions, claims, credits: as the documents write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nemo_lab.local import Options
from tests.contract.serving import Backend, message, serving


def test_the_documented_sequence_of_a_stranger(tmp_path: Path) -> None:
    with serving(tmp_path, Options()) as backend:
        token = backend.anonymous().json()
        assert token["code"] == 0
        assert token["data"]["token"].startswith("nmv_usr_")
        assert token["data"]["user_id"].startswith("anon_")
        backend.use(token["data"]["token"])
        created = backend.data(
            "POST", "/api/tasks/me/with-session/nemo_agent", json={"task_name": "project", "language": "en"}
        )
        assert set(created) == {"task_id", "session_id", "user_id"}
        assert created["user_id"] == token["data"]["user_id"]
        state = backend.data("GET", f"/api/state/nemo_agent/me/{created['session_id']}/latest")
        assert state == {
            "session_id": created["session_id"],
            "task_id": created["task_id"],
            "task_name": "project",
            "user_id": created["user_id"],
            "state": {
                "video_infos": [],
                "draft": {"t": []},
                "canvas_config": {},
                "video_analyses": {},
                "generated_media": [],
            },
        }
        claim = {"task_id": created["task_id"], "session_id": created["session_id"]}
        got = backend.data("POST", "/api/auth/claim-token", json=claim)
        assert got["claim_token"].startswith("clm_")
        assert got["expires_in"] == 604800


def test_any_user_in_the_path_is_me(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        made = backend.data("POST", "/api/tasks/anon_123/with-session/nemo_agent", json={})
        assert backend.http.post("/api/tasks/me/with-session/nemo_agent").json()["code"] == 0
        backend.data("GET", f"/api/state/nemo_agent/whoever/{made['session_id']}/latest")


def test_what_belongs_to_one_user_does_not_exist_for_another(tmp_path: Path) -> None:
    with serving(tmp_path, Options()) as backend:
        one, two = (backend.anonymous(name).json()["data"]["token"] for name in ("c1", "c2"))
        backend.use(one)
        made = backend.data("POST", "/api/tasks/me/with-session/nemo_agent", json={})
        session = made["session_id"]
        backend.use(two)
        replies = [
            backend.http.get(f"/api/state/nemo_agent/me/{session}/latest"),
            backend.http.post("/run_sse", json=message(session, "hello")),
            backend.http.post(
                f"/api/upload-video/nemo_agent/me/{session}", json={"urls": ["http://a/b.mp4"]}
            ),
            backend.http.post("/api/auth/claim-token", json={k: made[k] for k in ("task_id", "session_id")}),
            backend.http.post(
                "/api/render/proxy/lambda", json={"id": "r", "sessionId": session, "draft": {}}
            ),
        ]
        assert [reply.json()["code"] for reply in replies] == [1002] * 5


def test_a_client_that_asks_again_is_the_same_user(tmp_path: Path) -> None:
    with serving(tmp_path, Options()) as backend:
        first, second = (backend.anonymous().json()["data"] for _ in range(2))
        assert first["user_id"] == second["user_id"]
        assert first["token"] != second["token"]


@pytest.mark.parametrize("client", ["", "x" * 65])
def test_a_client_must_name_itself(tmp_path: Path, client: str) -> None:
    with serving(tmp_path, Options()) as backend:
        reply = backend.anonymous(client)
        assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_local_edits_are_free_and_the_balance_says_so(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        assert backend.credits() == {"available": 0, "frozen": 0, "total": 0, "unlimited": True}


def test_sessions_outlive_the_server(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        session, token = backend.session(), backend.embedded.token
    with serving(tmp_path) as backend:
        assert backend.embedded.token != token
        assert backend.state(session)["draft"] == {"t": []}


def test_two_servers_share_one_store(tmp_path: Path) -> None:
    with serving(tmp_path) as one, serving(tmp_path) as two:
        assert two.state(one.session())["draft"] == {"t": []}


def test_closing_twice_and_at_once_is_fine(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        backend.embedded.close()
        backend.embedded.close()
    assert isinstance(backend, Backend)
    assert list((tmp_path / "data" / "local" / "servers").iterdir()) == []
