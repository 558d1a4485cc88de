"""Tokens, headers, sessions, credits and re-sends: rules A1-A6, H1-H6, N1, C1, C2, X1 and X3."""

import asyncio
import contextlib
import logging
import os
import re
import stat
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from nemo_lab import errors
from nemo_lab.client import AsyncClient
from nemo_lab.client.core import Backend
from nemo_lab.client.http import Http, is_loopback
from nemo_lab.client.identity import ClientId, _platform, attribution
from nemo_lab.client.transport import _backoff
from nemo_lab.config import Settings
from tests.contract.scripted import Bytes, Cloud, Drop, Json

DAY = 24 * 3600


@pytest.fixture
def anonymous(settings):
    return settings.model_copy(update={"token": None})


@pytest.fixture
def guest(bench):
    return bench.client(token=None)


def id_file(home):
    return home / ".config" / "nemovideo" / "client_id"


def test_a1_an_anonymous_token_is_fetched_once(guest, cloud, home):
    guest.credits()
    guest.create_session()
    (request,) = cloud.asked("POST /api/auth/anonymous-token")
    assert cloud.journal[0] is request
    assert request.headers["x-client-id"] == id_file(home).read_text().strip()
    assert "authorization" not in request.headers
    assert {r.token for r in cloud.journal[1:]} == {"nmv_usr_anon1"}


def test_a1_an_own_token_needs_none(session, cloud):
    assert cloud.asked("POST /api/auth/anonymous-token") == []
    assert {request.token for request in cloud.journal} == {"nmv_usr_own"}


def test_a2_the_id_comes_from_the_settings_then_the_file_then_anew(home):
    assert ClientId("mine").get() == "mine"
    assert not id_file(home).exists()
    first = ClientId().get()
    assert re.fullmatch(r"[0-9a-f-]{36}", first)
    assert stat.S_IMODE(id_file(home).stat().st_mode) == 0o600
    assert stat.S_IMODE(id_file(home).parent.stat().st_mode) == 0o700
    assert ClientId().get() == first
    id_file(home).write_text("from-the-skill\n")
    assert ClientId().get() == "from-the-skill"


@pytest.mark.parametrize("content", ["", "\n", "x" * 65, "a\x00b"])
def test_a2_an_unusable_file_is_replaced(home, content):
    id_file(home).parent.mkdir(parents=True)
    id_file(home).write_text(content)
    first = ClientId().get()
    assert 0 < len(first) <= 64
    assert ClientId().get() == first


def test_a2_fifty_at_once_get_one_id(home):
    found, barrier = [], threading.Barrier(50)

    def start():
        barrier.wait()
        found.append(ClientId().get())

    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1


def test_a2_a_home_that_cannot_be_written_still_works(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert ClientId(path=tmp_path / "file" / "sub" / "client_id").get()
    assert "cannot be stored" in caplog.text


def test_a2_a_link_is_not_followed(home, tmp_path):
    id_file(home).parent.mkdir(parents=True)
    (tmp_path / "other").write_text("stolen")
    id_file(home).symlink_to(tmp_path / "other")
    assert ClientId().get() != "stolen"
    assert (tmp_path / "other").read_text() == "stolen"


def test_a3_fifty_refused_at_once_fetch_one_token(anonymous, cloud, clock):
    async def run():
        async with AsyncClient(Backend("cloud", cloud.url), anonymous, clock=clock) as client:
            await client.credits()
            cloud.valid_tokens.clear()
            await asyncio.gather(*(client.credits() for _ in range(50)))

    asyncio.run(run())
    tokens = cloud.asked("POST /api/auth/anonymous-token")
    assert len(tokens) == 2
    assert tokens[0].headers["x-client-id"] == tokens[1].headers["x-client-id"]


@pytest.mark.parametrize("status", [200, 401])
def test_a3_a_refused_chat_is_repeated_once(guest, cloud, status):
    session = guest.create_session()
    cloud.script("POST /run_sse", Json({"code": 1001, "message": "expired"}, status))
    assert session.chat("hello").text == "Done."
    assert [request.token for request in cloud.chats] == ["nmv_usr_anon1", "nmv_usr_anon2"]
    assert cloud.chats[0].body == cloud.chats[1].body


def test_a3_refused_twice_is_an_error(guest, cloud):
    cloud.script("GET /api/credits.*", *[Json({"code": 1001})] * 4)
    with pytest.raises(errors.AuthError):
        guest.credits()
    assert len(cloud.asked("GET /api/credits.*")) == 2


def test_a3_an_own_token_is_never_exchanged(session, cloud):
    cloud.valid_tokens.clear()
    with pytest.raises(errors.AuthError, match="NEMO_TOKEN"):
        session.chat("hello")
    assert cloud.asked("POST /api/auth/anonymous-token") == []


def test_a4_429_on_a_token_waits_30_s_once(guest, cloud, clock):
    cloud.script("POST /api/auth/anonymous-token", Json({"code": 429}, 429))
    guest.credits()
    assert clock.sleeps == [30]
    assert len(cloud.asked("POST /api/auth/anonymous-token")) == 2


def test_a4_429_twice_is_an_error(guest, cloud, clock):
    cloud.script("POST /api/auth/anonymous-token", *[Json({"code": 429}, 429)] * 3)
    with pytest.raises(errors.RateLimited, match="one per client and 7 days"):
        guest.credits()
    assert clock.sleeps == [30]
    assert len(cloud.asked("POST /api/auth/anonymous-token")) == 2


def test_a5_a_refused_client_id_is_replaced_once(guest, cloud, home):
    cloud.script("POST /api/auth/anonymous-token", Json({"code": 400, "message": "missing X-Client-Id"}, 400))
    guest.credits()
    first, second = cloud.asked("POST /api/auth/anonymous-token")
    assert first.headers["x-client-id"] != second.headers["x-client-id"] == id_file(home).read_text().strip()
    cloud.valid_tokens.clear()
    cloud.script("POST /api/auth/anonymous-token", *[Json({"code": 400}, 400)] * 3)
    with pytest.raises(errors.ApiError):
        guest.credits()
    assert len(cloud.asked("POST /api/auth/anonymous-token")) == 4


def test_a6_a_hundred_starts_in_seven_days_are_one_token(anonymous, cloud, clock):
    async def start():
        async with AsyncClient(Backend("cloud", cloud.url), anonymous, clock=clock) as client:
            await client.credits()

    for _ in range(100):
        asyncio.run(start())
        clock.now += 7 * DAY / 101
    assert cloud.token_count == 1
    clock.now += DAY
    asyncio.run(start())
    first, second = cloud.asked("POST /api/auth/anonymous-token")
    assert first.headers["x-client-id"] == second.headers["x-client-id"]


def test_a6_a_stated_end_counts(guest, cloud, clock):
    cloud.token_extra = {"expires_at": "1970-01-02T00:00:00Z"}
    guest.credits()
    guest.credits()
    assert cloud.token_count == 2


def test_a6_fifty_clients_at_once_fetch_one_token(anonymous, cloud):
    async def run():
        clients = [AsyncClient(Backend("cloud", cloud.url), anonymous) for _ in range(50)]
        await asyncio.gather(*(client.credits() for client in clients))
        for client in clients:
            await client.close()

    asyncio.run(run())
    assert cloud.token_count == 1


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_tokens_are_private_whatever_the_umask(guest, settings, mask):
    old = os.umask(mask)
    try:
        guest.credits()
    finally:
        os.umask(old)
    folder = settings.config_dir / "credentials"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_tokens_of_two_origins_are_apart(anonymous, cloud, clock):
    async def start(other):
        async with AsyncClient(Backend("cloud", other.url), anonymous, clock=clock) as client:
            await client.credits()

    with Cloud() as other:
        asyncio.run(start(cloud))
        asyncio.run(start(other))
        assert (cloud.token_count, other.token_count) == (1, 1)


def test_h1_h4_h5_hold_for_every_request(session, cloud, recording, tmp_path):
    session.upload(recording)
    session.chat("cut it")
    session.credits()
    session.link()
    session.export(tmp_path / "out.mp4")
    assert len(cloud.journal) > 8  # the journal itself is checked when the cloud closes
    assert all("/me/" in r.path for r in cloud.journal if "nemo_agent" in r.path)


def test_h2_values_of_the_headers():
    assert attribution(Settings())["X-Skill-Platform"] == "unknown"
    assert attribution(Settings(platform="github"))["X-Skill-Platform"] == "github"
    assert _platform("unknown", Path("/home/u/.clawhub/skills/x.py")) == "clawhub"
    assert _platform("unknown", Path("/home/u/.cursor/skills/x.py")) == "cursor"
    assert _platform("terminal", Path("/home/u/.cursor/x.py")) == "terminal"


def test_h3_no_header_of_ours_leaves_for_another_origin(session, cloud, tmp_path):
    with Cloud() as cdn:
        cdn.strict = False
        cdn.script("GET /v.mp4", Json("", 302, {"Location": f"{cdn.url}/w.mp4"}))
        cdn.script("GET /w.mp4", Bytes(b"film"))
        cloud.output_url = f"{cdn.url}/v.mp4?sig=1"
        assert session.export(tmp_path / "out.mp4").path.read_bytes() == b"film"
        assert len(cdn.journal) == 2
        for request in cdn.journal:
            assert not any(name == "authorization" or name.startswith("x-") for name in request.headers)


def test_h3_the_api_never_redirects_us_away(session, cloud):
    with Cloud() as other:
        cloud.script("GET /api/credits.*", Json("", 302, {"Location": f"{other.url}/steal"}))
        with pytest.raises(errors.ApiError):
            session.credits()
        assert other.journal == []


def test_h6_the_claim_link_is_reused_until_it_ends(session, cloud, clock, settings):
    link = session.link()
    assert link == "https://nemovideo.com/workspace/claim?ct=clm_x"
    assert session.link() == link
    (request,) = cloud.asked("POST /api/auth/claim-token")
    assert request.json == {"task_id": session.task_id, "session_id": session.id}
    clock.now += 604801
    session.link()
    assert len(cloud.asked("POST /api/auth/claim-token")) == 2


def test_h6_a_failed_link_never_costs_the_video(session, cloud, tmp_path):
    cloud.script("POST /api/auth/claim-token", Json("no", 500))
    video = session.export(tmp_path / "out.mp4")
    assert video.link is None
    assert video.path.exists()
    assert session.export(tmp_path / "two.mp4").link


def test_n1_exact_request_and_ids_kept_before_first_use(bench, cloud):
    first = bench.client().create_session("holiday")
    (request,) = cloud.asked("POST /api/tasks/.*")
    assert request.json == {"task_name": "holiday"}
    again = bench.client().create_session("holiday", resume=True)
    assert (again.id, again.task_id, again.name) == (first.id, first.task_id, "holiday")
    assert bench.client().create_session("other", resume=True).id != first.id
    assert bench.client(language="zh-CN").create_session().id != first.id
    assert cloud.asked("POST /api/tasks/.*")[-1].json == {"task_name": "project", "language": "zh-CN"}
    assert cloud.session_count == 3


def test_c1_credits_by_get_alone(session, cloud):
    cloud.balance = {"available": 25000, "frozen": 40, "total": 25040}
    balance = session.credits()
    assert (balance.available, balance.frozen, balance.total) == (25000, 40, 25040)
    assert [request.method for request in cloud.asked(".*credits.*")] == ["GET"]
    assert "40 reserved by work in progress" in session.chat("credits").text
    assert "占用 40" in session.chat("积分").text


def test_c2_no_credits_left(bench, guest, cloud):
    for client, advice in ((guest, "/register?bind=anon_7"), (bench.client(), "Top up at nemovideo.com")):
        session = client.create_session()
        cloud.script("POST /run_sse", Json({"code": 2001, "message": "credits exhausted"}, 402))
        with pytest.raises(errors.InsufficientCredits) as caught:
            session.chat("generate")
        assert advice in str(caught.value)
        assert "nmv_usr" not in str(caught.value)


def test_x3_a_get_has_three_attempts(session, cloud, clock):
    cloud.script("GET /api/credits.*", Json("x", 503), Drop())
    session.credits()
    assert len(cloud.asked("GET /api/credits.*")) == 3
    cloud.script("GET /api/credits.*", *[Json("x", 503)] * 3)
    with pytest.raises(errors.BackendUnavailable):
        session.credits()
    assert len(cloud.asked("GET /api/credits.*")) == 6
    assert len(clock.sleeps) == 4


def test_x3_jitter_and_cap():
    assert all(0.5 <= _backoff(1) <= 1 for _ in range(50))
    assert max(_backoff(n) for n in range(1, 40)) <= 20
    assert len({_backoff(3) for _ in range(9)}) > 1


def test_x3_retry_after_is_honoured_or_not_waited_for(session, cloud, clock):
    cloud.script("GET /api/credits.*", Json("x", 429, {"Retry-After": "7"}))
    session.credits()
    assert clock.sleeps == [7]
    cloud.script("GET /api/credits.*", Json("x", 429, {"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited):
        session.credits()
    assert clock.sleeps == [7]


@pytest.mark.parametrize("reply", [Json("x", 503), Json("x", 429), Drop()])
def test_x3_a_post_has_one_attempt(bench, cloud, reply):
    client = bench.client()
    cloud.script("POST /api/tasks/.*", reply)
    with pytest.raises(errors.NemoError):
        client.create_session()
    assert len(cloud.asked("POST /api/tasks/.*")) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_x3_a_refusal_is_not_repeated(session, cloud, clock, status):
    cloud.script("GET /api/credits.*", Json({"detail": "no"}, status))
    with pytest.raises(errors.ApiError):
        session.credits()
    assert clock.sleeps == []


def test_x1_odd_replies_are_our_errors(session, cloud):
    odd = ["[" * 50_000, "<html>", [], 5, None, {"code": 0, "data": 7}, {"data": {}}, {"code": {"a": 1}}]
    for body in odd:
        cloud.script("GET /api/state.*", Json(body))
        with contextlib.suppress(errors.NemoError):
            session.timeline()


def test_tokens_show_nowhere(bench, guest, cloud, caplog, recording, tmp_path):
    with caplog.at_level(logging.DEBUG):
        for client in (guest, bench.client()):
            session = client.create_session()
            session.upload(recording)
            session.export(tmp_path / f"{session.id}.mp4")
            cloud.script("POST /run_sse", Json({"code": 2001}), Drop())
            failures = []
            for _ in range(2):
                with pytest.raises(errors.NemoError) as caught:
                    session.chat("x")
                failures.append(repr(caught.value) + str(caught.value) + repr(caught.value.__context__))
            shown = repr(client) + repr(session) + "".join(failures) + repr(session.state())
            assert "nmv_usr" not in shown
    assert "nmv_usr" not in caplog.text
    assert repr(bench.client()).endswith(f"(backend='cloud', origin='{cloud.url}')")


def test_settings_hide_secrets():
    settings = Settings(token=SecretStr("nmv_usr_x"), client_id=SecretStr("c"))
    assert "nmv_usr_x" not in repr(settings)


def test_loopback_never_goes_through_a_proxy(monkeypatch, cloud, settings, clock):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def run():
        async with AsyncClient(Backend("cloud", cloud.url), settings, clock=clock) as client:
            return await client.credits()

    assert asyncio.run(run()).total == 100
    assert [
        is_loopback(f"http://{h}:1")
        for h in ("127.0.0.1", "localhost", "[::1]", "a.localhost", "example.com")
    ] == [
        True,
        True,
        True,
        True,
        False,
    ]
    assert Http("https://example.com")._trust_env
