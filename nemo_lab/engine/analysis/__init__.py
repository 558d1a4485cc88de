"""What happens in a recording: how loud it is when, and where nothing is said."""

from nemo_lab.engine.analysis.levels import analyse
from nemo_lab.engine.analysis.model import Analysis, Envelope
from nemo_lab.engine.analysis.silence import busy_silences, find_silences

__all__ = ["Analysis", "Envelope", "analyse", "busy_silences", "find_silences"]
