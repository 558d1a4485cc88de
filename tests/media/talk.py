"""Talks whose pauses are known: the shipped voice laid at seeded times over a room, or over music.

The truth comes from the dry voice alone: where it is within :data:`AUDIBLE_DB` of its own peak, with gaps of
less than :data:`CLOSED_MS` (they are inside a sentence) closed.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np

from nemo_lab.cli.demo_voice import phrases
from nemo_lab.engine.analysis.spans import closed

RATE = 48_000
AUDIBLE_DB = -40.0
CLOSED_MS = 300
_STEP = RATE // 100

Spans = list[tuple[int, int]]
"""(start, end) in ms, ascending."""


@dataclass(frozen=True)
class Talk:
    """A talk and its truth."""

    path: Path
    duration_ms: int
    spoken: Spans


def make_talk(
    path: Path,
    *,
    seed: int = 1,
    seconds: float = 80,
    music_db: float | None = None,
    room_db: float = -62.0,
    pauses: tuple[float, float] = (0.8, 5.0),
    voices: Sequence[Path] | None = None,
) -> Talk:
    """Write a talk as a mono WAV of 48 kHz.

    Args:
        path: where.
        seed: other pauses and other music for another one.
        seconds: at least this long.
        music_db: level of the music against the voice (RMS, while it speaks); ``None`` for none.
        room_db: level of the room's noise, dBFS.
        pauses: shortest and longest pause, in seconds.
        voices: sound files of phrases, instead of the shipped ones.
    """
    dice = np.random.default_rng(seed)
    voice, spoken = _voice([_phrase(file) for file in voices or phrases()], dice, seconds, pauses)
    sound = voice + dice.standard_normal(len(voice)) * 10 ** (room_db / 20)
    if music_db is not None:
        tune = music(len(voice), dice)
        active = np.concatenate([voice[a * 48 : b * 48] for a, b in spoken])
        sound = sound + tune * _rms(active) / _rms(tune) * 10 ** (music_db / 20)
    write_wav(path, sound)
    return Talk(path, len(sound) * 1000 // RATE, spoken)


def music(samples: int, dice: np.random.Generator) -> np.ndarray:
    """Return a tune: chords with overtones, a bass, a melody that comes and goes, and drums; it begins
    again every 30 s."""
    out = np.zeros(min(samples, 30 * RATE))
    beat = round(RATE * 60 / dice.uniform(80, 130))
    roots = dice.choice([0, 3, 5, 7, 8, 10], size=len(out) // (beat * 4) + 1)
    for bar, root in enumerate(roots):
        start = bar * beat * 4
        for third in (0, 4 if root % 2 else 3, 7):
            _add(out, start, _note(220 * 2 ** ((root + third) / 12), beat * 4, decay=0.8) * 0.4)
        for step in range(8):
            at = start + step * beat // 2
            _add(out, at, _note(55 * 2 ** (root / 12), beat // 2, decay=6) * 0.7)
            if dice.random() < 0.6:
                tone = 440 * 2 ** ((root + dice.choice([0, 2, 4, 7, 9, 12])) / 12)
                _add(out, at, _note(tone, beat // 2, decay=4) * 0.5)
            hit = dice.standard_normal(beat // 4) * np.exp(-np.arange(beat // 4) / RATE * 40)
            _add(out, at, hit * (0.5 if step % 4 == 2 else 0.15))
    return np.resize(out, samples)


def decoded(path: Path) -> np.ndarray:
    """Return a sound file as mono samples of 48 kHz, full scale being 1."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(path)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)


def write_wav(path: Path, sound: np.ndarray) -> None:
    """Write mono samples of 48 kHz as 16-bit WAV; what is too loud is scaled down."""
    peak = max(1.0, float(np.abs(sound).max()))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound / peak * 32767).astype("<i2").tobytes())


def gated(path: Path, target: Path) -> Path:
    """Write a real recording with its own room silenced, so that what can be heard is speech for sure.

    Speech is what lies 10 dB over the quietest tenth, with gaps of less than 200 ms closed; what is shorter
    than 250 ms is a breath.
    """
    sound = decoded(path)
    steps = sound[: len(sound) // _STEP * _STEP].reshape(-1, _STEP)
    level = 20 * np.log10(np.maximum(1e-9, np.sqrt((steps**2).mean(axis=1))))
    heard = level > max(level.max() + AUDIBLE_DB, float(np.percentile(level, 8)) + 10)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], heard.astype(int), [0])))).reshape(-1, 2)
    mask = np.zeros(len(sound))
    for start, end in closed([(int(a), int(b)) for a, b in edges if b - a >= 3], 20):
        if end - start >= 25:
            mask[start * _STEP : end * _STEP] = 1
    write_wav(target, sound * mask)
    return target


def dead(spoken: Spans, duration_ms: int) -> Spans:
    """Return what lies between the spans."""
    edges = [0, *(edge for span in spoken for edge in span), duration_ms]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def overlap(some: Spans, others: Spans) -> int:
    """Return how many ms two lists of spans share."""
    return sum(max(0, min(b, d) - max(a, c)) for a, b in some for c, d in others)


def length(spans: Spans) -> int:
    """Return the sum of the spans' lengths, in ms."""
    return sum(end - start for start, end in spans)


@cache
def _phrase(path: Path) -> np.ndarray:
    return decoded(path)


def _voice(
    files: list[np.ndarray], dice: np.random.Generator, seconds: float, pauses: tuple[float, float]
) -> tuple[np.ndarray, Spans]:
    """Lay phrases in random order at random distances; each at an RMS of -20 dBFS."""
    parts, spoken, now = [], [], 0
    while now < seconds * RATE:
        for number in dice.permutation(len(files)):
            gap = round(dice.uniform(*pauses) * RATE) // _STEP * _STEP
            phrase = files[number] * (0.1 / _rms(files[number]))
            parts += [np.zeros(gap), phrase]
            spoken += [((now + gap) // 48 + a, (now + gap) // 48 + b) for a, b in _audible(phrase)]
            now += gap + len(phrase)
            if now >= seconds * RATE:
                break
    parts.append(np.zeros(2 * RATE))
    return np.concatenate(parts), closed(spoken, CLOSED_MS)


def _audible(phrase: np.ndarray) -> Spans:
    """Return where a dry phrase can be heard, in steps of 10 ms."""
    steps = phrase[: len(phrase) // _STEP * _STEP].reshape(-1, _STEP)
    level = 20 * np.log10(np.maximum(1e-9, np.sqrt((steps**2).mean(axis=1))))
    heard = np.concatenate(([0], (level > level.max() + AUDIBLE_DB).astype(int), [0]))
    edges = np.flatnonzero(np.diff(heard)).reshape(-1, 2)
    return [(int(a) * 10, int(b) * 10) for a, b in edges]


def _note(frequency: float, samples: int, *, decay: float) -> np.ndarray:
    time = np.arange(samples) / RATE
    wave_ = sum(np.sin(2 * np.pi * frequency * k * time) / k for k in range(1, 5))
    attack = np.minimum(1, time / 0.01)
    return np.asarray(wave_ * attack * np.exp(-decay * time))


def _add(out: np.ndarray, start: int, sound: np.ndarray) -> None:
    room = out[start : start + len(sound)]
    room += sound[: len(room)]


def _rms(sound: np.ndarray) -> float:
    return float(np.sqrt((sound**2).mean()))
