# SPDX-License-Identifier: GPL-3.0-only
"""Starting the watcher at login: a systemd user unit, a launchd agent, or a task of Windows' scheduler.

What is written and what is run is worked out first, as plain data, and then carried out.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

UNIT = "nemo-obs.service"
AGENT = "com.nemo-lab.obs"
TASK = "nemo-obs"
_SECONDS = 30


@dataclass(frozen=True)
class Plan:
    """What start at login takes on one system.

    ``links`` go from a path to what it points to; ``start`` and ``stop`` are commands, run where they exist.
    """

    files: dict[Path, bytes]
    links: dict[Path, Path] = field(default_factory=dict)
    start: tuple[tuple[str, ...], ...] = ()
    stop: tuple[tuple[str, ...], ...] = ()


def plan(command: Path, home: Path, *, system: str = sys.platform) -> Plan:
    """Return the plan for a system.

    Args:
        command: the program ``nemo``.
        home: the user's home folder.
        system: as ``sys.platform`` names it.
    """
    if system == "win32":
        return _windows(command, home)
    if system == "darwin":
        return _launchd(command, home)
    return _systemd(command, home)


def _systemd(command: Path, home: Path) -> Plan:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd" / "user"
    # systemd.service(5): quotes, backslashes, % and $ have a meaning in ExecStart.
    word = str(command).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    text = f"""[Unit]
Description=nemo_lab: edits every finished OBS recording

[Service]
ExecStart="{word}" obs run
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=1
Nice=5
CPUWeight=10
IOWeight=10

[Install]
WantedBy=default.target
"""
    unit = folder / UNIT
    return Plan(
        files={unit: text.encode()},
        links={folder / "default.target.wants" / UNIT: unit},
        start=(("systemctl", "--user", "daemon-reload"), ("systemctl", "--user", "start", UNIT)),
        stop=(("systemctl", "--user", "stop", UNIT), ("systemctl", "--user", "daemon-reload")),
    )


def _launchd(command: Path, home: Path) -> Plan:
    path = home / "Library" / "LaunchAgents" / f"{AGENT}.plist"
    content = {
        "Label": AGENT,
        "ProgramArguments": [str(command), "obs", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"Crashed": True},
        "ProcessType": "Background",
        "ThrottleInterval": 10,
    }
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    return Plan(
        files={path: plistlib.dumps(content)},
        start=(("launchctl", "bootstrap", domain, str(path)),),
        stop=(("launchctl", "bootout", f"{domain}/{AGENT}"),),
    )


def _windows(command: Path, home: Path) -> Plan:
    # Task Scheduler schema 1.2; -Hidden has no console window, and a limit of PT0S is none.
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <Hidden>true</Hidden>
  </Settings>
  <Actions><Exec><Command>{escape(str(command))}</Command><Arguments>obs run</Arguments></Exec></Actions>
</Task>
"""
    path = home / "AppData" / "Local" / "nemo_lab" / f"{TASK}.xml"
    return Plan(
        files={path: text.encode("utf-16")},
        start=(
            ("schtasks", "/Create", "/F", "/TN", TASK, "/XML", str(path)),
            ("schtasks", "/Run", "/TN", TASK),
        ),
        stop=(("schtasks", "/End", "/TN", TASK), ("schtasks", "/Delete", "/F", "/TN", TASK)),
    )


def set_up(found: Plan) -> list[str]:
    """Carry a plan out; return what could not be started now (it is at the next login).

    Raises:
        OSError: a file cannot be written.
    """
    for path, content in found.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for link, target in found.links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return [" ".join(command) for command in found.start if not _ran(command)]


def take_down(found: Plan) -> bool:
    """Undo a plan; return whether there was anything to undo.

    Raises:
        OSError: a file cannot be removed.
    """
    for command in found.stop:
        _ran(command)
    there = [path for path in (*found.links, *found.files) if path.is_symlink() or path.exists()]
    for path in there:
        path.unlink(missing_ok=True)
    return bool(there)


def _ran(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
