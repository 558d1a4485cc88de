from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.errors import RecipeError
from nemo_lab.protocol.plan import Cut, Export, Transition, parse_operation
from nemo_lab.recipes import Recipe

TEXT = """\
# made by hand
version = 1
name = "Clean screencast"   # shown in lists

steps = [
    "cut the boring parts",       # what matters
    # a title next
    "add a title '{title}' for 3 seconds",
    { op = "transition", kind = "crossfade", duration_ms = 400 },
]

[export]
height = 1080  # full HD

[parameters]
title = "Urban Dreams"
"""


def test_reads_sentences_operations_export_and_parameters():
    recipe = Recipe.loads(TEXT)
    assert recipe.name == "Clean screencast"
    assert recipe.steps[2] == Transition()
    assert recipe.export == Export(height=1080)
    assert recipe.resolved_steps()[1] == "add a title 'Urban Dreams' for 3 seconds"
    assert recipe.resolved_steps({"title": "Night"})[1] == "add a title 'Night' for 3 seconds"


def test_an_unchanged_recipe_is_written_as_it_was():
    assert Recipe.loads(TEXT).dumps() == TEXT


def test_comments_survive_load_change_save(tmp_path):
    path = tmp_path / "clean 中文.toml"
    path.write_text(TEXT, encoding="utf-8")
    recipe = Recipe.load(path)
    changed = recipe.changed(
        name="New", steps=(*recipe.steps, Cut(end_ms=500)), export=Export(height=720, quality="high")
    )
    changed.save(path)
    text = path.read_text(encoding="utf-8")
    for comment in ("# made by hand", "# shown in lists", "# what matters", "# a title next", "# full HD"):
        assert comment in text
    assert Recipe.load(path) == changed
    assert list(tmp_path.iterdir()) == [path]


def test_a_recipe_made_in_python_round_trips():
    recipe = Recipe(
        name="x", inputs=("a b.mkv",), backend="local", steps=("cut 1s to 2s", Cut(start_ms=0, end_ms=9)),
        export=Export(format="gif"), parameters={"n": 3},
    )  # fmt: skip
    assert Recipe.loads(recipe.dumps()) == recipe


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=4), st.text(), st.text())
def test_any_sentences_round_trip(steps, name, title):
    recipe = Recipe(name=name, steps=tuple(steps), parameters={"title": title})
    assert Recipe.loads(recipe.dumps()) == recipe


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("version = 1\nnmae = 'x'\n", 2, "nmae: there is no such field"),
        ("version = 2\n", 1, "version"),
        ("version = 1\nsteps = [\n  'a',\n  # c, {\n  {op='cut', start='x'},\n]\n", 5, "steps[1].start"),
        ("steps = ['a, b', \"c] {\",\n {op = 'dance'}]\n", 2, "there is no operation 'dance'"),
        ("steps = [\n'a',\n'  ']\n", 3, "steps[1]"),
        ("steps = [\n'a',\n3]\n", 3, "a step is a sentence or a table"),
        ("[[steps]]\nop = 'cut'\n[[steps]]\nop='speed'\nfactor = 'x'\n", 5, "steps[1].factor"),
        ("name = 'height = 3'\n[export]\n# height = 1\nheight = -4\n", 4, "export.height"),
        ("[export]\nformat = 'exe'\n", 2, "export.format"),
        ("name = 'a'\nname = 'b'\n", None, "not TOML"),
        ("name = \n", 1, "not TOML"),
        ("a = [" + "[" * 5000, None, "not TOML"),
    ],
)
def test_faults_name_the_line(text, line, words):
    with pytest.raises(RecipeError) as caught:
        Recipe.loads(text)
    if line is not None:
        assert caught.value.line == line
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parameters_are_put_in_once_and_never_read_as_a_template():
    recipe = Recipe(steps=("say {a} and {{a}}",), parameters={"a": "{b} {{x}} {a}", "b": "no"})
    assert recipe.resolved_steps() == ("say {b} {{x}} {a} and {a}",)


def test_parameters_are_put_into_operations_where_they_exist():
    title = {"op": "title", "text": "{day}: {not} {{day}}", "duration_ms": 1000}
    recipe = Recipe.model_validate({"steps": [title], "parameters": {"day": "Day {not} 2"}})
    (step,) = recipe.resolved_steps()
    assert step == parse_operation(title | {"text": "Day {not} 2: {not} {Day {not} 2}"})
    assert recipe.resolved_steps({"day": 3})[0].text == "3: {not} {3}"
    with pytest.raises(RecipeError, match="title cannot take this parameter"):
        recipe.resolved_steps({"day": "x" * 100_000})


def test_a_document_that_breaks_off_is_told_so():
    with pytest.raises(RecipeError, match="this is not TOML: it ends too early"):
        Recipe.loads('steps = ["a"\n')


def test_a_missing_or_unknown_parameter_is_named():
    with pytest.raises(RecipeError, match="'title'"):
        Recipe(steps=("add a title {title}",)).resolved_steps()
    with pytest.raises(RecipeError, match="no parameter 'titel'"):
        Recipe(steps=("{title}",), parameters={"title": "x"}).resolved_steps({"titel": "y"})


def test_inputs_are_relative_to_the_recipes_folder(tmp_path):
    (tmp_path / "r.toml").write_text('inputs = ["a.mkv"]\n')
    assert Recipe.load(tmp_path / "r.toml").input_files() == (tmp_path / "a.mkv",)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00" * 10, b"x" * (2 << 20)])
def test_a_file_that_is_no_recipe_is_refused(tmp_path, data):
    path = tmp_path / "r.toml"
    path.write_bytes(data)
    with pytest.raises(RecipeError):
        Recipe.load(path)


def test_missing_and_unwritable_files_are_one_line(tmp_path):
    with pytest.raises(RecipeError, match="No such file"):
        Recipe.load(tmp_path / "none.toml")
    with pytest.raises(RecipeError, match="cannot be written"):
        Recipe().save(tmp_path / "no" / "r.toml")
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecipeError, match="cannot be written"):
        Recipe().save(tmp_path / "file" / "r.toml")


def test_changed_is_checked():
    with pytest.raises(RecipeError, match="steps"):
        Recipe().changed(steps=("",))
