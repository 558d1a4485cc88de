"""When a model is asked, and what becomes of its answer."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from nemo_lab.config import Settings
from nemo_lab.engine.understand.llm.briefing import Said, briefing, instructions
from nemo_lab.engine.understand.llm.proposal import MOST_OPERATIONS, Proposal, taken
from nemo_lab.engine.understand.material import File
from nemo_lab.errors import MissingExtra
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.exact import operation_said
from nemo_lab.protocol.plan import EditPlan, Export, Language, Operation, Redo, Undo
from nemo_lab.protocol.router import route

TIMEOUT = 30.0
"""Seconds for an answer, a second try included."""

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "planned": "planned with {model} at {host}: only text was sent",
        "nothing": "{model} at {host} was asked and found nothing to do: only text was sent",
        "left": "left out of what {model} planned: {what}",
        "timeout": "{model} at {host} did not answer in {seconds:g} s, so it was planned without",
        "unreachable": "{model} at {host} cannot be reached, so it was planned without",
        "status": "{model} at {host} answered with HTTP {status}, so it was planned without",
        "unusable": "{model} at {host} gave no usable plan, so it was planned without: only text was sent",
    },
    "zh": {
        "planned": "由 {host} 上的 {model} 规划：只发送了文字",
        "nothing": "已询问 {host} 上的 {model}，它没有给出可做的操作：只发送了文字",
        "left": "{model} 的规划中未采用：{what}",
        "timeout": "{host} 上的 {model} 在 {seconds:g} 秒内没有回答，未用它规划",
        "unreachable": "无法连接 {host} 上的 {model}，未用它规划",
        "status": "{host} 上的 {model} 返回 HTTP {status}，未用它规划",
        "unusable": "{host} 上的 {model} 没有给出可用的规划，未用它规划：只发送了文字",
    },
}
_ORDERS = instructions(MOST_OPERATIONS)


def asks_model(text: str, plan: EditPlan, settings: Settings) -> bool:
    """Tell whether a model is to be asked about a sentence.

    Only about an edit, when one is configured, and only where the grammar left something unsupported or has
    a question; with ``settings.llm == "always"`` about every edit. Questions, commands, undo and operations
    that came word for word are never a model's business.
    """
    if settings.llm == "never" or settings.llm_model is None or operation_said(text) is not None:
        return False
    command = route(text) if plan.route == "export" and plan.unsupported else plan.route
    if command not in ("edit", "clarify") or any(isinstance(op, Undo | Redo) for op in plan.operations):
        return False
    return settings.llm == "always" or bool(plan.unsupported or plan.questions)


async def plan_with_model(  # long: ten things go into it, each explained
    text: str,
    *,
    grammar_plan: EditPlan,
    draft: Draft,
    files: Mapping[str, File],
    settings: Settings,
    said: Sequence[Said] = (),
    pauses: Sequence[tuple[int, int]] = (),
    model: Any = None,
    timeout: float = TIMEOUT,
) -> EditPlan:
    """Return the plan of a sentence with what a model adds to it; the grammar's own plan when it cannot.

    Never raises for what the model or its endpoint does: the plan's notes say what happened.

    Args:
        text: what the user said.
        grammar_plan: what the grammar made of it.
        draft: the timeline as it stands.
        files: the uploaded files by id; no others can be named.
        settings: which model, and where.
        said: the words of the recording, where they are known.
        pauses: where nobody speaks, where that is known.
        model: a model of pydantic-ai to ask instead of the configured one.
        timeout: in seconds, for everything.
    """
    if not asks_model(text, grammar_plan, settings):
        return grammar_plan
    basis = _basis(text, grammar_plan, settings)
    say = _teller(grammar_plan.language, settings, timeout)
    try:
        # The library takes a second or more to load; the event loop goes on meanwhile.
        asking = await asyncio.to_thread(importlib.import_module, "nemo_lab.engine.understand.llm.asking")
    except ImportError:
        return _noted(grammar_plan, str(MissingExtra("the planner with a language model", "llm")))
    message = briefing(text, basis, draft, files, said, pauses)
    try:
        proposal = await asking.ask(_ORDERS, message, settings=settings, model=model, timeout=timeout)
    except asking.NoAnswer as exc:
        return _noted(grammar_plan, say(exc.why, status=exc.status))
    operations, left = taken(proposal, basis, draft, files)
    plan = _completed(basis, operations, _quotes(proposal, text)) if operations else grammar_plan
    notes = [say("planned" if operations else "nothing")]
    return _noted(plan, *notes, *([say("left", what=", ".join(dict.fromkeys(left)))] if left else []))


def _teller(language: Language, settings: Settings, timeout: float) -> Callable[..., str]:
    """Return what puts into words what was asked of which model, and what came of it."""
    values = {"model": settings.llm_model, "host": urlsplit(settings.llm_url).netloc, "seconds": timeout}

    def say(key: str, **more: Any) -> str:
        return _WORDS[language][key].format(**values, **more)

    return say


def _basis(text: str, plan: EditPlan, settings: Settings) -> EditPlan:
    """Return what stays of the grammar's plan: with ``always`` only how to export."""
    if settings.llm != "always":
        return plan
    exports = tuple(op for op in plan.operations if isinstance(op, Export))
    return plan.model_copy(update={"operations": exports, "unsupported": (text,)})


def _completed(basis: EditPlan, more: Sequence[Operation], unsupported: tuple[str, ...]) -> EditPlan:
    """Return a plan with more edits, before what it says of the export; its questions are settled."""
    exports = [op for op in basis.operations if isinstance(op, Export)]
    edits = [op for op in basis.operations if not isinstance(op, Export)]
    return EditPlan(
        route="edit",
        operations=(*edits, *more, *exports),
        unsupported=unsupported,
        language=basis.language,
    )


def _quotes(proposal: Proposal, text: str) -> tuple[str, ...]:
    """Return what the model says cannot be done, as far as these are the user's own words."""
    return tuple(dict.fromkeys(quote for quote in proposal.not_possible if quote.strip() and quote in text))


def _noted(plan: EditPlan, *notes: str) -> EditPlan:
    return plan.model_copy(update={"notes": (*plan.notes, *notes)})
