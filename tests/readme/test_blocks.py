"""README.md read from top to bottom, every block tried, in a folder as its reader would have it.

Commands that need OBS, a cloud, a terminal or somebody who waits are held against the command line's parser.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nemo_lab.cli.main import cli
from nemo_lab.engine.media import probe
from nemo_lab.recipes import Recipe
from obs_plugin.presets import Presets
from tests.media.clips import Clip, make
from tests.readme.blocks import ROOT, Block, blocks, inline_commands

RUN = {"edit", "plan", "export", "recipe", "batch", "doctor", "clean"}
"""Commands that are run; each other one has tests of its own, and would wait for somebody or something."""
RECORDINGS = (
    "recording.mkv",
    "talk.mkv",
    "a.mp4",
    "b.mp4",
    "录像.mkv",
    "recordings/one.mkv",
    "older/2025/two.mkv",
)
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three seconds, two of them speech, by the file's ending; README exports them at 1080p."""
    folder = tmp_path_factory.mktemp("clips")
    clip = Clip(seconds=3, size=(160, 90), sound="speech")
    return {ending: make(folder / f"clip{ending}", clip) for ending in (".mkv", ".mp4")}


@pytest.fixture
def folder(tmp_path: Path, clips: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the reader stands: the recordings that README speaks of are there."""
    for name in RECORDINGS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(clips[Path(name).suffix], tmp_path / name)
    for block in blocks():
        if block.language == "toml" and "steps" in block.text:
            small = block.text.replace("height = 1080", "height = 90")  # ten times as fast
            (tmp_path / "clean.toml").write_text(small, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parse(words: list[str]) -> click.Context:
    """Hold a ``nemo`` command against the parser: it exists, and so does each of its options."""
    command: click.Command = cli
    context = click.Context(cli, info_name="nemo")
    rest = words[1:]
    while isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {' '.join(words)}"
        command, rest = found, rest[1:]
        if not isinstance(command, click.Group):
            return command.make_context(command.name, rest, parent=context)
        context = click.Context(command, info_name=command.name, parent=context)
    return context


def test_every_block_has_a_language():
    known = {"sh", "python", "toml", "ipython"}
    assert {block.language for block in blocks()} <= known, [
        str(b) for b in blocks() if b.language not in known
    ]


SHELL = [block for block in blocks() if block.language == "sh" and "$(" not in block.text]
"""But for the server's script, which is typed in tests/cli."""
MADE = {
    "Shell": ("talk.mp4", "both.mp4", "录像-edited.mp4"),
    "On to another editor, and back": ("talk.mp4",),
    "Recipes": ("day2.mp4",),
    "Many recordings": ("edited/one.mp4",),
}


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_the_commands_of_a_block_exist(block: Block):
    for words in block.commands():
        _exists(block, words)


@pytest.mark.soak
@pytest.mark.parametrize("heading", dict.fromkeys(block.heading for block in SHELL))
def test_the_commands_of_a_section_run_in_order(folder: Path, heading: str):
    commands = [(block, words) for block in SHELL if block.heading == heading for words in block.commands()]
    for block, words in commands:
        if words[0] == "nemo" and words[1] in RUN and not {"--watch", "--dask"} & set(words):
            done = CliRunner().invoke(cli, words[1:])
            assert done.exit_code == 0, f"{block}: {' '.join(words)}\n{done.output}"
    for made in MADE.get(heading, ()):
        assert probe(folder / made).duration_ms > 1000, made


def test_the_sections_that_must_run_are_there():
    assert set(MADE) <= {block.heading for block in SHELL}


def _exists(block: Block, words: list[str]) -> None:
    """Hold one command against what there is."""
    where = f"{block}: {' '.join(words)}"
    match words:
        case ["nemo", *_]:
            placeholders = {"[JOB]": "1"}
            parse([placeholders.get(word, word) for word in words])
        case ["pip", "install", *what]:
            assert what
            assert all(_can_be_installed(word) for word in what), where
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), where
        case ["export", setting] | [setting] if re.match(r"NEMO_\w+=", setting):
            name = setting.partition("=")[0]
            sources = "".join(p.read_text("utf-8") for p in (ROOT / "nemo_lab").rglob("*.py"))
            assert f'"{name}"' in sources, where
        case ["jupyter", "lab"]:
            assert shutil.which("jupyter", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
        case ["git" | "cd" | "python3" | "python" | ".", *_]:
            pass
        case _:
            pytest.fail(f"nobody knows what to do with {where}")


def _can_be_installed(word: str) -> bool:
    """An extra that there is, of this folder or by its name; or a package that the code names too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if match := re.fullmatch(r"(?:\.|nemo-lab)(?:\[([a-z,]+)\])?", word):
        wanted = set((match[1] or "").split(",")) - {""}
        return wanted <= set(project["optional-dependencies"])
    return re.fullmatch(r"[a-z0-9\-]+", word) is not None


PYTHON = [block for block in blocks() if block.language == "python"]


def run_python(block: Block, **names: object) -> None:
    """Run it as if it followed the first block; small pictures are as good."""
    code = block.text.replace('"/shared/', '"').replace("height=720", "height=72")
    exec(compile("import nemo_lab as nemo\n" + code, str(block), "exec"), names)


def alone() -> list[object]:
    """The blocks that need no cluster; the first, which everybody copies, is run every time."""
    found = [block for block in PYTHON if "cluster=" not in block.text]
    return [found[0], *(pytest.param(block, marks=pytest.mark.soak) for block in found[1:])]


@pytest.mark.parametrize("block", alone(), ids=str)
def test_a_python_block_runs(folder: Path, block: Block):
    run_python(block)
    made = [
        path for path in (*folder.glob("*.mp4"), *folder.glob("edited/*.mp4")) if path.name not in RECORDINGS
    ]
    assert made
    assert all(probe(path).duration_ms > 1000 for path in made)


@pytest.mark.soak
@pytest.mark.parametrize("block", [block for block in PYTHON if "cluster=" in block.text], ids=str)
def test_a_python_block_with_a_cluster_runs(folder: Path, block: Block):
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        silence_logs="CRITICAL", local_directory=str(folder / "dask"),
    )  # fmt: skip
    with cluster, Client(cluster) as client:
        run_python(block, client=client)
    assert (folder / "edited" / "batch.html").is_file()


def test_the_python_blocks_are_there():
    assert len(PYTHON) >= 4


def test_the_toml_blocks_are_recipes_and_presets(tmp_path: Path):
    found = [block for block in blocks() if block.language == "toml"]
    assert len(found) >= 2
    for block in found:
        path = tmp_path / f"{block.line}.toml"
        path.write_text(block.text, encoding="utf-8")
        if "[[preset]]" in block.text:
            (tmp_path / "obs").mkdir()
            path.rename(tmp_path / "obs" / "obs.toml")
            (tmp_path / "obs" / "talk.toml").write_text('version = 1\nsteps = ["cut the pauses"]\n')
            assert Presets.load(tmp_path / "obs").preset[0].name
        else:
            assert Recipe.load(path).steps


@pytest.mark.soak
def test_the_notebook_blocks_run(folder: Path):
    from tests.jupyter.harness import execute

    cells = [cell for b in blocks() if b.language == "ipython" for cell in b.text.split("\n\n")]
    assert len(cells) >= 2
    execute(folder, *cells)
    assert probe(folder / "clean.mp4").duration_ms > 1000


@pytest.mark.parametrize("words", inline_commands(), ids=" ".join)
def test_a_command_inside_a_sentence_exists(words: list[str]):
    shown = [word for word in words if word != "…"]
    names = shown[1].split("|") if len(shown) > 1 else [""]
    for name in names:
        try:
            parse(["nemo", name, *shown[2:]])
        except click.MissingParameter:
            continue  # a sentence may leave out what is plain; the options were known
