"""What the local agent says by itself, in the user's language; the engine words what it did."""

from __future__ import annotations

from nemo_lab.protocol.plan import Language

TROUBLE = "I encountered a temporary issue. Please try again later."
"""What the cloud's agent says after replies that are fine (SKILL.md v1.9 §3.1)."""

_PHRASES: dict[Language, dict[str, str]] = {
    "en": {
        "upload": "Send a file, or the address of one, and I will put it on the timeline.",
        "export": "The timeline is ready to be exported.",
        "empty": "There is nothing on the timeline yet. Send a file first.",
        "credits": "Edits on this machine cost no credits.",
        "clarify": "Please say what should be done with the recording.",
        "undone": "Undone: {said}",
        "redone": "Done again: {said}",
        "the upload": "the last file added",
        "no undo": "There is nothing to undo.",
        "no redo": "There is nothing to redo.",
        "question": "One thing to decide first",
        "raw": "The raw clip is ready ({seconds} s). Music and a title are being added.",
        "generated": "Post-production is done: music and the title “{title}” were added. Keep or strip them.",
    },
    "zh": {
        "upload": "请发送文件或文件地址，我会把它放到时间线上。",
        "export": "时间线已可导出。",
        "empty": "时间线上还没有内容，请先发送文件。",
        "credits": "在本机编辑不消耗积分。",
        "clarify": "请说明要对录像做什么。",
        "undone": "已撤销：{said}",
        "redone": "已重做：{said}",
        "the upload": "最后添加的文件",
        "no undo": "没有可撤销的操作。",
        "no redo": "没有可重做的操作。",
        "question": "请先确定一点",
        "raw": "原始片段已生成（{seconds} 秒），正在添加音乐和标题。",
        "generated": "后期已完成：已添加音乐和标题“{title}”。可保留或去除。",
    },
}


def phrase(name: str, language: Language, **values: object) -> str:
    """Return a phrase with its values filled in."""
    return _PHRASES[language][name].format(**values)
