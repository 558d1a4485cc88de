"""The local server's door: a foreign page, a foreign network, another user's ids."""

from __future__ import annotations

import itertools
import random
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nemo_lab.local import Options
from tests.contract.serving import Backend, message, serving
from tests.contract.test_server_process import process
from tests.jupyter.harness import CHROMIUM, chromium
from tests.media.clips import Clip, make

OPEN = {"/health", "/openapi.json", "/api/auth/anonymous-token"}
CREATE = "/api/tasks/me/with-session/nemo_agent"
_ATTACK = """
async ([bases, token]) => {
  const read = [];
  const paths = ['/health', '/openapi.json', '/api/credits/balance/simple', '/run_sse',
    '/api/auth/anonymous-token', '/api/tasks/me/with-session/nemo_agent', '/api/assets/x',
    '/api/upload-video/nemo_agent/me/x', '/api/render/proxy/lambda', '/nowhere'];
  const kinds = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', null];
  const fetched = async (url, options) => {
    try {
      const reply = await fetch(url, options);
      if (reply.ok) read.push([url, options.method, (await reply.text()).slice(0, 200)]);
    } catch (refused) {}
  };
  const form = new FormData(); form.append('files', new Blob(['x']), 'x.mp4');
  const attempts = [];
  for (const base of bases) for (const path of paths) for (const mode of ['cors', 'no-cors']) {
    for (const headers of [{}, {'X-Client-Id': 'evil', Authorization: 'Bearer ' + token}]) {
      attempts.push([base + path, {mode, headers}]);
      for (const kind of kinds) {
        const named = kind ? {'Content-Type': kind, ...headers} : headers;
        const body = kind ? '{"task_name": "evil"}' : form;
        attempts.push([base + path, {method: 'POST', mode, headers: named, body}]);
      }
    }
  }
  for (let n = 0; n < attempts.length; n += 8)
    await Promise.all(attempts.slice(n, n + 8).map(([url, options]) => fetched(url, options)));
  const ended = element => new Promise(done => {
    element.onload = element.onerror = () => done(); setTimeout(done, 1000);
  });
  const tags = [];
  for (const base of bases) for (const path of paths) {
    navigator.sendBeacon(base + path, new Blob(['{}'], {type: 'text/plain'}));
    for (const [name, key] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['link', 'href']]) {
      const element = document.createElement(name);
      if (name === 'link') element.rel = 'stylesheet';
      element[key] = base + path;
      tags.push(ended(element));
      document.body.append(element);
    }
    for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
      const frame = document.createElement('iframe'), form = document.createElement('form');
      frame.name = 'f' + Math.random();
      Object.assign(form, {action: base + path, method: 'post', enctype, target: frame.name});
      form.innerHTML = '<input name=\\'{"task_name":"evil","a":"\\' value=\\'"}\\'>';
      document.body.append(frame, form);
      tags.push(ended(frame));
      form.submit();
    }
  }
  await Promise.all(tags);
  return [attempts.length + 7 * bases.length * paths.length, read];
}
"""


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A server that gives tokens to whoever asks, which is the one with most to lose."""
    with serving(tmp_path_factory.mktemp("door"), Options()) as running:
        running.use(running.anonymous().json()["data"]["token"])
        yield running


def _port(backend: Backend) -> int:
    return int(backend.embedded.url.rpartition(":")[2])


def _state(backend: Backend) -> dict[str, int]:
    """Return how many rows each table of the store has, and how many files there are."""
    home = backend.settings.data_dir / "local"
    with sqlite3.connect(home / "projects.sqlite3") as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
    db.close()
    return rows | {"files": len(list((home / "sessions").rglob("*")))}


def test_g17_a_page_elsewhere_reads_nothing_and_changes_nothing(goal: Any, backend: Backend) -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    port, token = _port(backend), backend.http.headers["authorization"].partition(" ")[2]
    rebound, own = f"http://evil.test:{port}", f"http://127.0.0.1:{port}"
    rules = "--host-resolver-rules=MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    before = _state(backend)
    with chromium(rules) as browser:
        tried, read = _attack(browser, rebound, [rebound, own], token)
        after = _state(backend)
        # The same from the server's own address gets through: the attack is a real one.
        _, mine = _attack(browser, own, [own], token)
    assert len(mine) > 10
    assert _state(backend)["sessions"] > before["sessions"]
    changed = [(name, before[name], after[name]) for name in before if before[name] != after[name]]
    goal.none("G17", "answers that a page at evil.test could read", read, tried)
    goal.none("G17", "tables and folders that it changed", changed, tried)


def _attack(browser: Any, home: str, bases: list[str], token: str) -> tuple[int, list[Any]]:
    """Let a page that seems to lie at ``home`` try everything; return how much that was, and what it read."""
    context = browser.new_context()
    page = context.new_page()
    page.route(f"{home}/page", lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
    page.goto(f"{home}/page")
    tried, read = page.evaluate(_ATTACK, [bases, token])
    context.close()
    return tried, read


@pytest.mark.parametrize("count", [100, pytest.param(400, marks=pytest.mark.soak)])
def test_g17_every_mix_of_heads_is_judged_before_the_body(
    goal: Any, seed: int, backend: Backend, count: int
) -> None:
    own = f"127.0.0.1:{_port(backend)}"
    mixes = list(itertools.product(
        (own, f"evil.test:{_port(backend)}", "127.0.0.1:1", f"{own}.evil.test"),
        (None, f"http://{own}", "http://evil.test", "null", f"https://{own}"),
        (None, "none", "same-origin", "same-site", "cross-site"),
        ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"),
    ))  # fmt: skip
    wrong = []
    for mix in random.Random(seed).sample(mixes, count):
        host, origin, site, kind = mix
        welcome = host == own and origin in {None, f"http://{own}"} and site in {None, "none", "same-origin"}
        expected = 403 if not welcome else 200 if kind == "application/json" else 415
        status, head = _answer(backend, mix, whole=expected == 200)
        if status != expected or b"access-control" in head.lower():
            wrong.append((mix, expected, status))
    goal.none("G17", "mixes of Host, Origin, Sec-Fetch-Site and type judged wrongly", wrong, count)


def _answer(backend: Backend, mix: tuple[str | None, ...], *, whole: bool) -> tuple[int, bytes]:
    """Send a head, and its body only when ``whole``; return the status and head of the answer."""
    names = ("Host", "Origin", "Sec-Fetch-Site", "Content-Type")
    heads = [f"{name}: {value}" for name, value in zip(names, mix, strict=True) if value is not None]
    heads += [f"Authorization: {backend.http.headers['authorization']}"]
    heads += [f"Content-Length: {2 if whole else 1_000_000}"]
    with socket.create_connection(("127.0.0.1", _port(backend)), timeout=60) as raw:
        raw.sendall("\r\n".join([f"POST {CREATE} HTTP/1.1", *heads, "", "{}" if whole else ""]).encode())
        got = b""
        while b"\r\n\r\n" not in got and (more := raw.recv(65536)):
            got += more
    return int(got.split(b" ", 2)[1]), got.partition(b"\r\n\r\n")[0]


def test_g18_nothing_listens_but_on_loopback(goal: Any, tmp_path: Path) -> None:
    clip = make(tmp_path / "talk.wav", Clip(seconds=1))
    with process(tmp_path) as (server, http):
        session = http.post(CREATE).json()["data"]["session_id"]
        files = {"files": (clip.name, clip.read_bytes())}
        http.post(f"/api/upload-video/nemo_agent/me/{session}", files=files)
        root = psutil.Process(server.pid)
        everyone = [root, *root.children(recursive=True)]
        assert len(everyone) > 1  # a worker runs
        found = [c for one in everyone for c in one.net_connections("inet") if c.status == "LISTEN"]
        datagrams = [c for one in everyone for c in one.net_connections("udp")]
    abroad = [c for c in found if c.laddr.ip not in {"127.0.0.1", "::1"}]
    goal.none("G18", "sockets of the server and its workers open to others", abroad + datagrams, len(found))


def test_g19_no_route_gives_anything_of_another_user(goal: Any, backend: Backend, tmp_path: Path) -> None:
    mine = _belongings(backend, tmp_path)
    operations = list(_operations(backend))
    leaks, strangers = [], []
    victim = backend.http.headers["authorization"]
    backend.use(backend.anonymous("the other").json()["data"]["token"])
    try:
        for (method, path), ids in itertools.product(operations, mine["ids"]):
            filled = re.sub(r"\{.*?\}", ids, path)
            bodies = {"json": _body(path, ids, mine)} if method == "POST" else {}
            reply = backend.http.request(method, filled, **bodies)
            if any(secret in reply.text for secret in mine["secrets"]) or reply.status_code >= 500:
                leaks.append((method, filled, reply.status_code, reply.text[:200]))
            alone = backend.stranger.request(method, filled, **bodies)
            if path not in OPEN and alone.status_code != 401:
                strangers.append((method, filled, alone.status_code))
    finally:
        backend.http.headers["Authorization"] = victim
    asked = len(operations) * len(mine["ids"])
    assert backend.state(mine["session"])["video_infos"]  # the owner still has it all
    goal.none("G19", "requests with another user's ids that got anything of theirs", leaks, asked)
    goal.none("G19", "requests without a token that were let in", strangers, asked)


def _belongings(backend: Backend, folder: Path) -> dict[str, Any]:
    """Make a project with a file and a render; return its ids and what nobody else may see."""
    session = backend.session()
    clip = make(folder / "canary-name.wav", Clip(seconds=1))
    asset = backend.upload(session, clip).json()["data"]["files"][0]["id"]
    backend.say(session, "add a title 'canary title'")
    backend.submit(session, "canary-render", format="wav")
    backend.finished("canary-render")
    return {"session": session, "ids": [session, asset, "canary-render"],
            "secrets": ["canary-name", "canary title", "RIFF"]}  # fmt: skip


def _operations(backend: Backend) -> Iterator[tuple[str, str]]:
    document = backend.http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        yield from ((method.upper(), path) for method in methods)


def _body(path: str, ids: str, mine: dict[str, Any]) -> dict[str, Any]:
    """Return a body that names what is not the sender's."""
    session = mine["session"]
    if path == "/run_sse":
        return message(session, "what is on the timeline?")
    names = {"session_id": session, "task_id": ids, "task_name": "x", "urls": ["http://127.0.0.1/a.mp4"]}
    return names | {"id": "mine", "draft": {"t": []}}
