"""What is answered without the chat: balance, timeline, uploads, exports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_lab.client.reply import Reply
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import Credits, UploadItem
from nemo_lab.protocol.plan import Language, Route
from nemo_lab.protocol.router import export_wish
from nemo_lab.protocol.summary import summary

if TYPE_CHECKING:
    from nemo_lab.client.session import AsyncSession

KINDS = frozenset({"credits", "status", "upload", "export"})
"""Routes that never reach the chat."""

_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "credits": "Credits: {available} available, {total} in all.",
        "frozen": "Credits: {available} available, {frozen} reserved by work in progress, {total} in all.",
        "unlimited": "Edits on this machine cost no credits.",
        "upload": "Name the file or the address to upload: upload recording.mkv",
        "uploaded": "Uploaded: {names}",
        "exported": "Video ready: {path}",
        "link": "Project in the browser: {link}",
    },
    "zh": {
        "credits": "积分：可用 {available}，总计 {total}。",
        "frozen": "积分：可用 {available}，进行中的任务占用 {frozen}，总计 {total}。",
        "unlimited": "本机剪辑不消耗积分。",
        "upload": "请给出要上传的文件或网址：上传 recording.mkv",
        "uploaded": "已上传：{names}",
        "exported": "视频已就绪：{path}",
        "link": "在浏览器中打开项目：{link}",
    },
}
_URL = re.compile(r"https?://[^\s\"'“”，。）)]+")
_QUOTED = re.compile(r"[\"“'](.+?)[\"”']")


def credits_text(balance: Credits, language: Language) -> str:
    """Say the balance."""
    if balance.unlimited:
        return _TEXTS[language]["unlimited"]
    numbers = {
        name: f"{getattr(balance, name):g}"
        if getattr(balance, name) < 1e6
        else f"{getattr(balance, name):.0f}"
        for name in ("available", "frozen", "total")
    }
    return _TEXTS[language]["frozen" if balance.frozen else "credits"].format(**numbers)


def status_text(draft: Draft) -> str:
    """Say what is on the timeline."""
    return summary(draft)


def upload_text(items: tuple[UploadItem, ...], language: Language) -> str:
    """Say what was uploaded, or how to do it."""
    if not items:
        return _TEXTS[language]["upload"]
    return _TEXTS[language]["uploaded"].format(names=", ".join(item.filename or "?" for item in items))


def export_text(path: Path, link: str | None, language: Language) -> str:
    """Say where the finished file is."""
    lines = [_TEXTS[language]["exported"].format(path=path)]
    if link:
        lines.append(_TEXTS[language]["link"].format(link=link))
    return "\n".join(lines)


def sources_in(text: str) -> list[str]:
    """Return the addresses and the existing files that a sentence names."""
    found = _URL.findall(text)
    bare = _URL.sub(" ", text)
    words = [*_QUOTED.findall(bare), *_QUOTED.sub(" ", bare).split()]
    return found + [word for word in dict.fromkeys(words) if "." in word and _is_file(word)]


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):
        return False


async def carry_out(session: AsyncSession, text: str, kind: Route, language: Language) -> Reply:
    """Do here what is no matter for the chat: one of :data:`KINDS`.

    Raises:
        NemoError: as the session's own methods do.
    """
    if kind == "credits":
        return Reply(credits_text(await session.credits(), language), route=kind)
    if kind == "status":
        draft = await session.timeline()
        return Reply(status_text(draft), draft=draft, route=kind)
    if kind == "upload":
        sources = sources_in(text)
        items = await session.upload(*sources) if sources else ()
        return Reply(upload_text(items, language), route=kind)
    wish = export_wish(text)
    video = await session.export(**(wish.model_dump(exclude={"op"}, exclude_none=True) if wish else {}))
    return Reply(export_text(video.path, video.link, language), route=kind, video=video)
