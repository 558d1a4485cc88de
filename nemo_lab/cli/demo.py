"""``nemo demo``: make a recording, edit it by one sentence, show what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nemo_lab.cli.options import quiet_option

if TYPE_CHECKING:
    from nemo_lab.cli.progress import ProgressLine
    from nemo_lab.recipes import RunRecord

WISH = "cut the boring parts, add transitions, and export a clean final video"
RECORDING, RESULT = "nemo-demo-recording.mkv", "nemo-demo-clean.mp4"


@click.command("demo", short_help="Make a recording, edit it, show before and after.")
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@quiet_option
def command(folder: Path, quiet: bool) -> None:
    """Make a recording of about 47 seconds (a screen at work, a voice with pauses), edit it by one sentence,
    and show the plan, the timeline before and after, and where the video lies. Everything on this machine.
    """
    from nemo_lab.cli.progress import ProgressLine
    from nemo_lab.recipes import Recipe, run

    progress = ProgressLine(quiet=quiet)
    try:
        recording = make_recording(folder, progress)
        click.echo(f"Recording: {recording}")
        _show_plan()
        recipe = Recipe(name="demo", steps=(WISH,), backend="local")
        record = run(recipe, recording, output=folder / RESULT, overwrite=True, on_event=progress)
    finally:
        progress.end()
    _show(record)


def make_recording(folder: Path, progress: ProgressLine | None = None) -> Path:
    """Return the demo recording in a folder; made there unless it is there already.

    Raises:
        OutputNotWritable: nothing can be written there.
    """
    from nemo_lab.cli.demo_voice import phrases
    from nemo_lab.engine.demo_recording import record_demo

    target = folder / RECORDING
    if target.exists():
        return target

    def report(fraction: float) -> None:
        if progress is not None:
            progress.show("recording", fraction)

    return record_demo(target, phrases(), progress=report).path


def _show_plan() -> None:
    from nemo_lab.cli.plan import describe
    from nemo_lab.engine.understand.planner import understand

    click.echo(f'\nYou say: "{WISH}"\n\nPlan')
    click.echo("\n".join(describe(understand(WISH))))


def _show(record: RunRecord) -> None:
    """Print the timeline before and after, and where everything lies."""
    from nemo_lab.cli.timeline import bars, cut_list
    from nemo_lab.cli.wording import outcome
    from nemo_lab.protocol.draft import Draft
    from nemo_lab.protocol.summary import summary
    from nemo_lab.recipes import record_path

    before, after = Draft.from_wire(record.draft_before), Draft.from_wire(record.draft)
    lines = ["", "Before", summary(before), *bars(before, before)]
    lines += ["", "After (█ kept, · cut)", summary(after), *bars(before, after), *cut_list(before, after)]
    lines += ["", outcome(record), f"How it came about: {record_path(record.path)}"]
    click.echo("\n".join(lines))
