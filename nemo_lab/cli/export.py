"""``nemo export``: save what is on a session's timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab.cli.options import (
    SUBTITLES,
    backend_option,
    export_options,
    force_option,
    given,
    json_option,
    quiet_option,
)

if TYPE_CHECKING:
    from nemo_lab.client import Session, Video
    from nemo_lab.protocol.plan import Export


@click.command("export", short_help="Save what is on a session's timeline.")
@click.option("--session", "session_id", help="Default: the last one used.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@force_option
@backend_option
@export_options
@json_option
@quiet_option
def command(
    session_id: str | None,
    output: Path,
    force: bool,
    backend: str | None,
    as_json: bool,
    quiet: bool,
    **export: Any,
) -> None:
    """Save what is on a session's timeline, e.g. after ``nemo chat``.

    A name that ends in .srt, .vtt or .ass saves the captions alone; nothing is rendered for that.
    """
    from nemo_lab.cli.sessions import remember, resumed
    from nemo_lab.cli.wording import saved
    from nemo_lab.protocol.plan import Export
    from nemo_lab.recipes.files import check_output, choose_output

    if output.suffix.lower().removeprefix(".") in SUBTITLES:
        with resumed(session_id, backend) as (_, session):
            path = str(session.save_subtitles(output, overwrite=force))
        click.echo(json.dumps({"path": path}, ensure_ascii=False) if as_json else f"Subtitles: {path}")
        return
    target, wish = choose_output([Path("timeline.mp4")], output, Export(**given(**export)), Export())
    check_output(target, [], overwrite=force)
    with resumed(session_id, backend) as (client, session):
        length = session.timeline().length_ms
        video = _exported(session, target, wish, overwrite=force, quiet=quiet)
        remember(session.id, client.backend)
        backend = client.backend
    if as_json:
        click.echo(json.dumps(_facts(video, length) | {"backend": backend}, ensure_ascii=False))
    else:
        click.echo(saved(str(video.path), length, length, video.size_bytes, backend, "en", video.report))


def _exported(session: Session, target: Path, wish: Export, *, overwrite: bool, quiet: bool) -> Video:
    """Export with a line of progress."""
    from nemo_lab.cli.progress import ProgressLine

    progress = ProgressLine(quiet=quiet)
    try:
        return session.export(
            target,
            **wish.model_dump(exclude={"op"}),
            overwrite=overwrite,
            on_progress=lambda fraction: progress.show("export", fraction),
        )
    finally:
        progress.end()


def _facts(video: Video, length_ms: int) -> dict[str, Any]:
    """Return what a program is told of a saved file."""
    facts = {"path": str(video.path), "size_bytes": video.size_bytes, "duration_ms": length_ms}
    if video.report is not None:
        facts["render"] = video.report.model_dump(mode="json")
    if video.subtitles is not None:
        facts["subtitles"] = str(video.subtitles)
    return facts
