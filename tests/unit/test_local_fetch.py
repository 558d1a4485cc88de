"""Upload by address: only from the open net, only media, only so much. And names that mean harm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nemo_lab.errors import (
    ConnectFailed,
    FileTooLarge,
    MediaNotFound,
    NemoError,
    UnsupportedFormat,
    UsageError,
)
from nemo_lab.local import fetch as fetching
from nemo_lab.local.assets import by_reference, extension_of, new_path, shown_name
from nemo_lab.local.fetch import fetch, public

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2002:0a00:1::1", "2001:db8::1", "100::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
URLS = [
    "file:///etc/passwd", "ftp://example.com/a.mp4", "gopher://example.com/", "data:video/mp4;base64,AA",
    "javascript:1", "http://", "http:///a.mp4", "//example.com/a.mp4", "example.com/a.mp4", "",
    "http://[::1", "http://a:99999/x.mp4", "http://a:0/x.mp4", "http://u:p@example.com/a.mp4",
    "http://u@127.0.0.1/a.mp4", "http://127.0.0.1/a.mp4", "https://127.0.0.1/a.mp4",
    "http://localhost/a.mp4", "http://LOCALHOST./a.mp4", "http://[::1]/a.mp4",
    "http://[::ffff:127.0.0.1]/a.mp4", "http://2130706433/a.mp4", "http://0x7f000001/a.mp4",
    "http://0177.0.0.1/a.mp4", "http://127.1/a.mp4", "http://0/a.mp4",
    "http://169.254.169.254/latest/a.mp4", "http://10.0.0.1/a.mp4", "http://[fe80::1]/a.mp4",
    "http://[64:ff9b::7f00:1]/a.mp4", "http://192.168.0.1:8080/a.mp4",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_this_side_are_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_net_are_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize("url", URLS)
def test_what_is_not_on_the_net_is_not_fetched(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: object, **__: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "create_connection", touched)
    with pytest.raises((UsageError, ConnectFailed)):
        fetch(url, tmp_path, 1000)
    assert list(tmp_path.iterdir()) == []


def test_one_private_address_among_public_ones_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(UsageError, match="not fetched"):
        fetch("http://rebind.test/a.mp4", tmp_path, 1000)


def test_the_connection_goes_to_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(answers), 80))])
    reached: list[str] = []

    def create(address: tuple[str, int], *_: object) -> None:
        reached.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr(socket, "create_connection", create)
    with pytest.raises(ConnectFailed):
        fetch("http://rebind.test/a.mp4", tmp_path, 1000)
    assert reached == ["93.184.216.34"]


class Files(BaseHTTPRequestHandler):
    """A server with good and bad files."""

    def do_GET(self) -> None:
        size, kind = 1000, "video/mp4"
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/") or "/to/")
            self.end_headers()
            return
        if self.path == "/missing.mp4":
            self.send_error(404)
            return
        if self.path == "/page":
            kind = "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if self.path == "/short.mp4":
            self.send_header("Content-Length", "5000")
        elif self.path != "/endless.mp4":
            self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * (size if self.path != "/endless.mp4" else 5000))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_under_a_name_of_ours(site: str, tmp_path: Path) -> None:
    got = fetch(f"{site}/to/{site}/some/My%20Clip.MP4?x=1", tmp_path, 1000, allow_private=True)
    assert got.filename == "My Clip.MP4"
    assert got.path.parent == tmp_path
    assert got.path.suffix == ".mp4"
    assert got.path.name != got.filename
    assert got.path.read_bytes() == b"x" * 1000
    assert got.origin == "url"
    assert fetch(f"{site}/noname", tmp_path, 1000, allow_private=True).filename == "noname.mp4"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/missing.mp4", ConnectFailed),
        ("/page", UnsupportedFormat),
        ("/big.mp4", FileTooLarge),
        ("/endless.mp4", FileTooLarge),
        ("/short.mp4", ConnectFailed),
        ("/to/", ConnectFailed),
        ("/to/file:///etc/passwd", UsageError),
        ("/to/http://u:p@example.com/", UsageError),
    ],
)
def test_what_goes_wrong_leaves_nothing(site: str, path: str, error: type[NemoError], tmp_path: Path) -> None:
    limit = 1000 if path not in {"/big.mp4"} else 999
    limit = 10_000 if path == "/short.mp4" else limit
    with pytest.raises(error):
        fetch(site + path, tmp_path, limit, allow_private=True)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_into_this_machine_is_checked_anew(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, port = socket.getaddrinfo, int(site.rpartition(":")[2])
    # The site plays a public host; what it points to is resolved for real.
    monkeypatch.setattr(fetching, "public", lambda address: address == "93.184.216.34")
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: (
            [(2, 1, 6, "", ("93.184.216.34", port))] if host == "open.test" else real(host, *a, **k)
        ),
    )
    original = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *a, **k: original(("127.0.0.1", port), *a, **k)
    )
    with pytest.raises(UsageError, match="not fetched"):
        fetch(f"http://open.test/to/http://127.0.0.1:{port}/a.mp4", tmp_path, 1000)


def test_time_runs_out(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIME_LIMIT", 0.0)
    with pytest.raises(ConnectFailed, match="takes more than"):
        fetch(f"{site}/a.mp4", tmp_path, 1000, allow_private=True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("..\\..\\windows\\a.mp4", "a.mp4"),
        ("/abs/a.mp4", "a.mp4"),
        ("C:\\a.mp4", "a.mp4"),
        ("a\0b.mp4", "ab.mp4"),
        ("a\r\nb.mp4", "ab.mp4"),
        ("\u202egpm.mp4", "gpm.mp4"),
        ("录像 'x' \"y\".mp4", "录像 'x' \"y\".mp4"),
        ("e\u0301.mp4", "é.mp4"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("   ", "file"),
    ],
)
def test_names_are_shown_harmless(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_long_name_keeps_its_extension() -> None:
    assert len(shown_name("x" * 4096 + ".mp4")) < 200
    assert shown_name("x" * 4096 + ".mp4").endswith(".mp4")
    assert len(shown_name("y" * 4096)) == 200


@pytest.mark.parametrize("name", ["../a.mp4", "CON.mp4", ".hidden.mp4", "a/b.MP4", "x" * 300 + ".mp4"])
def test_files_are_stored_under_our_names(name: str, tmp_path: Path) -> None:
    path = new_path(tmp_path / "s", shown_name(name))
    assert path.parent == tmp_path / "s"
    assert len(path.name) == 36


@pytest.mark.parametrize("name", ["a.exe", "a", "a.mp4.exe", "mp4", ".mp4", "a.m3u8", "a.svg"])
def test_other_kinds_of_files_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedFormat) as refused:
        extension_of(name)
    assert refused.value.code == 4001


def test_references_are_regular_files_with_absolute_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    assert by_reference(str(path)).path == path
    for bad in ("a.mp4", str(tmp_path), str(tmp_path / "none.mp4"), "", "\0", "~/a.mp4"):
        with pytest.raises(MediaNotFound):
            by_reference(bad)
    (tmp_path / "a.txt").write_bytes(b"x")
    with pytest.raises(UnsupportedFormat):
        by_reference(str(tmp_path / "a.txt"))
