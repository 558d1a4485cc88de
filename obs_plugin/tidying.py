# SPDX-License-Identifier: GPL-3.0-only
"""Deleting originals: only where a preset asks for it in so many words, while the result is there."""

from __future__ import annotations

import logging
import time

from nemo_lab.errors import ConfigError
from obs_plugin.jobs import Job, key_of
from obs_plugin.ledger import Ledger
from obs_plugin.presets import Presets

_log = logging.getLogger(__name__)
_DAY = 86_400.0


def delete_edited(ledger: Ledger, presets: Presets) -> int:
    """Delete the recordings whose time has come by their preset; return how many."""
    if not any(preset.delete_recording_after_days for preset in presets.preset):
        return 0
    return sum(_delete(job, presets) for job in ledger.jobs("saved"))


def _delete(job: Job, presets: Presets) -> bool:
    try:
        preset = presets.for_job(job)
        days = preset.delete_recording_after_days if preset else None
        if days is None or time.time() - job.changed < days * _DAY:
            return False
        unchanged = key_of(job.path, job.path.stat()) == job.key
        if (
            not unchanged
            or job.note.startswith("salvaged")
            or job.output is None
            or not job.output.stat().st_size
        ):
            return False
        job.path.unlink()
    except (OSError, ConfigError):
        return False
    _log.info("job %d: deleted %s, as its preset says", job.id, job.path)
    return True
