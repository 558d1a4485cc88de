"""What to say back: answers to questions, the report of an edit, and what could come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from nemo_lab.engine.understand.glossary import explain
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.material import File
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import EditPlan, Export, Language
from nemo_lab.protocol.summary import seconds, summary


class Done(Protocol):
    """What :func:`reply` reads of a composition."""

    @property
    def draft(self) -> Draft:
        """The new timeline."""

    @property
    def done(self) -> Sequence[str]:
        """What was done, a sentence each."""

    @property
    def notes(self) -> Sequence[str]:
        """What was skipped or done otherwise than said."""


_LENGTH = words(
    r"\bhow long\b|\b(?:length|duration|runtime)\b|\bhow many (?:seconds|minutes)\b|多长|时长|多久|几分钟"
    r"|几秒|长度"
)
_CUT = words(
    r"\b(?:what|how much|how many).*\b(?:cut|remov\w*|delet\w*|gone|drop\w*|shorter)\b|\b(?:cut|remov\w*"
    r"|delet\w*)\b.*\?|(?:剪|删)[掉除]?了?(?:什么|多少|哪)|少了多少"
)
_TRACKS = words(r"\b(?:tracks?|clips?|segments?|titles?|music|timeline)\b|轨道|片段|几段|标题|音乐|时间线")
_FILES = words(r"\b(?:files?|uploads?|recordings?|footage|source)\b|文件|素材|原片|原视频")
_SIZE = words(r"\b(?:size|resolution|dimensions|fps|frame rate|aspect)\b|分辨率|尺寸|帧率|比例|多大")
_DEFINES = words(
    r"\b(?:mean|means|meaning|explain|define|stand for|difference)\b",
    r"\bwhat(?:'?s| is| are) (?:an? \w|(?!the\b|my\b|on\b)\w+(?: \w+)?\W*$)",
    r"什么是|是什么|什么意思|解释|意思|区别",
)
_HELP = words(
    r"\b(?:what can (?:you|i)|help|how do i|how can i|how to|commands|able to)\b|能做什么|怎么用|怎么|如何"
    r"|帮助|会什么|功能"
)
_NEGATED = words(r"^[\s,.]*(?:please )?(?:don'?t|do not|not yet|no)\b|先?不要|别")

_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "empty": "There is nothing on the timeline yet. Upload a recording first.",
        "length": "The timeline is {length} s long.",
        "cut": "Of {source} s that were uploaded, {left} s are on the timeline: {gone} s are gone.",
        "file": "{name}: {length} s{picture}",
        "canvas": "The picture is {width}x{height} at {rate} frames per second.",
        "cannot": "I edit recordings; I can't answer that. I can tell you how long the timeline is, "
        "what is on it, what was cut, "
        "and what a word like bitrate means.",
        "help": "Say what you want, for example: “cut the pauses”, “trim the first 10 seconds”, "
        "“add a title 'Hello' for 3 seconds”, "
        "“add crossfades”, “make it vertical”, “export 1080p MP4”.",
        "nothing": "Nothing was changed.",
        "skipped": "Note: {note}",
        "unsupported": "Not done, because I could not understand it or cannot do it: {quotes}",
        "export": "Ready to export{how}.",
        "next": "Next you could say: {steps}.",
        "quote": "“{text}”",
    },
    "zh": {
        "empty": "时间线上还没有内容，请先上传素材。",
        "length": "时间线总长 {length} 秒。",
        "cut": "上传的素材共 {source} 秒，时间线上有 {left} 秒，去掉了 {gone} 秒。",
        "file": "{name}：{length} 秒{picture}",
        "canvas": "画面为 {width}x{height}，每秒 {rate} 帧。",
        "cannot": "我只负责剪辑，这个问题我答不了。"
        "我可以告诉你时间线有多长、上面有什么、剪掉了什么，以及码率这类词是什么意思。",
        "help": "直接说想要的效果即可，例如：“剪掉停顿”“删掉开头10秒”"
        "“开头加标题‘你好’，显示3秒”“添加叠化转场”“改成竖屏”“导出 1080p MP4”。",
        "nothing": "没有改动。",
        "skipped": "注意：{note}",
        "unsupported": "以下内容没有听懂或做不到，没有执行：{quotes}",
        "export": "可以导出了{how}。",
        "next": "接下来可以说：{steps}。",
        "quote": "“{text}”",
    },
}  # fmt: skip
_STEPS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("remove_silence", "cut the pauses"),
        ("transition", "add transitions"),
        ("title", "add a title 'My video' for 3 seconds"),
        ("normalize", "normalise the sound"),
        ("fade", "fade out at the end"),
    ),
    "zh": (
        ("remove_silence", "剪掉停顿"),
        ("transition", "添加转场"),
        ("title", "开头加标题‘我的视频’，显示3秒"),
        ("normalize", "统一音量"),
        ("fade", "结尾淡出"),
    ),
}


def answer(text: str, draft: Draft, library: Mapping[str, File], language: Language) -> str:
    """Return the answer to a question: from the timeline, from the glossary, or that there is none."""
    say = _TEXT[language]
    term = explain(text, language)
    if term and _DEFINES.search(text):
        return term
    if _NEGATED.search(text) and not term:
        return say["nothing"]
    if _HELP.search(text):
        return say["help"]
    facts = _facts(text, draft, library, language)
    return facts or term or say["cannot"]


def _facts(text: str, draft: Draft, library: Mapping[str, File], language: Language) -> str | None:
    """Answer from what is on the timeline and in the files."""
    say = _TEXT[language]
    wanted = [pattern.search(text) is not None for pattern in (_CUT, _LENGTH, _SIZE, _FILES, _TRACKS)]
    cut, length, size, files, tracks = wanted
    if any(wanted) and not draft.ready:
        return say["empty"]
    if cut:
        return _what_was_cut(draft, library, language)
    if length and not files:
        return say["length"].format(length=seconds(draft.length_ms))
    if size and draft.metadata.get("width"):
        rate = _frames_per_second(str(draft.metadata.get("x_rate") or "30/1"))
        values = {key: draft.metadata.get(key) for key in ("width", "height")}
        return say["canvas"].format(rate=rate, **values)
    if files and library:
        return "\n".join(_file(file, language) for file in library.values())
    return summary(draft) if tracks else None


def _what_was_cut(draft: Draft, library: Mapping[str, File], language: Language) -> str:
    tracks = draft.of_type(TrackType.VIDEO) or draft.of_type(TrackType.AUDIO)[:1]
    used = {piece.asset for track in tracks for piece in track.segments if piece.asset}
    source = sum(library[key].info.duration_ms for key in used if key in library)
    left = draft.length_ms
    if not source:
        return summary(draft)
    return _TEXT[language]["cut"].format(
        source=seconds(source), left=seconds(left), gone=seconds(max(0, source - left))
    )


def _file(file: File, language: Language) -> str:
    info = file.info
    picture = f", {info.width}x{info.height}" if info.width else ""
    return _TEXT[language]["file"].format(name=file.name, length=seconds(info.duration_ms), picture=picture)


def _frames_per_second(rate: str) -> str:
    top, _, bottom = rate.partition("/")
    return f"{int(top) / int(bottom or 1):.2f}".rstrip("0").rstrip(".")


def suggestions(draft: Draft, plan: EditPlan, language: Language) -> list[str]:
    """Return two or three sentences that make sense next; each is one that is understood."""
    if not draft.ready:
        return []
    had = {operation.op for operation in plan.operations} | {
        str(effect.get("op")) for effect in draft.effects
    }
    pieces = [piece for track in draft.of_type(TrackType.VIDEO) for piece in track.segments]
    if len(pieces) > 1:
        had.add("remove_silence")
    if draft.of_type(TrackType.TEXT):
        had.add("title")
    if len(pieces) < 2 or any(piece.transition for piece in pieces):
        had.add("transition")
    steps = [words_ for op, words_ in _STEPS[language] if op not in had][:2]
    return [*steps, "导出 1080p MP4" if language == "zh" else "export 1080p MP4"]


def reply(plan: EditPlan, composition: Done, language: Language) -> str:
    """Return what was done, what was not and why, and what could come next."""
    say = _TEXT[language]
    lines = list(composition.done)
    lines += [say["skipped"].format(note=note) for note in composition.notes]
    if plan.unsupported:
        quotes = ("、" if language == "zh" else ", ").join(
            say["quote"].format(text=t) for t in plan.unsupported
        )
        lines.append(say["unsupported"].format(quotes=quotes))
    if not composition.done:
        lines.append(say["nothing"])
    if plan.export:
        lines.append(say["export"].format(how=_how(plan.export, language)))
    else:
        steps = suggestions(composition.draft, plan, language)
        if steps:
            shown = ("、" if language == "zh" else ", ").join(
                say["quote"].format(text=step) for step in steps
            )
            lines.append(say["next"].format(steps=shown))
    return "\n".join(lines)


def _how(wish: Export, language: Language) -> str:
    """Return the wished format, height and size in brackets, if any."""
    parts = [
        wish.format.upper() if wish.format else "",
        f"{wish.height}p" if wish.height else "",
        wish.preset or "",
        wish.subtitles.upper() if wish.subtitles else "",
    ]
    if wish.max_bytes:
        parts.append(f"≤ {wish.max_bytes / 1e6:g} MB")
    shown = ", ".join(part for part in parts if part)
    if not shown:
        return ""
    return f"（{shown}）" if language == "zh" else f" ({shown})"
