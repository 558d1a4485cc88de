"""The engine alone, as a program of its own: ``engine_alone.py SOURCE TARGET WISH``; prints its seconds.

No server, client, recipe, record, cache or hash: look, listen, compose, render, one after the other. Python's
start and the loading of libraries are not counted.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main() -> None:
    """Edit the recording."""
    from nemo_lab.engine.analysis import analyse
    from nemo_lab.engine.compose import Asset, compose, place
    from nemo_lab.engine.media import probe
    from nemo_lab.engine.render import render
    from nemo_lab.engine.understand import understand
    from nemo_lab.protocol.draft import Draft
    from nemo_lab.protocol.plan import Export

    source, target, wish = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    start = time.perf_counter()
    info = probe(source)
    asset = Asset("a", source.name, info, analyse(source, info))
    draft = place(Draft(), asset)
    plan = understand(wish, session=draft)
    composed = compose(draft, plan.operations, {"a": asset}, language="en")
    render(composed.draft, {"a": source}, target, Export(quality="high"))  # what a client asks for by itself
    sys.stdout.write(str(time.perf_counter() - start))


if __name__ == "__main__":
    main()
