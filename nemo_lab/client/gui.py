"""The cloud believes that its user sits before a screen with buttons. This turns that into what works here.

Clause by clause: what speaks of the screen is replaced by what to say instead (SKILL.md v1.9 §4), all
else is kept word for word. What stands in quotes, as a title's text does, is never looked at.
"""

from __future__ import annotations

import re
from typing import Literal

from nemo_lab.protocol.plan import Language
from nemo_lab.protocol.router import unquoted

Wish = Literal["export", "credits", "upload", "status", "edit"]

_SAY: dict[Language, dict[Wish, str]] = {
    "en": {
        "export": 'say "export" and the video is saved as a file',
        "credits": 'say "credits" to see the balance',
        "upload": "give a file or an address to upload",
        "status": 'say "status" to see the timeline',
        "edit": "just say what should change",
    },
    "zh": {
        "export": "说“导出”即可把视频存为文件",
        "credits": "说“积分”即可查看余额",
        "upload": "给出文件或网址即可上传",
        "status": "说“状态”即可查看时间线",
        "edit": "直接说出要改什么即可",
    },
}
_PLACES = r"(?:panels?|sidebar|toolbar|menus?|dashboard|workspace|tabs?|dialog|dropdown|media library)"
_ACCOUNT = r"(?:account|billing|subscription|profile|credits?)"
_ACTION = re.compile(
    r"(?<!\ba )(?<!mouse )(?<!keyboard )(?<!camera )\b(?:double[- ]|right[- ]|left[- ])?"
    r"(?:click|clicking|tap|tapping)\b(?!\s+(?:sounds?|noises?|tracks?|effects?))"
    r"|\b(?:press|hit|push|select|choose|use|find|see|with)\b[^.]*"
    r"\b(?:buttons?|icons?|menus?|tabs?|sidebar|toolbar)\b"
    r"|\b(?:export|download|save|share|play|render|upload|import)\s+(?:button|icon|menu|tab|panel|dialog)\b"
    r"|\b(?:open|opening|opened|go to|switch to|use|check|see|in|from|via|under|through)\s+(?:up\s+)?"
    rf"(?:the|your|our)?\s*(?:[\w-]+\s+){{0,3}}{_PLACES}\b"
    r"|\bdrag(?:ging)?(?:\s+and\s+drop(?:ping)?|[-/ ]drop)\b"
    r"|(?:^|\b(?:you can|please|simply|just|or|to|by|then)\s+)drag(?:ging)?\b"
    r"|\bdrop (?:it|them|files?|your \w+) (?:in|on)"
    r"|\b(?:preview|view|watch|see|check|play|review)\w*\b[^.]*\b(?:in|on|from) (?:the|your) "
    r"(?:timeline|preview|player|editor|canvas|screen|web ?page|browser)\b"
    r"|\bpreview (?:window|panel|pane|area)\b"
    rf"|\b(?:check|visit|view|see|go to|open|manage|in|from|at)\b[^.]*\b{_ACCOUNT} "
    r"(?:page|settings|section|panel|tab|area|dashboard)\b"
    r"|\b(?:check|visit|go to|open|see|manage) (?:your|the) (?:account|billing|dashboard|settings|profile)\b"
    r"|\b(?:top|bottom|upper|lower)[- ](?:right|left)(?:[- ]hand)?(?: corner| side)? of (?:the |your )?"
    r"(?:screen|page|editor|window|interface|app)\b",
    re.I,
)
_ACTION_ZH = re.compile(
    r"点击|点一下|点选|单击|双击|轻点|右键|按钮|按下|拖拽|拖动|拖放|拖入|拖到|面板|侧边栏|工具栏|菜单|下拉"
    r"|选项卡|标签页|弹窗|对话框|控制台"
    r"|打开[^，。！？]{0,10}(?:窗口|页面|编辑器|时间[线轴])|预览(?:窗口|区|框)"
    r"|(?:在|到|从)[^，。！？]{0,8}(?:时间[线轴]|播放器|画布|编辑器|界面|页面)[上中里内]?"
    r"(?:预览|查看|播放|观看|看)"
    r"|(?:前往|进入|访问|查看|检查|打开)[^，。！？]{0,8}(?:账户|帐户|账号|账单|订阅|个人中心|设置)"
    r"|(?:界面|屏幕|页面)的?(?:右上角|左上角|右下角|左下角|上方|下方|左侧|右侧)"
)
_WISHES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    ("credits", re.compile(rf"{_ACCOUNT}|balance|top[- ]?up|账户|帐户|账号|账单|积分|余额|订阅|充值", re.I)),
    (
        "upload",
        re.compile(r"upload|import|media library|(?:your|the) (?:own )?files?\b|上传|导入|素材", re.I),
    ),
    ("export", re.compile(r"export|download|\bsave|share|render|导出|下载|保存|分享", re.I)),
    ("status", re.compile(r"preview|open|play|watch|view|\bsee\b|dashboard|预览|打开|播放|查看|观看", re.I)),
)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])|(?<=\n)")
_CLAUSE = re.compile(
    r"((?:,|;|:| -| –|—)\s+|[，；：、—]|\s+(?:and then|and|then|or|but|so)\s+"
    r"|(?<=[\u4e00-\u9fff])(?:然后|或者|并且|接着|之后)(?=[\u4e00-\u9fff]))"
)
_STOP = re.compile(r"[\s.!?。！？*_)）]*$")
_LEAD = re.compile(r"^[\s>#*_\-•(（]*(?:\d+[.)]\s+)?")


def sentences(text: str) -> list[str]:
    """Cut a text behind each sentence and line; joined again it is the same text."""
    return [piece for piece in _SENTENCE_END.split(text) if piece]


def translate(text: str, language: Language = "en") -> str:
    """Return the text with what speaks of buttons and panels turned into what to say instead."""
    return "".join(_sentence(piece, language) for piece in sentences(text))


def _sentence(text: str, language: Language) -> str:
    if not _speaks_of_screen(text):
        return text
    stop = _STOP.search(text)
    end = text[stop.start() :] if stop else ""
    lead = _LEAD.match(text)
    start = lead.group() if lead else ""
    body = text[len(start) : len(text) - len(end)]
    parts = _CLAUSE.split(body) if len(start) + len(end) < len(text) else [body]
    clauses = _replaced(parts, language)
    if not any(_speaks_of_screen(part) for part in parts):
        # The words that give it away stand in two clauses: it is one wish, said as a whole.
        clauses = [_SAY[language][_wish(body)]]
    result = "".join(clauses)
    return start + (result[:1].upper() + result[1:] if body[:1].isupper() else result) + end


def _replaced(parts: list[str], language: Language) -> list[str]:
    """Replace each clause about the screen; the same advice is not given twice in a sentence."""
    result: list[str] = []
    given: set[str] = set()
    for index in range(0, len(parts), 2):
        separator, clause = parts[index - 1] if index else "", parts[index]
        if not _speaks_of_screen(clause):
            result += [separator, clause]
            continue
        advice = _SAY[language][_wish(clause)]
        if advice not in given:
            given.add(advice)
            result += [separator, advice]
    return result


def _speaks_of_screen(text: str) -> bool:
    bare = unquoted(text)
    return bool(_ACTION.search(bare) or _ACTION_ZH.search(bare))


def _wish(clause: str) -> Wish:
    return next((wish for wish, pattern in _WISHES if pattern.search(clause)), "edit")
