"""Previews and edit decision lists, sync and async, from the embedded backend and from one like the cloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nemo_lab.cache import Cache
from nemo_lab.client.previews import Shelf, preview_output
from nemo_lab.config import Settings
from nemo_lab.engine.media import probe
from nemo_lab.errors import NotReady
from nemo_lab.local import Options, Policy
from nemo_lab.protocol.draft import Draft
from tests.contract.serving import serving
from tests.contract.test_backends import opened
from tests.media.clips import make


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    return make(folder / "talk.mp4", seconds=3, size=(960, 540), tracks=2, titles=("Mic", "Game"))


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, tmp_path: Path, home: Path) -> Iterator[Any]:
    folders = {f"{kind}_dir": tmp_path / "mine" / kind for kind in ("data", "cache", "config")}
    yield from opened(request.param, Settings(backend="local", **folders))


def test_a_preview_is_there_at_once_the_second_time(client: Any, recording: Path, tmp_path: Path) -> None:
    session = client.create_session("preview")
    session.upload(recording)
    session.chat("cut the first second")
    fractions: list[float] = []
    video = session.preview(on_progress=fractions.append)
    info = probe(video.path)
    assert video.path.is_relative_to(tmp_path / "mine" / "cache")
    assert (info.height, info.video_codec, len(info.audio)) == (480, "h264", 1)
    assert info.audio[0].codec.startswith("mp3")
    assert abs(info.duration_ms - 2000) <= 1
    assert fractions[-1] == 1.0
    stamp = video.path.stat().st_mtime_ns
    again = session.preview()
    assert (again.path, again.duration_ms, again.path.stat().st_mtime_ns) == (video.path, 2000, stamp)
    session.chat("cut the last second")
    assert session.preview().path != video.path
    named = session.preview(tmp_path / "look.mp4")
    assert named.path == tmp_path / "look.mp4"
    assert abs(probe(named.path).duration_ms - 1000) <= 1


def test_a_player_can_jump_without_any_render(client: Any, recording: Path) -> None:
    session = client.create_session("edl")
    (item,) = session.upload(recording)
    session.chat("cut from 0:01 to 0:02")
    session.chat("mute the game audio")
    before, after = session.edl()
    assert (before.asset, after.asset) == (item.id, item.id)
    assert (before.source_in_ms, before.source_out_ms) == (0, 1000)
    assert (after.source_in_ms, after.timeline_in_ms, after.timeline_out_ms) == (2000, 1000, 2000)
    assert after.track_volumes == {"2": 0.0}


def test_an_empty_timeline_has_no_preview(client: Any) -> None:
    with pytest.raises(NotReady):
        client.create_session("empty").preview()


def test_a_recording_is_never_replaced_by_its_preview(client: Any, recording: Path, tmp_path: Path) -> None:
    mine = shutil.copy(recording, tmp_path / "mine.mp4")
    session = client.create_session("safe")
    session.upload(mine)
    with pytest.raises(Exception, match=r"mine\.mp4"):
        session.preview(mine)
    assert Path(mine).read_bytes() == recording.read_bytes()


def test_tracks_are_mixed_when_asked(client: Any, recording: Path, tmp_path: Path) -> None:
    session = client.create_session("mix")
    session.upload(recording)
    kept = session.export(tmp_path / "kept.mkv")
    mixed = session.export(tmp_path / "mixed.mkv", tracks="mix")
    assert [stream.title for stream in probe(kept.path).audio] == ["Mic", "Game"]
    assert [stream.title for stream in probe(mixed.path).audio] == [""]


def test_the_cloud_is_asked_for_what_it_knows(recording: Path, tmp_path: Path, home: Path) -> None:
    folders = {f"{kind}_dir": tmp_path / "mine" / kind for kind in ("data", "cache", "config")}
    with serving(tmp_path, Options(policy=Policy.like_cloud(seed=1))) as server:
        server.http.headers.pop("Authorization", None)
        settings = Settings(backend="cloud", api_url=server.embedded.url, **folders)
        for client in opened("sync", settings):
            session = client.create_session("cloud")
            session.upload(recording)
            assert probe(session.preview().path).height == 480


def test_sound_alone_is_previewed_as_sound() -> None:
    alone = Draft.from_wire({"t": [{"tt": 1, "sg": [{"d": 10}]}]})
    assert preview_output(alone, local=True) == {"format": "mp3", "quality": "low"}
    pictures = Draft.from_wire({"t": [{"tt": 0, "sg": [{"d": 10}]}]})
    assert preview_output(pictures, local=True)["preset"] == "preview"
    assert "preset" not in preview_output(pictures, local=False)


def test_old_previews_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=10)
    shelf = Shelf(cache, "s1")
    drafts = [Draft(duration_ms=length) for length in range(25)]
    places = [shelf.place(draft, {"format": "mp4"}) for draft in drafts]
    assert len(set(places)) == 25
    assert Shelf(cache, "s2").place(drafts[0], {"format": "mp4"}) != places[0]
    assert shelf.known(places[0], drafts[0]) is None
    for age, place in enumerate(places):
        place.write_bytes(b"x")
        os.utime(place, (1000 + age, 1000))
    shelf.tidy()
    assert sorted(places[0].parent.iterdir()) == sorted(places[-9:])
