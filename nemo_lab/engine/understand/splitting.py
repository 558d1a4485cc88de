"""A sentence into clauses, each of which one rule can read.

Marks hold quotes, times and spans together, so a separator inside them is never seen. After a full
stop or "then" a new clause begins in any case; a comma or "and" divides only where both sides can
be read, the second with the first one's verb where it has none ("remove the ums and the pauses").
"""

from __future__ import annotations

from nemo_lab.engine.understand import joints as at
from nemo_lab.engine.understand.clause import Clause, Reader
from nemo_lab.engine.understand.pairs import Pair, joined
from nemo_lab.engine.understand.rules.vocabulary import VERB

MOST_JOINTS = 40
"""A sentence with more is read no further apart, so that no input takes long."""


def hard_parts(text: str) -> list[str]:
    """Return the parts between full stops and words like "then"; one without a verb joins the one before."""
    parts: list[str] = []
    for part in at.HARD.split(text):
        if not part or not part.strip(" ,"):
            continue
        if parts and at.ONLY_TIME.search(parts[-1]):
            parts[-1] += part.strip() if parts[-1][-1] > "\u3400" else f" {part.strip()}"
        elif parts and not (VERB.search(part) or at.FACTOR_FIRST.search(part)):
            parts[-1] = f"{parts[-1]}, {part.strip()}"
        else:
            parts.append(part.strip())
    return parts


def clauses(part: str, base: Clause, read: Reader) -> list[Clause]:
    """Return the clauses of one part."""
    pieces, joints = _pieces(part)
    done: list[Clause] = []
    current = base.with_text(pieces[0])
    for joint, piece in zip(joints, pieces[1:], strict=True):
        following = Pair(current, joint, piece, read).following()
        if following is None:
            current = base.with_text(joined(current.text, joint, piece))
            continue
        closed, current = following
        done.append(closed)
    return [*done, current]


def _pieces(part: str) -> tuple[list[str], list[str]]:
    pieces: list[str] = []
    joints: list[str] = []
    start = 0
    for joint in at.SOFT.finditer(part):
        if len(joints) == MOST_JOINTS:
            break
        if not part[start : joint.start()].strip(" ,"):
            start = joint.end()
            continue
        pieces.append(part[start : joint.start()].strip())
        joints.append(joint[0] or " ")
        start = joint.end()
    rest = part[start:].strip()
    if rest or not pieces:
        pieces.append(rest)
    return pieces, joints[: len(pieces) - 1]
