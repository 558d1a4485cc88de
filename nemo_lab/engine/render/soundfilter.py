"""Run sound through filters of FFmpeg, chosen by name and keyword."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from av.error import BlockingIOError as NeedsMore
from av.error import EOFError as EndOfFile

from nemo_lab.engine.render.samples import Sound, as_sound, silence
from nemo_lab.engine.timebase import SAMPLE_RATE

Step = tuple[str, Mapping[str, str]]
"""A filter's name and its options."""


class SoundFilter:
    """A row of filters for 48 kHz stereo; what goes in and what comes out may be of different length."""

    def __init__(self, *steps: Step) -> None:
        self._graph = av.filter.Graph()
        head = self._graph.add_abuffer(
            sample_rate=SAMPLE_RATE, format="fltp", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
        )
        for name, options in (*steps, ("aformat", {"sample_fmts": "fltp"}), ("abuffersink", {})):
            node = self._graph.add(name, None, **options)
            head.link_to(node)
            head = node
        self._graph.configure()
        self._clock = 0

    def frames(self, sound: Sound | None) -> Iterator[AudioFrame]:
        """Send sound in (``None`` at its end) and yield what comes out."""
        if sound is None:
            self._graph.push(None)
        else:
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._clock, Fraction(1, SAMPLE_RATE)
            self._clock += sound.shape[1]
            self._graph.push(frame)
        while True:
            try:
                out = self._graph.pull()
            except (NeedsMore, EndOfFile):
                return
            assert isinstance(out, AudioFrame)
            yield out

    def run(self, sound: Sound | None) -> Sound:
        """Send sound in (``None`` at its end) and return what comes out."""
        return np.concatenate([silence(0), *(as_sound(frame) for frame in self.frames(sound))], axis=1)
