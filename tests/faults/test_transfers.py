"""Transfers that are cut, throttled or lied about: whole or not at all, in bounded time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from nemo_lab.client import http
from nemo_lab.errors import NemoError
from tests.contract.scripted import DRAFT, Bytes, Cloud, Json
from tests.faults.proxy import Fault, FaultProxy

LIMIT = 0.4
"""Seconds that stand for each of the client's limits of a minute or more in these tests."""


@pytest.fixture
def own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each request a connection of its own, so that a fault finds it."""
    monkeypatch.setattr(http, "_LIMITS", httpx.Limits(max_keepalive_connections=0))


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch, own_connections: None) -> None:
    """Let the limits on the network be short."""
    for name in ("_TIMEOUT", "_UPLOAD_TIMEOUT"):
        monkeypatch.setattr(http, name, httpx.Timeout(LIMIT, pool=None))
    monkeypatch.setattr(http, "_REPLY_LIMIT", LIMIT)


HANGS = {
    "black hole": Fault(cut_at=0, how="stall"),
    "silence after the head": Fault(cut_at=60, how="stall"),
    "byte now and then": Fault(rate=20, slices=1),
}


@pytest.mark.parametrize("hang", HANGS)
@pytest.mark.parametrize("asked", ["GET /api/credits", "GET /api/state", "POST /api/upload-video"])
def test_g5_nothing_hangs(goal, short_limits, road, recording, hang, asked):
    calls = {
        "GET /api/credits": road.client.credits,
        "GET /api/state": road.session.state,
        "POST /api/upload-video": lambda: road.session.upload(recording),
    }
    road.befall(asked, *[HANGS[hang]] * 3)
    start = time.monotonic()
    with contextlib.suppress(NemoError):  # an upload that did arrive is found by a look at the state
        calls[asked]()
    # A GET has three attempts. What is above it is for a busy machine: a hang has no end at all.
    limits = (time.monotonic() - start) / LIMIT
    goal.at_most("G5", f"{asked} into a {hang}: limits taken", limits, 15 if asked.startswith("GET") else 5)


CUTS = [pytest.param(40), pytest.param(200, marks=pytest.mark.soak)]


@pytest.mark.parametrize("count", CUTS)
def test_g10_a_download_is_whole_or_not_there(goal, own_connections, road, tmp_path, seed, count):
    film = random.Random(seed).randbytes(200_000)
    road.cloud.file, target, wrong = film, tmp_path / "film.mp4", []
    dice = random.Random(seed)
    for number in range(count):
        road.clear()
        road.cloud.draft = DRAFT | {"d": number}  # another film each time
        how = dice.choice(["fin", "rst", "short", "long", "refused"])
        if how in {"fin", "rst"}:
            road.cloud.output_url = f"{road.proxy.url}/first.mp4?{number}"
            road.cloud.script("GET /first.mp4", Bytes(film))
            # The first address is cut; whether the second is too, the dice say.
            helps = dice.random() < 0.5
            road.befall("GET /first.mp4", Fault(cut_at=dice.randrange(len(film)), how=how))
            if not helps:
                road.cloud.script("GET .*/download", *[Bytes(film[:-1], length=len(film))] * 3)
        else:
            helps = True
            replies = {
                "short": Bytes(film[: dice.randrange(1, len(film))], length=len(film)),
                "long": Bytes(film + b"x", length=len(film) + 2),
                "refused": Json({"code": 403}, dice.choice([403, 404, 500])),
            }
            road.cloud.output_url = f"{road.proxy.url}/first.mp4?{number}"
            road.cloud.script("GET /first.mp4", replies[how])
        try:
            road.session.export(target)
            arrived = True
        except NemoError:
            arrived = False
        whole = target.read_bytes() == film if target.exists() else not arrived
        if not whole or arrived != helps or [p.name for p in tmp_path.iterdir() if p.suffix == ".part"]:
            wrong.append((how, helps, arrived, sorted(path.name for path in tmp_path.iterdir())))
        target.unlink(missing_ok=True)
    goal.none("G10", "downloads that left a part, or missed the second address", wrong, count)


_EXPORT = """
import sys
from nemo_lab import connect
client = connect(api_url=sys.argv[1], token="nmv_usr_own", backend="cloud")
session = client.create_session("killed", resume=True)
session.export(sys.argv[2], overwrite=True)
"""


def test_g10_a_kill_leaves_the_old_file_and_the_next_run_clears_up(goal, cloud, tmp_path):
    target, cloud.file = tmp_path / "film.mp4", bytes(4_000_000)
    target.write_bytes(b"the film of yesterday")
    environment = {**os.environ, "NEMO_DATA_DIR": str(tmp_path / "data")}
    wrong: list[Any] = []
    cloud.output_url = "/film.mp4"
    cloud.script("GET /film.mp4", *[Bytes(cloud.file)] * 2)
    slow = True
    with FaultProxy(cloud.url, lambda _: Fault(rate=200_000, slices=4096) if slow else None) as road:
        for slow in (True, False):
            child = subprocess.Popen([sys.executable, "-c", _EXPORT, road.url, str(target)], env=environment)
            if slow:
                _wait_for_part(tmp_path)
                child.send_signal(signal.SIGKILL)
            code = child.wait(60)
            expected = b"the film of yesterday" if slow else cloud.file
            if target.read_bytes() != expected or code != (-signal.SIGKILL if slow else 0):
                wrong.append((slow, code, target.stat().st_size))
    wrong += [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")]
    goal.none("G10", "old films lost by a kill, parts left after the next run", wrong, 2)
    assert len(cloud.asked("POST /api/render.*")) == 1


def _wait_for_part(folder: Path) -> None:
    end = time.monotonic() + 60
    while not any(path.stat().st_size > 10_000 for path in folder.glob(".film.mp4.*.part")):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.soak
def test_g11_five_hundred_megabytes_cost_no_memory(goal, cloud, settings, clock, tmp_path):
    from tests.contract.serving import serving

    big, process = tmp_path / "big.mp4", psutil.Process()
    with big.open("wb") as file:
        file.truncate(500 * 10**6)
    with serving(tmp_path / "server") as backend:
        session = backend.session()
        before = process.memory_info().rss
        peak = before

        def pieces():
            nonlocal peak
            with big.open("rb") as file:
                while chunk := file.read(1 << 20):
                    peak = max(peak, process.memory_info().rss)
                    yield chunk

        head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.mp4"\r\n\r\n'
        body = (part for whole in ([head], pieces(), [b"\r\n--b--\r\n"]) for part in whole)
        reply = backend.http.post(
            f"/api/upload-video/nemo_agent/me/{session}", content=body, timeout=600,
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )  # fmt: skip
        assert reply.json()["code"] != 0  # zeros are no film; they were taken in all the same
    grown = (peak - before) / 2**20
    goal.at_most("G11", "MiB by which client and server grew together in a 500 MB upload", grown, 48)


def test_g24_no_header_of_ours_leaves_for_another_origin(goal, road, tmp_path):
    with Cloud() as cdn:
        cdn.strict = False
        for status in (301, 302, 303, 307, 308):
            cdn.script("GET /v.mp4", Json("", status, {"Location": f"{cdn.url}/w.mp4"}))
            cdn.script("GET /w.mp4", Bytes(b"film"))
            road.cloud.output_url = f"{cdn.url}/v.mp4?{status}"
            road.session.export(tmp_path / f"{status}.mp4")
        assert len(cdn.journal) == 10
        seen = [
            name for request in cdn.journal for name in request.headers
            if name in {"authorization", "cookie"} or name.startswith("x-")
        ]  # fmt: skip
    goal.none("G24", "headers of ours that another origin saw", seen, 10)


@pytest.mark.parametrize("count", [150, pytest.param(2000, marks=pytest.mark.soak)])
def test_g30_odd_replies_are_typed_errors(goal, road, seed, tmp_path, count):
    dice, wrong = random.Random(seed), []
    calls = [
        road.client.credits, road.session.state, road.session.timeline,
        lambda: road.client.create_session("odd"), lambda: road.session.chat("cut the boring parts"),
        lambda: road.session.export(tmp_path / "x.mp4", overwrite=True),
    ]  # fmt: skip
    for _ in range(count):
        road.clear()
        odd = [_odd_reply(dice) for _ in range(4)]
        road.cloud.script(".*", *odd)
        try:
            dice.choice(calls)()
        except NemoError:
            pass
        except Exception as exc:  # noqa: BLE001 - what must not come out
            wrong.append((odd, repr(exc)))
    goal.none("G30", "odd replies that came out as another error than ours", wrong, count)


def _odd_reply(dice: random.Random) -> Json:
    bodies = [
        {"code": 0, "data": {"task_id": "t", "session_id": "9"}},
        {"code": 0, "data": {"available": 1, "frozen": 0, "total": 1}},
        {
            "code": 0,
            "data": {
                "user_id": "u",
                "state": {"draft": {"t": [{"tt": 0, "sg": [{"d": 9, "m": {}}]}]}, "video_infos": []},
            },
        },
        {"success": True, "data": {"id": "r", "status": "completed", "progress": 100, "outputUrl": "/x"}},
    ]
    text = json.dumps(dice.choice(bodies))
    how = dice.randrange(6)
    if how == 0:
        return Json("[" * dice.choice([10, 10_000]), 200)
    if how == 1:
        return Json("<html><h1>502 Bad Gateway</h1>", dice.choice([200, 502, 301, 418]))
    values = [
        "null",
        "-1",
        "1e999",
        '"x"',
        "[]",
        "{}",
        "9" * 400,
        "true",
        '{"a": {"b": []}}',
        '"\\ud800"',
        "NaN",
    ]
    pieces = text.split('"')
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(pieces))
        pieces[at] = dice.choice(["", "x", "code", "data", "t", "sg", ": 0, ", ": [], ", pieces[at]])
    if how < 4:
        return Json('"'.join(pieces), dice.choice([200, 200, 200, 400, 500]))
    found = json.loads(text)
    _spoil(found, dice)
    return Json(json.dumps(found).replace('"SPOILT"', dice.choice(values)), 200)


def _spoil(found: Any, dice: random.Random) -> None:
    """Replace or remove something, anywhere inside."""
    keys = list(found) if isinstance(found, dict) else list(range(len(found)))
    key = dice.choice(keys)
    if isinstance(found[key], dict | list) and found[key] and dice.random() < 0.7:
        _spoil(found[key], dice)
    elif dice.random() < 0.3:
        del found[key]
    else:
        found[key] = "SPOILT"
