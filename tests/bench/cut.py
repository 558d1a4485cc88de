"""Cut a recording as `nemo` does, in a process of its own: cut.py SOURCE TARGET PIECES.json (ms)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nemo_lab.engine.render import render
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export


def main(source: str, target: str, pieces: str) -> None:
    segments = [
        {"d": end - start, "x_source_start": start, "x_asset": "a"} for start, end in json.loads(pieces)
    ]
    wire = {"t": [{"tt": 0, "sg": segments}], "d": sum(s["d"] for s in segments), "m": {"x_rate": "30/1"}}
    report = render(Draft.from_wire(wire), {"a": Path(source)}, Path(target), Export())
    sys.stdout.write(json.dumps([report.frames_copied, report.frames_encoded]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
