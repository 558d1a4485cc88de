"""The watcher without OBS: what comes in by any way is edited exactly once, whatever fails in between."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nemo_lab.errors import OutputNotWritable, UsageError
from obs_plugin.jobs import Arrival, Wish
from obs_plugin.ledger import Ledger
from tests.obs.conftest import box, sealed_mp4
from tests.obs.driver import QUICK

ENDLESS = replace(QUICK, until_idle=False)


def obs_log(place, *lines):
    folder = place.obs.path / "logs"
    folder.mkdir(exist_ok=True)
    text = "".join(f"10:00:0{n}.123: [ffmpeg muxer: 'x'] {line}\n" for n, line in enumerate(lines))
    (folder / f"2026-11-22 10-00-0{len(list(folder.iterdir()))}.txt").write_text(text, encoding="utf-8")


class Running:
    """A watcher on a thread, until something is true."""

    def __init__(self, place, options=ENDLESS):
        self.stop, self.place = threading.Event(), place
        self.thread = threading.Thread(target=lambda: place.watcher(options).run(self.stop))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(90)
        assert not self.thread.is_alive()

    def until(self, condition, seconds=90):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.place.jobs()
            time.sleep(0.05)


def states(place):
    return [job.state for job in place.jobs()]


def test_what_a_script_dropped_is_edited_beside_the_recording(place):
    path = place.record('录像 "it\'s" $(id); rm.mp4')
    place.spool.drop(Arrival(path, "script"))
    (job,) = place.work()
    assert (job.state, job.source, job.note) == ("saved", "script", "2.0 s → 1.0 s")
    assert job.output == place.videos / '录像 "it\'s" $(id); rm-edited.mp4'
    assert job.output.read_bytes() == path.read_bytes()
    assert len(place.edits()) == 1


def test_the_same_recording_from_everybody_is_edited_once(place):
    place.work()  # the first start: what is older than it is left alone
    path = place.record()
    for source in ("script", "obs", "user"):
        place.spool.drop(Arrival(path, source))
    obs_log(place, f"Writing file '{path}'...")
    place.presets(f'[watch]\nfolders = ["{place.videos}"]\n')
    assert [job.state for job in place.work()] == ["saved"]
    assert [job.state for job in place.work()] == ["saved"]
    assert len(place.edits()) == 1


def test_what_was_recorded_while_nobody_watched_is_found_in_obs_logs(place):
    old = place.record("old.mp4")
    before = time.time() - 100
    os.utime(old, (before, before))
    place.work()
    new, replay = place.record("new.mp4"), place.record("replay.mp4")
    obs_log(place, f"Writing file '{old}'...", f"Writing Hybrid MP4/MOV file '{new}'...",
            f"Wrote replay buffer to '{replay}'", "Writing file '/gone.mkv'...")  # fmt: skip
    assert [job.path.name for job in place.work()] == ["new.mp4"]


def test_a_look_into_the_recording_folder_takes_only_names_that_obs_gives(place):
    place.work()
    profile = place.obs.path / "basic" / "profiles" / "Main" / "basic.ini"
    profile.parent.mkdir(parents=True)
    profile.write_text(f"[SimpleOutput]\nFilePath={place.videos}\n")
    for name in ("2026-11-22 10-00-00.mp4", "holiday.mp4", "2026-11-22 10-00-00-edited.mp4"):
        place.record(name)
    made = place.record("2026-11-22 11-00-00.mp4")
    made.with_name(f"{made.name}.nemo.json").write_text("{}")
    assert [job.path.name for job in place.work()] == ["2026-11-22 10-00-00.mp4"]


def test_the_remuxed_twin_is_no_recording_of_its_own(place):
    place.work()
    path = place.record("2026-11-22 10-00-00.avi", b"RIFF" + bytes(100))
    place.record("2026-11-22 10-00-00.mp4")
    place.presets(f'[watch]\nfolders = ["{place.videos}"]\n')
    assert [job.path for job in place.work()] == [path]


def test_a_format_that_cannot_be_edited_gives_way_to_its_twin(place):
    flv, alone = place.record("a.flv", b"FLV" + bytes(99)), place.record("b.flv", b"FLV" + bytes(98))
    twin = place.record("a.mp4")
    for path in (flv, alone):
        place.spool.drop(Arrival(path, "script"))
    first, second = place.work()
    assert (first.path, first.state) == (twin, "saved")
    assert second.state == "failed"
    assert "Matroska" in second.reason


def test_a_recording_under_way_is_waited_for(place):
    path = place.record(content=sealed_mp4()[:-1])
    place.spool.drop(Arrival(path, "script"))
    with Running(place) as running:
        running.until(lambda: states(place) == ["new"])
        time.sleep(0.5)
        assert states(place) == ["new"]
        with path.open("ab") as file:
            file.write(sealed_mp4()[-1:])
            file.flush()
            time.sleep(0.5)
            assert states(place) == ["new"]
        running.until(lambda: states(place) == ["saved"])


def test_a_recording_that_obs_left_behind_is_salvaged_and_says_so(place):
    live = sealed_mp4() + box(b"moof", b"1") + box(b"mdat", b"2")
    paths = [
        place.record("live.mp4", live),
        place.record("lost.mp4", box(b"ftyp", b"")),
        place.record("0.mp4", b""),
    ]
    for path in paths:
        os.utime(path, (time.time() - 60,) * 2)
        place.spool.drop(Arrival(path, "script"))
    jobs = {job.path.name: job for job in place.work()}
    assert jobs["live.mp4"].state == "saved"
    assert "salvaged" in jobs["live.mp4"].note
    assert (jobs["lost.mp4"].state, jobs["0.mp4"].state) == ("failed", "failed")
    assert "empty" in jobs["0.mp4"].reason


def test_a_recording_that_is_renamed_or_gone(place):
    path = place.record(content=sealed_mp4()[:-1])
    place.spool.drop(Arrival(path, "script"))
    place.spool.drop(Arrival(place.videos / "never.mp4", "script"))
    with Running(place) as running:
        running.until(lambda: len(place.jobs()) == 2)
        new = path.rename(place.videos / "renamed.mp4")
        new.write_bytes(sealed_mp4())
        running.until(lambda: sorted(states(place)) == ["saved", "skipped"])
    assert {job.path.name: job.state for job in place.jobs()} == {
        "renamed.mp4": "saved",
        "never.mp4": "skipped",
    }


def test_originals_are_never_touched(place):
    path = place.record()
    before = path.stat()
    place.spool.drop(Arrival(path, "script"))
    place.work()
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_size) == (
        after.st_ino,
        after.st_mtime_ns,
        after.st_size,
    )


def test_a_result_never_takes_a_name_that_is_taken(place):
    path = place.record("a.mp4")
    (place.videos / "a-edited.mp4").write_text("mine")
    place.spool.drop(Arrival(path, "script"))
    (job,) = place.work()
    assert job.output.name == "a-edited-2.mp4"
    assert (place.videos / "a-edited.mp4").read_text() == "mine"


def test_a_ledger_that_cannot_be_written_just_now_fails_no_job(place, monkeypatch):
    begin, faults = Ledger.begin, [OutputNotWritable("disk I/O error", path=place.folders.ledger)]

    def at_first_broken(*given, **more):
        if faults:
            raise faults.pop()
        return begin(*given, **more)

    monkeypatch.setattr(Ledger, "begin", at_first_broken)
    place.spool.drop(Arrival(place.record(), "script"))
    assert [job.state for job in place.work()] == ["saved"]
    assert not faults


@pytest.mark.parametrize("kind", ["ConnectFailed", "Disconnected", "BackendUnavailable", "DiskFull"])
def test_what_passes_is_waited_for_however_long(place, kind):
    place.spool.drop(Arrival(place.record(), "script"))
    place.folders.home.mkdir(exist_ok=True)
    (place.folders.home / "fail").write_text(json.dumps({"type": kind, "text": "no luck", "retryable": True}))
    with Running(place) as running:
        running.until(lambda: "waits for" in place.jobs()[0].reason if place.jobs() else False)
        time.sleep(1.5)
        job = place.jobs()[0]
        assert (job.state in {"settled", "uploading"}, job.attempts <= 1) == (True, True)
        (place.folders.home / "fail").unlink()
        running.until(lambda: states(place) == ["saved"])


def test_what_does_not_pass_fails_with_its_reason_and_can_be_retried(place):
    place.spool.drop(Arrival(place.record(), "script"))
    place.folders.home.mkdir(exist_ok=True)
    (place.folders.home / "fail").write_text(json.dumps({"type": "EditError", "text": "no such place"}))
    (job,) = place.work()
    assert (job.state, job.reason) == ("failed", "no such place")
    (place.folders.home / "fail").unlink()
    ledger = Ledger(place.folders.ledger)
    ledger.retry(job.id)
    ledger.close()
    assert [job.state for job in place.work()] == ["saved"]


def test_an_edit_that_crashes_is_given_up_at_last(place):
    place.spool.drop(Arrival(place.record(), "script"))
    (job,) = place.work(replace(QUICK, command=(sys.executable, "-c", "import os; os.abort()")))
    assert (job.state, job.attempts) == ("failed", 3)
    assert "crashed" in job.reason


def test_an_edit_that_is_skipped_is_stopped(place, monkeypatch):
    monkeypatch.setenv("COPYING_SECONDS", "60")
    place.spool.drop(Arrival(place.record(), "script"))
    with Running(place) as running:
        running.until(lambda: states(place) == ["editing"])
        ledger = Ledger(place.folders.ledger)
        ledger.skip(1)
        ledger.close()
        monkeypatch.setenv("COPYING_SECONDS", "0")
        place.spool.drop(Arrival(place.record(), "script"))
        running.until(lambda: states(place) == ["skipped", "saved"])
    assert not (place.videos / "recording 1-edited.mp4").exists()


def test_one_watcher_at_a_time(place):
    with Running(place) as running:
        running.until(lambda: place.folders.lock.exists())
        with pytest.raises(UsageError, match="runs already"):
            place.watcher()
    place.work()


def test_presets_choose_by_what_is_known(place):
    (place.folders.presets).mkdir()
    short = place.folders.presets / "short.toml"
    short.write_text('steps = ["cut the first second"]\n[export]\nformat = "mkv"\n')
    place.presets(
        f"""
        [[preset]]
        name = "talk"
        say = "cut the pauses"
        scene = "Cam*"
        min_seconds = 3
        output_folder = "edited"
        output_name = "{{name}} ({{preset}})"
        [[preset]]
        name = "short"
        recipe = "short.toml"
        folder = "{place.videos}/clips"
        file = "*.mp4"
        """
    )
    talk, brief = place.record("t.mp4"), place.record("b.mp4", sealed_mp4(seconds=1))
    clip, named = place.record("clips/c.mp4"), place.record("n.mp4")
    camera = Wish(scene="Camera 1")
    for path, wish in ((talk, camera), (brief, camera), (clip, Wish()), (named, Wish(preset="short"))):
        place.spool.drop(Arrival(path, "script", wish=wish))
    jobs = {job.path.name: job for job in place.work()}
    assert jobs["t.mp4"].output == place.videos / "edited" / "t (talk).mp4"
    assert (jobs["b.mp4"].state, jobs["b.mp4"].reason) == ("skipped", "no preset is for it")
    assert jobs["c.mp4"].output == place.videos / "clips" / "c-edited.mkv"
    assert jobs["n.mp4"].output == place.videos / "n-edited.mkv"
    said = {Path(edit["inputs"][0]).name: edit["say"] for edit in place.edits()}
    assert said["t.mp4"] == "cut the pauses"


def test_a_sentence_of_its_own_goes_before_every_preset(place):
    place.presets('[[preset]]\nname = "x"\nscene = "Nothing"\n')
    place.spool.drop(
        Arrival(place.record(), "script", wish=Wish(say="export as a gif", folder=str(place.root / "o")))
    )
    (job,) = place.work()
    assert job.output == place.root / "o" / "recording 1-edited.gif"
    assert place.edits()[0]["say"] == "export as a gif"


@pytest.mark.parametrize("text", ["[[preset]]\nsay = 1\n", "nonsense", '[[preset]]\noutput_name = "a/b"\n'])
def test_presets_that_cannot_be_read_stop_nothing_for_good(place, text):
    place.presets(text)
    place.spool.drop(Arrival(place.record(), "script"))
    with Running(place) as running:
        time.sleep(0.5)
        assert states(place) in ([], ["new"], ["settled"])
        place.presets("")
        running.until(lambda: states(place) == ["saved"])


def test_a_preset_that_there_is_not_fails_with_a_line(place):
    place.spool.drop(Arrival(place.record(), "script", wish=Wish(preset="none")))
    (job,) = place.work()
    assert job.state == "failed"
    assert "no preset 'none'" in job.reason


def test_parts_of_a_split_recording_are_joined_in_order(place):
    place.presets("[[preset]]\njoin_splits = true\n")
    parts = [place.record(f"{n}.mp4") for n in range(3)]
    for part in (parts[0], parts[2], parts[1]):
        place.spool.drop(Arrival(part, "script", parts[0]))
    jobs = place.work()
    assert sorted(job.state for job in jobs) == ["saved", "skipped", "skipped"]
    (edit,) = place.edits()
    assert edit["inputs"] == [str(part) for part in parts]


def test_the_originals_go_only_when_a_preset_says_so_and_the_result_is_there(place):
    place.presets("[[preset]]\ndelete_recording_after_days = 1\n")
    gone, kept, changed = place.record(), place.record(), place.record()
    for path in (gone, kept, changed):
        place.spool.drop(Arrival(path, "script"))
    jobs = {job.path: job for job in place.work()}
    ledger = Ledger(place.folders.ledger)
    ledger._db.execute("UPDATE jobs SET changed = changed - 90000")
    ledger.close()
    jobs[kept].output.unlink()
    changed.write_bytes(sealed_mp4(b"changed"))
    place.work()
    assert (gone.exists(), kept.exists(), changed.exists()) == (False, True, True)


def test_the_users_command_is_waited_for_when_nothing_is_left_to_do(place):
    out = place.root / "told"
    code = f"import time, pathlib; time.sleep(1); pathlib.Path({str(out)!r}).write_text('done')"
    place.presets(f"[[preset]]\non_done = {json.dumps([sys.executable, '-c', code])}\n")
    place.spool.drop(Arrival(place.record(), "script"))
    place.work()
    assert out.read_text() == "done"


def test_the_users_command_gets_its_words_without_a_shell(place):
    out = place.root / "told.json"
    script = place.root / "told.py"
    script.write_text("import json, sys\njson.dump(sys.argv[1:], open(sys.argv[1], 'w'))\n")
    words = [sys.executable, str(script), str(out), "{recording}", "{state}: {output}"]
    place.presets(f"[[preset]]\non_done = {json.dumps(words)}\n")
    path = place.record("a $(touch x) {output}.mp4")
    place.spool.drop(Arrival(path, "script"))
    with Running(place) as running:
        running.until(lambda: out.exists() and out.stat().st_size)
    told = json.loads(out.read_text())
    assert told[1:] == [str(path), f"saved: {place.jobs()[0].output}"]
    assert not (place.root / "x").exists()
