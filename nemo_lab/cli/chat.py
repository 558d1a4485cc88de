"""``nemo chat FILE``: edit by edit, with every answer as it comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nemo_lab.cli.options import backend_option, quiet_option
from nemo_lab.errors import Cancelled, NemoError, UsageError

if TYPE_CHECKING:
    from nemo_lab.client import Client, Session
    from nemo_lab.protocol.events import Event

_HELP = """\
Say what you want, in English or Chinese: cut the boring parts · 开头加标题“你好”
  :undo  :redo        take the last edit back, do it again
  :timeline           show what is on the timeline
  :export [FILE]      save the video (or say: export 1080p)
  :recipe FILE        keep what was said as a recipe
  :credits            show the balance
  :quit               leave; the session stays"""


@click.command("chat", short_help="Talk about a recording, edit by edit.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--session", "session_id", help="Go on with an earlier session.")
@backend_option
@quiet_option
def command(files: tuple[Path, ...], session_id: str | None, backend: str | None, quiet: bool) -> None:
    """Talk about a recording. Ctrl-C stops what is running; at the prompt it leaves.

    Sentences may be piped in, one a line.
    """
    if not files and session_id is None:
        raise UsageError("no file was named", remedy="nemo chat FILE, or nemo chat --session ID.")
    from nemo_lab.client import connect
    from nemo_lab.recipes.files import check_inputs

    if files:
        check_inputs(files)
    with _opened(files, session_id, backend) if session_id else connect(backend) as opened:
        client, session = opened if isinstance(opened, tuple) else (opened, None)
        if session is None:
            session = client.create_session(files[0].stem)
        Chat(client, session, files, quiet=quiet).run()


@contextmanager
def _opened(
    files: tuple[Path, ...], session_id: str, backend: str | None
) -> Iterator[tuple[Client, Session]]:
    from nemo_lab.cli.sessions import resumed

    with resumed(session_id, backend) as found:
        yield found


class Chat:
    """The loop: read a line, carry it out, show what came of it."""

    def __init__(self, client: Client, session: Session, files: tuple[Path, ...], *, quiet: bool) -> None:
        from nemo_lab.cli.progress import ProgressLine

        self._client, self._session, self._files = client, session, files
        self._progress = ProgressLine(quiet=quiet)
        self._streamed = ""
        self._failed = False
        self._tty = sys.stdin.isatty()

    def run(self) -> None:
        """Upload the files, then talk until the user leaves."""
        from nemo_lab.cli.sessions import remember

        remember(self._session.id, self._client.backend)
        click.echo(
            f"Session {self._session.id} ({self._client.backend} backend). "
            f"Go on later: nemo chat --session {self._session.id}",
            err=True,
        )
        if self._files:
            try:
                self._session.upload(*self._files, on_progress=self._reporter("upload"))
            finally:
                self._progress.end()
        if self._tty:
            click.echo("Say what you want; /help shows more.", err=True)
        with _history(self._tty):
            for line in self._lines():
                if self._leaves(line):
                    break
        if self._failed and not self._tty:  # a script must hear of it
            sys.exit(1)

    def _lines(self) -> Iterator[str]:
        """Yield what the user says; Ctrl-C or the end of input at the prompt leaves."""
        while True:
            try:
                line = input("nemo> ") if self._tty else sys.stdin.readline()
            except (EOFError, KeyboardInterrupt):
                click.echo(err=True)
                return
            if not line and not self._tty:
                return
            if line.strip():
                yield line.strip()

    def _leaves(self, line: str) -> bool:
        """Carry a line out; return whether it asks to leave. An error is one line and no end."""
        word, _, rest = line.partition(" ")
        name = word[1:] if word[0] in ":/" else ""
        if name in {"quit", "q", "exit", "bye"}:
            return True
        try:
            if name:
                self._command(name, rest.strip())
            else:
                self._say(line)
        except KeyboardInterrupt:
            self._progress.end()
            with suppress(NemoError):
                self._session.cancel()
            click.echo("stopped; once more leaves", err=True)
        except (NemoError, OSError) as exc:
            self._progress.end()
            self._failed = True
            if not isinstance(exc, Cancelled):
                click.echo(f"nemo: {' '.join(str(exc).split())}", err=True)
        return False

    def _command(self, name: str, rest: str) -> None:
        from nemo_lab.protocol.summary import summary

        if name in {"undo", "redo"}:
            reply = self._session.undo() if name == "undo" else self._session.redo()
            click.echo(reply.text)
        elif name in {"timeline", "status", "state"}:
            click.echo(summary(self._session.timeline()))
        elif name == "credits":
            click.echo(f"{self._session.credits().available:g} credits available")
        elif name == "export":
            self._export(rest, "export")
        elif name == "recipe":
            self._keep_recipe(rest)
        elif name == "help":
            click.echo(_HELP)
        else:
            click.echo(f"There is no :{name}. {_HELP}", err=True)

    def _say(self, text: str) -> None:
        from nemo_lab.protocol.router import export_wish, route

        if route(text) == "export":
            self._export("", text)
            return
        self._streamed = ""
        reply = self._session.chat(text, on_event=self._show)
        self._progress.end()
        if "".join(self._streamed.split()) != "".join(reply.text.split()):
            click.echo(reply.text)
        for question in reply.questions:
            options = " / ".join(option.label for option in question.options)
            click.echo(f"{question.prompt} {options}".rstrip())
        if export_wish(text) is not None:  # "cut the pauses and export it"
            self._export("", text)

    def _reporter(self, stage: str) -> Callable[[float], None]:
        return lambda part: self._progress.show(stage, part)

    def _show(self, event: Event) -> None:
        from nemo_lab.protocol.events import Text

        if isinstance(event, Text) and event.text:
            self._progress.end()
            self._streamed += event.text
            click.echo(event.text, nl=not event.partial)
        else:
            self._progress(event)

    def _export(self, name: str, said: str) -> None:
        from nemo_lab.cli.wording import saved
        from nemo_lab.protocol.plan import Export
        from nemo_lab.protocol.router import export_wish, language_of
        from nemo_lab.recipes.files import check_output, choose_output

        files = self._files or (Path("nemo.mp4"),)
        wish = export_wish(said) or Export()
        target, export = choose_output(files, Path(name) if name else None, Export(), wish)
        if not name:
            target = _free_name(target)
        check_output(target, self._files, overwrite=False)
        before = self._session.timeline().length_ms
        try:
            video = self._session.export(
                target,
                **export.model_dump(exclude={"op"}),
                on_progress=self._reporter("export"),
            )
        finally:
            self._progress.end()
        sentence = saved(
            str(video.path.absolute()),
            before,
            video.duration_ms or before,
            video.size_bytes,
            self._client.backend,
            language_of(said),
            video.report,
        )
        click.echo(sentence)

    def _keep_recipe(self, name: str) -> None:
        from nemo_lab.errors import OutputExists
        from nemo_lab.recipes import recipe_of

        if not name:
            raise UsageError("no file was named", remedy=":recipe clean.toml")
        if Path(name).exists():
            raise OutputExists(f"{name} exists already", path=name, remedy="Choose another name.")
        click.echo(f"Recipe: {recipe_of(self._session).save(name)}")


def _free_name(path: Path) -> Path:
    """Return the path, or with a number when it is taken: a chat may export several times."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


@contextmanager
def _history(tty: bool) -> Iterator[None]:
    """Give the prompt line editing and a history that lasts, where there is readline and a terminal."""
    from nemo_lab.config import load_settings

    try:
        import readline
    except ImportError:  # Windows: the prompt works without
        tty = False
    if not tty:
        yield
        return
    path = load_settings().data_dir / "chat_history"
    with suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)
            path.chmod(0o600)
