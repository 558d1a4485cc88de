"""``nemo serve``: the local engine as a server that speaks NemoVideo's protocol."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve", short_help="Serve the local engine on this machine.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one."
)
@click.option("--like-cloud", is_flag=True, help="Play the cloud's rules: credits, limits, silent edits.")
@click.option("--allow-paths", is_flag=True, help="Take files of this machine by path.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Default: the one of all sessions.")
@click.option(
    "--token", envvar="NEMO_SERVE_TOKEN", help="The one token accepted; else anonymous ones are given."
)
def command(port: int, like_cloud: bool, allow_paths: bool, data_dir: Path | None, token: str | None) -> None:
    """Serve the local engine on 127.0.0.1, for curl, for tests, or for another program.

    Every request but the one for a token needs a token. Stop with Ctrl-C.
    """
    from nemo_lab.config import load_settings
    from nemo_lab.local import serve

    def ready(url: str) -> None:
        click.echo(f"Serving on {url}")
        if token:
            click.echo("Token: the one that was given.", err=True)
        else:
            click.echo(
                f'Get a token: curl -s -X POST -H "X-Client-Id: me" {url}/api/auth/anonymous-token',
                err=True,
            )
        click.echo(f"Use it from here: NEMO_API_URL={url} nemo edit ...", err=True)
        click.echo(f"What it answers: {url}/openapi.json. Stop with Ctrl-C.", err=True)

    serve(
        load_settings(data_dir=data_dir),
        port=port,
        token=token,
        like_cloud=like_cloud,
        allow_paths=allow_paths,
        on_ready=ready,
    )
