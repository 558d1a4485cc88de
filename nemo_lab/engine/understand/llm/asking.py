"""The one place that speaks to a model, through pydantic-ai."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic_ai import Agent, ModelRetry, ModelSettings, TextOutput, UsageLimits
from pydantic_ai.exceptions import AgentRunError, ModelConnectionError, ModelHTTPError, UserError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from nemo_lab.config import Settings
from nemo_lab.engine.understand.llm.proposal import Proposal, read_reply

if TYPE_CHECKING:
    from pydantic_ai.models import Model


class NoAnswer(Exception):
    """There is no answer that can be used.

    Args:
        why: ``timeout``, ``unreachable``, ``status`` or ``unusable``.
        status: the HTTP status, where there is one. What the endpoint wrote is not passed on.
    """

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


async def ask(
    orders: str, message: str, *, settings: Settings, model: Model | None, timeout: float
) -> Proposal:
    """Return what the model proposes; a reply that cannot be read is answered once with what is wrong.

    Raises:
        NoAnswer: none came in time, or none that can be used.
    """
    agent = Agent(
        model or _configured(settings),
        output_type=TextOutput(_output),
        instructions=orders,
        retries={"output": 1},
        model_settings=ModelSettings(temperature=0),
    )
    try:
        async with asyncio.timeout(timeout), agent:
            result = await agent.run(message, usage_limits=UsageLimits(request_limit=2))
    except TimeoutError:
        raise NoAnswer("timeout") from None
    except ModelHTTPError as exc:
        raise NoAnswer("status", exc.status_code) from None
    except ModelConnectionError:
        raise NoAnswer("unreachable") from None
    except (AgentRunError, UserError, ValueError):
        raise NoAnswer("unusable") from None
    proposal: Proposal = result.output
    return proposal


def _output(text: str) -> Any:  # a named type would be turned into a schema that nobody is sent
    try:
        return read_reply(text)
    except ValueError as exc:
        raise ModelRetry(str(exc)) from None


def _configured(settings: Settings) -> Model:
    """Return the user's model. No key, organisation or address is taken from OpenAI's own variables."""
    assert settings.llm_model is not None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    provider = OpenAICompatibleProvider("configured", base_url=settings.llm_url, api_key=key)
    provider.client.organization = provider.client.project = None
    provider.client.max_retries = 0  # a second try is for a reply that cannot be read
    return OpenAIChatModel(settings.llm_model, provider=provider)
