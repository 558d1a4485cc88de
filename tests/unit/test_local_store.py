"""The store: whole changes, several processes, users, credits, history, and who is alive."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nemo_lab.errors import (
    AuthError,
    ConfigError,
    EditError,
    FileChanged,
    InsufficientCredits,
    NemoError,
    OutputNotWritable,
    RateLimited,
    SessionNotFound,
)
from nemo_lab.local.accounts import Accounts, hashed
from nemo_lab.local.history import walk
from nemo_lab.local.lease import Lease
from nemo_lab.local.policy import WEEK, Policy
from nemo_lab.local.projects import Projects, StoredFile
from nemo_lab.local.store import Store
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Redo, Title, Undo


class Clock:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    opened = Store(tmp_path / "data" / "projects.sqlite3", clock)
    yield opened
    opened.close()


def draft(text: str) -> Draft:
    return Draft.from_wire({"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": text}}]}]})


def _change_badly(store: Store) -> None:
    with store.write() as db:
        db.execute("UPDATE sessions SET name = 'changed'")
        db.execute("INSERT INTO claims VALUES ('no such session', '', 0)")


# --- the file ---------------------------------------------------------------------------------------


def test_a_store_is_private_durable_and_in_wal(store: Store) -> None:
    assert store.path.stat().st_mode & 0o077 == 0
    assert store.path.parent.stat().st_mode & 0o077 == 0
    assert store.one("PRAGMA journal_mode")[0] == "wal"
    assert store.one("PRAGMA synchronous")[0] == 2
    assert store.one("PRAGMA user_version")[0] == 1


def test_a_failed_change_leaves_nothing(store: Store) -> None:
    project = Projects(store).create("u", "p", None)
    with pytest.raises(sqlite3.IntegrityError):
        _change_badly(store)
    assert Projects(store).get("u", project.id).name == "p"


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(ConfigError, match="newer"):
        Store(path)


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"my diary, " * 1000)
    with pytest.raises(ConfigError, match="not a project store"):
        Store(path)
    assert path.read_bytes() == b"my diary, " * 1000


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputNotWritable, match="cannot be opened"):
        Store(tmp_path / "file" / "s.sqlite3")


def test_a_full_disk_is_named(store: Store) -> None:
    store.one("PRAGMA max_page_count=1")
    with pytest.raises(NemoError, match="no space left"):
        Projects(store).create("u", "p" * 400_000, None)


_WRITER = """
import sys
from pathlib import Path
from nemo_lab.local.projects import Projects
from nemo_lab.local.store import Store
projects = Projects(Store(Path(sys.argv[1])))
project = projects.get("u", sys.argv[2])
for n in range(40):
    projects.say(project, "user", f"{sys.argv[3]} {n}")
    projects.create("u", "other", None)
"""


def test_several_processes_and_threads_write_at_once(store: Store) -> None:
    projects = Projects(store)
    project = projects.create("u", "p", None)
    argv = [sys.executable, "-c", _WRITER, str(store.path), project.id]
    others = [subprocess.Popen([*argv, str(n)], stderr=subprocess.PIPE) for n in range(2)]

    def say() -> None:
        for n in range(20):
            projects.say(project, "agent", str(n))

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        assert other.communicate()[1] == b""
        assert other.returncode == 0
    numbers = [row[0] for row in store.all("SELECT number FROM messages ORDER BY number")]
    assert numbers == list(range(1, 161))
    assert store.one("SELECT COUNT(*) FROM sessions")[0] == 81
    assert store.one("PRAGMA integrity_check")[0] == "ok"


def test_two_openers_of_a_new_store_make_it_once(tmp_path: Path) -> None:
    path, stores = tmp_path / "s.sqlite3", []
    threads = [threading.Thread(target=lambda: stores.append(Store(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    for store in stores:
        store.close()


# --- who is alive -----------------------------------------------------------------------------------


def test_a_lease_ends_with_its_holder(tmp_path: Path) -> None:
    one, other = Lease(tmp_path), Lease(tmp_path)
    assert one.alive(one.id)
    assert one.alive(other.id)
    other.close()
    assert not one.alive(other.id)
    assert not one.alive("never was")
    one.close()
    assert list(tmp_path.iterdir()) == []


_HOLDER = """
import sys, time
from pathlib import Path
from nemo_lab.local.lease import Lease
lease = Lease(Path(sys.argv[1]))
print(lease.id, flush=True)
time.sleep(60)
"""


def test_a_lease_ends_with_a_killed_process(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    holder = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    owner = holder.stdout.readline().strip()
    mine = Lease(tmp_path)
    assert mine.alive(owner)
    holder.kill()
    holder.communicate()
    assert not mine.alive(owner)
    mine.sweep()
    assert [path.stem for path in tmp_path.glob("*.lease")] == [mine.id]
    mine.close()


# --- users, tokens, credits -------------------------------------------------------------------------


def test_tokens_are_kept_as_hashes_and_find_their_user(store: Store) -> None:
    accounts = Accounts(store, Policy())
    given = accounts.issue("client", "127.0.0.1")
    assert given["token"].startswith("nmv_usr_")
    assert accounts.user_of(given["token"]) == given["user_id"]
    assert "expires_at" not in given
    everything = store.path.read_bytes() + Path(f"{store.path}-wal").read_bytes()
    assert given["token"].encode() not in everything
    with pytest.raises(AuthError):
        accounts.user_of(given["token"] + "x")


def test_the_cloud_gives_one_token_a_week_and_ten_an_address(store: Store, clock: Clock) -> None:
    accounts = Accounts(store, Policy.like_cloud())
    first = accounts.issue("c0", "1.2.3.4")
    assert first["credits"] == 100
    assert first["expires_at"] == "2027-01-22T08:00:00Z"
    with pytest.raises(RateLimited, match="1 token in 7 days"):
        accounts.issue("c0", "1.2.3.4")
    for n in range(1, 10):
        accounts.issue(f"c{n}", "1.2.3.4")
    with pytest.raises(RateLimited, match="10 tokens in 7 days"):
        accounts.issue("c10", "1.2.3.4")
    accounts.issue("c10", "5.6.7.8")
    clock.now += WEEK
    with pytest.raises(AuthError, match="expired"):
        accounts.user_of(first["token"])
    again = accounts.issue("c0", "1.2.3.4")
    assert again["user_id"] == first["user_id"]


def test_credits_are_frozen_then_spent_or_given_back(store: Store) -> None:
    accounts = Accounts(store, Policy.like_cloud())
    user = accounts.issue("c", "a")["user_id"]
    hold = accounts.hold(user, 50)
    assert accounts.balance(user) == {"available": 50, "frozen": 50, "total": 100}
    accounts.settle(hold, spent=True)
    assert accounts.balance(user) == {"available": 50, "frozen": 0, "total": 50}
    hold = accounts.hold(user, 50)
    with pytest.raises(InsufficientCredits) as refused:
        accounts.hold(user, 1)
    assert refused.value.code == 2001
    accounts.settle(hold, spent=False)
    accounts.settle(hold, spent=False)
    assert accounts.balance(user) == {"available": 50, "frozen": 0, "total": 50}


def test_what_a_dead_server_held_is_given_back(store: Store) -> None:
    dead = Accounts(store, Policy.like_cloud(), owner="dead")
    user = dead.issue("c", "a")["user_id"]
    dead.hold(user, 50)
    alive = Accounts(store, Policy.like_cloud(), owner="alive")
    alive.hold(user, 20)
    alive.recover(lambda owner: owner == "alive")
    assert alive.balance(user) == {"available": 80, "frozen": 20, "total": 100}


def test_at_home_nothing_costs_anything(store: Store) -> None:
    accounts = Accounts(store, Policy())
    assert accounts.hold("local", 1000) == ""
    assert accounts.balance("local") == {"available": 0, "frozen": 0, "total": 0, "unlimited": True}


def test_parallel_holds_never_overdraw(store: Store) -> None:
    accounts = Accounts(store, Policy.like_cloud())
    user = accounts.issue("c", "a")["user_id"]
    got: list[str] = []

    def hold() -> None:
        with contextlib.suppress(InsufficientCredits):
            got.append(accounts.hold(user, 30))

    threads = [threading.Thread(target=hold) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 3
    assert accounts.balance(user) == {"available": 10, "frozen": 90, "total": 100}


def test_a_claim_token_lasts_a_week_and_is_the_owners_alone(store: Store, clock: Clock) -> None:
    accounts, project = Accounts(store, Policy()), Projects(store).create("u", "p", None)
    first = accounts.claim("u", project.id, project.task)
    clock.now += 100
    again = accounts.claim("u", project.id, project.task)
    assert again == {**first, "expires_in": first["expires_in"] - 100}
    clock.now += WEEK
    assert accounts.claim("u", project.id, project.task)["claim_token"] != first["claim_token"]
    for user, session, task in (
        ("v", project.id, project.task),
        ("u", project.id, "t"),
        ("u", "1", project.task),
    ):
        with pytest.raises(SessionNotFound):
            accounts.claim(user, session, task)
    with pytest.raises(AuthError):
        accounts.user_of(first["claim_token"])


def test_the_same_seed_gives_the_same_silence() -> None:
    one, two = Policy.like_cloud(7), Policy.like_cloud(7)
    assert [one.falls_silent() for _ in range(50)] == [two.falls_silent() for _ in range(50)]
    many = Policy.like_cloud(3)
    assert 0.25 < sum(many.falls_silent() for _ in range(2000)) / 2000 < 0.35
    assert not any(Policy(rng=random.Random(0)).falls_silent() for _ in range(100))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("generate a 5 second video of a city at night", True),
        ("Make me a short clip about tea", True),
        ("生成一个日落的视频", True),
        ("cut the boring parts", False),
        ("make the video brighter", True),
    ],
)
def test_who_wants_a_video_out_of_nothing(text: str, wanted: bool) -> None:
    assert Policy.like_cloud().wants_generation(text) is wanted
    assert not Policy().wants_generation(text)


def test_hashes_take_any_text() -> None:
    assert hashed("a") != hashed("b")
    assert len(hashed("\udce9")) == 64


# --- projects and their history ---------------------------------------------------------------------


def test_ids_look_like_the_clouds(store: Store) -> None:
    project = Projects(store).create("u", "p", "zh-CN")
    assert len(project.id) == 19
    assert project.id.isdecimal()
    assert project.task.startswith("task_")
    assert project.language == "zh-CN"


def test_projects_of_others_do_not_exist(store: Store) -> None:
    projects = Projects(store)
    project = projects.create("u", "p", None)
    for user, session in (("v", project.id), ("u", "1"), ("u", "../x"), ("u", "")):
        with pytest.raises(SessionNotFound):
            projects.get(user, session)


def test_history_goes_back_forth_and_forks(store: Store) -> None:
    projects = Projects(store)
    project = projects.create("u", "p", None)
    for n, text in enumerate(("clip", "a", "b")):
        projects.append(project, n, draft(text), f"add {text}", upload=n == 0)
        project = projects.get("u", project.id)
    assert project.position == 3
    found, rest = walk(projects, project, [Undo(), Title(text="x"), Undo()], "en")
    assert found.version.draft == draft("clip")
    assert found.done == ["Undone: add b", "Undone: add a"]
    assert [operation.op for operation in rest] == ["title"]
    found, _ = walk(projects, project, [Undo(), Undo(), Undo(), Redo()], "zh")
    assert found.notes == ["没有可撤销的操作。"]
    assert found.done[-1] == "已重做：add a"
    projects.move(project, 2)
    project = projects.get("u", project.id)
    projects.append(project, 2, draft("c"), "add c")
    project = projects.get("u", project.id)
    found, _ = walk(projects, project, [Redo()], "en")
    assert found.notes == ["There is nothing to redo."]
    assert projects.draft(project) == draft("c")


def test_an_edit_on_an_old_timeline_is_refused(store: Store) -> None:
    projects = Projects(store)
    stale = projects.create("u", "p", None)
    projects.append(stale, 0, draft("a"), "a")
    with pytest.raises(EditError, match="elsewhere"):
        projects.append(stale, 0, draft("b"), "b")
    with pytest.raises(EditError, match="elsewhere"):
        projects.move(stale, 0)
    assert projects.draft(projects.get("u", stale.id)) == draft("a")


def test_old_projects_are_forgotten_with_all_they_hold(store: Store, clock: Clock) -> None:
    projects = Projects(store)
    old = projects.create("u", "old", None)
    projects.say(old, "user", "hello")
    Accounts(store, Policy()).claim("u", old.id, old.task)
    clock.now += 100
    new = projects.create("u", "new", None)
    assert projects.untouched(clock.now - 50) == [old.id]
    assert projects.drop(old.id, clock.now - 50)
    assert not projects.drop(new.id, clock.now - 50)
    assert projects.get("u", new.id) == new
    for table in ("drafts", "messages", "claims", "assets"):
        assert store.one(f"SELECT COUNT(*) FROM {table} WHERE session = ?", old.id)[0] == 0


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"12345")
    stat = path.stat()
    file = StoredFile("a", "my.mp4", path, stat.st_size, stat.st_mtime_ns, None, {}, "path")
    file.check()
    with pytest.raises(FileChanged, match=r"my\.mp4 was changed"):
        replace(file, size=4).check()
    path.unlink()
    with pytest.raises(FileChanged, match=r"my\.mp4 is gone"):
        file.check()
