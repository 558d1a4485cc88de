"""Sentence → EditPlan, in English and Chinese; and what to say back.

Whoever takes ``understand`` from here reads many sentences: all patterns are compiled then, so that none of
them takes long, the first neither. Who has a single one takes it from ``planner``, with what that one needs.
"""

from typing import TYPE_CHECKING, Any

from nemo_lab.engine.understand.replies import answer, reply, suggestions

if TYPE_CHECKING:
    from nemo_lab.engine.understand.planner import understand

__all__ = ["answer", "reply", "suggestions", "understand"]


def __getattr__(name: str) -> Any:
    if name != "understand":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nemo_lab.engine.understand.planner import understand
    from nemo_lab.protocol.patterns import compile_all

    compile_all()
    globals()[name] = understand
    return understand
