"""The sound of the result in blocks: pieces with their crossfades, music under them, fades of the whole."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.denoise import Denoiser, noise_level
from nemo_lab.engine.render.duck import Ducker
from nemo_lab.engine.render.envelope import layer_gain, piece_gain, piece_span, whole_gain
from nemo_lab.engine.render.model import Layer, Piece, Plan
from nemo_lab.engine.render.samples import SampleReader, Sound, silence
from nemo_lab.engine.render.tempo import Tempo
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.protocol.plan import Fade

BLOCK = SAMPLE_RATE // 2
"""Samples that are worked on at once."""

Sources = Mapping[str, Path]
Infos = Mapping[str, MediaInfo]


def mix(
    plan: Plan, sources: Sources, infos: Infos, track: int, noise: float | None = None
) -> Iterator[Sound]:
    """Yield the sound of one audio track of the result, ``plan.samples`` in all.

    Track 0 has the music; the n-th track of a file goes to the n-th of the result unless the plan mixes
    them. ``noise`` is the level (dBFS) of steady noise to take out of the recording's own sound.
    """
    with ExitStack() as stack:
        voice = _Voices(plan, sources, infos, track, stack)
        layers = [_LayerSound(layer, sources, infos, stack) for layer in plan.layers if track == 0]
        cleaner = Denoiser(noise) if noise is not None else None
        ducker = Ducker() if any(layer.layer.duck for layer in layers) else None
        fades = plan.wishes(Fade)
        for start in range(0, plan.samples, BLOCK):
            end = min(plan.samples, start + BLOCK)
            sound = cleaner.next(voice.block, start, end) if cleaner else voice.block(start, end)
            ducking = ducker.gain(sound) if ducker else None
            for layer in layers:
                layer.add_to(sound, start, ducking)
            yield sound * whole_gain(plan, start, end) if fades else sound


def noise_in(plan: Plan, sources: Sources, infos: Infos, track: int) -> float | None:
    """Return the level (dBFS) of steady noise in the recording's own sound, ``None`` if there is none."""
    with ExitStack() as stack:
        voice = _Voices(plan, sources, infos, track, stack)
        starts = range(0, plan.samples, BLOCK)
        return noise_level(voice.block(start, min(plan.samples, start + BLOCK)) for start in starts)


class _Voices:
    """The main track's own sound, mixed from as many tracks of the files as one of the result is made of."""

    def __init__(self, plan: Plan, sources: Sources, infos: Infos, track: int, stack: ExitStack) -> None:
        numbers = {number for piece in plan.pieces for number in plan.sources_of(piece.asset, track)}
        self._voices = []
        for number in sorted(numbers):
            # What another file sends elsewhere is silent here.
            mute = {p.asset for p in plan.pieces if number not in plan.sources_of(p.asset, track)}
            self._voices.append(_Voice(plan, sources, infos, number, stack, mute))

    def block(self, start: int, end: int) -> Sound:
        """Return samples ``start`` to ``end``; blocks have to be asked for in order."""
        sound = silence(end - start)
        for voice in self._voices:
            sound += voice.block(start, end)
        return sound


class _Voice:
    """One audio track of the main track's files."""

    def __init__(
        self, plan: Plan, sources: Sources, infos: Infos, track: int, stack: ExitStack, mute: Container[str]
    ) -> None:
        self._plan, self._sources, self._infos = plan, sources, infos
        self._pieces = tuple(
            replace(piece, volume=0.0 if piece.asset in mute else piece.loudness(track))
            for piece in plan.pieces
        )
        self._track, self._stack = track, stack
        self._readers: dict[str, SampleReader] = {}
        self._tempos: dict[int, Tempo] = {}
        self._next = 0

    def block(self, start: int, end: int) -> Sound:
        """Return samples ``start`` to ``end``; blocks have to be asked for in order."""
        sound = silence(end - start)
        pieces = self._pieces
        for at in range(self._next, len(pieces)):
            first, last = piece_span(pieces[at], self._plan.rate)
            if first >= end:
                break
            if last <= start:
                self._tempos.pop(at, None)
                self._next = at + 1 if at == self._next else self._next
                continue
            low, high = max(start, first), min(end, last)
            part = self._part(at, low, high)
            if part is not None:
                sound[:, low - start : high - start] += part * self._gain(at, low, high)
        return sound

    def _gain(self, at: int, low: int, high: int) -> NDArray[np.float32]:
        pieces = self._pieces
        before = pieces[at - 1] if at and pieces[at].joined else None
        joins = at + 1 < len(pieces) and pieces[at + 1].joined
        return piece_gain(pieces[at], self._plan.rate, low, high, before=before, goes_on=joins)

    def _part(self, at: int, low: int, high: int) -> Sound | None:
        """Return a piece's own sound, ``None`` if it has none on this track."""
        piece = self._pieces[at]
        if self._track >= len(self._infos[piece.asset].audio) or piece.volume == 0:
            return None
        reader = self._reader(piece)
        if piece.speed == 1:
            return reader.read(piece.source_sample + low - piece.start_sample, high - low)
        if at not in self._tempos:
            ahead = round((low - piece.start_sample) * piece.speed)
            self._tempos[at] = Tempo(reader.read, piece.source_sample + ahead, piece.speed)
        return self._tempos[at].next(high - low)

    def _reader(self, piece: Piece) -> SampleReader:
        if piece.asset not in self._readers:
            info = self._infos[piece.asset]
            stream = info.audio[self._track].index
            reader = SampleReader(self._sources[piece.asset], info, stream)
            self._stack.callback(reader.close)
            self._readers[piece.asset] = reader
        return self._readers[piece.asset]


class _LayerSound:
    """Music, or another sound laid over."""

    def __init__(self, layer: Layer, sources: Sources, infos: Infos, stack: ExitStack) -> None:
        self.layer = layer
        info = infos[layer.asset]
        self._path, self._info = sources[layer.asset], info
        self._stack = stack
        self._reader: SampleReader | None = None
        self._tempo: Tempo | None = None
        self._shift = 0

    def add_to(self, sound: Sound, start: int, ducking: NDArray[np.float32] | None) -> None:
        """Add what is heard of it from sample ``start`` of the result on."""
        layer = self.layer
        low, high = max(start, layer.start_sample), min(start + sound.shape[1], layer.end_sample)
        if high <= low:
            return
        gain = layer_gain(layer, low, high)
        if layer.duck and ducking is not None:
            gain = gain * ducking[low - start : high - start]
        sound[:, low - start : high - start] += self._part(low, high) * gain

    def _part(self, low: int, high: int) -> Sound:
        if self._reader is None:
            self._reader = SampleReader(self._path, self._info, self._info.audio[0].index)
            self._stack.callback(self._reader.close)
            if self.layer.speed != 1:
                self._tempo = Tempo(self._looped, self.layer.source_sample, self.layer.speed)
        if self._tempo is not None:
            return self._tempo.next(high - low)
        return self._looped(self.layer.source_sample + low - self.layer.start_sample, high - low)

    def _looped(self, start: int, count: int) -> Sound:
        """Return samples of a sound that begins again where it ends, if it is to loop."""
        assert self._reader is not None
        if not self.layer.loop:
            return self._reader.read(start, count)
        parts: list[Sound] = []
        while count > 0:
            place = start - self._shift
            there = self._reader.available(place, count)
            if not there and place <= 0:
                # A file without a single sample would loop for ever.
                parts.append(silence(count))
                break
            if there:
                parts.append(self._reader.read(place, there))
            else:
                self._shift = start
            start, count = start + there, count - there
        return np.concatenate(parts, axis=1)
