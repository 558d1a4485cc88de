"""Silero VAD v6 (MIT, see LICENSE): a small network that hears whether somebody speaks.

``silero_vad_v6.onnx`` is the file of that name in the assets of faster-whisper 1.2.1 (MIT), 1.2 MB, SHA-256
``4cbf549b8326f60f80f2536d9eefeb450a9abe83365a098031c89719f1be17d2``: the network of silero-vad for 16 kHz,
exported so that its convolutions run over many chunks at a stroke. It is shipped, so that speech is told
from music without torch, without a download and without the extra ``captions``.
"""

from __future__ import annotations

from pathlib import Path

MODEL = Path(__file__).with_name("silero_vad_v6.onnx")
"""Inputs ``input`` (chunks, 576 samples: 64 of the chunk before, 512 of this one), ``h`` and ``c``."""
