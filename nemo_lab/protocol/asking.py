"""Whether a sentence can be a request at all, by the signs of its language."""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol import asking_chinese, asking_english
from nemo_lab.protocol.asking_chinese import VERB_ZH as VERB_ZH
from nemo_lab.protocol.asking_chinese import told as told
from nemo_lab.protocol.asking_english import DO as DO
from nemo_lab.protocol.asking_english import LEADS as LEADS
from nemo_lab.protocol.asking_english import names as names

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def interrogates(text: str) -> bool:
    """Whether a text without quotes asks to be told something, and orders nothing."""
    if _CHINESE.search(text):
        return asking_chinese.interrogates(text)
    return asking_english.interrogates(text)


def states(text: str) -> bool:
    """Whether a text without quotes only tells something, and wants nothing."""
    if _CHINESE.search(text):
        return asking_chinese.tells(text)
    return asking_english.tells(text)


def forbids(text: str) -> bool:
    """Whether a clause only says what is not to be done."""
    if _CHINESE.search(text):
        return asking_chinese.forbids(text)
    return asking_english.forbids(text)


def begins_as_order(text: str) -> bool:
    """Whether the first words of a text order something."""
    if _CHINESE.search(text):
        return asking_chinese.begins_as_order(text)
    return asking_english.begins_as_order(text)


def unsigned(text: str) -> bool:
    """Whether nothing in a text shows a wish: it names no more than things, or what is not to be done."""
    if _CHINESE.search(text):
        return asking_chinese.unsigned(text)
    return asking_english.unsigned(text)
