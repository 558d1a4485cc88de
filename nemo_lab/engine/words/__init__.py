"""What is said: transcripts, captions, filler words, and places found by their words.

Everything runs on this machine. Transcribing needs the extra ``captions`` and a model; the rest does not.
"""

from nemo_lab.engine.words.captions import cues, ready_cues
from nemo_lab.engine.words.fillers import fillers
from nemo_lab.engine.words.find import find_words
from nemo_lab.engine.words.model import Transcript, Word
from nemo_lab.engine.words.models import WhisperModel, find_model
from nemo_lab.engine.words.transcribe import transcribe

__all__ = [
    "Transcript",
    "WhisperModel",
    "Word",
    "cues",
    "fillers",
    "find_model",
    "find_words",
    "ready_cues",
    "transcribe",
]
