"""The cloud's rules, as one object: all off at home, all on for ``nemo serve --like-cloud``."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nemo_lab.errors import SubscriptionRequired
from nemo_lab.protocol.messages import PLATFORM_HEADER, SOURCE_HEADER, VERSION_HEADER

WEEK = 7 * 24 * 3600.0
"""Seconds. A token's life, and the window in which tokens are counted (SKILL.md v1.9 §1)."""

_ATTRIBUTION = (SOURCE_HEADER, VERSION_HEADER, PLATFORM_HEADER)
_GENERATION = re.compile(
    r"\b(generate|create|make|produce)\b.{0,60}\b(video|clip|movie|timelapse)\b|(生成|制作|做).{0,30}(视频|短片|片段)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Policy:
    """What is asked of clients, and what trouble they get. The defaults ask and trouble nothing."""

    attribution: bool = False
    """Export needs the ``X-Skill-*`` headers (SKILL.md v1.9 §3)."""
    starting_credits: int | None = None
    """Of a new anonymous user; ``None`` means that nothing costs anything."""
    edit_cost: int = 0
    generation_cost: int = 0
    token_life: float | None = None
    """Seconds, or ``None`` for ever."""
    tokens_per_client: int | None = None
    """In a week."""
    tokens_per_address: int | None = None
    """In a week."""
    silent_share: float = 0.0
    """Part of the edits whose stream ends without a word."""
    trouble_share: float = 0.0
    """Part of the replies followed by "I encountered a temporary issue"."""
    generates: bool = False
    """A wish for a video out of nothing is granted, in two stages."""
    rng: random.Random = field(default_factory=random.Random, compare=False)

    @classmethod
    def like_cloud(cls, seed: int = 0) -> Policy:
        """Return the rules of SKILL.md v1.9; ``seed`` decides which edits are silent."""
        return cls(
            attribution=True,
            starting_credits=100,
            edit_cost=50,
            generation_cost=100,
            token_life=WEEK,
            tokens_per_client=1,
            tokens_per_address=10,
            silent_share=0.3,
            trouble_share=0.15,
            generates=True,
            rng=random.Random(seed),  # noqa: S311 - a rehearsal, not a secret
        )

    def check_export(self, headers: Mapping[str, str]) -> None:
        """Refuse an export that does not say where it comes from.

        Raises:
            SubscriptionRequired: an attribution header is missing.
        """
        if self.attribution and not all(headers.get(name) for name in _ATTRIBUTION):
            raise SubscriptionRequired(
                "free plan export blocked", remedy="Register at nemovideo.com to unlock export."
            )

    def wants_generation(self, text: str) -> bool:
        """Return whether ``text`` asks for a video out of nothing, and may have it."""
        return self.generates and bool(_GENERATION.search(text))

    def falls_silent(self) -> bool:
        """Draw whether this edit ends without a word."""
        return self.rng.random() < self.silent_share

    def stumbles(self) -> bool:
        """Draw whether this reply ends with the spurious trouble message."""
        return self.rng.random() < self.trouble_share
