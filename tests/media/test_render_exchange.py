"""A film whose spans are made on several machines: the same bytes, whoever helps and whoever dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nemo_lab.engine.render import formats
from nemo_lab.engine.render.spans import exchange
from nemo_lab.engine.render.spans.helping import help_with
from nemo_lab.engine.render.spans.movie import write_in_spans
from nemo_lab.errors import UnreadableMedia
from nemo_lab.protocol.plan import Export
from tests.media.clips import frame_numbers
from tests.media.drafts import piece, timeline
from tests.media.test_render_spans import CUTS, job

Maker = Callable[..., Path]
ROOT = Path(__file__).parents[2]


@contextmanager
def helper(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that helps, as another machine would start it."""
    order = json.dumps({"job": "help", "folder": str(folder), "threads": 1}).encode()
    with subprocess.Popen(
        [sys.executable, "-m", "nemo_lab.local.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(order + b"\n")
        process.stdin.flush()
        yield process
        process.kill()


def answer(process: subprocess.Popen[bytes]) -> int:
    """Wait for a helper's answer: how many frames it made."""
    assert process.stdout is not None
    return int(json.loads(process.stdout.readline())["result"]["frames"])


@pytest.fixture(autouse=True)
def encoders_of_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As large pictures have them: more is at work at once."""
    monkeypatch.setattr(formats, "_LARGE", 0)


@pytest.fixture
def source(clip: Maker) -> Path:
    return clip(".mkv", seconds=22, gop=90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    return tmp_path / "shared"


@pytest.fixture
def alone(source: Path, tmp_path: Path) -> bytes:
    """What one machine makes."""
    target = tmp_path / "alone.mkv"
    write_in_spans(job(CUTS, source, target, settings=Export(format="mkv", height=90)), 0)
    return target.read_bytes()


def shared(source: Path, folder: Path, workers: int | None) -> bytes:
    target = folder.parent / "o.mkv"
    order = job(CUTS, source, target, settings=Export(format="mkv", height=90))
    write_in_spans(replace(order, shared=folder), workers)
    return target.read_bytes()


def test_threads_of_the_leader_make_it_when_nobody_helps(source: Path, folder: Path, alone: bytes) -> None:
    assert shared(source, folder, 2) == alone
    assert not list(folder.glob("*.part"))


def test_helpers_make_it_all_and_the_bytes_are_the_same(
    source: Path, folder: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 1000.0)  # the leader leaves it to them, however slow
    with helper(folder) as one, helper(folder) as two:
        assert shared(source, folder, None) == alone
        made = answer(one) + answer(two)
    assert made == len(frame_numbers(folder.parent / "o.mkv"))


def test_a_helper_of_one_core_makes_the_sound_before_spans(
    source: Path, folder: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside them, it would be made at half the speed, and others wait for it in the end."""
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 1000.0)
    done: list[str] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any) -> Any:
            done.append(name)
            return call(*args)

        return noting

    for name in ("put_sound", "make"):
        monkeypatch.setattr(exchange.Exchange, name, noted(name, getattr(exchange.Exchange, name)))
    with ThreadPoolExecutor(1) as other:
        helped = other.submit(help_with, folder, 1)
        assert shared(source, folder, None) == alone
    assert helped.result() == len(frame_numbers(folder.parent / "o.mkv"))
    assert done == sorted(done, reverse=True)
    assert {"put_sound", "make"} == set(done)


def test_a_helper_that_is_killed_loses_nothing(
    source: Path, folder: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 1.0)
    (folder / "0.claim").touch()  # what one leaves that died at its first span
    with helper(folder) as other:
        assert shared(source, folder, 0) == alone
        assert answer(other) >= 0  # it ended by itself


def test_when_all_helpers_are_dead_the_leader_waits_once_and_takes_part(
    source: Path, folder: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 3.0)
    monkeypatch.setattr(exchange, "_TOUCH_SECONDS", 0.1)
    take, missed = exchange.Exchange._take, []

    def watched(self: exchange.Exchange, name: str, claim: str, waiting: Callable[[], None]) -> bytes | None:
        part = take(self, name, claim, waiting)
        missed.extend([name] if part is None else [])
        return part

    monkeypatch.setattr(exchange.Exchange, "_take", watched)
    assert shared(source, folder, None) == alone
    assert missed == ["sound0"]


def test_the_sound_of_a_helper_that_was_killed_is_made_by_another(
    source: Path, folder: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 3.0)
    monkeypatch.setattr(exchange, "_TOUCH_SECONDS", 0.1)
    (folder / "sound.claim").touch()
    with helper(folder):
        assert shared(source, folder, None) == alone


def test_a_span_that_nobody_began_is_left_to_whoever_is_still_at_the_sound(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "DEAD_SECONDS", 0.1)
    film: Any = SimpleNamespace(spans=[(0, 5)])
    looks = 0

    def at_the_sound() -> None:
        nonlocal looks
        looks += 1
        (folder / "sound.claim").touch()
        os.utime(folder / "sound.claim", ns=(looks, looks))
        if looks == 20:
            (folder / "0.part").write_bytes(b"made at last")

    assert exchange.Exchange(folder, film).take((0, 5), at_the_sound) == b"made at last"
    assert exchange.Exchange(folder, film).take((0, 5), lambda: None) is None


def test_a_fault_is_told_and_helpers_end(source: Path, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(source.read_bytes()[:-1])
    order = job(timeline(piece(0, 20_000)), broken, tmp_path / "o.mp4", settings=Export(format="mp4"))
    broken.write_bytes(b"gone")
    with helper(folder) as other:
        with pytest.raises(UnreadableMedia):
            write_in_spans(replace(order, shared=folder), 1)
        assert answer(other) == 0


def test_who_comes_when_it_is_over_goes(folder: Path) -> None:
    (folder / "over").touch()
    assert help_with(folder, 1) == 0
    assert help_with(folder / "never", 1) == 0


def test_whoever_has_no_span_begins_in_the_middle_of_the_longest_stretch() -> None:
    assert exchange._middle([0, 1, 2, 3]) == 0
    assert exchange._middle([1, 4, 5, 6, 7]) == 6
    assert exchange._middle([3]) == 3
