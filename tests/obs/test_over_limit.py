"""Recordings over the cloud's upload limit, against a backend on loopback that keeps the cloud's rules."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.local import Options, Policy
from tests.cli.conftest import digests
from tests.contract.serving import serving
from tests.media.clips import Clip, make
from tests.obs.test_command import nemo

CALM = replace(Policy.like_cloud(), silent_share=0.0, trouble_share=0.0)
LIMIT = 150_000


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A recording that is too large for the cloud, the only backend that the settings know."""
    (tmp_path / "cloud").mkdir()
    config = Path(os.environ["NEMO_CONFIG_DIR"])
    (config / "obs").mkdir(parents=True)
    (config / "config.toml").write_text(f"upload_limit = {LIMIT}\n")
    with serving(tmp_path / "cloud", Options(policy=CALM), upload_limit=LIMIT) as server:
        monkeypatch.setenv("NEMO_API_URL", server.embedded.url)
        (tmp_path / "rec").mkdir()
        path = make(tmp_path / "rec" / "录像 1.mp4", Clip(seconds=8, size=(640, 360), sound="speech"))
        assert path.stat().st_size > LIMIT * 1.5
        yield path


def edited(preset, *recordings):
    """Let the watcher edit them by this preset; return their jobs."""
    (Path(os.environ["NEMO_CONFIG_DIR"]) / "obs" / "obs.toml").write_text(f"[[preset]]\n{preset}\n")
    folder = recordings[0].parent
    for path in recordings:
        nemo(folder, "add", path)
    before = digests(folder)
    nemo(folder, "run", "--once", "--no-link")
    assert before.items() <= digests(folder).items()
    assert not (Path(os.environ["NEMO_DATA_DIR"]) / "obs" / "fitted").exists()
    return json.loads(nemo(folder, "history", "--json").stdout)


def uploads(tmp_path):
    return [
        path for path in (tmp_path / "cloud").rglob("*") if path.suffix == ".mp4" and "sessions" in path.parts
    ]


def test_what_no_preset_allows_is_refused_with_the_remedy_and_the_rest_is_sent_as_it_is(recording, tmp_path):
    small = make(recording.with_name("small.mp4"), Clip(seconds=2, sound="speech"))
    assert small.stat().st_size < LIMIT
    refused, sent = edited('say = "mute it"', recording, small)
    assert refused["state"] == "failed"
    assert "录像 1.mp4 has 0." in refused["reason"]
    assert 'over_limit = "fit"' in refused["reason"]
    assert (sent["state"], "smaller" in sent["note"]) == ("saved", False)
    (uploaded,) = uploads(tmp_path)
    assert uploaded.read_bytes() == small.read_bytes()


@pytest.mark.parametrize(
    ("how", "shortest", "longest"),
    [pytest.param("fit", 7900, 8100, marks=pytest.mark.soak), ("cut", 3000, 6000)],
)
def test_it_is_made_smaller_here_first(recording, tmp_path, how, shortest, longest):
    (job,) = edited(f'say = "mute it"\nover_limit = "{how}"', recording)
    assert job["state"] == "saved", job
    assert "made smaller for the upload" in job["note"]
    (sent,) = uploads(tmp_path)
    assert sent.stat().st_size <= LIMIT
    assert shortest < probe(sent).duration_ms < longest
    assert Path(job["output"]) == recording.with_name("录像 1-edited.mp4")
    assert shortest < probe(job["output"]).duration_ms < longest
