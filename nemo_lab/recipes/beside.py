"""The captions of a run as a file beside its result."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Language
from nemo_lab.protocol.subtitles import subtitles
from nemo_lab.recipes.record import FileFact, RunRecord

_NONE: dict[Language, str] = {
    "en": "no file of subtitles was saved, since there are no captions",
    "zh": "没有字幕，因此未保存字幕文件",
}


def sidecar_of(target: Path, export: Export) -> Path | None:
    """Return where the captions go; ``None`` where they are not wanted as a file."""
    return None if export.subtitles is None else target.with_suffix(f".{export.subtitles}")


def with_subtitles(record: RunRecord) -> RunRecord:
    """Save the captions of a run's timeline, where that was wished for; return the record that says so.

    They follow from the timeline alone, so that a result out of the cache gets them too. Without captions
    the video is wanted all the same: the record notes it.

    Raises:
        OutputNotWritable: the file cannot be written.
    """
    from nemo_lab.client.sidecars import write_sidecar

    kind, path = record.export.subtitles, sidecar_of(record.path, record.export)
    if kind is None or path is None:
        return record
    draft = Draft.from_wire(record.draft)
    content = subtitles(draft, kind).encode()
    if not content:
        note = _NONE[record.language]
        return record if note in record.notes else record.model_copy(update={"notes": (*record.notes, note)})
    write_sidecar(draft, path, kind)
    digest = hashlib.sha256(content).hexdigest()
    fact = FileFact(path=str(path.absolute()), size_bytes=len(content), sha256=digest)
    return record.model_copy(update={"subtitles": fact})
