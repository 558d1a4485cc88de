"""One task with this project, in a process of its own: ``own.py TASK SOURCE TARGET PIECES [MUSIC]``.

A task with ``-fast`` behind its name lets ends of cuts move. Prints how many frames were copied and encoded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

BLEND_MS = 500
FAST = "fast"


def draft(task: str, pieces: list[tuple[int, int]]) -> Any:
    """Return the timeline of a task: T1 cuts, T2 blends too, T3 has a title and music, T4 is upright."""
    from nemo_lab.protocol.draft import Draft

    blend = {"x_transition": {"kind": "crossfade", "duration": BLEND_MS}} if task in {"T2", "T3"} else {}
    segments = [{"d": end - start, "x_source_start": start, "x_asset": "a", **blend} for start, end in pieces]
    segments[-1].pop("x_transition", None)
    length = sum(end - start for start, end in pieces)
    tracks: list[dict[str, Any]] = [{"tt": 0, "sg": segments}]
    size, effects = (1920, 1080), []
    if task == "T3":
        tracks.append({"tt": 7, "sg": [{"d": 3000, "m": {"text": "A benchmark", "position": "center"}}]})
        tracks.append({"tt": 1, "m": {"role": "music"}, "sg": [
            {"d": length, "x_asset": "m", "x_loop": True, "x_volume": 0.2}]})  # fmt: skip
    if task == "T4":
        size, effects = (1080, 1920), [{"op": "reframe", "aspect": "9:16", "mode": "crop"}]
    metadata = {"x_rate": "30/1", "width": size[0], "height": size[1]}
    return Draft.from_wire({"t": tracks, "d": length, "m": metadata, "x_effects": effects})


def main() -> None:
    """Do the task."""
    from nemo_lab.engine.render import render
    from nemo_lab.protocol.plan import Export

    name, source, target, pieces, *music = sys.argv[1:]
    task, _, mode = name.partition("-")
    files = {"a": Path(source)} | ({"m": Path(music[0])} if music else {})
    report = render(draft(task, json.loads(pieces)), files, Path(target), Export(fast=mode == FAST))
    sys.stdout.write(json.dumps([report.frames_copied, report.frames_encoded]))


if __name__ == "__main__":
    main()
