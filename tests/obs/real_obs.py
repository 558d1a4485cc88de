"""A real OBS under a display of its own: own settings, own port, one scene that speaks with pauses."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from obs_plugin.link import Link, LinkError, NotReady
from tests.media.clips import Clip, make

needs_obs = pytest.mark.skipif(
    not (shutil.which("obs") and shutil.which("Xvfb")),
    reason="needs obs-studio and xvfb (make test installs them)",
)
PASSWORD = "ci-secret"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def make_talk(path: Path) -> Path:
    """Twenty seconds of speech: a second said, a second of pause."""
    speech = tuple((2.0 * number, 2.0 * number + 1) for number in range(10))
    return make(path, Clip(seconds=20, size=(320, 180), sound="speech", speech=speech))


class Display:
    """A virtual screen."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as told:
            self.name = f":{told.readline().strip()}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class RealObs:
    """OBS with settings of its own below a folder; ``record`` speaks to it by its websocket."""

    def __init__(self, home: Path, display: str, talk: Path, **settings: Any) -> None:
        self.home, self._display, self._talk = home, display, talk
        self.config = home / ".config" / "obs-studio"
        self.videos = home / "rec"
        self.videos.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.link: Link | None = None
        self.configure(**settings)

    def configure(
        self,
        *,
        format: str = "mkv",
        websocket: bool = True,
        password: str = PASSWORD,
        script: Path | None = None,
        script_settings: dict[str, Any] | None = None,
        name: str = "",
        split: bool = False,
        remux: bool = False,
        size: tuple[int, int] = (640, 360),
        light: bool = False,
    ) -> None:
        """Write OBS's settings; only while it does not run.

        ``light``: as people set it whose machine is weak: a quick encoder, no preview.
        """
        profile = self.config / "basic" / "profiles" / "CI" / "basic.ini"
        scenes = self.config / "basic" / "scenes" / "CI.json"
        for path in (profile, scenes):
            path.parent.mkdir(parents=True, exist_ok=True)
        text = (
            "[General]\nFirstRun=true\nEnableAutoUpdates=false\nConfirmOnExit=false\n"
            "[Basic]\nProfile=CI\nProfileDir=CI\nSceneCollection=CI\nSceneCollectionFile=CI\n"
            f"[OBSWebSocket]\nFirstLoad=false\nServerEnabled={str(websocket).lower()}\nServerPort={self.port}\n"
            f"AuthRequired=true\nServerPassword={password}\n"
            f"[BasicWindow]\nPreviewEnabled={str(not light).lower()}\n"
        )
        for file in ("global.ini", "user.ini"):
            (self.config / file).write_text(text)
        named = f"FilenameFormatting={name}\n" if name else ""
        mode = "Advanced" if split else "Simple"
        profile.write_text(
            f"[General]\nName=CI\n[Output]\nMode={mode}\n{named}"
            f"[SimpleOutput]\nFilePath={self.videos}\nRecFormat={format}\nRecFormat2={format}\nRecQuality=Small\n"
            f"RecEncoder={'x264_lowcpu' if light else 'x264'}\nVBitrate=1000\n"
            f"[AdvOut]\nRecType=Standard\nRecFilePath={self.videos}\nRecFormat={format}\nRecFormat2={format}\n"
            "RecEncoder=obs_x264\nRecSplitFile=true\nRecSplitFileType=Manual\n"
            f"[Video]\nBaseCX={size[0]}\nBaseCY={size[1]}\nOutputCX={size[0]}\nOutputCY={size[1]}\nFPSCommon=30\n"
            f"AutoRemux={str(remux).lower()}\n",
            encoding="utf-8",
        )
        # OBS splits at a key frame.
        (profile.parent / "recordEncoder.json").write_text('{"keyint_sec": 1}')
        collection = {
            "name": "CI", "current_scene": "Scene", "current_program_scene": "Scene",
            "scene_order": [{"name": "Scene"}],
            "sources": [
                {"id": "ffmpeg_source", "versioned_id": "ffmpeg_source", "name": "talk", "mixers": 255,
                 "settings": {"local_file": str(self._talk), "is_local_file": True, "looping": True}},
                {"id": "scene", "versioned_id": "scene", "name": "Scene",
                 "settings": {"id_counter": 1, "items": [{"id": 1, "name": "talk", "visible": True}]}},
            ],
        }  # fmt: skip
        if script is not None:
            entry = {"path": str(script), "settings": script_settings or {}}
            collection["modules"] = {"scripts-tool": [entry]}
        scenes.write_text(json.dumps(collection), encoding="utf-8")

    def start(self, *, link: bool = True) -> None:
        """Start it, and return when it is ready to record."""
        environment = {
            "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / ".config"), "DISPLAY": self._display,
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if name.startswith(("NEMO_", "PYTHONPATH"))},
        }  # fmt: skip
        with (self.home / "obs.out").open("ab") as out:
            self.process = subprocess.Popen(
                ["/usr/bin/obs", "--multi", "--minimize-to-tray", "--disable-updater"],
                env=environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        if link:
            self.connect()

    def connect(self) -> Link:
        """Connect, and wait until the talk is playing."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                self.link = self.link or Link("127.0.0.1", self.port, PASSWORD, timeout=10)
                state = self.link.ask("GetMediaInputStatus", inputName="talk")
                if state["mediaState"] == "OBS_MEDIA_STATE_PLAYING":
                    return self.link
            except (LinkError, NotReady, KeyError) as exc:
                if isinstance(exc, LinkError):
                    self.link = None
            time.sleep(0.1)
        raise AssertionError(
            "OBS is not ready: " + (self.home / "obs.out").read_text(errors="replace")[-2000:]
        )

    def begin(self) -> None:
        """Start recording, and wait until it runs."""
        assert self.link is not None
        self.link.ask("StartRecord")
        self._until("STARTED")

    def end(self) -> Path:
        """Stop recording; return the path that OBS says."""
        assert self.link is not None
        self.link.ask("StopRecord")
        return Path(self._until("STOPPED")["outputPath"])

    def record(self, seconds: float) -> Path:
        """Record for so long."""
        self.begin()
        time.sleep(seconds)
        return self.end()

    def _until(self, state: str) -> dict[str, Any]:
        assert self.link is not None
        end = time.monotonic() + 30
        while time.monotonic() < end:
            event = self.link.next_event(1.0)
            if event and event.kind == "RecordStateChanged" and event.data["outputState"].endswith(state):
                return event.data
        raise AssertionError(f"no {state}")

    def hang(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self, *, with_writer: bool = False) -> None:
        """Kill it; ``with_writer`` its muxing process too, so that the recording is not finished."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            if with_writer:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
        self._forget()

    def close(self) -> None:
        """End it however it takes."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._forget()

    def _forget(self) -> None:
        if self.link is not None:
            self.link.close()
        self.link = self.process = None
