"""What a message means, also when it answers a question of ours.

The options of our questions are wishes in themselves ("keep 0:10 to 0:20"), so an answer completes what was
said before simply by being said after it.
"""

from __future__ import annotations

import json
import re

from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.exact import operation_said
from nemo_lab.protocol.plan import EditPlan

_NUMBER = re.compile(r"^\s*\d+\.\s+")


def read(text: str, draft: Draft, pending: str | None) -> tuple[str, EditPlan]:
    """Return the whole wish that a message amounts to, and the plan for it.

    Args:
        text: the message.
        draft: the timeline in force.
        pending: what :func:`to_pending` kept when the question was asked, if one was.
    """
    alone = understood(text, draft)
    if pending is None:
        return text, alone
    asked = json.loads(pending)
    whole = ", ".join([asked["said"], *_labels(text, asked["prompts"])])
    together = understood(whole, draft)
    if together.questions and alone.operations and not alone.questions:
        return text, alone  # not an answer: the user wants something else now
    return whole, together


def to_pending(said: str, plan: EditPlan) -> str:
    """Return what must be kept until the answer to a plan's questions comes."""
    return json.dumps({"said": said, "prompts": [question.text for question in plan.questions]})


def understood(text: str, draft: Draft) -> EditPlan:
    """Return the plan for a sentence, or for an operation that came word for word."""
    from nemo_lab.engine.understand.planner import understand

    exact = operation_said(text)
    if exact is not None:
        return EditPlan(route="edit", operations=(exact,))
    return understand(text, session=draft)


def _labels(text: str, prompts: list[str]) -> list[str]:
    """Return what was chosen: the vendor's clients answer ``1. <prompt>: <label>``, one line a question."""
    chosen = []
    for line in filter(None, map(str.strip, text.splitlines())):
        answer = _NUMBER.sub("", line)
        prompt = next((f"{prompt}: " for prompt in prompts if answer.startswith(f"{prompt}: ")), "")
        chosen.append(answer.removeprefix(prompt).strip() if prompt else line)
    return chosen
