"""Putting the script into OBS and the watcher into the session, and taking both out again without a trace."""

from __future__ import annotations

import hashlib
import json
import plistlib
import xml.etree.ElementTree as ET
from pathlib import Path, PurePosixPath

import pytest

from nemo_lab.errors import UsageError
from obs_plugin import autostart
from obs_plugin.folders import ObsFolder
from obs_plugin.install import install, is_running, uninstall

NEMO = Path("/opt/my tools/nemo")


@pytest.fixture
def obs(place):
    scenes = place.obs.path / "basic" / "scenes"
    scenes.mkdir(parents=True)
    (scenes / "Main.json").write_text(
        '{"name": "Main",\n   "sources": [], "modules": {"auto-scene-switcher": {}}}'
    )
    other = {"path": "/home/me/other.lua", "settings": {"a": 1}}
    (scenes / "录像.json").write_text(
        json.dumps({"name": "录像", "modules": {"scripts-tool": [other]}}), "utf-8"
    )
    return place.obs


def everything(folder):
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def scripts_in(obs, name):
    data = json.loads((obs.path / "basic" / "scenes" / f"{name}.json").read_text("utf-8"))
    return data["modules"]["scripts-tool"]


@pytest.mark.parametrize("language", ["lua", "python"])
def test_what_install_did_uninstall_undoes_to_the_byte(place, obs, language):
    before = everything(obs.path)
    home = everything(Path.home())
    install(place.folders, obs, NEMO, language=language)
    (entry,) = scripts_in(obs, "Main")
    assert Path(entry["path"]).is_file()
    assert entry["settings"] == {
        "enabled": True, "spool": str(place.folders.spool), "command": str(NEMO),
    }  # fmt: skip
    assert next(Path(e["path"]).name for e in scripts_in(obs, "录像")) == "other.lua"
    assert set(everything(Path.home())) > set(home)
    uninstall(place.folders, obs)
    assert everything(obs.path) == before
    assert everything(Path.home()) == home
    assert not list(place.folders.home.glob("nemo_lab_obs*"))


def test_what_obs_wrote_since_stays(place, obs):
    install(place.folders, obs, NEMO, at_login=False)
    path = obs.path / "basic" / "scenes" / "Main.json"
    data = json.loads(path.read_text())
    data["sources"] = [{"name": "new"}]
    data["modules"]["scripts-tool"][0]["settings"]["instruction"] = "cut the pauses"
    path.write_text(json.dumps(data))
    install(place.folders, obs, Path("/other/nemo"), at_login=False)
    (entry,) = scripts_in(obs, "Main")
    assert (entry["settings"]["instruction"], entry["settings"]["command"]) == (
        "cut the pauses",
        "/other/nemo",
    )
    path.write_text(path.read_text() + "\n")
    uninstall(place.folders, obs)
    data = json.loads(path.read_text())
    assert data["modules"]["scripts-tool"] == []
    assert data["sources"] == [{"name": "new"}]


def test_nothing_is_changed_while_obs_runs(place, obs):
    (obs.path / "logs").mkdir()
    before = everything(obs.path / "basic")
    assert not is_running(obs)
    with (obs.path / "logs" / "2026-11-22.txt").open("w"):
        assert is_running(obs)
        for change in (lambda: install(place.folders, obs, NEMO), lambda: uninstall(place.folders, obs)):
            with pytest.raises(UsageError, match="OBS runs"):
                change()
    assert everything(obs.path / "basic") == before


def test_a_collection_that_cannot_be_read_is_named(place, obs):
    (obs.path / "basic" / "scenes" / "Broken.json").write_text("{")
    with pytest.raises(UsageError, match=r"Broken\.json"):
        install(place.folders, obs, NEMO, at_login=False)
    with pytest.raises(UsageError, match="Start OBS once"):
        install(place.folders, ObsFolder(place.root / "none"), NEMO)


def test_systemd(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    plan = autostart.plan(Path('/opt/100% "my" $HOME/nemo'), tmp_path, system="linux")
    ((path, text),) = plan.files.items()
    assert path == tmp_path / ".config/systemd/user/nemo-obs.service"
    assert 'ExecStart="/opt/100%% \\"my\\" $$HOME/nemo" obs run\n' in text.decode()
    assert "Restart=on-failure" in text.decode()
    assert plan.links == {path.parent / "default.target.wants" / path.name: path}


def test_launchd(tmp_path):
    plan = autostart.plan(NEMO, tmp_path, system="darwin")
    ((path, text),) = plan.files.items()
    assert path == tmp_path / "Library/LaunchAgents/com.nemo-lab.obs.plist"
    found = plistlib.loads(text)
    assert found["ProgramArguments"] == [str(NEMO), "obs", "run"]
    assert found["RunAtLoad"]
    assert plan.start[0][:2] == ("launchctl", "bootstrap")


def test_windows(tmp_path):
    plan = autostart.plan(Path("C:/Tools & more/nemo.exe"), tmp_path, system="win32")
    ((path, text),) = plan.files.items()
    task = ET.fromstring(text)
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext(".//t:Command", None, space) == str(PurePosixPath("C:/Tools & more/nemo.exe"))
    assert task.findtext(".//t:Arguments", None, space) == "obs run"
    assert task.findtext(".//t:ExecutionTimeLimit", None, space) == "PT0S"
    assert plan.start[0][:2] == ("schtasks", "/Create")
    assert str(path) in plan.start[0]


@pytest.mark.parametrize(
    ("ini", "expected"),
    [
        ("ServerEnabled=true\nServerPort=4460\nAuthRequired=true\nServerPassword=pä$s", (True, 4460, "pä$s")),
        (
            "ServerEnabled=false\nServerPort=nonsense\nAuthRequired=false\nServerPassword=x",
            (False, 4455, None),
        ),
    ],
)
def test_the_websocket_settings_are_obs_own(place, ini, expected):
    (place.obs.path / "global.ini").write_text(f"\ufeff[General]\nA=b\n[OBSWebSocket]\n{ini}\n", "utf-8")
    found = place.obs.websocket()
    assert (found.enabled, found.port, found.password) == expected
    assert "pä$s" not in repr(found)


def test_newer_obs_keeps_them_elsewhere(place):
    file = place.obs.path / "plugin_config" / "obs-websocket" / "config.json"
    assert place.obs.websocket() is None
    file.parent.mkdir(parents=True)
    file.write_text(
        '{"server_enabled": true, "server_port": 4466, "auth_required": true, "server_password": "s"}'
    )
    assert tuple(place.obs.websocket()) == (True, 4466, "s")
