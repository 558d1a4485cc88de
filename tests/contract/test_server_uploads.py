"""Files come in: as forms, by reference; refused by kind and size; stored under names of ours."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemo_lab.local import Options
from tests.contract.serving import Backend, serving
from tests.media.clips import Clip, make

LIMIT = 300_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clips") / "my 录像 'x'.mp4", Clip(seconds=1))


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("uploads"), upload_limit=LIMIT) as running:
        yield running


def stored(backend: Backend, session: str) -> list[Path]:
    folder = backend.settings.data_dir / "local" / "sessions" / session
    return sorted(folder.rglob("*")) if folder.exists() else []


def form(name: str, content: bytes, field: str = "files") -> tuple[bytes, dict[str, str]]:
    """Return a form as it would come from anybody."""
    head = f'--B\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    body = head.encode("utf-8", "surrogateescape") + content + b"\r\n--B--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=B"}


def test_an_upload_is_described_placed_and_can_be_had_back(backend: Backend, clip: Path) -> None:
    session = backend.session()
    reply = backend.upload(session, clip).json()
    assert reply["code"] == 0
    assert reply["data"]["session_state_applied"] is True
    (item,) = reply["data"]["files"]
    assert item["filename"] == clip.name
    assert item["file_type"] == "video"
    assert (item["duration"], item["width"], item["height"], item["fps"]) == (1.0, 320, 180, 30.0)
    assert item["hash"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    state = backend.state(session)
    (info,) = state["video_infos"]
    assert {key: value for key, value in info.items() if key != "x_path"} == item
    assert state["canvas_config"] == {"width": 320, "height": 180, "aspect_ratio": "16:9"}
    (track,) = state["draft"]["t"]
    assert track["tt"] == 0
    assert track["sg"][0]["x_asset"] == item["id"]
    assert track["sg"][0]["d"] == 1000
    assert backend.http.get(item["cdn_url"]).content == clip.read_bytes()
    assert backend.http.get(item["cdn_url"], headers={"Range": "bytes=0-3"}).status_code == 206
    assert backend.stranger.get(item["cdn_url"]).status_code == 401
    (file,) = stored(backend, session)
    assert file.suffix == ".mp4"
    assert clip.stem not in file.name


def test_several_files_follow_each_other(backend: Backend, clip: Path) -> None:
    session = backend.session()
    reply = backend.upload(session, clip, clip)
    assert len(reply.json()["data"]["files"]) == 2
    backend.upload(session, clip, field="file")
    draft = backend.state(session)["draft"]
    assert [segment["x_start"] for segment in draft["t"][0]["sg"]] == [0, 1000, 2000]
    assert draft["d"] == 3000


@pytest.mark.parametrize("name", ["a.exe", "a.txt", "a", "a.mp4.sh", "a.m3u8", ""])
def test_other_kinds_are_4001(backend: Backend, name: str) -> None:
    session = backend.session()
    body, headers = form(name, b"x")
    reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (200, 4001)
    assert stored(backend, session) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"\0" * 1000,
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
)
def test_what_is_not_media_is_4001_and_names_the_senders_file(backend: Backend, content: bytes) -> None:
    session = backend.session()
    body, headers = form("holiday.mp4", content)
    reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (200, 4001)
    assert "holiday.mp4" in reply.json()["message"]
    assert str(backend.settings.data_dir) not in reply.text
    assert stored(backend, session) == []
    assert backend.state(session)["video_infos"] == []


def test_one_bad_file_takes_none_of_them(backend: Backend, clip: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no")
    session = backend.session()
    assert backend.upload(session, clip, bad).json()["code"] == 4001
    assert stored(backend, session) == []
    assert backend.state(session)["draft"] == {"t": []}


def test_the_size_limit_is_exact_and_the_reason_arrives(backend: Backend) -> None:
    session = backend.session()
    path = f"/api/upload-video/nemo_agent/me/{session}"
    for size, code in ((LIMIT, 4001), (LIMIT + 1, 4002), (LIMIT * 40, 4002)):
        body, headers = form("a.mp4", b"\0" * size)
        reply = backend.http.post(path, content=body, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (200, code), size
        assert stored(backend, session) == []


MULTIPART = "multipart/form-data; boundary=B"
NAMES = [
    "../../../evil.mp4", "..\\..\\evil.mp4", "/etc/evil.mp4", "C:\\evil.mp4", "%2e%2e%2fevil.mp4",
    "....//evil.mp4", "a\0/../evil.mp4", ".mp4.mp4", "CON.mp4", "~/evil.mp4", "$(x).mp4", "x" * 4096 + ".mp4",
    "é\u202e.mp4", "a;b.mp4", "-rf.mp4", "file:evil.mp4", "\udcff.mp4",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_outside(backend: Backend, clip: Path, name: str) -> None:
    session = backend.session()
    around = set(backend.settings.data_dir.parent.rglob("*.mp4"))
    body, headers = form(name, clip.read_bytes())
    # Head lines may be refused for their length; nothing else.
    reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", content=body, headers=headers)
    assert reply.json()["code"] in ({0, 4001} if len(name) < 1000 else {0, 400})
    assert "/" not in json.dumps([item["filename"] for item in backend.state(session)["video_infos"]])
    new = set(backend.settings.data_dir.parent.rglob("*.mp4")) - around
    assert new == set(stored(backend, session))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", MULTIPART),
        (b"garbage", MULTIPART),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary="),
        (b"--B--\r\n", MULTIPART),
        (b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\nxx', MULTIPART),
        (b'--B\r\nContent-Disposition: form-data; name="files"\r\n\r\nxx\r\n--B--\r\n', MULTIPART),
        (form("a.mp4", b"x", field="x")[0], MULTIPART),
        (b"--B\r\n" + b"X" * 100_000 + b": y\r\n\r\nx\r\n--B--\r\n", MULTIPART),
        (b"{}", "application/json"),
        (b'{"urls":[]}', "application/json"),
    ],
)  # fmt: skip
def test_forms_that_are_none_are_400(backend: Backend, body: bytes, kind: str) -> None:
    session = backend.session()
    headers = {"Content-Type": kind, "Content-Length": str(len(body))}
    reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert stored(backend, session) == []


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"urls":"x"}', b'{"urls":[1]}', b'{"source_type":"ftp"}'])
def test_json_that_fits_nothing_is_422(backend: Backend, body: bytes) -> None:
    path = f"/api/upload-video/nemo_agent/me/{backend.session()}"
    reply = backend.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422


def test_a_sender_who_hangs_up_leaves_nothing(backend: Backend) -> None:
    session = backend.session()
    own = backend.embedded.url.removeprefix("http://")
    body, _ = form("a.mp4", b"x" * 100_000)
    head = (
        f"POST /api/upload-video/nemo_agent/me/{session} HTTP/1.1\r\nHost: {own}\r\n"
        f"Authorization: Bearer {backend.embedded.token}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\n\r\n"
    )
    host, _, port = own.partition(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(head.encode() + body[:50_000])
        deadline = time.monotonic() + 10
        while not stored(backend, session) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert stored(backend, session)
    while stored(backend, session) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stored(backend, session) == []


def test_files_are_taken_by_reference_where_they_lie(backend: Backend, clip: Path) -> None:
    session = backend.session()
    path = f"/api/upload-video/nemo_agent/me/{session}"
    reply = backend.http.post(path, json={"paths": [str(clip)], "source_type": "path"}).json()
    assert reply["code"] == 0
    assert reply["data"]["files"][0]["filename"] == clip.name
    assert "hash" not in reply["data"]["files"][0]
    assert stored(backend, session) == []
    for bad in ("clip.mp4", str(clip.parent), "/no/such.mp4", "", str(clip) + "\0"):
        refused = backend.http.post(path, json={"paths": [bad], "source_type": "path"})
        assert refused.status_code == 400, bad
    assert clip.exists()


def test_a_server_takes_no_paths_unless_told(tmp_path: Path, clip: Path) -> None:
    with serving(tmp_path, Options(token="t")) as backend:
        path = f"/api/upload-video/nemo_agent/me/{backend.session()}"
        reply = backend.http.post(path, json={"paths": [str(clip)], "source_type": "path"})
        assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_addresses_in_this_machine_are_refused(backend: Backend) -> None:
    path = f"/api/upload-video/nemo_agent/me/{backend.session()}"
    for url in (f"{backend.embedded.url}/a.mp4", "http://169.254.169.254/a.mp4", "file:///etc/passwd"):
        reply = backend.http.post(path, json={"urls": [url], "source_type": "url"})
        assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_sound_and_pictures_are_taken_too(backend: Backend, tmp_path: Path) -> None:
    session = backend.session()
    sound = make(tmp_path / "talk.wav", Clip(seconds=1))
    reply = backend.upload(session, sound).json()
    assert reply["data"]["files"][0]["file_type"] == "audio"
    assert "width" not in reply["data"]["files"][0]
    assert backend.state(session)["draft"]["t"][0]["tt"] == 1
