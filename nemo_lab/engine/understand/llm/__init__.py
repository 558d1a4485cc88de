"""An optional planner: a language model of the user's own reads what the grammar could not.

It is asked only when one is configured (:attr:`nemo_lab.config.Settings.llm_model`). Text is all that is
sent, and all that can come back are the same typed operations that the grammar makes: the wish, file names
and what is said in a recording are data in between, and no reply can ask for anything else.
"""

from nemo_lab.engine.understand.llm.briefing import Said
from nemo_lab.engine.understand.llm.planning import asks_model, plan_with_model

__all__ = ["Said", "asks_model", "plan_with_model"]
