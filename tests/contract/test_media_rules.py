"""Uploads, exports, downloads and stopping: rules U1-U3 and E1-E8, over both faces."""

import asyncio
import concurrent.futures
import os
import re
import threading
import time

import pytest

from nemo_lab import errors
from nemo_lab.client import session as session_module
from nemo_lab.client.rendering import CLOUD_LIMIT, new_render_id, pace_for
from nemo_lab.client.uploads import check_sources
from nemo_lab.protocol.messages import UPLOAD_FORMATS
from tests.contract.scripted import DRAFT, TITLED, Bytes, Cloud, Drop, Json, Stream

RENDERS = "POST /api/render/proxy/lambda"
POLLS = "GET /api/render/proxy/lambda/.*"


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture
def far(monkeypatch):
    """Play a cloud that is not on this machine: it has the slower pace."""
    monkeypatch.setattr(session_module, "is_loopback", lambda origin: False)


# uploads -----------------------------------------------------------------------------


def test_u1_multipart_field_and_name(session, cloud, recording):
    fractions = []
    (item,) = session.upload(recording, on_progress=fractions.append)
    (request,) = cloud.asked("POST /api/upload-video/.*")
    assert request.path.endswith(f"/nemo_agent/me/{session.id}")
    assert b'name="files"; filename="my recording.MP4"' in request.body
    assert b"Content-Type: video/mp4" in request.body
    assert recording.read_bytes() in request.body
    assert item.filename == "my recording.MP4"
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert session.files == (str(recording),)


def test_u1_many_files_and_addresses_in_order(session, cloud, tmp_path):
    names = ["a.mp4", "中文 'quotes' \".mkv", "c.wav"]
    for name in names:
        (tmp_path / name).write_bytes(b"x" * 100)
    sources = [
        tmp_path / names[0],
        "https://example.com/b.mov?sig=1",
        tmp_path / names[1],
        str(tmp_path / names[2]),
    ]
    session.upload(*sources)
    by_url = [request for request in cloud.asked("POST /api/upload.*") if request.body.startswith(b"{")]
    assert [request.json for request in by_url] == [{"urls": [sources[1]], "source_type": "url"}]
    uploaded = [item["filename"].replace("%22", '"') for item in cloud.video_infos]
    assert uploaded == ["a.mp4", "b.mov?sig=1", names[1], "c.wav"]


@pytest.mark.parametrize("extension", [*UPLOAD_FORMATS, "MP4", "Jpeg"])
def test_u1_the_formats(tmp_path, extension):
    path = tmp_path / f"a.{extension}"
    path.write_bytes(b"x")
    check_sources([path], 10)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.m3u8", "a.mp4.exe", "a.svg"])
def test_u1_other_types_are_refused_before_any_byte(session, cloud, tmp_path, recording, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(errors.UnsupportedFormat) as caught:
        session.upload(recording, tmp_path / name)
    assert caught.value.code == 4001
    assert cloud.asked(".*upload.*") == []


def test_u1_what_is_no_file(session, cloud, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    cases = [("none.mp4", errors.MediaNotFound), ("folder.mp4", errors.MediaNotFound),
             ("pipe.mp4", errors.MediaNotFound), ("empty.mp4", errors.UnreadableMedia)]  # fmt: skip
    for name, kind in cases:
        with pytest.raises(kind):
            session.upload(tmp_path / name)
    for url in ("file:///etc/passwd", "ftp://x/a.mp4", "https:///a.mp4"):
        with pytest.raises(errors.UsageError):
            session.upload(url)
    with pytest.raises(errors.UsageError):
        session.upload()
    assert cloud.asked(".*upload.*") == []


def test_u2_too_large_is_refused_here(bench, cloud, tmp_path):
    (tmp_path / "ok.mp4").write_bytes(b"x" * 1000)
    (tmp_path / "big.mp4").write_bytes(b"x" * 1001)
    session = bench.client(upload_limit=1000).create_session()
    session.upload(tmp_path / "ok.mp4")
    with pytest.raises(errors.FileTooLarge, match="Compress or trim"):
        session.upload(tmp_path / "big.mp4")
    assert len(cloud.asked("POST /api/upload.*")) == 1


@pytest.mark.parametrize(("code", "kind"), [(4001, errors.UnsupportedFormat), (4002, errors.FileTooLarge)])
def test_u2_refused_there(session, cloud, recording, code, kind):
    cloud.script("POST /api/upload.*", Json({"code": code}))
    with pytest.raises(kind) as caught:
        session.upload(recording)
    assert caught.value.code == code


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("reply", [Drop(), Json("x", 502)])
def test_u3_after_a_cut_the_state_is_asked(session, cloud, recording, arrived, reply):
    def cut(_):
        if arrived:
            cloud.video_infos = [{"filename": recording.name}]
        return reply

    cloud.script("POST /api/upload.*", cut)
    if arrived:
        assert session.upload(recording)[0].filename == recording.name
    else:
        with pytest.raises(errors.NemoError, match="upload it again"):
            session.upload(recording)
    assert len(cloud.asked("POST /api/upload.*")) == 1


def test_u3_the_same_name_uploaded_before_is_not_taken_for_it(session, cloud, recording):
    session.upload(recording)
    cloud.script("POST /api/upload.*", Drop())
    with pytest.raises(errors.Disconnected):
        session.upload(recording)


@pytest.mark.parametrize("change", [lambda f: f.write(b"more"), lambda f: f.truncate(1000)])
def test_u3_a_file_that_changes_meanwhile(session, cloud, tmp_path, change):
    path = tmp_path / "growing.mkv"
    path.write_bytes(b"x" * 3_000_000)
    done = []

    def meddle(fraction):
        if fraction > 0.3 and not done:
            done.append(True)
            with path.open("r+b") as file:
                file.seek(0, os.SEEK_END)
                change(file)

    with pytest.raises(errors.FileChanged, match="Wait until it is complete"):
        session.upload(path, on_progress=meddle)


def test_a_refused_upload_is_sent_again_whole(bench, cloud, recording):
    session = bench.client(token=None).create_session()
    cloud.script("POST /api/upload.*", Json({"code": 1001}, 401))
    session.upload(recording)
    first, second = cloud.asked("POST /api/upload.*")
    assert len(first.body) == len(second.body)
    assert recording.read_bytes() in second.body


def test_uploads_take_constant_memory(session, cloud, tmp_path):
    psutil = pytest.importorskip("psutil")
    path = tmp_path / "big.mkv"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    process, peak = psutil.Process(), 0

    # The scripted cloud keeps bodies, so what counts is how much is read ahead of the wire.
    before = process.memory_info().rss
    sizes = []
    session.upload(path, on_progress=lambda _: sizes.append(process.memory_info().rss - before))
    peak = sizes[len(sizes) // 10]
    assert peak < 24 << 20


# exports -----------------------------------------------------------------------------


@pytest.mark.parametrize("draft", [None, {}, {"t": []}, {"t": [{"tt": 0}]}, {"t": [{"sg": []}]}, {"t": None}])
def test_e1_nothing_on_the_timeline(session, cloud, tmp_path, draft):
    cloud.draft = draft
    with pytest.raises(errors.NotReady):
        session.export(tmp_path / "out.mp4")
    assert cloud.asked(RENDERS) == []
    assert list(tmp_path.glob("out*")) == []


def test_e2_ids_are_unique():
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        ids = list(pool.map(lambda _: new_render_id(), range(10_000)))
    assert len(set(ids)) == 10_000
    assert re.fullmatch(r"render_\d{13}_[0-9a-f]{12}", ids[0])


def test_e2_exact_request_and_the_file(session, cloud, tmp_path):
    fractions = []
    video = session.export(tmp_path / "out.mp4", height=1080, on_progress=fractions.append)
    (request,) = cloud.asked(RENDERS)
    assert request.json == {
        "id": video.render_id,
        "sessionId": session.id,
        "draft": DRAFT,
        "output": {"format": "mp4", "quality": "high", "resolution": "1080p"},
    }
    assert video.path.read_bytes() == cloud.file
    assert (video.size_bytes, video.format, str(video)) == (len(cloud.file), "mp4", str(tmp_path / "out.mp4"))
    assert video.link == "https://nemovideo.com/workspace/claim?ct=clm_x"
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert leftovers(tmp_path) == []


def failed(_):
    return Json({"success": True, "data": {"id": "x", "status": "failed", "error": "no memory"}})


def test_e3_failed_gets_a_new_id_once(session, cloud, tmp_path):
    cloud.script(POLLS, failed)
    assert session.export(tmp_path / "out.mp4").path.exists()
    first, second = (request.json["id"] for request in cloud.asked(RENDERS))
    assert first != second
    cloud.script(POLLS, failed, failed)
    with pytest.raises(errors.RenderFailed, match="no memory"):
        session.export(tmp_path / "two.mp4")
    assert len({request.json["id"] for request in cloud.asked(RENDERS)}) == 4


def test_e3_a_refused_submit_gets_a_new_id_once(session, cloud, tmp_path):
    cloud.script(RENDERS, Json({"success": False, "error": "renderer busy"}))
    session.export(tmp_path / "out.mp4")
    assert len({request.json["id"] for request in cloud.asked(RENDERS)}) == 2
    cloud.script(RENDERS, *[Json({"success": False, "error": "renderer busy"})] * 3)
    with pytest.raises(errors.RenderFailed, match="renderer busy"):
        session.export(tmp_path / "two.mp4")
    assert len(cloud.asked(RENDERS)) == 4


@pytest.mark.parametrize("lost", [Drop(), Json("x", 502)])
def test_e4_a_lost_reply_asks_for_the_same_id(session, cloud, tmp_path, lost):
    def taken_but_lost(request):
        cloud._render(request)
        return lost

    cloud.script(RENDERS, taken_but_lost)
    session.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == len(cloud.renders) == 1


def test_e4_only_an_unknown_id_is_sent_again(session, cloud, tmp_path):
    cloud.script(RENDERS, Drop())
    session.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == 2
    assert len({request.json["id"] for request in cloud.asked(RENDERS)}) == len(cloud.renders) == 1
    between = [str(r) for r in cloud.journal][-6:]
    assert any(line.startswith("GET /api/render/proxy/lambda/") for line in between)


def test_e4_a_duplicate_id_is_ours(session, cloud, tmp_path):
    def taken_but_refused(request):
        cloud._render(request)
        return Json({"success": False, "error": "duplicate id"})

    cloud.script(RENDERS, taken_but_refused)
    session.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == 1


def test_e4_after_a_crash_the_render_under_way_is_waited_for(bench, cloud, tmp_path):
    first = bench.client().create_session("p")
    cloud.polls_until_done = 10_000
    with pytest.raises(errors.RenderTimeout):
        first.export(tmp_path / "out.mp4", timeout=5)
    cloud.polls_until_done = 1
    again = bench.client().create_session("p", resume=True)
    video = again.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == 1
    assert video.render_id == cloud.asked(RENDERS)[0].json["id"]
    cloud.draft = TITLED
    again.export(tmp_path / "two.mp4")  # another timeline is another render
    assert len(cloud.asked(RENDERS)) == 2


def test_e5_the_cloud_is_given_five_minutes(session, cloud, clock, tmp_path, far):
    cloud.polls_until_done = 10_000
    with pytest.raises(errors.RenderTimeout) as caught:
        session.export(tmp_path / "out.mp4")
    assert clock.sleeps[:7] == [2, 3, 4.5, 6.75, 10.125, 15, 15]
    assert 300 <= sum(clock.sleeps) <= 315
    assert max(clock.sleeps) == 15
    cloud.polls_until_done = 1
    video = session.export(tmp_path / "out.mp4", render_id=caught.value.render_id)
    assert len(cloud.asked(RENDERS)) == 1
    assert video.render_id == caught.value.render_id


def test_e5_a_longer_limit_and_unknown_states(session, cloud, clock, tmp_path, far):
    odd = [Json({"taskId": "x", "status": state}) for state in ("queued", "warming_up", "uploading")]
    cloud.script(POLLS, *odd)
    cloud.polls_until_done = 60
    session.export(tmp_path / "out.mp4", timeout=2000)
    assert sum(clock.sleeps) > 600


def test_e5_a_backend_here_is_asked_often_and_as_long_as_it_moves(session, cloud, clock, tmp_path):
    moving = [Json({"id": "x", "status": "processing", "progress": n / 50}) for n in range(420)]
    cloud.script(POLLS, *moving)
    session.export(tmp_path / "out.mp4")
    assert clock.sleeps[0] == 0.1
    assert sum(clock.sleeps) > CLOUD_LIMIT
    assert max(clock.sleeps) == 1
    # Whenever it ends, no more than 3 % of its time is waited in vain, beside the first 0.1 s.
    for number, wait in enumerate(clock.sleeps):
        assert wait <= 0.1 + 0.031 * sum(clock.sleeps[:number])
    assert pace_for(loopback=True, limit=None).limit is None


def test_e5_an_even_render_here_is_looked_at_around_its_end(session, cloud, clock, tmp_path):
    """One of 20 s, whose status follows the clock."""

    def told(request):
        done = sum(clock.sleeps) / 20
        if done < 1:
            return Json({"id": "x", "status": "processing", "progress": 100 * done})
        return Json({"id": "x", "status": "completed", "outputUrl": f"{cloud.url}{request.path}/download"})

    cloud.script(POLLS, *[told] * 100)
    session.export(tmp_path / "out.mp4")
    assert len(clock.sleeps) < 45
    assert max(clock.sleeps) == 1
    assert 20 <= sum(clock.sleeps) < 20.15


def test_e5_a_backend_here_that_stands_still(session, cloud, clock, tmp_path):
    cloud.polls_until_done = 10_000
    with pytest.raises(errors.RenderTimeout):
        session.export(tmp_path / "out.mp4")
    assert 600 <= sum(clock.sleeps) < 620


def test_e5_a_failed_look_says_nothing_about_the_render(session, cloud, tmp_path, far):
    cloud.script(
        POLLS, Json("x", 503), Drop(), Json("x", 429), Json("x", 500), Json("x", 502), Json("x", 503)
    )
    session.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == 1


@pytest.mark.parametrize("status", [402, 403])
def test_e6_402_is_about_the_plan(session, cloud, tmp_path, status):
    cloud.script(RENDERS, Json({"code": 402, "message": "free plan"}, status))
    with pytest.raises(errors.SubscriptionRequired, match=r"Register at nemovideo\.com to unlock export"):
        session.export(tmp_path / "out.mp4")
    assert len(cloud.asked(RENDERS)) == 1


def test_e7_exports_cost_nothing(session, cloud, tmp_path):
    before = session.credits()
    session.export(tmp_path / "out.mp4")
    assert session.credits() == before
    assert cloud.chats == []


@pytest.mark.parametrize(
    "bad",
    [
        Json("x", 403),
        Json({"detail": "gone"}, 404),
        Bytes(b"half", length=100),
        Bytes(b""),
        Drop(),
        Json({"a": 1}),
    ],
)
def test_e8_the_second_address_helps(session, cloud, tmp_path, bad):
    with Cloud() as cdn:
        cdn.strict = False
        cdn.script("GET /v.mp4", bad)
        cloud.output_url = f"{cdn.url}/v.mp4"
        assert session.export(tmp_path / "out.mp4").path.read_bytes() == cloud.file
    assert len(cloud.asked("GET /api/render/proxy/[^/]*/download")) == 1
    assert leftovers(tmp_path) == []


def test_e8_an_address_in_place_of_the_file(session, cloud, tmp_path):
    with Cloud() as cdn:
        cdn.strict = False
        cdn.script("GET /v.mp4", Bytes(b"film"))
        cloud.script(
            "GET .*/download", Json({"id": "x", "status": "completed", "output": {"url": f"{cdn.url}/v.mp4"}})
        )
        assert session.export(tmp_path / "out.mp4").path.read_bytes() == b"film"


def test_e8_no_address_delivers(session, cloud, tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    cloud.script("GET .*/download", *[Bytes(b"half", length=100)] * 3)
    with pytest.raises(errors.Disconnected):
        session.export(tmp_path / "out.mp4", overwrite=True)
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    assert leftovers(tmp_path) == []
    session.export(tmp_path / "out.mp4", overwrite=True)
    assert len(cloud.asked(RENDERS)) == 1  # only the download is taken up again


@pytest.mark.parametrize("cut", range(0, 8000, 1000))
def test_e8_a_cut_anywhere_leaves_no_half_file(session, cloud, tmp_path, cut):
    cloud.script("GET .*/download", *[Bytes(cloud.file[:cut], length=len(cloud.file))] * 3)
    with pytest.raises(errors.TransportError):
        session.export(tmp_path / "out.mp4")
    assert list(tmp_path.glob("*out*")) == []


def test_outputs_are_checked_before_anything_is_rendered(session, cloud, tmp_path, recording):
    session.upload(recording)
    (tmp_path / "old.mp4").write_bytes(b"old")
    (tmp_path / "folder.mp4").mkdir()
    cases = [
        (tmp_path / "old.mp4", {}, errors.OutputExists),
        (tmp_path / "none" / "out.mp4", {}, errors.OutputNotWritable),
        (recording, {"overwrite": True}, errors.OutputNotWritable),
        (tmp_path / "out.txt", {}, errors.UnsupportedFormat),
        (tmp_path / "out.mp4", {"format": "exe"}, errors.UnsupportedFormat),
    ]
    for path, options, kind in cases:
        with pytest.raises(kind):
            session.export(path, **options)
    assert cloud.asked(RENDERS) == []
    assert session.export(tmp_path / "old.mp4", overwrite=True).path.read_bytes() == cloud.file


def test_names_are_chosen_when_none_is_given(session, cloud, tmp_path, recording, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session.upload(recording)
    assert session.export().path.name == "my recording-edited.mp4"
    assert session.export().path.name == "my recording-edited-2.mp4"
    assert session.export(tmp_path, format="gif").path == tmp_path / "my recording-edited.gif"
    assert session.export(tmp_path / "x.webm").format == "webm"


def test_no_space_left(session, cloud, tmp_path, monkeypatch):
    from nemo_lab.client import downloads

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "_sync", full)
    with pytest.raises(errors.DiskFull):
        session.export(tmp_path / "out.mp4")
    assert list(tmp_path.glob("*out*")) == []


# stopping ----------------------------------------------------------------------------


def _in_background(bench, session, work):
    """Run one call of a session while the test does something else; return what came of it."""
    if bench.face == "sync":
        pool = concurrent.futures.ThreadPoolExecutor(1)
        return pool.submit(lambda: work(session))
    loop = bench._loop.get_loop()
    task = loop.create_task(work(session._core))

    class Waiting:
        def result(self, timeout):
            return bench.run(asyncio.wait_for(task, timeout))

    return Waiting()


def _until(bench, condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        if bench.face == "sync":
            time.sleep(0.01)
        else:
            bench.run(asyncio.sleep(0.01))


def test_cancel_stops_a_chat_and_a_render(bench, cloud, tmp_path):
    session = bench.client().create_session()
    session.cancel()  # nothing to stop is no error
    cloud.script("POST /run_sse", Stream([], end="hang"))
    chat = _in_background(bench, session, lambda s: s.chat("cut it"))
    _until(bench, lambda: cloud.chats)
    session.cancel()
    with pytest.raises(errors.Cancelled):
        chat.result(5)
    cloud.polls_until_done = 10**9
    export = _in_background(bench, session, lambda s: s.export(tmp_path / "out.mp4"))
    _until(bench, lambda: cloud.asked(POLLS))
    session.cancel()
    with pytest.raises(errors.Cancelled):
        export.result(5)
    assert [job["status"] for job in cloud.renders.values()] == ["cancelled"]
    assert list(tmp_path.glob("*out*")) == []
    cloud.polls_until_done = 1
    assert session.export(tmp_path / "out.mp4").path.exists()


def test_a_cancelled_message_is_not_sent_again_unseen(bench, cloud, clock):
    session = bench.client().create_session()
    cloud.script("POST /run_sse", Stream([], end="hang"))
    chat = _in_background(bench, session, lambda s: s.chat("cut it"))
    _until(bench, lambda: cloud.chats)
    session.cancel()
    with pytest.raises(errors.Cancelled):
        chat.result(5)
    cloud.draft = TITLED
    assert session.chat("cut it").changes
    assert len(cloud.chats) == 1
    session.chat("something else")
    assert len(cloud.chats) == 2


def test_ctrl_c_cleans_up_and_comes_through(cloud, settings, clock, tmp_path, monkeypatch):
    from nemo_lab.client import AsyncClient, Client
    from nemo_lab.client.core import Backend

    with Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock)) as client:
        session = client.create_session()
        cloud.polls_until_done = 10**9
        original, calls = concurrent.futures.wait, []

        def interrupted(*args, **options):
            calls.append(1)
            if cloud.asked(POLLS):
                raise KeyboardInterrupt
            return original(*args, timeout=0.05)

        monkeypatch.setattr(concurrent.futures, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session.export(tmp_path / "out.mp4")
        monkeypatch.undo()
        assert [job["status"] for job in cloud.renders.values()] == ["cancelled"]
        assert list(tmp_path.glob("*out*")) == []
        assert session.credits().total == 100  # the client lives on


def test_a_callback_cannot_wait_for_the_client_it_runs_in(cloud, settings, clock):
    from nemo_lab.client import AsyncClient, Client
    from nemo_lab.client.core import Backend

    with Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock)) as client:
        session = client.create_session()
        with pytest.raises(errors.UsageError, match="callback"):
            session.chat("x", lambda _: session.credits())


def test_many_threads_share_one_client(cloud, settings, clock):
    from nemo_lab.client import AsyncClient, Client
    from nemo_lab.client.core import Backend

    before = threading.active_count()
    with (
        Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock)) as client,
        concurrent.futures.ThreadPoolExecutor(20) as pool,
    ):
        sessions = list(pool.map(lambda _: client.create_session(), range(20)))
        replies = list(pool.map(lambda s: s.chat("hello").text, sessions))
    assert replies == ["Done."] * 20
    assert len({session.id for session in sessions}) == 20
    assert threading.active_count() <= before + 1
