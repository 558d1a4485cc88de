# SPDX-License-Identifier: GPL-3.0-only
"""Telling the world that a recording was edited, or could not be: notification, webhook, a command.

Each is told at most once for each end of a job, on a thread of its own, and none of them can harm the queue.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import threading
import time
from typing import Any

from obs_plugin.jobs import Job
from obs_plugin.presets import Preset

_log = logging.getLogger(__name__)
_COMMAND_SECONDS = 600.0
_NAMED = re.compile(r"\{(output|recording|state|reason)\}")
_HOOK_TRIES, _HOOK_PAUSE = 3, 5.0


def tell_the_world(job: Job, preset: Preset | None, *, notify: bool) -> threading.Thread:
    """Tell of a job's end, in the background; return the thread that does it."""
    thread = threading.Thread(
        target=_tell, args=(job, preset, notify), name=f"obs-ended-{job.id}", daemon=True
    )
    thread.start()
    return thread


def _tell(job: Job, preset: Preset | None, notify: bool) -> None:
    if notify:
        _notify(job)
    if preset is not None and preset.webhook:
        _post(preset.webhook, job.to_json())
    if preset is not None and preset.on_done:
        _run(preset.on_done, job)


def _notify(job: Job) -> None:
    """Show a desktop notification where there is a program for it (freedesktop's ``notify-send``)."""
    program = shutil.which("notify-send")
    if program is None:
        return
    title = {"saved": "Recording edited", "failed": "Recording could not be edited"}.get(job.state, job.state)
    body = str(job.output) if job.state == "saved" else f"{job.path.name}: {job.reason}"
    _quietly([program, "--app-name=nemo_lab", title, body], "the notification", 10.0)


def _run(command: tuple[str, ...], job: Job) -> None:
    """Run the user's command; words in braces are filled in, each argument for itself, without a shell."""
    values = {"output": job.output or "", "recording": job.path, "state": job.state, "reason": job.reason}
    words = [_NAMED.sub(lambda found: str(values[found[1]]), word) for word in command]
    _quietly(words, "on_done", _COMMAND_SECONDS)


def _quietly(words: list[str], what: str, seconds: float) -> None:
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=seconds, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as exc:
        _log.warning("%s could not be run: %s", what, exc)
        return
    if done.returncode:
        _log.warning("%s ended with exit code %d", what, done.returncode)


def _post(url: str, data: dict[str, Any]) -> None:
    """Send the job as JSON; tried again only when nothing was sent."""
    from nemo_lab.client.hooks import post_hook
    from nemo_lab.errors import ConnectFailed, NemoError

    for number in range(1, _HOOK_TRIES + 1):
        try:
            post_hook(url, data)
            return
        except ConnectFailed as exc:
            if number == _HOOK_TRIES:
                _log.warning("the webhook was not told: %s", exc)
            else:
                time.sleep(_HOOK_PAUSE)
        except NemoError as exc:
            _log.warning("the webhook was not told: %s", exc)
            return
