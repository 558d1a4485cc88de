"""Hear where somebody speaks: one probability per 32 ms, in a single pass and in constant memory.

Level cannot tell a voice from the music or the game under it; a network trained on voices can.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from nemo_lab.engine.analysis.silero import MODEL

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

SPEECH_RATE = 16_000
"""Samples per second that the network hears."""
CHUNK = 512
"""Samples of one chunk: 32 ms."""
_CONTEXT = 64
_BATCH = 256
"""Chunks that are heard at a stroke: 8 s."""
_STRAY = SPEECH_RATE // 50
"""Samples by which sound may lie elsewhere than counted before it is put right: a fiftieth of a second."""
_NOTHING = 10 ** (-75 / 20)
"""A batch whose peak is below this (full scale is 1) was not recorded at all: nobody speaks in it."""

Samples = NDArray[np.float32]


def can_hear() -> bool:
    """Tell whether the network can run here; without it pauses are found by level alone."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def _network() -> InferenceSession:
    """Return the network; one is enough for a process, since its memory is kept outside."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: the same sums in the same order everywhere, and the picture needs the other cores.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


class Listener:
    """Hears one stream of sound from its time 0 on.

    Args:
        duration_ms: how long the file is; sound beyond it is not heard.
    """

    def __init__(self, duration_ms: int) -> None:
        self._end = -(-duration_ms * SPEECH_RATE // (1000 * CHUNK)) * CHUNK
        self._rate = 0
        self._resampler: AudioResampler | None = None
        self._waiting: list[Samples] = []
        self._size = 0
        """Samples that wait."""
        self._taken = 0
        """Samples that were taken in, heard or waiting."""
        self._found: list[NDArray[np.uint8]] = []
        self._forget()

    def _forget(self) -> None:
        self._h = self._c = np.zeros((1, 1, 128), np.float32)
        self._before: Samples = np.zeros(_CONTEXT, np.float32)

    def hear(self, mono: Samples, start: int, rate: int) -> None:
        """Take in samples of one channel.

        Args:
            mono: the samples, 1.0 being full scale.
            start: number of the first of them, counted from time 0; a gap counts as silence.
            rate: samples per second.
        """
        due = start * SPEECH_RATE // rate
        if rate != self._rate or abs(due - self._taken) > _STRAY:
            self._drain()
            self._resampler, self._rate = AudioResampler("flt", "mono", SPEECH_RATE), rate
            self._pass_over(due - self._taken)
        assert self._resampler is not None
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(mono[np.newaxis]), "fltp", "mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        for out in self._resampler.resample(frame):
            self._take(out.to_ndarray()[0])

    def probabilities(self) -> tuple[int, ...]:
        """Hear what still waits; return the probability of speech of each 32 ms, in percent."""
        self._drain()
        rest = -self._size % CHUNK
        self._take(np.zeros(rest, np.float32))
        self._work(self._size // CHUNK)
        return tuple(np.concatenate(self._found).tolist()) if self._found else ()

    def _drain(self) -> None:
        """Take what the resampler still holds."""
        if self._resampler is not None:
            for out in self._resampler.resample(None):
                self._take(out.to_ndarray()[0])
        self._resampler = None

    def _pass_over(self, samples: int) -> None:
        """Take a gap as silence, piece by piece; sound that comes twice cannot be taken back."""
        samples = min(samples, self._end - self._taken)
        while samples > 0:
            piece = min(samples, _BATCH * CHUNK)
            self._take(np.zeros(piece, np.float32))
            samples -= piece

    def _take(self, samples: Samples) -> None:
        samples = samples[: max(0, self._end - self._taken)]
        self._waiting.append(samples)
        self._taken += len(samples)
        self._size += len(samples)
        while self._size >= _BATCH * CHUNK:
            self._work(_BATCH)

    def _work(self, chunks: int) -> None:
        """Hear that many chunks of what waits."""
        if not chunks:
            return
        sound = np.concatenate(self._waiting)
        heard, left = sound[: chunks * CHUNK], sound[chunks * CHUNK :]
        self._waiting, self._size = [left], len(left)
        if not len(heard) or np.abs(heard).max() < _NOTHING:
            self._found.append(np.zeros(chunks, np.uint8))
            self._forget()
            return
        table = np.empty((chunks, _CONTEXT + CHUNK), np.float32)
        table[:, _CONTEXT:] = heard.reshape(chunks, CHUNK)
        table[1:, :_CONTEXT] = table[:-1, -_CONTEXT:]
        table[0, :_CONTEXT] = self._before
        self._before = table[-1, -_CONTEXT:].copy()
        speech, self._h, self._c = _network().run(None, {"input": table, "h": self._h, "c": self._c})
        self._found.append(np.rint(np.asarray(speech).ravel() * 100).astype(np.uint8))
