"""What the agent says, made fit for the user while it comes: no buttons, no stray apologies."""

from __future__ import annotations

import re

from nemo_lab.client.gui import sentences, translate
from nemo_lab.protocol.events import Text
from nemo_lab.protocol.plan import Language

_APOLOGY = re.compile(
    r"^\W*(?:sorry,? )?(?:I|we)(?:['’]ve| have)? (?:just )?(?:encountered|ran into|hit|experienced)"
    r" an? temporary (?:issue|problem|error)"
    r"|^\W*(?:抱歉，?)?我?(?:们)?(?:这边)?遇到了?一?个?(?:临时|暂时)(?:性)?的?(?:问题|故障|错误)",
    re.I,
)


class Speech:
    """Takes in the pieces of a stream and gives out whole sentences.

    The cloud often ends with "I encountered a temporary issue" although all went well (SKILL.md v1.9
    §3.1). That is never shown; :attr:`apologised` and :attr:`text` tell whether it was all there was.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._messages: list[str] = []
        self._shown = ""
        self._waiting = ""
        self._mute = False
        self.apologised = False
        """Whether the backend spoke of a temporary issue."""

    @property
    def text(self) -> str:
        """All that was said so far, one message under the other."""
        messages = [*self._messages, self._shown]
        return "\n".join(message.strip() for message in messages if message.strip())

    def hear(self, piece: Text) -> list[Text]:
        """Take in a piece; return what can be shown of it now."""
        pieces = sentences(self._waiting + piece.text)
        # A sentence is complete when another begins behind it.
        self._waiting = pieces.pop() if piece.partial and pieces else ""
        said = "".join(filter(None, map(self._fit, pieces)))
        self._shown += said
        if piece.partial:
            return [Text(said, partial=True)] if said else []
        return self._end_message(said)

    def flush(self) -> list[Text]:
        """Return what waits for the end of its sentence: something else is about to be shown."""
        if not self._waiting.strip():
            return []
        said, self._waiting = self._fit(self._waiting), ""
        self._shown += said
        return [Text(said, partial=True)] if said else []

    def _end_message(self, said: str) -> list[Text]:
        shown, self._shown, self._mute = self._shown, "", False
        if not shown.strip():
            return []
        self._messages.append(shown)
        return [Text(said)]

    def _fit(self, sentence: str) -> str:
        if _APOLOGY.search(sentence):
            self.apologised = self._mute = True
        # What follows an apology in the same message belongs to it ("Please try again.").
        return "" if self._mute else translate(sentence, self._language)
