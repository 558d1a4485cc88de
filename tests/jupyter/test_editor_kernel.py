"""The editor's kernel side, over a real local backend; only the page is missing."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import nemo_lab as nemo
from nemo_lab.errors import MediaNotFound, UsageError
from nemo_lab.jupyter.editor import opening
from nemo_lab.protocol.plan import parse_operation
from tests.media.clips import make


class Desk:
    """An editor, and what it told its views."""

    def __init__(self, *sources: Path, **options: Any) -> None:
        self.told: list[tuple[dict[str, Any], list[int]]] = []
        self.editor = nemo.Editor(*sources, **options)
        self.editor.send = lambda content, buffers: self.told.append(  # type: ignore[method-assign]
            (content, [len(part) for part in buffers])
        )

    def hear(self, buffers: tuple[bytes, ...] = (), **message: Any) -> None:
        """Say what a page says, as it comes from Jupyter."""
        self.editor._handle_custom_msg(message, list(buffers))

    def tellings(self, kind: str) -> list[dict[str, Any]]:
        return [content for content, _ in self.told if content["type"] == kind]

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"did not happen; messages: {self.editor.messages}, busy: {self.editor.busy}")

    def settle(self) -> None:
        self.until(lambda: not self.editor.busy)

    def texts(self, role: str) -> list[str]:
        return [message["text"] for message in self.editor.messages if message["role"] == role]


@pytest.fixture(autouse=True)
def own_backend(clean_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Each test has a backend and a folder of its own."""
    monkeypatch.chdir(tmp_path)
    yield
    from nemo_lab.client.sync import runner

    clients = [task.result() for task in opening._clients.values() if not task.cancelled()]
    opening._clients.clear()
    for client in clients:
        runner().run(client.close())


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return make(tmp_path / "talk.mp4", seconds=6)


@pytest.fixture
def desk(recording: Path) -> Desk:
    found = Desk(recording)
    found.editor.session  # noqa: B018 - waits until it is open
    found.settle()
    return found


def restart() -> None:
    """Forget the running backend, as a restarted kernel has."""
    from nemo_lab.client.sync import runner

    for task in opening._clients.values():
        runner().run(task.result().close())
    opening._clients.clear()


def test_opens_at_once_and_shows_the_recording(recording: Path) -> None:
    began = time.monotonic()
    desk = Desk(recording)
    assert time.monotonic() - began < 1
    desk.until(lambda: desk.editor.view.get("ready"))
    assert desk.editor.view["tracks"][0]["segments"][0]["label"] == "talk.mp4"
    assert desk.editor.status["backend"] == "local"
    desk.until(lambda: "talk.mp4" in repr(desk.editor))


def test_a_reply_streams_and_changes_the_timeline(desk: Desk) -> None:
    desk.hear(type="say", text="cut from 0:01 to 0:02 and add a title 'Hi'")
    desk.until(lambda: desk.texts("agent"))
    desk.settle()
    view = desk.editor.view
    assert view["length"] == 5000
    assert [entry[1:5] for entry in view["edl"]] == [[0, 1000, 0, 1000], [2000, 6000, 1000, 5000]]
    assert view["edl"] == [[d.asset, d.source_in_ms, d.source_out_ms, d.timeline_in_ms, d.timeline_out_ms,
                            d.speed, d.volume, 0, 0] for d in desk.editor.session.edl()]  # fmt: skip
    assert set(view["changed"]) == {s["id"] for track in view["tracks"] for s in track["segments"]}
    assert desk.editor.messages[-1]["suggestions"]
    assert desk.editor.live == {}


def test_what_is_said_while_the_project_opens_stays_in_sight(recording: Path) -> None:
    desk = Desk(recording)
    desk.hear(type="say", text="cut the first second")  # before anything is there
    desk.until(lambda: any("Removed" in text for text in desk.texts("agent")))
    assert desk.texts("user") == ["cut the first second"]


def test_edits_by_hand_undo_and_redo(desk: Desk) -> None:
    desk.hear(type="edit", operation={"op": "cut", "start_ms": 1000, "end_ms": 2000})
    desk.until(lambda: desk.editor.view["length"] == 5000)
    desk.hear(type="edit", operation={"op": "restore", "at_ms": 1000, "left_ms": 500})
    desk.until(lambda: desk.editor.view["length"] == 5500)
    desk.hear(type="undo")
    desk.until(lambda: desk.editor.view["length"] == 5000)
    desk.hear(type="redo")
    desk.until(lambda: desk.editor.view["length"] == 5500)
    assert desk.texts("hand") == ["Cut 0:01–0:02", "Restore 0:01 left 500", "Undo", "Redo"]


def test_errors_are_one_line_with_a_remedy(desk: Desk) -> None:
    desk.hear(type="add", sources=["nowhere.mp4"])
    desk.until(lambda: desk.texts("error"))
    desk.settle()
    message = desk.editor.messages[-1]
    assert "nowhere.mp4" in message["text"]
    assert "\n" not in message["text"]
    assert message["remedy"]
    with pytest.raises(MediaNotFound):
        nemo.Editor("nowhere.mp4")
    with pytest.raises(UsageError):
        nemo.Editor("talk.mp4", session="1")


def test_a_file_that_cannot_be_read_leaves_the_editor_usable(tmp_path: Path, recording: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    desk = Desk(broken)
    desk.until(lambda: desk.texts("error"))
    desk.hear(type="add", sources=[str(recording)])
    desk.until(lambda: desk.editor.view.get("ready"))


def test_export_tells_progress_and_where_the_film_is(desk: Desk, tmp_path: Path) -> None:
    desk.hear(type="export", name="film.mp4", height=240)
    desk.until(lambda: desk.editor.film.get("name"))
    desk.settle()
    film = tmp_path / "film.mp4"
    assert desk.editor.film["size"] == film.stat().st_size
    assert desk.tellings("media")[-1]["film"]
    desk.hear(type="export", name="film.mp4")
    desk.until(lambda: desk.texts("error"))
    assert "film.mp4 is there already" in desk.texts("error")[0]
    assert desk.editor.film["name"] == "film.mp4"


def test_stop_acts_within_a_second(desk: Desk, tmp_path: Path) -> None:
    long = make(tmp_path / "long.mp4", seconds=30)
    desk.hear(type="add", sources=[str(long)])
    desk.until(lambda: desk.editor.view["length"] > 30_000)
    desk.hear(type="export", name="slow.webm", quality="high")
    desk.until(lambda: desk.editor.film.get("fraction", 0) > 0)
    began = time.monotonic()
    desk.hear(type="stop")
    desk.until(lambda: "Stopped." in desk.texts("note"))
    assert time.monotonic() - began < 1
    assert not (tmp_path / "slow.webm").exists()


def test_the_same_cell_shows_the_same_project_after_a_restart(recording: Path, desk: Desk) -> None:
    desk.hear(type="say", text="cut from 0:01 to 0:02")
    desk.until(lambda: desk.editor.view["length"] == 5000)
    desk.settle()
    known, messages = desk.editor.session.id, desk.editor.messages
    restart()
    again = Desk(recording)
    assert again.editor.session.id == known
    assert again.editor.view["length"] == 5000
    assert again.editor.messages == messages
    assert Desk(recording, fresh=True).editor.session.id != known
    assert Desk(session=known).editor.session.id == known


def test_a_recording_that_was_replaced_begins_a_new_project(recording: Path, desk: Desk) -> None:
    known = desk.editor.session.id
    make(recording, seconds=3)
    assert Desk(recording).editor.session.id != known


def test_recipe_and_code_say_what_was_done(desk: Desk, tmp_path: Path) -> None:
    desk.hear(type="say", text="add a title '{A}' for 1 second")
    desk.until(lambda: desk.texts("agent"))
    desk.hear(type="edit", operation={"op": "cut", "start_ms": 1000, "end_ms": 2000})
    desk.until(lambda: desk.editor.view["length"] == 5000)
    desk.settle()
    desk.hear(type="recipe", name="mine")
    desk.until(lambda: (tmp_path / "mine.toml").exists() and "Saved mine.toml." in desk.texts("note"))
    steps = nemo.Recipe.load(tmp_path / "mine.toml").resolved_steps()
    assert steps == (
        "add a title '{A}' for 1 second",
        parse_operation({"op": "cut", "start_ms": 1000, "end_ms": 2000}),
    )
    desk.hear(type="recipe", name="mine.toml")
    desk.until(lambda: desk.texts("error"))
    desk.hear(type="code")
    text = desk.until(lambda: desk.tellings("code"))[0]["text"]
    space: dict[str, Any] = {}
    exec(compile(text, "cell", "exec"), space)
    assert len(space["session"].said) == 2


def test_pictures_and_sound_levels_come_as_bytes(desk: Desk) -> None:
    desk.hear(type="strip", asset=desk.editor.view["edl"][0][0])
    facts = desk.until(lambda: desk.tellings("strip"))[0]
    sizes = next(sizes for content, sizes in desk.told if content["type"] == "strip")
    assert facts["count"] == 3
    assert sizes[0] > 500
    assert sizes[1] == 6000 // facts["step"] + 1


def test_files_come_in_pieces_and_resume(desk: Desk, recording: Path, tmp_path: Path) -> None:
    data = recording.read_bytes()
    half = len(data) // 2
    desk.hear(type="resume", id="abcdefgh")
    desk.until(lambda: desk.tellings("received"))
    chunk = {"type": "chunk", "id": "abcdefgh", "name": "../../other.mp4", "total": len(data)}
    desk.hear(buffers=(data[:half],), **chunk, offset=0)
    desk.until(lambda: desk.tellings("received")[-1]["received"] == half)
    desk.hear(type="resume", id="abcdefgh")
    desk.until(lambda: len(desk.tellings("received")) == 3)
    assert desk.tellings("received")[-1]["received"] == half
    desk.hear(buffers=(data[half:],), **chunk, offset=half)
    desk.until(lambda: len(desk.editor.view["files"]) == 2)
    assert desk.editor.view["files"][1]["name"] == "other.mp4"
    desk.hear(buffers=(b"x",), type="chunk", id="abcdefgi", name="x.exe", total=1, offset=0)
    desk.until(lambda: desk.tellings("refused"))


def test_folders_are_listed_with_media_alone(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.mp4").write_text("x")
    desk.hear(type="list", path="")
    found = desk.until(lambda: desk.tellings("listing"))[0]
    names = [entry["name"] for entry in found["entries"]]
    assert "talk.mp4" in names
    assert "folder" in names
    assert not {"notes.txt", ".hidden.mp4"} & set(names)
    assert found["path"] == str(tmp_path)


def test_nothing_that_is_saved_holds_a_path_a_token_or_media(desk: Desk, tmp_path: Path) -> None:
    desk.hear(type="export", name="film.mp4")
    desk.until(lambda: desk.editor.film.get("name"))
    desk.settle()
    media = desk.tellings("media")[-1]
    state = desk.editor.get_state()
    own = {name: value for name, value in state.items() if not name.startswith("_")}
    saved = repr(own) + repr(desk.editor._stills.bundle())
    for url in (*media["files"].values(), media["film"]):
        assert url.startswith("nemo/media/")
        assert url.rsplit("/", 1)[1] not in saved
    assert str(tmp_path) not in repr(own)
    assert "nmv_usr_" not in saved


def test_a_page_cannot_write_what_is_shown(desk: Desk) -> None:
    before = dict(desk.editor.view)
    desk.editor._handle_msg(
        {"content": {"data": {"method": "update", "state": {"view": {}, "messages": ["x"]}}}}
    )
    assert desk.editor.view == before


def test_the_picture_that_remains_is_well_formed_and_small(desk: Desk) -> None:
    import xml.etree.ElementTree as ElementTree

    desk.hear(type="edit", operation={"op": "title", "text": "<script>alert(1)</script> & 你好"})
    desk.until(lambda: desk.editor.view["changed"])
    desk.settle()
    desk.until(lambda: "<image" in desk.editor._stills.bundle()["image/svg+xml"])
    bundle = desk.editor._stills.bundle()
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.tag.endswith("svg")
    assert not re.search(r"<script", bundle["image/svg+xml"])
    assert len(bundle["image/svg+xml"]) < 200_000
    assert "talk.mp4" in bundle["text/plain"]


def test_g28_two_thousand_strange_messages_leave_the_kernel_alive(desk: Desk, goal: Any, seed: int) -> None:
    dice = random.Random(seed)
    kinds: list[Any] = ["say", "answer", "edit", "undo", "stop", "add", "list", "export", "proxy", "bytes"]
    kinds += ["strip", "recipe", "code"]
    kinds += ["chunk", "resume", "ping", "hello", "nonsense", None, 3, "x" * 5000]
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    things = [None, True, -1, 2**70, 1.5, float("nan"), "", " ", "\x00\ud800", "../../etc/passwd", [], {}]
    things += [deep, {"op": "cut"}, {"op": "export"}, ["a"] * 300, b"bytes"]
    fields = ["text", "labels", "operation", "sources", "path", "name", "format", "asset", "id", "offset"]
    fields += ["total", "number", "replace", "extra"]
    before = desk.editor.view["length"]
    for _ in range(2000):
        kind = dice.choice(kinds)
        # What is whole is not sent here: a real wish would be carried out.
        chosen = {name: dice.choice(things) for name in dice.sample(fields, dice.randint(1, 4))}
        content: Any = dice.choice(things) if dice.random() < 0.1 else {"type": kind, **chosen}
        desk.editor._handle_custom_msg(content, dice.choice([[], [b"x"], [b""] * 3]))
    desk.hear(type="ping", number=12345)
    desk.until(lambda: {"type": "pong", "number": 12345} in desk.tellings("pong"))
    desk.settle()
    changes = [desk.editor.view["length"]] if desk.editor.view["length"] != before else []
    goal.none("G28", "changes by strange messages to the kernel, which still answers", changes, 2000)
