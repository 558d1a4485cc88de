"""How long the grammar takes over a sentence, and how much memory it needs: all of the evaluation set."""

from __future__ import annotations

import json
import resource
import statistics
import time
from pathlib import Path

import pytest

from nemo_lab.engine.understand import understand

pytestmark = pytest.mark.bench
LINES = Path(__file__).parents[1] / "unit" / "data" / "sentences.jsonl"


def test_sentences_are_understood_fast_and_small() -> None:
    texts = [json.loads(line)["text"] for line in LINES.read_text(encoding="utf-8").splitlines()]
    for text in texts:  # what is compiled once
        understand(text)
    taken = []
    for text in texts:
        began = time.perf_counter()
        understand(text)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    middle, most = statistics.median(taken), taken[int(len(taken) * 0.99)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201 - the figures are for people
        f"{len(texts)} sentences: median {middle:.1f} ms, 99 % under {most:.1f} ms, worst {taken[-1]:.1f}; "
        f"{memory:.0f} MiB in all"
    )
    assert most < 20
