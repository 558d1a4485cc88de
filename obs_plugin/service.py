# SPDX-License-Identifier: GPL-3.0-only
"""Running the watcher as a program: its log, its signals."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

from nemo_lab.errors import ConfigError, DiskFull, OutputNotWritable
from nemo_lab.redaction import RedactingFormatter
from obs_plugin.folders import Folders, ObsFolder, our_folders
from obs_plugin.presets import Presets
from obs_plugin.watcher import Options, Watcher

_MOST_FILES = 65_536
_LOG_BYTES, _LOG_FILES = 1_000_000, 3
_FULL_DISK_PAUSE = 5.0


def serve(
    *, once: bool = False, link: bool = True, verbose: bool = False, options: Options | None = None
) -> None:
    """Watch until told to stop (Ctrl-C, or a termination).

    Args:
        once: end when nothing is left to do; presets that cannot be used are an error then.
        link: connect to OBS.
        verbose: write the log to stderr too.
        options: everything else.

    Raises:
        UsageError: another watcher runs.
        ConfigError: a setting cannot be used.
        OutputError: our folder cannot be used.
    """
    folders, stop = our_folders(), threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    _check_presets(folders, once=once)
    watcher = _watcher(folders, options or Options(until_idle=once, link=link), stop)
    if watcher is None:
        return
    _start_log(folders.log, verbose=verbose)
    sys.stderr.write("Watching for OBS recordings; Ctrl-C stops.\n")
    watcher.run(stop)


def _check_presets(folders: Folders, *, once: bool) -> None:
    """Say at once what is wrong with the presets; the watcher waits until it is mended."""
    try:
        Presets.load(folders.presets)
    except ConfigError as exc:
        if once:
            raise
        sys.stderr.write(f"{' '.join(str(exc).split())} Until then nothing is edited.\n")


def _watcher(folders: Folders, options: Options, stop: threading.Event) -> Watcher | None:
    """Return a watcher; on a full disk wait until there is space, or ``None`` when told to stop."""
    said = False
    while not stop.is_set():
        try:
            return Watcher(folders, ObsFolder(), options)
        except DiskFull as exc:
            if options.until_idle:
                raise
            if not said:
                sys.stderr.write(f"{' '.join(str(exc).split())} Waiting for it.\n")
            said = True
            stop.wait(_FULL_DISK_PAUSE)
    return None


def let_go() -> None:
    """Become independent of the OBS that started this process.

    A process started from within OBS has OBS's open files, its websocket's port among them: kept open, OBS
    could not listen there when it is started again.
    """
    if sys.platform == "win32":
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), _MOST_FILES))


def _start_log(path: Path, *, verbose: bool) -> None:
    """Log what the watcher does; of other libraries, only what goes wrong. No secret is ever in it."""
    try:
        handlers: list[logging.Handler] = [
            RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES - 1, encoding="utf-8")
        ]
    except OSError as exc:
        raise OutputNotWritable(f"the log {path} cannot be written: {exc.strerror}", path=path) from None
    if verbose:
        handlers.append(logging.StreamHandler())
    logging.raiseExceptions = False  # a full disk must not fill stderr
    log = logging.getLogger("obs_plugin")
    log.setLevel(logging.INFO)
    log.propagate = False
    for handler in handlers:
        handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
