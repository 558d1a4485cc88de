"""What is refused before anything starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nemo_lab.errors import (
    MediaNotFound,
    OutputExists,
    OutputNotWritable,
    UnreadableMedia,
    UnsupportedFormat,
    UsageError,
)
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes.files import check_inputs, check_output, choose_output


def touch(path: Path, data: bytes = b"x") -> Path:
    path.write_bytes(data)
    return path


def test_inputs_that_cannot_be_edited(tmp_path):
    with pytest.raises(MediaNotFound, match="does not exist"):
        check_inputs([tmp_path / "none.mkv"])
    with pytest.raises(MediaNotFound, match="is a folder"):
        check_inputs([tmp_path])
    with pytest.raises(UnreadableMedia, match="is empty"):
        check_inputs([touch(tmp_path / "e.mp4", b"")])
    with pytest.raises(UnsupportedFormat, match="txt is not a format"):
        check_inputs([touch(tmp_path / "a.txt")])
    with pytest.raises(UnsupportedFormat, match="without an ending"):
        check_inputs([touch(tmp_path / "a")])
    with pytest.raises(MediaNotFound):
        check_inputs([touch(tmp_path / "file") / "below.mkv"])
    with pytest.raises(UsageError):
        check_inputs([])


def test_a_name_that_is_no_text(tmp_path):
    odd = touch(tmp_path / os.fsdecode(b"talk \xff.mp4"))
    with pytest.raises(MediaNotFound, match=r"talk \?\.mp4: its name is not UTF-8"):
        check_inputs([odd])
    with pytest.raises(MediaNotFound, match="not UTF-8"):
        check_output(odd, [], overwrite=True)


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaNotFound, match="not a regular file"):
        check_inputs([tmp_path / "pipe.mp4"])


@pytest.mark.parametrize("name", ["A.MKV", 'a b\'s "x" 中文.mp4', "x.jpeg"])
def test_names_of_any_kind_are_accepted(tmp_path, name):
    check_inputs([touch(tmp_path / name)])


@pytest.mark.parametrize(
    ("output", "explicit", "wish", "name", "format_"),
    [
        (None, {}, {}, "rec-edited.mp4", "mp4"),
        (None, {}, {"format": "gif"}, "rec-edited.gif", "gif"),
        (None, {"format": "webm"}, {"format": "gif"}, "rec-edited.webm", "webm"),
        ("out.MOV", {}, {"format": "gif"}, "out.MOV", "mov"),
        ("out.webm", {"format": "webm"}, {}, "out.webm", "webm"),
    ],
)
def test_where_the_format_comes_from(tmp_path, output, explicit, wish, name, format_):
    path, export = choose_output(
        [tmp_path / "rec.mkv"],
        tmp_path / output if output else None,
        Export.model_validate(explicit),
        Export.model_validate(wish),
    )
    assert path == tmp_path / name
    assert export.format == format_


def test_sound_stays_sound(tmp_path):
    assert choose_output([tmp_path / "a.aac"], None, Export(), Export())[0] == tmp_path / "a-edited.m4a"
    assert choose_output([tmp_path / "a.mp3"], None, Export(), Export())[1].format == "mp3"


def test_a_folder_takes_the_default_name(tmp_path):
    source = tmp_path / "elsewhere" / "rec.mkv"
    assert choose_output([source], tmp_path, Export(), Export())[0] == tmp_path / "rec-edited.mp4"


def test_explicit_wishes_stand_over_spoken_ones(tmp_path):
    _, export = choose_output(
        [tmp_path / "a.mp4"], None, Export(height=720), Export(height=1080, quality="low")
    )
    assert (export.height, export.quality) == (720, "low")


@pytest.mark.parametrize("name", ["out.exe", "out", "out.", ".mp4"])
def test_endings_that_cannot_be_written(tmp_path, name):
    with pytest.raises(UsageError, match="cannot be written"):
        choose_output([tmp_path / "a.mp4"], tmp_path / name, Export(), Export())


def test_an_ending_that_contradicts_the_format(tmp_path):
    with pytest.raises(UsageError, match=r"does not end in \.gif"):
        choose_output([tmp_path / "a.mp4"], tmp_path / "o.mp4", Export(format="gif"), Export())


def test_outputs_that_are_refused(tmp_path):
    source = touch(tmp_path / "a.mp4")
    with pytest.raises(OutputExists, match="--force"):
        check_output(touch(tmp_path / "b.mp4"), [source], overwrite=False)
    with pytest.raises(OutputNotWritable, match="not a folder"):
        check_output(tmp_path / "no" / "b.mp4", [source], overwrite=True)
    with pytest.raises(OutputNotWritable, match="not a folder"):
        check_output(source / "b.mp4", [source], overwrite=True)
    (tmp_path / "d.mp4").mkdir()
    with pytest.raises(OutputNotWritable, match="is a folder"):
        check_output(tmp_path / "d.mp4", [source], overwrite=True)


@pytest.mark.parametrize("how", ["same", "dots", "symlink", "hard link"])
def test_the_original_is_never_the_output(tmp_path, how):
    source = touch(tmp_path / "a.mp4")
    target = tmp_path / "b.mp4"
    if how == "symlink":
        target.symlink_to(source)
    elif how == "hard link":
        target.hardlink_to(source)
    else:
        (tmp_path / "sub").mkdir()
        target = source if how == "same" else tmp_path / "sub" / ".." / "a.mp4"
    with pytest.raises(OutputNotWritable, match="originals are never modified"):
        check_output(target, [source], overwrite=True)
