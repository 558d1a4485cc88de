"""``nemo plan``: what a sentence would do."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import digests, speech_clip


def test_a_plan_for_programs(nemo):
    done = nemo("plan", "cut from 0:30 to 1:45 and export 1080p", "--json")
    plan = json.loads(done.stdout)
    assert set(plan) == {"route", "operations", "questions", "unsupported"}
    assert plan["route"] == "edit"
    assert plan["operations"][0]["op"] == "cut"
    assert plan["operations"][0]["start_ms"] == 30_000
    assert plan["operations"][1]["height"] == 1080


def test_a_plan_for_a_person(nemo):
    shown = nemo("plan", "put a title 'Golden Hour' at the start for 3 seconds").stdout
    assert "Route: edit" in shown
    assert 'text="Golden Hour"' in shown


def test_a_plan_for_a_file_shows_the_cuts_and_saves_nothing(nemo, tmp_path):
    work = tmp_path / "work"
    speech_clip(work / "rec.mkv")
    before = digests(work)
    done = nemo("plan", "cut the boring parts", "rec.mkv")
    assert done.returncode == 0, done.stderr
    assert "·" in done.stdout
    assert "Length: 0:06.0 → 0:0" in done.stdout
    assert "(0.7 s)  pause of 0.7 s" in done.stdout
    preview = json.loads(nemo("plan", "cut the boring parts", "rec.mkv", "--json").stdout)["preview"]
    cuts, parts = preview["cuts"], preview["parts"]
    assert [[part["start"], part["end"]] for part in parts] == [
        [pytest.approx(edge, abs=20) for edge in cut] for cut in cuts
    ]
    assert {part["kind"] for part in parts} == {"cut"}
    assert all(part["why"].startswith("pause of") for part in parts)
    # The clip is silent in 1-2, 3-4 and 5-6 s; a margin of each pause stays.
    assert [round((start + end) / 2000, 1) for start, end in cuts][:2] == [
        pytest.approx(1.5, abs=0.15),
        pytest.approx(3.5, abs=0.15),
    ]
    assert digests(work) == before


def test_a_file_that_is_not_there(nemo):
    done = nemo("plan", "cut it", "none.mkv")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_model_that_is_not_there_is_named_and_the_rest_is_planned(nemo, monkeypatch):
    monkeypatch.setenv("NEMO_LLM_MODEL", "tiny")
    monkeypatch.setenv("NEMO_LLM_URL", "http://127.0.0.1:9/v1")
    done = nemo("plan", "cut the first 5 seconds and make it look like a vintage postcard")
    assert done.returncode == 0, done.stderr
    assert "cut " in done.stdout
    assert "Note: tiny at 127.0.0.1:9 cannot be reached" in done.stdout
