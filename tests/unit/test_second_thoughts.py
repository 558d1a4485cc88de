"""A wish that its own end takes back is none; what stands before it stays."""

from __future__ import annotations

import pytest

from nemo_lab.engine.understand import understand


@pytest.mark.parametrize(
    "text",
    [
        "put some music under it... on second thought, don't",
        "add captions; hmm, no, scratch that",
        "Speed it up 2x, no wait, don't",
        "mute the last 10 seconds, actually never mind, it's fine as it is",
        "加个标题吧……还是算了，先不加",
        "给我加个水印，等等，不用了，现在这样就行",
        "把片尾静音，算了别弄了，就这样吧",
        "导出吧……算了，等会儿再说",
        "加速到两倍，等等，不对，别加速",
        "Add a title that says 'Day One', oh never mind, don't add it.",
    ],
)
def test_a_wish_that_is_taken_back_edits_nothing_and_asks_nothing(text: str) -> None:
    plan = understand(text)
    assert (plan.operations, plan.questions, plan.unsupported) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "ops"),
    [
        ("Cut the first 5 seconds. Add some music... actually no, leave it.", ["cut"]),
        ("剪掉前5秒。再加个转场，哦不，还是别加了", ["cut"]),
        ("cut the first 5 seconds, actually make it 15", ["cut"]),
        ("remove the pauses, don't bother with music", ["remove_silence"]),
        ("去掉停顿，不要加转场", ["remove_silence"]),
        ("字幕不用了，去掉停顿", ["remove_silence"]),
        ('put the title "never mind" at the start for 3 seconds', ["title"]),
    ],
)
def test_what_is_not_taken_back_stays(text: str, ops: list[str]) -> None:
    done = [operation.op for operation in understand(text).operations]
    assert [op for op in done if op not in {"protect", "remove", "captions"}] == ops
