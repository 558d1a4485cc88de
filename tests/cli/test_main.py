"""The front door: help, version, errors, exit codes."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import get_args

import click
import pytest
from click.testing import CliRunner

from nemo_lab import __version__
from nemo_lab.cli import main as front
from nemo_lab.cli import options
from nemo_lab.cli.main import Nemo, cli
from nemo_lab.protocol.plan import ExportFormat, Preset, Quality, SubtitleFormat
from tests.cli.conftest import environment

HINT = "(NEMO_DEBUG=1 shows where)"


def test_version():
    result = CliRunner().invoke(cli, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"nemo {__version__}\n")


def test_help_names_every_command_and_imports_none():
    code = (
        "import sys; from nemo_lab.cli.main import cli; cli(['--help'], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )
    for name in front._COMMANDS:
        assert f"  {name} " in done.stdout
    for heavy in ("pydantic", "httpx", "av", "numpy", "fastapi", "nemo_lab.cli.edit"):
        assert heavy not in done.stderr.split()


def test_the_end_is_quick_and_forgets_nothing():
    """What was registered for the end is done, the code is the command's, and all that was said is out."""
    code = (
        "import atexit, sys; atexit.register(lambda: print('registered')); "
        "from nemo_lab.cli.main import main; sys.argv = ['nemo', *sys.argv[1:]]; main()"
    )
    for words, number in (("--version", 0), ("edit", 2), ("edit nothing.mp4 x", 1)):
        done = subprocess.run(
            [sys.executable, "-c", code, *words.split()], capture_output=True, text=True, check=False,
            env=environment(),
        )  # fmt: skip
        assert done.returncode == number
        assert done.stdout.endswith("registered\n")
        assert bool(done.stderr) is bool(number)


def test_help_is_quick():
    """The promise is 300 ms. Processor time is measured, since others are at work on the machine too."""
    # `make coverage` has every child trace its lines, which takes longer than the help itself.
    unmeasured = {name: value for name, value in environment().items() if not name.startswith("COVERAGE_")}

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "nemo_lab", "--help"]
        subprocess.run(command, capture_output=True, check=True, env=unmeasured)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(once() for _ in range(5)) < 0.3


@pytest.mark.parametrize("name", list(front._COMMANDS))
def test_every_command_has_help(name):
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_without_a_command_it_shows_help():
    result = CliRunner().invoke(cli, [])
    assert result.exit_code == 0
    assert "Commands:" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["edit"], ["edit", "x", "y", "--height", "5"], ["edit", "a", "b", "--max-size", "x"]],
)
def test_a_wrong_command_line_is_one_line_and_exit_2(arguments):
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("nemo: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "nemo: stopped"),
        (
            ZeroDivisionError("a\nb"),
            1,
            "nemo: a fault in nemo_lab: ZeroDivisionError: a b (NEMO_DEBUG=1 shows where)",
        ),
        (OSError(28, "No space left on device", "/x"), 1, "nemo: /x: No space left on device"),
    ],
)
def test_every_way_of_failing_is_one_line(raised, code, line):
    group = Nemo(name="nemo", invoke_without_command=True)

    @group.result_callback()
    def fail(*_: object) -> None:
        raise raised

    result = CliRunner().invoke(group, [])
    assert result.exit_code == code
    assert result.stderr.strip() == line


def test_a_fault_shows_where_when_asked(monkeypatch):
    monkeypatch.setenv("NEMO_DEBUG", "1")
    monkeypatch.setattr("nemo_lab.cli.edit._split", lambda words: 1 / 0)
    result = CliRunner().invoke(cli, ["edit", "a", "b"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_the_choices_are_those_of_the_models():
    assert get_args(ExportFormat) == options.FORMATS
    assert get_args(Quality) == options.QUALITIES
    assert get_args(SubtitleFormat) == options.SUBTITLES
    assert get_args(Preset) == options.PRESETS


@pytest.mark.parametrize(
    ("text", "count"),
    [("25MB", 25_000_000), ("1.5 GB", 1_500_000_000), ("2MiB", 2 << 20), ("700k", 700_000), ("9", 9)],
)
def test_sizes(text, count):
    assert options.size(text) == count


@pytest.mark.parametrize("text", ["", "0", "-1MB", "x", "1TB", "0.1B"])
def test_what_is_no_size(text):
    with pytest.raises(click.BadParameter):
        options.size(text)
