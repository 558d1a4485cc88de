"""The server extension's routes, on a real server behind a base URL: who gets in, what goes in and out."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from nemo_lab import __version__
from tests.jupyter.harness import TOKEN, JupyterLab

FILM = bytes(range(256)) * 400


@pytest.fixture
def client(lab: JupyterLab) -> Iterator[httpx.Client]:
    with lab.client() as found:
        yield found


@pytest.fixture
def visitor(lab: JupyterLab) -> Iterator[httpx.Client]:
    with lab.logged_in() as found:
        yield found


@pytest.fixture
def upload_id() -> str:
    return secrets.token_urlsafe(12)


def put(
    client: httpx.Client, upload_id: str, body: bytes, *, offset: int = 0, total: int | None = None, **more
):
    query = {"name": "a film.mp4", "offset": offset, "total": len(FILM) if total is None else total}
    headers = more.pop("headers", None)
    return client.put(f"nemo/upload/{upload_id}", params=query | more, content=body, headers=headers)


def register(lab: JupyterLab, path: Path, mtime_ns: int | None = None, **more: str) -> str:
    """Leave a note as a kernel does."""
    token = more.get("token") or secrets.token_urlsafe(24)
    folder = lab.data / "jupyter" / "media"
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "path": more.get("text") or str(path),
        "mtime_ns": path.stat().st_mtime_ns if mtime_ns is None else mtime_ns,
    }
    (folder / f"{token}.json").write_text(json.dumps(facts))
    return token


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path.resolve() / "film.mp4"
    path.write_bytes(FILM)
    return path


def test_ping_says_what_is_taken(client: httpx.Client):
    found = client.get("nemo/ping").json()
    assert found["version"] == __version__
    assert found["chunk"] == 8 << 20
    assert found["max_bytes"] == 64 << 30
    assert "mkv" in found["formats"]


def test_nobody_gets_in_without_login(lab: JupyterLab, film: Path, upload_id: str):
    token = register(lab, film)
    with httpx.Client(base_url=lab.url) as stranger:
        for path in ("nemo/ping", f"nemo/upload/{upload_id}", f"nemo/media/{token}"):
            assert stranger.get(path).status_code == 403
        assert put(stranger, upload_id, b"x").status_code == 403
        assert stranger.delete(f"nemo/upload/{upload_id}").status_code == 403
    assert not (lab.data / "jupyter" / "uploads" / upload_id).exists()


def test_a_browser_must_prove_that_the_page_is_ours(visitor: httpx.Client, upload_id: str):
    assert put(visitor, upload_id, b"x").status_code == 403
    xsrf = {"X-XSRFToken": visitor.cookies["_xsrf"]}
    assert put(visitor, upload_id, b"x", headers={"X-XSRFToken": "made up"}).status_code == 403
    done = put(visitor, upload_id, FILM, headers=xsrf)
    assert done.json()["received"] == len(FILM)


def test_another_site_sees_no_media(visitor: httpx.Client, lab: JupyterLab, film: Path):
    address = f"nemo/media/{register(lab, film)}"
    assert visitor.get(address, headers={"Referer": "https://evil.example/"}).status_code == 403
    assert visitor.get(address, headers={"Referer": f"{lab.url}lab"}).status_code == 200


def test_a_stranger_is_refused_before_the_body(lab: JupyterLab, upload_id: str):
    """The answer comes although not one byte of the announced body was sent."""
    address = urlsplit(lab.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as line:
        head = (
            f"PUT {address.path}nemo/upload/{upload_id}?name=x.mp4&offset=0&total=999 HTTP/1.1\r\n"
            f"Host: {address.netloc}\r\nContent-Length: 999\r\n\r\n"
        )
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 403")


def test_parts_become_the_file(client: httpx.Client, lab: JupyterLab, upload_id: str):
    assert client.get(f"nemo/upload/{upload_id}").json() == {"received": 0}
    half = len(FILM) // 2
    assert put(client, upload_id, FILM[:half]).json() == {"received": half}
    assert client.get(f"nemo/upload/{upload_id}").json() == {"received": half}
    done = put(client, upload_id, FILM[half:], offset=half).json()
    path = Path(done["path"])
    assert path == lab.data / "jupyter" / "uploads" / upload_id / "a film.mp4"
    assert path.read_bytes() == FILM
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert client.get(f"nemo/upload/{upload_id}").json() == done
    # Said again, as after an answer that was lost: the same answer, and the file as it was.
    assert put(client, upload_id, FILM[half:], offset=half).json() == done
    assert path.read_bytes() == FILM


def test_an_upload_goes_on_after_the_line_broke(client: httpx.Client, lab: JupyterLab, upload_id: str):
    address = urlsplit(lab.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as line:
        head = (
            f"PUT {address.path}nemo/upload/{upload_id}?name=a%20film.mp4&offset=0&total={len(FILM)}"
            " HTTP/1.1\r\n"
            f"Host: {address.netloc}\r\nAuthorization: token {TOKEN}\r\nContent-Length: {len(FILM)}\r\n\r\n"
        )
        line.sendall(head.encode() + FILM[:60_000])
        deadline = time.monotonic() + 10
        while client.get(f"nemo/upload/{upload_id}").json()["received"] < 60_000:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    received = client.get(f"nemo/upload/{upload_id}").json()["received"]
    done = put(client, upload_id, FILM[received:], offset=received).json()
    assert Path(done["path"]).read_bytes() == FILM


def test_a_part_sent_twice_is_written_once(client: httpx.Client, upload_id: str):
    put(client, upload_id, FILM[:5000])
    assert put(client, upload_id, FILM[2000:9000], offset=2000).json() == {"received": 9000}
    done = put(client, upload_id, FILM[9000:], offset=9000).json()
    assert Path(done["path"]).read_bytes() == FILM


def test_a_gap_is_refused_and_says_where_to_go_on(client: httpx.Client, upload_id: str):
    put(client, upload_id, FILM[:5000])
    answer = put(client, upload_id, FILM[6000:], offset=6000)
    assert answer.status_code == 409
    assert answer.json()["received"] == 5000


def test_the_later_of_two_writers_wins(client: httpx.Client, lab: JupyterLab, upload_id: str):
    """A browser that comes back does not wait for the line that the server still holds for it."""
    begun, release = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield FILM[:1000]
        begun.set()
        release.wait(10)
        yield b"x" * (len(FILM) - 1000)

    answers: list[int] = []

    def first() -> None:
        with lab.client() as other:
            query = {"name": "a film.mp4", "offset": 0, "total": len(FILM)}
            headers = {"Content-Length": str(len(FILM))}
            answers.append(
                other.put(
                    f"nemo/upload/{upload_id}", params=query, content=slow(), headers=headers
                ).status_code
            )

    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(10)
    while client.get(f"nemo/upload/{upload_id}").json()["received"] < 1000:
        time.sleep(0.02)
    put(client, upload_id, FILM[:2000])
    release.set()
    thread.join()
    assert answers == [409]
    done = put(client, upload_id, FILM[2000:], offset=2000).json()
    assert Path(done["path"]).read_bytes() == FILM


def test_an_unfinished_upload_can_be_forgotten(client: httpx.Client, lab: JupyterLab, upload_id: str):
    put(client, upload_id, FILM[:5000])
    assert client.delete(f"nemo/upload/{upload_id}").status_code == 204
    assert not (lab.data / "jupyter" / "uploads" / upload_id).exists()
    path = Path(put(client, upload_id, FILM).json()["path"])
    assert client.delete(f"nemo/upload/{upload_id}").status_code == 204
    assert path.exists()


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (415, {"name": "page.html"}),
        (415, {"name": "film"}),
        (400, {"name": ".mp4"}),
        (400, {"name": "../up.mp4"}),
        (400, {"name": "..\\up.mp4"}),
        (400, {"name": "a\nb.mp4"}),
        (400, {"name": "x" * 300 + ".mp4"}),
        (400, {"total": 0}),
        (400, {"offset": len(FILM), "total": len(FILM)}),
        (400, {"offset": "-1"}),
        (400, {"total": "many"}),
        (413, {"total": 65 << 30}),
        (400, {"total": len(FILM) - 1}),
    ],
)
def test_what_will_not_do_is_refused(client: httpx.Client, upload_id: str, status: int, change: dict):
    answer = put(client, upload_id, FILM, **change)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_more_than_announced_is_refused_in_mid_stream(client: httpx.Client, upload_id: str):
    """Without a length there is only counting."""
    query = {"name": "a film.mp4", "offset": 0, "total": 500}
    answer = client.put(f"nemo/upload/{upload_id}", params=query, content=iter([b"x" * 400, b"x" * 400]))
    assert answer.status_code == 400
    assert "path" not in client.get(f"nemo/upload/{upload_id}").json()


@pytest.mark.parametrize("bad", ["short", "x" * 65, "..%2f..%2f..%2fetc", "%2e%2e%2f%2e%2e%2fabcdef"])
def test_an_id_is_no_path(client: httpx.Client, bad: str):
    assert client.put(f"nemo/upload/{bad}?name=a.mp4&offset=0&total=1", content=b"x").status_code == 404
    assert client.get(f"nemo/media/{bad}").status_code in {403, 404}


def test_a_link_in_place_of_an_upload_is_not_followed(
    client: httpx.Client, lab: JupyterLab, upload_id: str, tmp_path: Path
):
    uploads = lab.data / "jupyter" / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    (uploads / upload_id).symlink_to(tmp_path)
    assert put(client, upload_id, FILM).status_code == 409
    assert not list(tmp_path.iterdir())
    (uploads / upload_id).unlink()


def test_media_is_served_whole_and_in_ranges(client: httpx.Client, lab: JupyterLab, film: Path):
    address = f"nemo/media/{register(lab, film)}"
    whole = client.get(address)
    assert whole.content == FILM
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert "Etag" not in whole.headers
    part = client.get(address, headers={"Range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.content == FILM[1000:2000]
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(FILM)}"
    assert client.get(address, headers={"Range": "bytes=-10"}).content == FILM[-10:]
    assert client.get(address, headers={"Range": f"bytes={len(FILM)}-"}).status_code == 416
    head = client.head(address)
    assert head.headers["Content-Length"] == str(len(FILM))
    assert not head.content


def test_media_that_changed_is_gone(client: httpx.Client, lab: JupyterLab, film: Path):
    assert client.get(f"nemo/media/{register(lab, film, mtime_ns=1)}").status_code == 404


def test_only_what_a_player_shows_is_served(client: httpx.Client, lab: JupyterLab, tmp_path: Path):
    for name in ("page.html", "vector.svg", "notes.txt", "script.js", "no ending"):
        path = tmp_path.resolve() / name
        path.write_text("<script>alert(1)</script>")
        assert client.get(f"nemo/media/{register(lab, path)}").status_code == 404, name


def test_tokens_lead_nowhere_else(client: httpx.Client, lab: JupyterLab, film: Path, tmp_path: Path):
    link = tmp_path.resolve() / "link.mp4"
    link.symlink_to(film)
    assert client.get(f"nemo/media/{register(lab, link)}").status_code == 404
    assert client.get(f"nemo/media/{register(lab, film, text='film.mp4')}").status_code == 404
    assert client.get(f"nemo/media/{register(lab, tmp_path)}").status_code == 404
    assert client.get(f"nemo/media/{secrets.token_urlsafe(24)}").status_code == 404
    note = lab.data / "jupyter" / "media" / "a-note-that-is-broken.json"
    note.write_text("[")
    assert client.get("nemo/media/a-note-that-is-broken").status_code == 404
    (lab.data / "jupyter" / "media" / "linked-note-0123456789.json").symlink_to(note)
    assert client.get("nemo/media/linked-note-0123456789").status_code == 404


def test_a_gigabyte_takes_no_memory(client: httpx.Client, lab: JupyterLab, upload_id: str):
    """In parts as a browser sends them, broken off in the middle and taken up again."""
    part, count = bytes(8 << 20), 128
    total = len(part) * count
    put(client, upload_id, part, total=total)
    before = peak = lab.memory()
    for _ in range(2):
        received = client.get(f"nemo/upload/{upload_id}").json()["received"]
        for offset in range(received, total if received >= total // 2 else total // 2, len(part)):
            answer = put(client, upload_id, part, offset=offset, total=total)
            peak = max(peak, lab.memory())
    assert answer.json()["received"] == total
    assert peak - before < 64 << 20
    Path(answer.json()["path"]).unlink()
