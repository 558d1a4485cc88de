"""Marks that were set while recording: obey them, or leave them alone."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings
from nemo_lab.engine.understand.marks import words
from nemo_lab.protocol.plan import Markers

_NAME = (
    r"(?:(?:the|my|all|those|these|recorded|recording'?s?|obs|chapter|named|hotkey) )*(?:markers?|marks)\b"
)
_IGNORE = words(
    rf"\b(?:ignor\w+|disregard\w*|skip|forget|without|not (?:obey|follow|apply|use|honou?r)\w*"
    rf"|(?:don'?t|never) (?:obey|follow|apply|use|honou?r)) (?:about )?{_NAME}",
    r"(?:忽略|无视|别管|不管|不理会?|不要?(?:按照?|用|应用|执行)|别(?:按照?|用|应用|执行)).{0,6}标记",
)
_OBEY = words(
    rf"\b(?:apply|obey|follow|honou?r|use|execute|carry out|respect|do what|according to|as) {_NAME}",
    rf"\b(?:cut|edit|trim|arrange)\b.{{0,16}}\b(?:at|by|along|from|with|per|following"
    rf"|according to) {_NAME}",
    r"(?:按照?|根据|依照?|应用|执行|遵循?|照).{0,6}标记",
)


def markers(clause: Clause) -> Findings | None:
    """Read "apply the markers", "ignore the marks", 按标记剪辑."""
    if clause.literals("q"):
        return None
    if clause.has(_IGNORE):
        return (Markers(obey=False),)
    return (Markers(),) if clause.has(_OBEY) else None
