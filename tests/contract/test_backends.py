"""One conversation, four ways: sync and async, the embedded backend and a server that plays the cloud."""

import asyncio
import errno
import hashlib
from pathlib import Path

import av
import pytest

from nemo_lab import errors
from nemo_lab.client import AsyncClient, aconnect, connect
from nemo_lab.client.core import Backend
from nemo_lab.config import Settings
from nemo_lab.local import Options, Policy
from nemo_lab.protocol.events import Text, ToolCall
from tests.contract.conftest import AsyncFace
from tests.contract.serving import serving
from tests.media.clips import make


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Four seconds, of which one has no sound."""
    folder = tmp_path_factory.mktemp("recordings")
    return make(folder / "my recording 录像.mp4", seconds=4, sound="speech", speech=((0.2, 1.4), (2.6, 3.8)))


@pytest.fixture(params=["embedded", "like-cloud"])
def backend(request):
    return request.param


@pytest.fixture(params=["sync", "async"])
def client(request, backend, tmp_path, home):
    """A connection of either face to either backend, with an own data folder."""
    folders = {f"{kind}_dir": tmp_path / "mine" / kind for kind in ("data", "cache", "config")}
    if backend == "embedded":
        yield from opened(request.param, Settings(backend="local", **folders))
        return
    # Enough credits for the suite; all other rules as on the cloud.
    policy = Policy.like_cloud(seed=1)
    with serving(tmp_path, Options(policy=policy)) as server:
        server.http.headers.pop("Authorization", None)
        yield from opened(request.param, Settings(backend="cloud", api_url=server.embedded.url, **folders))


def opened(face, settings):
    if face == "sync":
        with connect(settings=settings) as made:
            yield made
        return
    with asyncio.Runner() as loop:
        made = AsyncFace(loop.run(connecting(settings)), loop)
        try:
            yield made
        finally:
            made.close()


async def connecting(settings):
    return await aconnect(settings=settings)


def duration_of(path):
    with av.open(str(path)) as file:
        return file.duration / 1e6


def test_the_whole_journey(client, backend, recording, tmp_path):
    before = hashlib.sha256(recording.read_bytes()).hexdigest()
    session = client.create_session("journey")
    fractions, events = [], []
    (item,) = session.upload(recording, on_progress=fractions.append)
    assert item.filename == recording.name
    assert fractions[-1] == 1.0
    assert session.timeline().length_ms == 4000
    reply = session.chat("cut the silences", events.append)
    assert reply.text
    assert reply.changes
    assert 2000 < reply.draft.length_ms < 4000
    assert any(isinstance(event, ToolCall) for event in events)
    shown = "".join(event.text for event in events if isinstance(event, Text))
    assert "temporary issue" not in shown + reply.text
    progress = []
    video = session.export(tmp_path / "clean.mp4", on_progress=progress.append)
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    assert abs(duration_of(video.path) - reply.draft.length_ms / 1000) < 0.1
    assert (video.link is None) is (backend == "embedded")
    assert hashlib.sha256(recording.read_bytes()).hexdigest() == before
    assert [path.name for path in tmp_path.glob(".*part")] == []
    assert session.said == ("cut the silences",)
    assert session.to_recipe().steps == session.said


def test_undo_redo_and_the_commands(client, backend, recording):
    session = client.create_session()
    session.upload(recording)
    whole = session.timeline().to_wire()
    edited = session.chat("add a title 'Urban Dreams' for 2 seconds")
    assert any("Urban Dreams" in line for line in edited.changes)
    session.undo()
    assert session.timeline().to_wire() == whole
    session.redo()
    assert session.timeline().to_wire() == edited.draft.to_wire()
    assert "Urban Dreams" in session.chat("status").text
    words = session.chat("credits").text
    assert ("cost no credits" in words) if backend == "embedded" else ("available" in words)
    assert client.backend == ("local" if backend == "embedded" else "cloud")


def test_credits_are_spent_and_run_out_only_on_the_cloud(client, backend, recording):
    session = client.create_session()
    session.upload(recording)
    titles = [f"add a title 'Number {number}' for 1 second" for number in range(3)]
    if backend == "embedded":
        for text in titles:
            session.chat(text)
        return
    for text in titles[:2]:
        session.chat(text)
    with pytest.raises(errors.InsufficientCredits, match="/register"):
        session.chat(titles[2])
    assert client.credits().available == 0


def test_chinese_is_answered_in_chinese(client, recording):
    session = client.create_session()
    session.upload(recording)
    reply = session.chat("添加标题“城市之梦”，持续2秒")
    assert any("一" <= char <= "鿿" for char in reply.text)
    assert any("城市之梦" in line for line in reply.changes)


def test_errors_are_typed(client, recording, tmp_path):
    session = client.create_session()
    with pytest.raises(errors.NotReady):
        session.export(tmp_path / "out.mp4")
    with pytest.raises(errors.SessionNotFound):
        client.session("404").chat("cut the silences")
    with pytest.raises(errors.SessionNotFound):
        client.session("404").timeline()
    broken = tmp_path / "broken.mp4"
    broken.write_text("this is no film")
    with pytest.raises(errors.NemoError) as caught:
        session.upload(broken)
    assert isinstance(caught.value, errors.MediaError | errors.ApiError)
    assert "\n" not in str(caught.value)
    (tmp_path / "there.mp4").write_bytes(b"old")
    session.upload(recording)
    with pytest.raises(errors.OutputExists):
        session.export(tmp_path / "there.mp4")
    with pytest.raises(errors.UnsupportedFormat):
        session.export(tmp_path / "out.exe")


def test_a_question_changes_nothing(client, recording):
    session = client.create_session()
    session.upload(recording)
    reply = session.chat("how long is the video?")
    assert reply.text
    assert reply.changes == ()
    assert session.timeline().length_ms == 4000


def test_a_session_is_taken_up_again_by_its_id(client, recording):
    session = client.create_session("kept")
    session.upload(recording)
    assert client.session(session.id).timeline().length_ms == 4000
    assert client.create_session("kept", resume=True).id == session.id


def test_the_embedded_backend_keeps_its_sessions(tmp_path, home, recording):
    folders = {f"{kind}_dir": tmp_path / kind for kind in ("data", "cache", "config")}
    settings = Settings(backend="local", **folders)
    with connect(settings=settings) as first:
        made = first.create_session("kept")
        made.upload(recording)
    with connect(settings=settings) as second:
        again = second.create_session("kept", resume=True)
        assert again.id == made.id
        assert again.timeline().length_ms == 4000


@pytest.mark.parametrize("links", [True, False])
def test_the_embedded_backend_hands_out_its_file_where_links_can_be_made(
    tmp_path, home, recording, monkeypatch, links
):
    """A film of hours need not be copied on its own disk; where links fail it is downloaded."""

    def refused(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refused)
    target = tmp_path / "film.mp4"
    with connect(backend="local") as client:
        session = client.create_session()
        session.upload(recording)
        video = session.export(target)
        assert (target.stat().st_nlink > 1) is links
        assert video.size_bytes == target.stat().st_size
        assert duration_of(target) == pytest.approx(4, abs=0.1)
        with pytest.raises(errors.OutputExists):
            session.export(target)
        before = target.read_bytes()
        session.export(target, render_id=video.render_id, overwrite=True)
        assert target.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*part")] == []


def test_what_connect_chooses(tmp_path, home, monkeypatch):
    assert connect("cloud", token="nmv_usr_x").backend == "cloud"  # nothing is sent before it is needed
    monkeypatch.setenv("NEMO_API_URL", "http://127.0.0.1:9")
    chosen = connect()
    assert (chosen.backend, chosen.origin) == ("cloud", "http://127.0.0.1:9")
    assert connect(settings=Settings(token="nmv_usr_x")).backend == "cloud"
    with connect("local") as local:
        assert local.backend == "local"
        assert local.origin.startswith("http://127.0.0.1:")
    with pytest.raises(errors.ConfigError):
        connect("moon")


def test_async_connections_open_and_close(tmp_path, home):
    folders = {f"{kind}_dir": tmp_path / kind for kind in ("data", "cache", "config")}

    async def run():
        async with aconnect(settings=Settings(backend="local", **folders)) as client:
            assert isinstance(client, AsyncClient)
            balance = await client.credits()
            session = await client.create_session()
            return balance.unlimited, repr(session)

    unlimited, shown = asyncio.run(run())
    assert unlimited
    assert shown.startswith("AsyncSession(")
    assert Backend("cloud", "x").embedded is None
