"""Renders over HTTP: both shapes, every format, ranges, repeats, cancel, and only what the project has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from tests.contract.serving import Backend, serving
from tests.media.clips import Clip, make


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("renders")) as running:
        yield running


@pytest.fixture(scope="module")
def session(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> str:
    clip = make(tmp_path_factory.mktemp("clips") / "talk.mp4", Clip(seconds=1))
    made = backend.session()
    backend.upload(made, clip)
    return made


def test_a_render_from_submit_to_download(backend: Backend, session: str, tmp_path: Path) -> None:
    submitted = backend.submit(session, "render_1773423613616").json()
    assert submitted["success"] is True
    assert submitted["data"]["id"] == submitted["taskId"] == "render_1773423613616"
    assert submitted["status"] in {"pending", "processing"}
    assert submitted["progress"] == 5
    done = backend.finished("render_1773423613616")
    assert done["status"] == done["data"]["status"] == "completed", done
    assert done["output"]["duration"] == 1.0
    assert done["output"]["url"] == done["outputUrl"] == done["data"]["outputUrl"]
    assert done["completedAt"] >= done["createdAt"] > 1_600_000_000_000
    got = backend.http.get(done["output"]["url"])
    assert got.headers["content-type"] == "video/mp4"
    assert len(got.content) == done["output"]["size"]
    assert Path(done["output"]["x_path"]).read_bytes() == got.content  # this server takes files by path
    path = tmp_path / "got.mp4"
    path.write_bytes(got.content)
    info = probe(path)
    assert (info.duration_ms, info.width, info.height, info.has_audio) == (1000, 320, 180, True)


@pytest.fixture(scope="module")
def finished(backend: Backend, session: str) -> str:
    backend.submit(session, "ranges")
    assert backend.finished("ranges")["status"] == "completed"
    return "/api/render/proxy/ranges/download"


def test_downloads_come_in_ranges(backend: Backend, finished: str) -> None:
    whole = backend.http.get(finished)
    size = len(whole.content)
    tag = whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    assert tag.startswith('"')
    for asked, start, stop in (
        ("0-9", 0, 10),
        (f"{size - 5}-", size - 5, size),
        ("-7", size - 7, size),
        ("3-3", 3, 4),
    ):
        part = backend.http.get(finished, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.content == whole.content[start:stop]
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert part.headers["etag"] == tag
    beyond = backend.http.get(finished, headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"
    same = backend.http.get(finished, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert same.status_code == 206
    other = backend.http.get(finished, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, size)
    head = backend.http.head(finished)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


def test_a_download_needs_the_token(backend: Backend, finished: str) -> None:
    assert backend.stranger.get(finished).status_code == 401


@pytest.mark.parametrize(
    ("output", "kind", "size"),
    [
        ({"format": "mov"}, "video/quicktime", (320, 180)),
        ({"format": "mp4", "quality": "low", "resolution": "90p"}, "video/mp4", (160, 90)),
        ({"format": "gif"}, "image/gif", None),
        ({"format": "mp3"}, "audio/mpeg", None),
        ({"format": "png"}, "image/png", None),
        ({"format": "mp4", "codec": "h264", "crf": 23, "fps": 30}, "video/mp4", (320, 180)),
    ],
)
def test_formats(
    backend: Backend, session: str, output: dict[str, object], kind: str, size: tuple[int, int] | None
) -> None:
    render = backend.submit(session, **output).json()["id"]
    done = backend.finished(render)
    assert done["status"] == "completed", done
    assert backend.http.head(done["outputUrl"]).headers["content-type"] == kind
    if size:
        assert (done["x_report"]["width"], done["x_report"]["height"]) == size


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ({"format": "exe"}, 4001), ({"format": "../mp4"}, 4001), ({"format": ""}, 4001),
        ({"quality": "best"}, 400), ({"preset": "vhs"}, 400), ({"resolution": "1p"}, 400),
    ],
)  # fmt: skip
def test_outputs_that_cannot_be_made(
    backend: Backend, session: str, output: dict[str, object], code: int
) -> None:
    assert backend.submit(session, "never", **output).json()["code"] == code
    assert backend.http.get("/api/render/proxy/lambda/never").status_code == 404


def test_a_repeat_is_the_same_render_and_another_needs_another_id(backend: Backend, session: str) -> None:
    first = backend.submit(session, "twice").json()
    again = backend.submit(session, "twice").json()
    assert again["createdAt"] == first["createdAt"]
    other = backend.submit(session, "twice", format="mov")
    assert (other.status_code, other.json()["code"]) == (400, 400)
    assert "duplicate id" in other.json()["message"]
    backend.finished("twice")


def test_a_render_can_be_cancelled(backend: Backend, session: str) -> None:
    draft = backend.state(session)["draft"]
    segment = draft["t"][0]["sg"][0]
    long = [{**segment, "x_id": f"s{n}", "x_start": 1000 * n} for n in range(600)]
    draft = {**draft, "d": 600_000, "t": [{**draft["t"][0], "sg": long, "d": 600_000}]}
    body = {"id": "long", "sessionId": session, "draft": draft}
    assert backend.http.post("/api/render/proxy/lambda", json=body).json()["status"] == "pending"
    ended = backend.http.post("/api/render/proxy/lambda/long/cancel").json()
    assert (ended["status"], ended["error"], ended["cancelled"]) == ("failed", "cancelled", True)
    assert backend.http.get("/api/render/proxy/lambda/long").json() == ended
    assert backend.http.get("/api/render/proxy/long/download").status_code == 404


@pytest.mark.parametrize("render", ["none", "..", "%2e%2e%2f", "a" * 5000, "%00", "ranges/../x"])
def test_unknown_renders_are_404(backend: Backend, render: str) -> None:
    for method, path in (("GET", ""), ("POST", "/cancel")):
        reply = backend.http.request(method, f"/api/render/proxy/lambda/{render}{path}")
        assert reply.status_code in {404, 405}
    assert backend.http.get(f"/api/render/proxy/{render}/download").status_code in {404, 405}


@pytest.mark.parametrize("render", ["", "../x", "a/b", "a b", "é", "x" * 129, ".hidden", "a\n"])
def test_ids_are_plain(backend: Backend, session: str, render: str) -> None:
    body = {"id": render, "sessionId": session, "draft": {}}
    assert backend.http.post("/api/render/proxy/lambda", json=body).status_code == 422


def test_an_empty_timeline_is_refused(backend: Backend) -> None:
    reply = backend.submit(backend.session(), "empty")
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert "nothing on the timeline" in reply.json()["message"]


def test_only_files_of_the_project_are_rendered(backend: Backend, session: str, tmp_path: Path) -> None:
    secret = make(tmp_path / "secret.mp4", Clip(seconds=1))
    other = backend.session()
    backend.upload(other, secret)
    foreign = backend.state(other)["video_infos"][0]["id"]
    draft = backend.state(session)["draft"]
    for asset in (foreign, str(secret), f"file://{secret}", "../../x"):
        segment = {**draft["t"][0]["sg"][0], "x_asset": asset}
        wish = {**draft, "t": [{**draft["t"][0], "sg": [segment]}]}
        body = {"id": "theft", "sessionId": session, "draft": wish}
        reply = backend.http.post("/api/render/proxy/lambda", json=body)
        assert (reply.status_code, reply.json()["code"]) == (400, 400)
    effects = [{"op": "watermark", "file": str(secret)}]
    body = {"id": "mark", "sessionId": session, "draft": {**draft, "x_effects": effects}}
    if backend.http.post("/api/render/proxy/lambda", json=body).json().get("success"):
        done = backend.finished("mark")
        assert done["status"] == "failed" or any("secret" in note for note in done["x_report"]["notes"]), done


@pytest.mark.parametrize(
    "draft",
    [
        {"t": 1}, {"t": [1]}, {"t": [{"sg": [{"d": "x"}]}]}, {"t": [{"sg": [{"d": 1, "x_speed": 0}]}]},
    ],
)  # fmt: skip
def test_drafts_that_are_none(backend: Backend, session: str, draft: dict[str, object]) -> None:
    body = {"id": "odd", "sessionId": session, "draft": draft}
    reply = backend.http.post("/api/render/proxy/lambda", json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_half_a_character_in_the_format_is_answered(backend: Backend, session: str) -> None:
    body = json.dumps({"id": "half", "sessionId": session, "draft": {}, "output": {"format": "\udcff"}})
    headers = {"Content-Type": "application/json"}
    reply = backend.http.post("/api/render/proxy/lambda", content=body, headers=headers)
    assert reply.json()["code"] == 4001
