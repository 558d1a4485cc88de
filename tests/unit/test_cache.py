"""The cache folder: found again, whole, not too large, and safe when many use it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import nemo_lab
from nemo_lab.cache import Cache, engine_version, key_of
from nemo_lab.errors import Cancelled, UnreadableMedia

BIG = 5 << 20


def aged(path: Path) -> Path:
    """Make a file look as if nobody had touched it for an hour."""
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    return path


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1000)
    assert cache.read("runs", "a.json") is None
    cache.write("runs", "a.json", b"{}")
    assert cache.read("runs", "a.json") == b"{}"
    assert Cache(tmp_path / "cache", 1000).size() == 2
    assert (tmp_path / "cache" / "runs").stat().st_mode & 0o777 == 0o700


def test_a_limit_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    cache = Cache(tmp_path / "cache", 0)
    cache.write("runs", "a.json", b"{}")
    cache.keep("files", "f.mp4", file)
    assert cache.size() == 0


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    for age, name in enumerate("abcd"):
        cache.write("runs", name, bytes(300))
        os.utime(tmp_path / "runs" / name, (1000 + age, 1000))
    cache.find("runs", "a")
    cache.tidy(now=True)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["a", "c", "d"]


def test_what_is_in_use_stays_whatever_the_limit(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1)
    cache.place("analysis", "now.json").write_bytes(bytes(100))
    cache.tidy(now=True)
    assert cache.find("analysis", "now.json") is not None


def test_a_kept_file_takes_no_space_and_leaves_the_original_its_time(tmp_path: Path) -> None:
    file = aged(tmp_path / "out.mp4") if (tmp_path / "out.mp4").write_bytes(b"film") else tmp_path
    before = file.stat().st_mtime_ns
    cache = Cache(tmp_path / "cache", 1000)
    cache.keep("files", f"{sha(b'film')}.mp4", file)
    kept = cache.find("files", f"{sha(b'film')}.mp4")
    assert kept is not None
    assert kept.samefile(file)
    assert file.stat().st_mtime_ns == before


def test_a_file_that_fills_the_cache_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "out.mp4"
    file.write_bytes(bytes(600))
    cache = Cache(tmp_path / "cache", 1000)
    cache.keep("files", "f.mp4", file)
    assert cache.find("files", "f.mp4") is None


def test_a_restored_file_is_a_copy_of_what_was_made(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mp4"
    first.write_bytes(b"film")
    cache, name = Cache(tmp_path / "cache", 1000), f"{sha(b'film')}.mp4"
    cache.keep("files", name, first)
    assert cache.restore(name, second)
    second.write_bytes(b"mine")
    assert first.read_bytes() == b"film"


def test_an_entry_that_its_owner_wrote_into_is_not_given_out(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mp4"
    first.write_bytes(b"film")
    second.write_bytes(b"old")
    cache, name = Cache(tmp_path / "cache", 1000), f"{sha(b'film')}.mp4"
    cache.keep("files", name, first)
    with first.open("r+b") as file:  # in place: a link sees it
        file.write(b"FILM")
    assert not cache.restore(name, second)
    assert second.read_bytes() == b"old"
    assert cache.find("files", name) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "cache"]


def test_half_written_files_of_the_dead_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1000)
    left = cache.place("files", ".dead.part")
    left.write_bytes(b"x")
    cache.tidy(now=True)
    assert left.exists()
    os.utime(left, (0, 0))
    cache.tidy(now=True)
    assert not left.exists()


def test_a_big_file_is_hashed_once_and_again_when_it_changed(tmp_path: Path) -> None:
    file, cache = tmp_path / "film.mkv", Cache(tmp_path / "cache", 1 << 20)
    file.write_bytes(bytes(BIG))
    aged(file)
    assert cache.hashes.known(file) is None
    assert cache.hashes.of(file) == sha(bytes(BIG)) == cache.hashes.known(file)
    file.write_bytes(bytes(BIG - 1) + b"x")
    aged(file)
    os.utime(file, (time.time() - 1800, time.time() - 1800))
    assert cache.hashes.known(file) is None
    assert cache.hashes.of(file) == sha(bytes(BIG - 1) + b"x")


def test_the_hash_of_a_file_that_may_still_change_is_not_remembered(tmp_path: Path) -> None:
    file, cache = tmp_path / "film.mkv", Cache(tmp_path / "cache", 1 << 20)
    file.write_bytes(bytes(BIG))
    cache.hashes.of(file)
    assert cache.hashes.known(file) is None


def test_garbage_in_the_cache_is_no_hash(tmp_path: Path) -> None:
    file, cache = tmp_path / "film.mkv", Cache(tmp_path / "cache", 1 << 20)
    file.write_bytes(bytes(BIG))
    cache.hashes.of(aged(file))
    (entry,) = (tmp_path / "cache" / "hashes").iterdir()
    for garbage in (b"\xff", b"[]", b"{}", b'{"stamp": null}'):
        entry.write_bytes(garbage)
        assert cache.hashes.known(file) is None


def test_hashing_can_be_stopped_and_says_what_is_missing(tmp_path: Path) -> None:
    cache, stop = Cache(tmp_path / "cache", 1000), threading.Event()
    (tmp_path / "film.mkv").write_bytes(b"x")
    stop.set()
    with pytest.raises(Cancelled):
        cache.hashes.of(tmp_path / "film.mkv", stop)
    with pytest.raises(UnreadableMedia, match=r"none\.mkv"):
        cache.hashes.of(tmp_path / "none.mkv")


def test_names_follow_from_values_alone() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert len({key_of("a", "b"), key_of("ab"), key_of(["a", "b"]), key_of("b", "a")}) == 4
    assert key_of("片", "\udcff") == key_of("片", "\udcff")
    assert engine_version().startswith(f"{nemo_lab.__version__}+")


_STORM = """
import os, sys, hashlib
from pathlib import Path
from nemo_lab.cache import Cache
root, seed = Path(sys.argv[1]), int(sys.argv[2])
cache = Cache(root / "cache", 40_000)
mine = root / f"mine{seed}"
for turn in range(150):
    content = bytes([turn % 50]) * 1500
    name = hashlib.sha256(content).hexdigest() + ".mp4"
    mine.write_bytes(content); mine.rename(root / f"out{seed}-{turn}")
    cache.keep("files", name, root / f"out{seed}-{turn}")
    target = root / f"back{seed}"
    if cache.restore(name, target):
        assert target.read_bytes() == content
    for entry in (root / "cache" / "files").glob("[!.]*"):
        try: os.utime(entry, (1, 1))
        except OSError: pass
    cache.tidy(now=True)
assert cache.size() <= 40_000
"""


def test_processes_that_keep_restore_and_tidy_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    storms = [
        subprocess.Popen([sys.executable, "-c", _STORM, str(tmp_path), str(n)], stderr=subprocess.PIPE)
        for n in range(3)
    ]
    for storm in storms:
        _, errors = storm.communicate(timeout=60)
        assert storm.returncode == 0, errors.decode()
    assert not list((tmp_path / "cache" / "files").glob(".*"))
