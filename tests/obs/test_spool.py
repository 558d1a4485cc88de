"""The spool as other programs meet it: what they may write, what becomes of it, and what is left alone."""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from pathlib import Path

import pytest

from obs_plugin.jobs import Arrival, Wish
from obs_plugin.spool import Spool

_MOST = 256 * 1024
_WISH = Wish(preset="p", say="去掉停顿", folder="/f", profile="Talks", collection="Home", scene="Camera")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    (tmp_path / "new").mkdir()
    return Spool(tmp_path)


def taken(spool: Spool) -> list[Arrival]:
    found: list[Arrival] = []
    spool.take(found.append)
    return found


def write(folder: Path, text: str, name: str = "a.json") -> None:
    (folder / "new" / name).write_text(text, encoding="utf-8")


def test_what_is_dropped_is_what_is_documented(tmp_path):
    """Programs of others read and write the same files, in folders that nobody else may look into."""
    path = Spool(tmp_path / "spool").drop(Arrival(Path("/v/a 2.mkv"), "user", Path("/v/a.mkv"), _WISH))
    assert path.read_text(encoding="utf-8") == (
        '{"v": 1, "path": "/v/a 2.mkv", "source": "user", "instruction": "去掉停顿", "preset": "p",'
        ' "folder": "/f", "profile": "Talks", "collection": "Home", "scene": "Camera", "first": "/v/a.mkv"}'
    )
    assert path.parent == tmp_path / "spool" / "new"
    folders = sorted((tmp_path / "spool").iterdir())
    assert [folder.name for folder in folders] == ["new", "tmp"]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert list((tmp_path / "spool" / "tmp").iterdir()) == []


def test_all_that_was_said_arrives_in_the_order_of_time(spool, tmp_path):
    said = [Arrival(Path(f"/v/{n}.mkv"), "user", Path("/v/0.mkv") if n else None, _WISH) for n in range(4)]
    for arrival in said:
        spool.drop(arrival)
    assert taken(spool) == said
    assert taken(Spool(tmp_path / "never made")) == []


@pytest.mark.parametrize("rest", ["", ', "preset": null, "first": null, "source": ""', ', "v": 1, "more": 7'])
def test_only_the_path_is_needed(spool, tmp_path, rest):
    write(tmp_path, '{"path": "/v/a.mkv"' + rest + "}")
    assert taken(spool) == [Arrival(Path("/v/a.mkv"), "script")]


def test_white_space_is_no_instruction(spool, tmp_path):
    write(tmp_path, '{"path": "/v/a.mkv", "instruction": "  cut it \\n"}')
    assert taken(spool)[0].wish == Wish(say="cut it")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "not a JSON object"),
        ('{"v": 2, "path": "/a"}', "version 2 is not known"),
        ('{"path": "a.mkv"}', "its path is not absolute"),
        ("{}", "its path is not absolute"),
        ('{"path": "/a", "scene": 7}', "scene is not a text"),
        ('{"path": "/a\\u0000"}', "path is not a text"),
        ('{"path": "/a\\ud800.mkv"}', "surrogates not allowed"),
        ('{"path": "/a", "instruction": "\\udce4"}', "surrogates not allowed"),
        ('{"path": "/a"}' + " " * _MOST, "too large for a job"),
    ],
)
def test_nonsense_is_put_aside_and_the_log_says_why(spool, tmp_path, caplog, text, why):
    for name in ("1.json", "2.json"):
        write(tmp_path, text, name)
    spool.drop(Arrival(Path("/v/good.mkv"), "user"))
    with caplog.at_level(logging.WARNING):
        assert [arrival.path for arrival in taken(spool)] == [Path("/v/good.mkv")]
    assert sorted(path.name for path in (tmp_path / "bad").iterdir()) == ["1.json", "2.json"]
    for number, line in enumerate(caplog.messages, 1):
        aside = tmp_path / "bad" / f"{number}.json"
        assert line.startswith(f"a job that cannot be read was put aside: {aside}: ")
        assert line.endswith(f": {why}")
    assert len(caplog.messages) == 2


def test_a_job_may_be_as_large_as_is_said(spool, tmp_path):
    text = '{"path": "/a"}'
    write(tmp_path, text + " " * (_MOST - len(text)))
    assert [arrival.path for arrival in taken(spool)] == [Path("/a")]


def test_what_another_took_meanwhile_is_let_go(spool, tmp_path):
    for n in range(3):
        spool.drop(Arrival(Path(f"/v/{n}.mkv"), "user"))
    found = []

    def arrive(arrival: Arrival) -> None:
        found.append(arrival.path.name)
        for path in (tmp_path / "new").iterdir():
            path.unlink()

    spool.take(arrive)
    assert found == ["0.mkv"]
    assert not (tmp_path / "bad").exists()


def test_a_watcher_lives_on_whatever_is_dropped_or_lies_in_a_folder(place):
    """A name that is no text, in the spool or in a folder of recordings, is nothing that ends the queue."""
    place.presets(f"[watch]\nfolders = [{json.dumps(str(place.videos))}]\n")
    good = place.record("good.mp4")
    place.videos.joinpath(os.fsdecode(b"bad\xe4.mp4")).write_bytes(good.read_bytes() + b"\0")
    new = place.folders.spool / "new"
    new.mkdir(parents=True)
    (new / "0.json").write_text('{"path": "/v/\\ud800.mp4"}')
    place.spool.drop(Arrival(good, "user"))
    place.watcher().run(threading.Event())
    assert [job.path for job in place.jobs()] == [good]
