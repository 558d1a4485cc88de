"""Who may come in: addresses, origins, kinds of bodies, tokens; and nothing is told to the rest."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from nemo_lab.errors import UsageError
from nemo_lab.local import Options, serve
from nemo_lab.local.server import loopback
from tests.contract.serving import Backend, message, serving

OPEN = {"/health", "/openapi.json", "/api/auth/anonymous-token"}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("door")) as running:
        yield running


def port(backend: Backend) -> int:
    return int(backend.embedded.url.rpartition(":")[2])


def test_it_listens_on_loopback_only(backend: Backend) -> None:
    mine = [c for c in psutil.Process().net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert port(backend) in {c.laddr.port for c in mine}
    assert {c.laddr.ip for c in mine} <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", "", "127.0.0.1.evil.test"])
def test_no_other_address_is_served(host: str, tmp_path: Path) -> None:
    from nemo_lab.config import Settings

    with pytest.raises(UsageError, match="loopback"):
        serve(Settings(data_dir=tmp_path), host=host)
    assert list(tmp_path.iterdir()) == []


def test_loopback_has_three_names() -> None:
    assert [loopback(name) for name in ("localhost", "127.0.0.1", "::1")] == ["127.0.0.1", "127.0.0.1", "::1"]


def operations(backend: Backend) -> list[tuple[str, str]]:
    document = backend.http.get("/openapi.json").json()
    filled = {path: re.sub(r"\{.*?\}", "x", path) for path in document["paths"]}
    return [
        (method.upper(), filled[path]) for path, methods in document["paths"].items() for method in methods
    ]


def test_the_document_names_every_route(backend: Backend) -> None:
    assert set(operations(backend)) == {
        ("GET", "/health"),
        ("POST", "/api/auth/anonymous-token"),
        ("POST", "/api/auth/claim-token"),
        ("GET", "/api/credits/balance/simple"),
        ("POST", "/api/tasks/x/with-session/nemo_agent"),
        ("GET", "/api/state/nemo_agent/x/x/latest"),
        ("POST", "/api/upload-video/nemo_agent/x/x"),
        ("GET", "/api/assets/x"),
        ("GET", "/api/assets/x/x_strip"),
        ("POST", "/run_sse"),
        ("POST", "/api/render/proxy/lambda"),
        ("GET", "/api/render/proxy/lambda/x"),
        ("POST", "/api/render/proxy/lambda/x/cancel"),
        ("GET", "/api/render/proxy/x/download"),
    }


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer  x", "Basic eDp5", "Bearer wrong", "Bearer nmv_usr_x", "wrong", "Bearer é"],
)
def test_every_other_route_needs_the_token(backend: Backend, header: str | None) -> None:
    stranger = backend.stranger
    for method, path in operations(backend):
        if path in OPEN:
            continue
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        reply = stranger.request(method, path, headers=headers)
        assert reply.status_code == 401, path
        assert reply.json()["code"] == 1001
        assert reply.headers["www-authenticate"] == "Bearer"


def test_the_open_routes_tell_nothing(backend: Backend) -> None:
    assert backend.stranger.get("/health").json() == {"status": "ok"}
    refused = backend.anonymous()
    assert (refused.status_code, refused.json()["code"]) == (403, 403)


def test_unknown_routes_are_hidden_behind_the_token(backend: Backend) -> None:
    assert backend.stranger.get("/docs").status_code == 401
    assert backend.http.get("/docs").status_code == 404


def test_the_host_must_be_its_own(backend: Backend) -> None:
    own = port(backend)
    good = [f"127.0.0.1:{own}", f"localhost:{own}", f"[::1]:{own}"]
    bad = ["evil.test", f"evil.test:{own}", "127.0.0.1", f"127.0.0.1:{own + 1}", "",
           f"127.0.0.1.evil.test:{own}", f"user@127.0.0.1:{own}", f"127.0.0.1:{own}.",
           f"LOCALHOST:{own}"]  # fmt: skip
    for host in good:
        assert backend.http.get("/health", headers={"Host": host}).status_code == 200, host
    for host in bad:
        reply = backend.http.get("/health", headers={"Host": host})
        assert reply.status_code in {400, 403}, host
        assert "status" not in reply.text


def test_a_foreign_page_is_refused(backend: Backend) -> None:
    own = f"http://127.0.0.1:{port(backend)}"
    for path in ("/health", "/api/credits/balance/simple"):
        for origin in (
            "http://evil.test",
            "null",
            "https://127.0.0.1",
            own + "0",
            "http://127.0.0.1",
            "file://",
        ):
            assert backend.http.get(path, headers={"Origin": origin}).status_code == 403, origin
        for site in ("cross-site", "same-site"):
            assert backend.http.get(path, headers={"Sec-Fetch-Site": site}).status_code == 403
        for good in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            assert backend.http.get(path, headers=good).status_code == 200


def test_no_page_is_ever_allowed_to_read(backend: Backend) -> None:
    for method in ("GET", "POST", "OPTIONS", "PUT"):
        for path in ("/health", "/run_sse", "/nowhere"):
            for origin in ({}, {"Origin": "http://evil.test", "Access-Control-Request-Method": "POST"}):
                reply = backend.http.request(method, path, headers=origin)
                assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "multipart/form-data; boundary=x",
        "application/jsonp",
    ],
)
def test_a_body_must_be_json(backend: Backend, kind: str) -> None:
    body = json.dumps({"task_name": "x"}).encode()
    for path in ("/api/tasks/me/with-session/nemo_agent", "/run_sse", "/api/render/proxy/lambda"):
        reply = backend.http.post(path, content=body, headers={"Content-Type": kind})
        assert reply.status_code == 415, path


def refused_before_body(backend: Backend, head: str) -> bytes:
    """Send a head that promises a body, and return the answer that comes without it."""
    with socket.create_connection(("127.0.0.1", port(backend)), timeout=10) as raw:
        raw.sendall(f"POST /run_sse HTTP/1.1\r\n{head}\r\nContent-Length: 1000000\r\n\r\n".encode())
        return raw.recv(4096)


def test_strangers_are_refused_before_their_body_is_read(backend: Backend) -> None:
    own = f"Host: 127.0.0.1:{port(backend)}"
    token = f"Authorization: Bearer {backend.embedded.token}"
    json_type = "Content-Type: application/json"
    assert b" 403 " in refused_before_body(backend, f"Host: evil.test\r\n{token}\r\n{json_type}")
    assert b" 403 " in refused_before_body(backend, f"{own}\r\nOrigin: http://e\r\n{token}\r\n{json_type}")
    assert b" 415 " in refused_before_body(backend, f"{own}\r\n{token}\r\nContent-Type: text/plain")
    assert b" 401 " in refused_before_body(backend, f"{own}\r\n{json_type}")


def test_a_huge_json_body_is_refused(backend: Backend) -> None:
    big = b'{"task_name": "' + b"x" * (33 * 1024 * 1024) + b'"}'
    path, kind = "/api/tasks/me/with-session/nemo_agent", {"Content-Type": "application/json"}
    # It may hang up on us while we are still sending, which is a refusal too.
    with contextlib.suppress(httpx.WriteError):
        assert backend.http.post(path, content=big, headers=kind).status_code == 413
    chunks = (big[n : n + 1024 * 1024] for n in range(0, len(big), 1024 * 1024))
    with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError):
        assert backend.http.post(path, content=chunks, headers=kind).status_code >= 400
    assert backend.http.get("/health").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff\xfe", b'{"session_id": 1}', b"[" * 100_000,
        b'{"session_id":"1","new_message":{"parts":[]}}',
        b'{"session_id":"1","new_message":{"parts":[{"text":1}]}}',
        b'{"session_id":"1","new_message":{"parts":[{"text":"\\ud800"}]}}', b"1" * 5000, b'{"a":NaN}',
    ],
)  # fmt: skip
def test_malformed_bodies_are_answered_not_crashed_on(backend: Backend, body: bytes) -> None:
    for path in ("/run_sse", "/api/render/proxy/lambda", "/api/auth/claim-token"):
        reply = backend.http.post(path, content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code in {400, 422}, path
        assert "detail" in reply.json()
        assert "Traceback" not in reply.text


def test_a_part_is_as_strict_as_adks(backend: Backend) -> None:
    session = backend.session()
    body = message(session, "hello")
    body["new_message"]["parts"][0]["bogus"] = 1
    reply = backend.http.post("/run_sse", json=body)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", "new_message", "parts", 0, "bogus"]
    assert reply.json()["detail"][0]["type"] == "extra_forbidden"


def test_numbers_that_json_does_not_have_are_refused(backend: Backend) -> None:
    body = b'{"id":"a","sessionId":"1","draft":{"d":NaN}}'
    reply = backend.http.post(
        "/api/render/proxy/lambda", content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 422


def test_an_unknown_session_is_1002_everywhere(backend: Backend) -> None:
    requests = [
        backend.http.get("/api/state/nemo_agent/me/123/latest"),
        backend.http.get("/api/state/nemo_agent/me/..%2f..%2fetc/latest"),
        backend.http.post("/api/upload-video/nemo_agent/me/123", json={"urls": ["http://a/b.mp4"]}),
        backend.http.post("/run_sse", json=message("123", "hello")),
        backend.http.post("/api/auth/claim-token", json={"task_id": "t", "session_id": "s"}),
        backend.http.post("/api/render/proxy/lambda", json={"id": "r", "sessionId": "123", "draft": {}}),
    ]
    for reply in requests[:1] + requests[2:]:
        assert (reply.status_code, reply.json()["code"]) == (200, 1002)
    assert requests[1].status_code in {200, 404}


def test_a_fixed_token_of_the_users_choice(tmp_path: Path) -> None:
    with serving(tmp_path, Options(token="my own token")) as backend:
        assert backend.credits()["unlimited"] is True
