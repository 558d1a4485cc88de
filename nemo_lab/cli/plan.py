"""``nemo plan "what you want" [FILE]``: what a sentence would do; nothing is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab.cli.options import json_option, quiet_option

if TYPE_CHECKING:
    from nemo_lab.protocol.plan import EditPlan


@click.command("plan", short_help="Show what a sentence would do; runs nothing.")
@click.argument("text")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
@quiet_option
def command(text: str, file: Path | None, as_json: bool, quiet: bool) -> None:
    """Show what TEXT would do.

    With FILE the recording is analysed on this machine and the cut list shown: what goes, how long it was
    and will be, and why each part goes. Nothing is exported.
    """
    from nemo_lab.engine.understand.planner import understand

    plan = _with_model(text, understand(text)) if file is None else understand(text)
    shown: dict[str, Any] = plan.to_json()
    lines = describe(plan)
    if file is not None:
        preview, more = _preview(text, file, quiet)
        shown |= {"preview": preview}
        lines += ["", *more]
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def _with_model(text: str, plan: EditPlan) -> EditPlan:
    """Let the user's language model, if there is one, read what the grammar could not."""
    import asyncio

    from nemo_lab.config import load_settings
    from nemo_lab.engine.understand.llm import plan_with_model
    from nemo_lab.protocol.draft import Draft

    asked = plan_with_model(text, grammar_plan=plan, draft=Draft(), files={}, settings=load_settings())
    return asyncio.run(asked)


def describe(plan: EditPlan) -> list[str]:
    """Return a plan in lines for a person."""
    lines = [f"Route: {plan.route}"]
    for number, operation in enumerate(plan.operations, 1):
        fields = operation.model_dump(mode="json", exclude_none=True, exclude={"op"})
        shown = "  ".join(f"{name}={_value(value)}" for name, value in fields.items())
        lines.append(f"{number:2}. {operation.op:<15} {shown}".rstrip())
    for question in plan.questions:
        default = f" (without an answer: {question.default})" if question.default else ""
        lines.append(f"Question: {question.text} {' / '.join(question.options)}{default}".rstrip())
    lines += [f"Not understood, or not possible: {what}" for what in plan.unsupported]
    lines += [f"Note: {note}" for note in plan.notes]
    return lines


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list | dict) else str(value)


def _preview(text: str, file: Path, quiet: bool) -> tuple[dict[str, Any], list[str]]:
    """Try the sentence on a file with the embedded backend and say what would change."""
    from nemo_lab.cli.progress import ProgressLine
    from nemo_lab.cli.timeline import bars, cut_list, cut_parts, part_list
    from nemo_lab.cli.wording import clock
    from nemo_lab.client import connect
    from nemo_lab.recipes.files import check_inputs

    check_inputs([file])
    progress = ProgressLine(quiet=quiet)
    with connect("local") as client:
        session = client.create_session(f"plan: {file.stem}")
        try:
            session.upload(file, on_progress=lambda fraction: progress.show("upload", fraction))
            before = session.timeline()
            reply = session.chat(text, on_event=progress)
            after = session.timeline()
        finally:
            progress.end()
    cuts = [[part.start, part.end] for parts in cut_parts(before, after).values() for part in parts]
    preview = {
        "before_ms": before.length_ms,
        "after_ms": after.length_ms,
        "cuts": cuts,
        "parts": list(reply.parts),
        "changes": list(reply.changes),
        "reply": reply.text,
    }
    length = f"Length: {clock(before.length_ms)} → {clock(after.length_ms)}"
    listed = part_list(reply.parts) or cut_list(before, after)
    return preview, [reply.text, *bars(before, after), *listed, length]
