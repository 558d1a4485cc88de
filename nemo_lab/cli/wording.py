"""How results are worded: lengths, sizes, the closing sentence, in the language that was spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nemo_lab.protocol.plan import Language
from nemo_lab.protocol.summary import clock as clock
from nemo_lab.protocol.summary import size as size

if TYPE_CHECKING:
    from nemo_lab.protocol.report import RenderReport
    from nemo_lab.recipes import RunRecord

_SAVED: dict[Language, str] = {
    "en": "Saved {path} ({before} → {after}, {size}, {frames}{backend} backend)",
    "zh": "已保存 {path}（{before} → {after}，{size}，{frames}后端：{backend}）",
}
_COPIED: dict[Language, str] = {
    "en": "{copied} of {count} frames copied, ",
    "zh": "{count} 帧中 {copied} 帧直接复制，",
}
_ENCODED: dict[Language, str] = {
    "en": "{count} frames encoded{why}, ",
    "zh": "{count} 帧重新编码{why}，",
}
_SUBTITLES: dict[Language, str] = {"en": "Subtitles: {path}", "zh": "字幕：{path}"}
_REUSED: dict[str, dict[Language, str]] = {
    "output": {"en": "Nothing to do: {path} is up to date ({before} → {after}, {size})",
               "zh": "无需处理：{path} 已是最新（{before} → {after}，{size}）"},
    "cache": {"en": "Saved {path} from the cache, as it was made before ({before} → {after}, {size})",
              "zh": "已从缓存保存 {path}（此前已生成：{before} → {after}，{size}）"},
}  # fmt: skip
_NOTE: dict[Language, str] = {"en": "Note: {note}", "zh": "注意：{note}"}
_BACKENDS_ZH = {"local": "本机", "cloud": "云端"}


def frames(report: RenderReport | None, language: Language) -> str:
    """Return how many frames were copied, or why none were, as a part of the closing sentence."""
    if report is None or report.frames < 2:
        return ""
    if report.frames_copied:
        return _COPIED[language].format(copied=report.frames_copied, count=report.frames)
    why = f" ({'; '.join(report.encoded_because)})" if report.encoded_because else ""
    return _ENCODED[language].format(count=report.frames, why=why)


def saved(
    path: str,
    before_ms: int,
    after_ms: int,
    count: int,
    backend: str,
    language: Language,
    report: RenderReport | None = None,
) -> str:
    """Return the closing sentence: lengths, where the file lies, its size, frames copied, the backend."""
    return _SAVED[language].format(
        path=path,
        before=clock(before_ms),
        after=clock(after_ms),
        size=size(count),
        frames=frames(report, language),
        backend=_BACKENDS_ZH.get(backend, backend) if language == "zh" else backend,
    )


def outcome(record: RunRecord) -> str:
    """Return what a run did, in words: the replies, the notes, the closing sentence."""
    if record.reused in _REUSED:
        return _REUSED[record.reused][record.language].format(
            path=record.output.path,
            before=clock(record.before_ms),
            after=clock(record.after_ms),
            size=size(record.output.size_bytes),
        )
    lines = [said.reply.strip() for said in record.said if said.reply.strip()]
    lines += [_NOTE[record.language].format(note=note) for note in record.notes]
    if record.subtitles is not None:
        lines.append(_SUBTITLES[record.language].format(path=record.subtitles.path))
    lines.append(
        saved(
            record.output.path,
            record.before_ms,
            record.after_ms,
            record.output.size_bytes,
            record.backend,
            record.language,
            record.render,
        )
    )
    return "\n".join(lines)


def reasons(record: RunRecord) -> str:
    """Return why a run was done, or was not, one reason a line."""
    what = {"": "Done", "render": "Done, but not rendered", "output": "Not done", "cache": "Not done"}
    return "\n".join(f"{what[record.reused]}: {reason}" for reason in record.why)
