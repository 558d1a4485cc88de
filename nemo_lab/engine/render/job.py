"""One render under way: the plan, its files and how it gets on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.render.extras import NOTHING, Luggage
from nemo_lab.engine.render.model import Plan
from nemo_lab.protocol.plan import Export, Quality


class Progress:
    """Reports a fraction from 0 to 1 that never goes back, whatever work is repeated."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._low, self._high, self._told = 0.0, 1.0, -1.0

    def stage(self, high: float) -> None:
        """Begin a stage that ends at ``high`` of the whole."""
        self._low, self._high = max(self._low, self._told), high

    def at(self, fraction: float) -> None:
        """Tell how far the stage is, 0 to 1."""
        value = self._low + (self._high - self._low) * min(1.0, fraction)
        if value > self._told and (value >= self._told + 0.002 or value >= 1.0):
            self._told = value
            self._report(value)

    def end(self) -> None:
        """Tell that all is done."""
        self.stage(1.0)
        self.at(1.0)


@dataclass(frozen=True)
class Job:
    """What every step of a render needs."""

    plan: Plan
    sources: Mapping[str, Path]
    infos: Mapping[str, MediaInfo]
    settings: Export
    part: Path
    """Where to write."""
    progress: Progress
    luggage: Luggage = NOTHING
    """Tags, chapters and subtitles that the result carries."""
    gains: tuple[float | None, ...] = ()
    """Factor on each audio track, to reach the loudness wanted; ``None`` leaves the track as it is."""

    shared: Path | None = None
    """A folder in which other machines help with what is encoded in spans."""

    noises: tuple[float | None, ...] = ()
    """Level (dBFS) of the steady noise to take out of each audio track."""

    @property
    def quality(self) -> Quality:
        """How good the result is to be."""
        return self.settings.quality or ("low" if self.settings.preset == "preview" else "medium")

    @property
    def seconds(self) -> float:
        """How long the result is."""
        return self.plan.samples / 48_000

    def tag(self, track: int) -> AudioStream | None:
        """Return the title and language that an audio track of the result inherits."""
        for piece in self.plan.pieces:
            audio, chosen = self.infos[piece.asset].audio, self.plan.sources_of(piece.asset, track)
            heard = [audio[number] for number in chosen if number < len(audio)]
            if len(heard) == 1:
                return heard[0]
            if heard and self.plan.sounds > 1:
                return audio[track]
            if heard:
                languages = {sound.language for sound in heard}
                language = languages.pop() if len(languages) == 1 else ""
                return heard[0].model_copy(update={"title": "", "language": language})
        return None
