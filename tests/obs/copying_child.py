"""Stands in for the process that edits: copies the recording, so that hundreds can be edited in seconds.

It keeps the promises of the real one: one at a time by the lock, a result that is whole when it has its name,
an end when the watcher dies. Each edit that it carries out is one line in ``edits.log`` beside the lock.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from obs_plugin.locks import Lock


def main() -> None:
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_the_watcher, daemon=True).start()
    home = Path(job["lock"]).parent
    lock = Lock(Path(job["lock"]))
    assert lock.acquire(30)
    output = Path(job["output"])
    failure = home / "fail"
    if failure.exists():
        say(error=json.loads(failure.read_text()))
        return
    say(here=True)
    say(stage="editing", fraction=0.0)
    time.sleep(float(os.environ.get("COPYING_SECONDS", "0")))
    say(stage="rendering", fraction=0.5)
    if output.exists():
        say(error={"type": "OutputExists", "text": "exists already", "retryable": False})
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    scratch = output.with_name(f".{output.name}.{os.getpid()}.part")
    scratch.write_bytes(b"".join(Path(name).read_bytes() for name in job["inputs"]))
    with (home / "edits.log").open("a") as log:
        log.write(json.dumps(job | {"ahead": "--ahead" in sys.argv}) + "\n")
    scratch.replace(output)
    say(saved={"output": str(output), "before_ms": 2000, "after_ms": 1000, "notes": []})


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def end_with_the_watcher() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
    os._exit(0)
