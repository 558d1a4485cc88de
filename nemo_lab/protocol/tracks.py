"""The audio tracks of a recording: how one is named, and what is wished of them all. Pure words, no media."""

from __future__ import annotations

from typing import Final, Literal

from nemo_lab.protocol.patterns import any_of

SoundTarget = Literal["all", "voice", "music"]
"""``voice`` is the recording's own sound, ``music`` what was laid under it."""
TrackRole = Literal["mic", "game", "music", "chat", "mix", "loudest", "quietest"]
"""What an audio track of a recording is: by its title, by its sound where there is none, or by its level.
``mix`` holds what the others hold together."""
AudioTrack = int | TrackRole
"""An audio track of a recording, by number (first is 1) or by role."""
TrackWish = Literal["keep", "mix"]
"""All tracks side by side, or mixed into one."""


_KEEP: Final = any_of(
    r"\b(?:separate|individual|all|every|both) (?:\w+ )?tracks?\b(?!.*\b(?:in)?to (?:one|a single)\b)"
    r"(?!.*\bmix)",
    r"\b(?:don'?t|do not|never|without) (?:mix|merg|combin)\w* (?:\w+ ){0,3}?tracks?\b",
    r"(?:不要?|别)(?:混|合并)[^，。,]*音轨",
    r"\btracks? (?:\w+ ){0,2}(?:separate(?:ly)?|apart|side by side)\b",
    r"(?:分开|独立|单独)的?音轨|音轨(?:分开|独立|不混)|(?:保留|保持)(?:所有|全部|各条?|每条)?的?音轨|分轨",
)
_MIX: Final = any_of(
    r"\bmix(?:ed|ing)? ?down\b|\bmix(?:ed|ing)?\b.*\btracks?\b|\btracks?\b.*\bmixed\b",
    r"\b(?:merge|combine|join|collapse|flatten)d? (?:\w+ ){0,3}?(?:audio|sound) tracks\b",
    r"\b(?:one|a single) (?:audio|sound) track\b",
    r"[混合][成并为音缩到]*(?:成|为|到)?(?:一条|单)音?轨?|音轨(?:混|合并)|合并(?:所有|全部)?音轨|混音(?:成|为)",
)


def tracks_of(words: str) -> TrackWish | None:
    """Return what words want of the audio tracks: side by side, mixed into one, or ``None``: nothing."""
    if _KEEP.search(words):
        return "keep"
    return "mix" if _MIX.search(words) else None
