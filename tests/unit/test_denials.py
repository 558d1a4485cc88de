"""A wish that is denied, refused or taken back in any frame edits nothing; one beside a reason still does."""

from __future__ import annotations

import itertools
import random

import pytest

from nemo_lab.engine.understand import understand

WISHES = (
    "cut the first 10 seconds", "add some jazz music", "make it vertical", "add English captions",
    "speed it up 2x", "remove the pauses", "blur 0:10-0:20", "brighten the picture by 10%",
    "normalise the audio", "add a fade out at the end", "split it into chapters", "rotate it 90 degrees",
    "mute 1:00 to 1:10", "shorten it to two minutes", "export it as a gif", "delete the ums",
    "add crossfades between the clips", "put 'Day One' on the screen", "zoom in at 2:00",
    "make the voice louder",
)  # fmt: skip
WISHES_ZH = (
    "剪掉前10秒", "加一段背景音乐", "改成竖屏", "加英文字幕", "加速到两倍", "去掉停顿", "把0:10到0:20模糊掉",
    "把画面调亮10%", "统一音量", "加个片尾淡出", "分成章节", "旋转90度", "把1:00到1:10静音", "缩短到两分钟",
    "导出成gif", "删掉语气词", "加上转场", "打上标题“第一天”", "放大画面", "把人声调大一点",
)  # fmt: skip
DENIED = (
    "don't {}", "please do not {}", "Never {}", "there's no need to {}", "no need to {} here",
    "I don't want you to {}", "I'd rather you didn't {}", "you don't have to {}", "could you please not {}?",
    "can you not {}", "let's not {}", "I never asked you to {}", "under no circumstances {}",
    "I see no reason to {}", "refrain from trying to {}", "it isn't necessary to {}",
    "nobody asked you to {}", "I told you not to {}",
    "whatever you do, don't {}", "make sure you don't {}", "I wouldn't {}",
    "you mustn't {}", "avoid any attempt to {}", "stop trying to {}, I don't want it", "please no, don't {}",
    "not going to {} this time", "I've decided not to {}", "we won't {} after all", "I refuse to {}",
    "hold off, don't {} yet", "nope, don't {}", "no thanks, no need to {}", "dont {}", "do NOT {}!",
    "{}? No thanks", "{}, actually no, don't", "{}... on second thought, leave it", "{}. Never mind",
    "{}, wait, scratch that", "{}. Nope, changed my mind", "{}, oh wait no, forget it",
)  # fmt: skip
DENIED_ZH = (
    "不要{}", "别{}", "千万别{}", "请不要{}", "不用{}", "不必{}", "没必要{}", "无需{}", "用不着{}", "先别{}",
    "我不想{}", "我不希望你{}", "我不太希望你{}", "你不用{}了", "不需要{}", "我没让你{}", "谁让你{}了，别弄",
    "麻烦不要{}", "暂时不{}", "这次就不{}了", "我可没说要{}", "绝对不要{}", "不许{}", "禁止{}", "请勿{}",
    "我从来没要求{}", "我决定不{}了", "还是别{}了", "算了，不{}了", "不打算{}", "能不能别{}", "可以不要{}吗",
    "{}？不用了，谢谢", "{}，还是算了", "{}……等等，别弄了", "{}，我改主意了", "{}，哦不，不用了",
    "{}，想了想还是不要了",
    "{}，当我没说", "{}，不对，先别动",
)  # fmt: skip
REASONS = (
    "", ", the original is the whole point", ", my designer is handling it", ". It's fine the way it is.",
    ", I like how it looks", " because the client wants the full version", ", we need every second of it",
    ", the quiet part is meant to be quiet",
)  # fmt: skip
REASONS_ZH = (
    "", "，原来的就是重点", "，我同事会处理", "。现在这样就挺好的。", "，我喜欢它本来的样子",
    "，因为客户要完整版",
    "，每一秒我都需要", "，安静是故意的",
)  # fmt: skip
BEFORE = ("", "The original is the whole point, so ", "I like it as it is. ", "My boss has seen it and ")
BEFORE_ZH = ("", "原来的就是重点，所以", "我很喜欢现在这样。", "老板已经看过了，")
WANTED = (
    "{}, I don't need it any other way", "{}, because nobody likes it as it is", "don't forget to {}",
    "please {} but don't touch the rest", "{}, it doesn't work otherwise", "I can't do it myself, so {}",
)  # fmt: skip
WANTED_ZH = (
    "{}，我不喜欢现在这样",
    "{}，因为没人喜欢原来的",
    "请{}，但别动其他地方",
    "我自己不会弄，帮我{}",
    "别忘了{}",
)
HARMLESS = {"protect", "markers"}


def edits(text: str) -> set[str]:
    return {operation.op for operation in understand(text).operations} - HARMLESS


def framed(wishes: tuple[str, ...], *parts: tuple[str, ...], seed: int, count: int) -> list[str]:
    """Return so many of all combinations: before, frame with a wish in it, reason."""
    every = [
        before + frame.format(wish) + reason
        for before, frame, wish, reason in itertools.product(parts[0], parts[1], wishes, parts[2])
    ]
    return random.Random(seed).sample(every, count)


@pytest.mark.parametrize(
    ("wishes", "parts"),
    [(WISHES, (BEFORE, DENIED, REASONS)), (WISHES_ZH, (BEFORE_ZH, DENIED_ZH, REASONS_ZH))],
    ids=["english", "chinese"],
)
def test_what_is_denied_is_never_done_whatever_reason_stands_beside_it(
    wishes: tuple[str, ...], parts: tuple[tuple[str, ...], ...]
) -> None:
    done = {text: found for text in framed(wishes, *parts, seed=4, count=400) if (found := edits(text))}
    assert not done


@pytest.mark.parametrize(
    ("wishes", "frames"), [(WISHES, WANTED), (WISHES_ZH, WANTED_ZH)], ids=["english", "chinese"]
)
def test_a_wish_beside_a_reason_that_denies_is_still_done(
    wishes: tuple[str, ...], frames: tuple[str, ...]
) -> None:
    texts = [(wish, frame.format(wish)) for frame, wish in itertools.product(frames, wishes)]
    lost = [text for wish, text in texts if not edits(wish) <= edits(text)]
    assert len(lost) <= len(texts) * 0.05, lost
