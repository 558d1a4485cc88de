"""The same batch on a Dask cluster of real worker processes, some of which are killed."""

from __future__ import annotations

import os
import pickle
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nemo_lab
from nemo_lab.errors import NemoError, UsageError
from nemo_lab.recipes.batch import Item
from nemo_lab.recipes.batch.work import Job
from tests.batch.material import Finished, recordings
from tests.media.clips import Clip, make

distributed = pytest.importorskip("distributed")
Status = pytest.importorskip("distributed.core").Status
ROOT = Path(__file__).parents[2]
# Dask's own sockets and files may still be open when a killed worker is collected.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, clean_environment: Path) -> Iterator[Any]:
    """Two worker processes of one thread, which start again when they are killed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL",
        local_directory=str(clean_environment),
    ) as made:  # fmt: skip
        yield made


class Killer:
    """Kills a worker soon after so many more recordings are done each time.

    Not at once: Dask takes a result over before it forgets the task, and a worker that dies within these few
    milliseconds has its work done again, to the same bytes.
    """

    def __init__(self, cluster: Any, finished: Finished, every: int, times: int) -> None:
        self.kills, self._cluster, self._finished = 0, cluster, finished
        self._every, self._times, self._random = every, times, random.Random(7)

    def __call__(self, item: Item, done: int, of: int) -> None:
        self._finished.look()
        if done % self._every == 0 and done // self._every <= self._times:
            threading.Timer(0.05, self._kill).start()

    def _kill(self) -> None:
        # One that is only starting takes its nanny with it, and LocalCluster brings no other.
        workers = [
            worker
            for worker in self._cluster.workers.values()
            if worker.pid and worker.status is Status.running
        ]
        if workers:
            os.kill(self._random.choice(workers).pid, signal.SIGKILL)
            self.kills += 1


def killed_over(tmp_path: Path, cluster: Any, goal: Any, count: int, every: int, kills: int) -> None:
    inside, out = recordings(tmp_path, count), tmp_path / "out"
    finished = Finished(out)
    killer = Killer(cluster, finished, every, kills)
    with distributed.Client(cluster) as client:
        report = nemo_lab.batch(
            tmp_path / "short.toml", inside, out, cluster=client, on_item=killer, stills=False
        )
    assert killer.kills == kills
    finished.check(report, count)
    goal.at_least(
        "G27", f"results, each once, while {kills} of Dask's workers were killed", len(report.done), count
    )


def test_workers_that_die_lose_nothing_and_double_nothing(tmp_path: Path, cluster: Any, goal: Any) -> None:
    killed_over(tmp_path, cluster, goal, count=8, every=3, kills=2)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_recordings_with_twenty_workers_killed(tmp_path: Path, cluster: Any, goal: Any) -> None:
    killed_over(tmp_path, cluster, goal, count=200, every=9, kills=20)


def test_two_workers_at_one_recording_take_turns(tmp_path: Path, cluster: Any) -> None:
    """Dask may have two at the same task: the second finds what the first one made."""
    from nemo_lab.recipes.batch.cluster import do_on_worker  # brings Dask

    source = make(tmp_path / "talk.mkv", Clip(seconds=5))
    (tmp_path / "out").mkdir()
    job = Job(
        recipe=nemo_lab.Recipe(steps=("cut the first second",)).dumps(), source=str(source),
        target="talk.mp4", out=str(tmp_path / "out"), backend="local", stills=False,
    )  # fmt: skip
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        each = [client.submit(do_on_worker, job, workers=[name], pure=False) for name in client.nthreads()]
        items = client.gather(each)
    assert [item.status for item in items] == ["done", "done"]
    assert sorted(item.reused for item in items) == ["", "output"]


def test_a_cluster_helps_with_one_render_and_the_bytes_are_the_same(tmp_path: Path, cluster: Any) -> None:
    recording = make(tmp_path / "talk.mkv", Clip(seconds=25, gop=90))
    recipe = nemo_lab.Recipe(steps=("cut the first second",), export={"height": 90, "quality": "low"})
    alone = nemo_lab.run(recipe, recording, output=tmp_path / "alone.mp4")
    with distributed.Client(cluster) as client:
        helped = nemo_lab.run(recipe, recording, output=tmp_path / "helped.mp4", cluster=client, fresh=True)
    assert helped.reused == ""
    assert helped.output.sha256 == alone.output.sha256
    assert not list(tmp_path.glob(".nemo-spans-*"))


def test_a_worker_that_does_not_see_what_we_see_is_named(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nemo_lab.recipes.batch import cluster as room

    recordings(tmp_path, 1)
    sizes = {"tcp://10.0.0.7:1": -1}
    with distributed.Client(cluster) as client:
        monkeypatch.setattr(client, "run", lambda *_: sizes)
        with pytest.raises(UsageError, match=r"worker tcp://10\.0\.0\.7:1 does not see .*shared|storage"):
            nemo_lab.batch(tmp_path / "short.toml", tmp_path / "in", tmp_path / "out", cluster=client)
    assert room._seen(None, str(tmp_path / "gone")) == -1


def test_a_cluster_that_loses_all_workers_is_an_error_and_what_is_made_stays(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nemo_lab.recipes.batch import cluster as room

    monkeypatch.setattr(room, "_LOOK_S", 0.2)
    monkeypatch.setattr(room, "_DESERTED_S", 0.4)
    inside = recordings(tmp_path, 4)
    made: list[Item] = []

    def leave(item: Item, done: int, of: int) -> None:
        made.append(item)
        cluster.scale(0)

    with (
        distributed.Client(cluster) as client,
        pytest.raises(NemoError, match=r"lost its workers.*it goes on"),
    ):
        nemo_lab.batch(
            tmp_path / "short.toml", inside, tmp_path / "out", cluster=client, on_item=leave, stills=False
        )
    assert made
    assert {Path(item.source).name for item in made} < {path.name for path in inside.iterdir()}
    report = nemo_lab.batch(tmp_path / "short.toml", inside, tmp_path / "out", stills=False)
    assert len(report.done) == 4


def test_a_cluster_that_is_not_there_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    recordings(tmp_path, 1)
    with pytest.raises(NemoError, match="no Dask scheduler answers"):
        nemo_lab.batch(
            tmp_path / "short.toml", tmp_path / "in", tmp_path / "out", cluster="tcp://127.0.0.1:9"
        )
    assert '"status": "waiting"' in (tmp_path / "out" / "batch.json").read_text()


def test_no_secret_is_in_what_travels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sent: list[bytes] = []
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_canary")
    recordings(tmp_path, 1)

    def carry(jobs: Any, cluster: Any, count: Any, done: Any) -> None:
        sent.extend(pickle.dumps(job) for job in jobs)

    from nemo_lab.recipes.batch import cluster as room

    monkeypatch.setattr(room, "on_cluster", carry)
    nemo_lab.batch(tmp_path / "short.toml", tmp_path / "in", tmp_path / "out", cluster="tcp://127.0.0.1:9")
    assert len(sent) == 1
    assert b"canary" not in sent[0]
    assert b"cloud" in sent[0]  # the worker is told which backend, not how to enter it
