"""Many short recordings, and what must hold of a batch of them however often it was killed."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from pathlib import Path

from nemo_lab.recipes.batch import BatchReport
from nemo_lab.recipes.batch.ledger import FOLDER
from tests.media.clips import Clip, make

RECIPE = """name = "Short"
steps = ["cut from 0:00.4 to 0:00.8"]
[export]
height = 64
"""


def recordings(folder: Path, count: int) -> Path:
    """Make recordings that all differ; return their folder."""
    inside = folder / "in"
    inside.mkdir()
    first = make(folder / "first.mp4", Clip(seconds=1.2, sound="speech"))
    content = first.read_bytes()
    for number in range(count):
        # Bytes behind the last box of an MP4 are no part of the film, but of the file.
        filler = b"\0\0\0\x10free" + f"{number:08}".encode()
        (inside / f"take {number:03}.mp4").write_bytes(content + filler)
    (folder / "short.toml").write_text(RECIPE)
    return inside


class Finished:
    """The results that were seen finished: none of them may be made again."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._seen: dict[str, int] = {}

    def look(self) -> int:
        """Note what the ledger says is done; return how many that are."""
        ledger = self._out / FOLDER / "ledger.sqlite3"
        if not ledger.exists():
            return 0
        db = sqlite3.connect(ledger)
        try:
            rows = db.execute("SELECT target FROM items WHERE status = 'done'").fetchall()
        except sqlite3.OperationalError:  # it is being made
            rows = []
        finally:
            db.close()
        for (target,) in rows:
            self._seen.setdefault(target, (self._out / target).stat().st_mtime_ns)
        return len(rows)

    def check(self, report: BatchReport, count: int) -> None:
        """Assert that there are all results, each once, whole, and none was made twice."""
        assert (len(report.items), len(report.done), report.stopped) == (count, count, ""), str(report)
        films = sorted(path.name for path in self._out.glob("*.mp4"))
        assert films == sorted(item.target for item in report.items)
        assert len(set(films)) == count
        for item in report.items:
            content = (self._out / item.target).read_bytes()
            assert hashlib.sha256(content).hexdigest() == item.sha256
        again = {name for name, time in self._seen.items() if (self._out / name).stat().st_mtime_ns != time}
        assert not again
        assert not list(self._out.glob(".*.part"))


def emptied(folder: Path) -> Path:
    """Return an output folder that is not there."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    return folder / "out"
