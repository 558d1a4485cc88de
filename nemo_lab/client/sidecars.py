"""Captions as a file of their own, written from the timeline: nothing has to be rendered for it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from nemo_lab.client.downloads import check_target
from nemo_lab.client.uploads import is_url
from nemo_lab.errors import NotReady, OutputNotWritable, UnsupportedFormat
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import SubtitleFormat
from nemo_lab.protocol.subtitles import subtitles


def kind_of(path: Path, stated: str | None = None) -> SubtitleFormat:
    """Return which kind of file is wanted: as stated, else as the name ends.

    Raises:
        UnsupportedFormat: it is none that can be written.
    """
    wanted = (stated or path.suffix[1:]).lower()
    for kind in get_args(SubtitleFormat):
        if kind == wanted:
            return kind  # type: ignore[no-any-return]  # one of the literals
    raise UnsupportedFormat(
        f"subtitles cannot be saved as {wanted or 'a file without an ending'}",
        path=path,
        remedy=f"Choose one of {', '.join(get_args(SubtitleFormat))}.",
    )


def check_sidecar(draft: Draft, path: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Make sure that the file can be written, before anything is rendered.

    Raises:
        NotReady: there are no captions on the timeline.
        OutputError: it exists, or nothing can be written there.
    """
    if not subtitles(draft, "srt"):
        raise NotReady("there are no captions on the timeline", remedy='Say "add captions" first.')
    check_target(path, list(inputs), overwrite=overwrite)


def write_sidecar(draft: Draft, path: Path, kind: SubtitleFormat) -> Path:
    """Write the captions of a timeline (UTF-8); the file appears whole or not at all.

    Raises:
        OutputNotWritable: it cannot be written there.
    """
    scratch = path.with_name(f".{path.name}.part")
    try:
        scratch.write_text(subtitles(draft, kind), encoding="utf-8")
        scratch.replace(path)
    except OSError as exc:
        raise OutputNotWritable(f"{path} cannot be written: {exc.strerror}", path=path) from None
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()
    return path


def save_sidecar(draft: Draft, path: Path, files: Sequence[str], *, overwrite: bool) -> Path:
    """Write the captions of a timeline to a file whose ending says how.

    Args:
        draft: the timeline.
        path: where to.
        files: names and addresses of the recordings, which are never replaced.
        overwrite: whether any other file may be replaced.

    Raises:
        NotReady: there are no captions on the timeline.
        UnsupportedFormat, OutputError: the file cannot be written.
    """
    inputs = [Path(name) for name in files if not is_url(name)]
    kind = kind_of(path)
    check_sidecar(draft, path, inputs, overwrite=overwrite)
    return write_sidecar(draft, path, kind)
