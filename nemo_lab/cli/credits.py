"""``nemo credits``: how many credits are left."""

from __future__ import annotations

import json

import click

from nemo_lab.cli.options import backend_option, json_option


@click.command("credits", short_help="Show how many credits are left.")
@backend_option
@json_option
def command(backend: str | None, as_json: bool) -> None:
    """Show how many credits are left; edits on this machine cost none."""
    from nemo_lab.client import connect

    with connect(backend) as client:
        found = client.credits()
        if as_json:
            click.echo(json.dumps(found.model_dump(mode="json") | {"backend": client.backend}))
        elif client.backend == "local":
            click.echo("Edits on this machine cost no credits.")
        else:
            frozen = f", {found.frozen:g} reserved by work in progress" if found.frozen else ""
            click.echo(f"{found.available:g} credits available of {found.total:g}{frozen}")
