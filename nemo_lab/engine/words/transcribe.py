"""Write down what is said, with faster-whisper on this machine.

The voice is read in windows that begin and end at pauses and are as long as the model hears at once, so an
hour takes no more memory than a minute, and silence, in which such models invent words, is never shown to
them. Temperature 0 and a fixed beam: the same file gives the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nemo_lab.engine.analysis import Analysis
from nemo_lab.engine.analysis.moments import moments
from nemo_lab.engine.analysis.spans import Span
from nemo_lab.engine.analysis.voice import levels_of, spoken, voices
from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.words.borders import fitted
from nemo_lab.engine.words.model import Transcript, Word
from nemo_lab.engine.words.models import NoModel, WhisperModel
from nemo_lab.engine.words.sound import Samples, stretches
from nemo_lab.errors import ConfigError

_WINDOW_MS = 28_000
"""The model hears 30 s at once."""
_MARGIN_MS = 200
_LOOPING = 2.4
"""Text that compresses better than this is the model going round in circles."""
_PROMPTS = {"zh": "以下是普通话的句子。"}
"""Simplified characters and punctuation. A prompt in English was measured to make it stop too early."""


def transcribe(  # long: parameters and errors are explained
    path: Path,
    info: MediaInfo,
    analysis: Analysis,
    *,
    model: WhisperModel,
    language: str | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Transcript:
    """Return what is said in a file.

    Args:
        path: the file.
        info: what is in it.
        analysis: where somebody speaks in it.
        model: see :func:`nemo_lab.engine.words.models.find_model`.
        language: ISO 639-1; ``None`` is heard from the beginning of the talk, or English where the model
            knows nothing else.
        progress: is told how much is done, from 0 to 1.

    Raises:
        NoModel: the model does not speak the language.
        ConfigError: the model cannot be loaded.
        MediaNotFound, UnreadableMedia: see :func:`nemo_lab.engine.media.open_media`.
    """
    if model.english_only and language not in {None, "en"}:
        raise NoModel(f"the speech model {model.name} understands English alone")
    spans = windows(analysis)
    spoken_language = language or ("en" if model.english_only or not spans else None)
    if not spans:
        return Transcript(language=spoken_language or "en", model=model.name)
    network = _loaded(model)
    stream = _loudest(analysis)
    words: list[Word] = []
    for number, (start, sound) in enumerate(stretches(path, info, stream, spans)):
        if spoken_language is None:
            spoken_language = str(network.detect_language(sound)[0])
        words += _heard(network, sound, start, spoken_language)
        progress((number + 1) / len(spans))
    assert spoken_language is not None
    ready = fitted(words, spoken(analysis), levels_of(analysis))
    return Transcript(language=spoken_language, model=model.name, words=tuple(ready))


def windows(analysis: Analysis) -> list[Span]:
    """Return the stretches (start, end in ms) that are shown to the model: moments of speech with a margin,
    as many as it hears at once; all of the file, where nobody listened for speech."""
    found = [(moment.start, moment.end) for moment in moments(analysis)] if spoken(analysis) else []
    if not found and not any(voice.speech for voice in voices(analysis)):
        found = [
            (start, min(start + _WINDOW_MS, analysis.duration_ms))
            for start in range(0, analysis.duration_ms if analysis.envelopes else 0, _WINDOW_MS)
        ]
    result: list[Span] = []
    for number, (start, end) in enumerate(found):
        before = found[number - 1][1] if number else 0
        after = found[number + 1][0] if number + 1 < len(found) else analysis.duration_ms
        low = start - min(_MARGIN_MS, max(0, start - before) // 2)
        high = end + min(_MARGIN_MS, max(0, after - end) // 2)
        if result and high - result[-1][0] <= _WINDOW_MS:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return result


def _loudest(analysis: Analysis) -> int:
    """Return which sound to listen to: of several voices, the loudest."""
    return max(
        voices(analysis),
        key=lambda voice: float(np.percentile(voice.levels, 90)) if voice.levels else -1e9,
    ).index


def _loaded(model: WhisperModel) -> Any:
    """Return the network, ready to listen."""
    from faster_whisper import WhisperModel as Network

    name = model.name if model.path is None else str(model.path)
    try:
        return Network(name, device="cpu", compute_type="int8", local_files_only=model.path is not None)
    except Exception as exc:
        raise ConfigError(f"the speech model {name} cannot be loaded: {exc}") from exc


def _heard(network: Any, sound: Samples, start: int, language: str) -> list[Word]:
    segments, _ = network.transcribe(
        sound,
        language=language,
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        initial_prompt=_PROMPTS.get(language),
        without_timestamps=False,
        max_new_tokens=200,
    )
    return [
        Word(
            text=word.word,
            start_ms=start + round(word.start * 1000),
            end_ms=start + round(word.end * 1000),
            probability=round(float(word.probability), 3),
        )
        for segment in segments
        if segment.compression_ratio <= _LOOPING
        for word in segment.words or ()
    ]
