"""``nemo obs`` as a user runs it, and one real edit by it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.errors import ConfigError
from obs_plugin.folders import our_folders
from obs_plugin.presets import Presets
from tests.cli.conftest import digests, environment, speech_clip


def nemo(folder, *arguments, check=True):
    done = subprocess.run(
        [sys.executable, "-m", "nemo_lab", "obs", *map(str, arguments)],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


def test_a_recording_goes_its_whole_way(tmp_path):
    path = speech_clip(tmp_path / '录像 "it\'s".mkv', 8)
    before = digests(tmp_path)
    assert nemo(tmp_path, "add", path, "--say", "cut the pauses").stdout == "1: new\n"
    nemo(tmp_path, "run", "--once", "--no-link")
    (job,) = json.loads(nemo(tmp_path, "history", "--json").stdout)
    assert (job["state"], job["attempts"]) == ("saved", 1)
    assert probe(job["output"]).duration_ms < 7000
    steps = [step["state"] for step in json.loads(nemo(tmp_path, "history", 1, "--json").stdout)["history"]]
    assert steps == ["new", "settled", "uploading", "editing", "rendering", "saved"]
    assert "saved" in nemo(tmp_path, "history", 1).stdout
    assert before.items() <= digests(tmp_path).items()
    assert nemo(tmp_path, "add", path).stdout == "1: saved\n"
    assert nemo(tmp_path, "add", job["output"]).stdout == "it is a result of ours; nothing to do\n"


def test_what_cannot_be_edited_says_why_and_can_be_tried_again(tmp_path):
    (tmp_path / "a.mp4").write_bytes(speech_clip(tmp_path / "b.mp4", 2).read_bytes())
    nemo(tmp_path, "add", tmp_path / "a.mp4", "--say", "how long is it?")
    nemo(tmp_path, "run", "--once", "--no-link")
    (job,) = json.loads(nemo(tmp_path, "history", "--json").stdout)
    assert job["state"] == "failed"
    assert job["reason"]
    assert nemo(tmp_path, "retry", 1).stdout == "1: settled\n"
    assert nemo(tmp_path, "skip", 1).stdout == "1: skipped\n"
    status = json.loads(nemo(tmp_path, "status", "--json").stdout)
    assert (status["running"], status["jobs"]) == (False, [])
    assert "does not run" in nemo(tmp_path, "status").stdout


@pytest.mark.parametrize("arguments", [["retry", "7"], ["skip", "7"], ["history", "7"], ["add", "none.mkv"]])
def test_an_error_is_one_line(tmp_path, arguments):
    done = nemo(tmp_path, *arguments, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[[preset]]\nnam = "x"\n', 2, "preset.nam: there is no such setting"),
        ('[[preset]]\nname = "a"\n\n[[preset]]\nname = "b"\nmin_seconds = "long"\n', 6, "min_seconds"),
        ('[[preset]]\noutput_name = "{nme}"\n', 2, "output_name: may hold {name} and {preset} only"),
        ("[watch]\nport = 99999\n", 2, "watch.port"),
        ('[[preset]]\nsay = "a"\nrecipe = "b"\n', 1, "has both"),
        ('# mine\n[[preset]\nname = "x"\n', 2, "cannot be read"),
    ],
)
def test_presets_that_cannot_be_used_are_named_with_their_line(text, line, said):
    folder = our_folders().presets
    folder.mkdir(parents=True)
    (folder / "obs.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        Presets.load(folder)
    assert f"line {line}" in str(caught.value)
    assert said in str(caught.value)
    assert str(folder / "obs.toml") in str(caught.value)


def test_the_user_hears_of_presets_that_cannot_be_used(tmp_path):
    folder = our_folders().presets
    folder.mkdir(parents=True)
    (folder / "obs.toml").write_text('[[preset]]\nnam = "x"\n')
    done = nemo(tmp_path, "run", "--once", "--no-link", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "obs.toml, line 2: preset.nam" in done.stderr
    assert "Trouble: " in nemo(tmp_path, "status").stdout
    assert "line 2" in json.loads(nemo(tmp_path, "status", "--json").stdout)["trouble"]


@pytest.mark.soak
def test_the_idle_watcher_takes_no_time(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "obs_plugin"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    )

    def processor_seconds():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    try:
        time.sleep(10)
        before = processor_seconds()
        time.sleep(40)
        assert (processor_seconds() - before) / 40 < 0.005
    finally:
        process.terminate()
        process.wait()


def test_the_idle_watcher_is_small_and_ends_when_told(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "obs_plugin"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "Watching" in process.stderr.readline()
        end = time.monotonic() + 20
        while not json.loads(nemo(tmp_path, "status", "--json").stdout)["connection"]:
            assert time.monotonic() < end
        status = Path(f"/proc/{process.pid}/status").read_text()
        sizes = dict(line.split(":", 1) for line in status.splitlines())
        assert int(sizes["VmRSS"].split()[0]) < 60_000
        done = nemo(tmp_path, "run", check=False)
        assert "runs already" in done.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.stderr.close()
        process.wait()
    assert not json.loads(nemo(tmp_path, "status", "--json").stdout)["running"]
    log = (Path(os.environ["NEMO_DATA_DIR"]) / "obs" / "watcher.log").read_text()
    assert "watching" in log
