"""Names that lead elsewhere: through the file system, and through the network."""

from __future__ import annotations

import itertools
import random
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from nemo_lab.local import Options
from tests.contract.serving import Backend, message, serving
from tests.media.clips import Clip, make

CANARY = "canary-that-sings"
_UP = ("..", "%2e%2e", "%252e%252e", "..%00", ".%2e", "…", "．．", "..\\", "%c0%ae%c0%ae", "....//")
_SLASH = ("/", "\\", "%2f", "%5c", "//", "\u2215", "%252f", "/./")
_GOALS = ("secret.wav", "etc/passwd", "data2/secret.wav", ".hidden.wav", "link.wav", "local/projects.sqlite3",
          "CON", "NUL.wav", "aux.wav", "a" * 4096, "\u0065\u0301.wav", "\u202egpj.wav", "a\0b.wav",
          "a\r\nX-B: c.wav",
          "-rf", "~root/.wav", "$HOME.wav", "`id`.wav", "|id.wav", "C:\\secret.wav", "\\\\host\\share.wav",
          "file:///etc/passwd", "concat:secret.wav", "%s%n.wav", "shot%03d.wav", "a:b.wav", " .wav", "..wav",
          ".",
          )  # fmt: skip


def _payload(dice: random.Random, outside: Path) -> str:
    goal = dice.choice([*_GOALS, str(outside / "secret.wav"), str(outside / "link.wav")])
    if dice.random() < 0.2:
        return goal
    step = dice.choice(_UP) + dice.choice(_SLASH)
    begin = dice.choice(["", "/", "x/", "\\", "./", "sessions/"])
    return begin + step * dice.randint(1, 8) + goal + dice.choice(["", "", ".wav", "%00.wav", "/", "/."])


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with serving(tmp_path / "home") as running:
        yield running


@pytest.mark.parametrize("count", [25, pytest.param(300, marks=pytest.mark.soak)])
def test_g20_no_name_leads_out_of_the_sessions_folder(
    goal: Any, seed: int, backend: Backend, tmp_path: Path, count: int
) -> None:
    outside = _outside(tmp_path)
    dice, session = random.Random(seed), backend.session()
    tone = make(tmp_path / "tone.wav", Clip(seconds=0.1)).read_bytes()
    before = set(tmp_path.rglob("*"))
    payloads = [_payload(dice, outside) for _ in range(count)]
    wrong, stored = [], 0
    for payload in payloads:
        for reply in _everywhere(backend, session, payload, tone):
            stored += reply.status_code == 200 and '"cdn_url"' in reply.text
            if CANARY in reply.text or "root:" in reply.text or reply.status_code >= 500:
                wrong.append((payload, reply.request.url, reply.status_code, reply.text[:200]))
    home = backend.settings.data_dir / "local" / "sessions" / session
    for path in {path for path in tmp_path.rglob("*") if not path.is_dir()} - before:
        ours = path.parent == home and re.fullmatch(r"[0-9a-f]{32}\.wav", path.name)
        kept = path.is_relative_to(backend.settings.cache_dir) or path.name.startswith("projects.sqlite3")
        if not (ours or kept):
            wrong.append(path)
    assert stored > count / 5  # many were taken, under a name of ours
    goal.none("G20", "names in 6 places that led outside, or to a file not named by us", wrong, count)


def _outside(folder: Path) -> Path:
    """Make files that must not be read, beside the server's own folder and with a name like it."""
    for name in ("data2", "outside"):
        (folder / "home" / name).mkdir(parents=True)
        (folder / "home" / name / "secret.wav").write_text(CANARY)
        (folder / "home" / name / ".hidden.wav").write_text(CANARY)
    outside = folder / "home" / "outside"
    (outside / "link.wav").symlink_to(outside / "secret.wav")
    return outside


def _everywhere(backend: Backend, session: str, payload: str, tone: bytes) -> Iterator[Any]:
    """Send a name in each place where one is taken; yield the answers."""
    http, name = backend.http, payload.replace("\r", "").replace("\n", "").encode()
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    yield http.post(f"/api/upload-video/nemo_agent/me/{session}", content=form % (name, tone), headers=kind)
    path = quote(payload[:2000], safe="/.%\\:")
    yield http.get(f"/api/state/nemo_agent/me/{path}/latest")
    yield http.get(f"/api/assets/{path}")
    yield http.get(f"/api/render/proxy/{path}/download")
    yield http.post("/run_sse", json=message(payload[:128].replace("\0", "0") or "x", "status"))
    draft = {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"asset": payload}, "x_asset": payload}]}]}
    yield http.post("/api/render/proxy/lambda", json={"id": payload, "sessionId": session, "draft": draft})


_PRIVATE = (
    "127.0.0.1", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.000.000.001", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe", "10.0.0.1", "192.168.0.1",
    "172.16.0.1", "100.64.0.1", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255",
    "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1",
)  # fmt: skip
_SCHEMES = (
    "http",
    "https",
    "HTTP",
    "ftp",
    "file",
    "gopher",
    "dict",
    "ldap",
    "tftp",
    "jar",
    "data",
    "rtmp",
    "rtsp",
)


@pytest.fixture
def canary() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that nobody may reach; gives its port and what it was asked."""
    yield from _server(lambda _: (200, {"Content-Type": "audio/wav"}))


@pytest.fixture
def public_server() -> Iterator[tuple[int, list[str]]]:
    """A server that stands for one on the open net: it sends on to the address in its query."""
    yield from _server(lambda path: (302, {"Location": path.partition("?to=")[2]}))


def _server(answer: Any) -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, heads = answer(self.path)
            self.send_response(status)
            for name, value in heads.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.soak)])
def test_g21_no_address_leads_into_this_machine(
    goal: Any, seed: int, tmp_path: Path, canary: Any, public_server: Any, net: Any, count: int
) -> None:
    dice, (port, reached) = random.Random(seed), canary
    net(public_server[0])
    wrong = []
    with serving(tmp_path, Options(token="t")) as backend:
        session = backend.session()
        for _ in range(count):
            url = _address(dice, port)
            if dice.random() < 0.4:
                url = f"http://public.test/a.wav?to={quote(url, safe=':/[]@?=')}"
            body = {"urls": [url], "source_type": "url"}
            reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", json=body)
            if reply.status_code >= 500 or reply.json().get("code") == 0 or reached:
                wrong.append((url, reply.status_code, reply.text[:200]))
                reached.clear()
        assert public_server[1]  # redirects were followed as far as they may be
        assert not list((backend.settings.data_dir / "local" / "sessions").rglob("*.*"))
    goal.none("G21", "addresses of this side that were fetched, some behind redirects", wrong, count)


def _address(dice: random.Random, port: int) -> str:
    scheme = dice.choice(_SCHEMES) if dice.random() < 0.3 else "http"
    host = dice.choice([*_PRIVATE, "rebind.test", "both.test", "private.test"])
    login = dice.choice(["user@", "user:secret@", "public.test@"]) if dice.random() < 0.1 else ""
    return f"{scheme}://{login}{host}:{dice.choice([port, port, 22])}/a.wav"


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let ``public.test`` lie on the open net, and other names there and here by turns."""
    look_up, connect = socket.getaddrinfo, socket.create_connection

    def begin(port: int) -> None:
        turns = itertools.cycle(["93.184.216.34", "127.0.0.1"])

        def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
            named = {"public.test": ["93.184.216.34"], "both.test": ["93.184.216.34", "127.0.0.1"],
                     "private.test": ["127.0.0.1"], "rebind.test": [next(turns)]}  # fmt: skip
            if host not in named:
                return look_up(host, *rest, **more)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, rest[0])) for ip in named[host]]

        def create_connection(address: Any, *rest: Any, **more: Any) -> Any:
            there = address[0] == "93.184.216.34"
            return connect(("127.0.0.1", port) if there else address, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket, "create_connection", create_connection)

    return begin
