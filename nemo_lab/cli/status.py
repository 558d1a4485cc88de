"""``nemo status``: what is on a session's timeline."""

from __future__ import annotations

import json

import click

from nemo_lab.cli.options import backend_option, json_option


@click.command("status", short_help="Show a session's timeline.")
@click.option("--session", "session_id", help="Default: the last one used.")
@backend_option
@json_option
def command(session_id: str | None, backend: str | None, as_json: bool) -> None:
    """Show a session's timeline in words."""
    from nemo_lab.cli.sessions import resumed
    from nemo_lab.cli.wording import clock
    from nemo_lab.protocol.summary import summary

    with resumed(session_id, backend) as (client, session):
        draft = session.timeline()
        if as_json:
            facts = {"session_id": session.id, "backend": client.backend, "draft": draft.to_wire()}
            click.echo(json.dumps(facts, ensure_ascii=False))
            return
        click.echo(f"Session {session.id} ({client.backend} backend)")
        click.echo(summary(draft))
        click.echo(f"Length: {clock(draft.length_ms)}")
