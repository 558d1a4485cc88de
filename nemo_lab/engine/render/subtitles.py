"""Write a track of subtitles, cue by cue, as the result gets so far."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

from av.container import OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import SubtitleSet

from nemo_lab.engine.media.extras import UNITS, Cue, Subtitles
from nemo_lab.engine.timebase import round_half_up

_BASE = Fraction(1, 1000)
"""Subtitles are told to the millisecond in every format."""
_HEADER = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""The styles of subtitles that bring none; the encoders want some."""


class CueWriter:
    """One track of subtitles in a file being written.

    Args:
        out: the file.
        codec: FFmpeg's name of the encoder; ASS stays ASS where the container knows it.
        track: what to write.
    """

    def __init__(self, out: OutputContainer, codec: str, track: Subtitles) -> None:
        self._out, self._cues, self._next = out, track.cues, 0
        styled = track.codec in {"ass", "ssa"} and out.format.name == "matroska"
        self._stream = cast(SubtitleStream, out.add_stream("ass" if styled else codec))
        self._stream.codec_context.subtitle_header = track.header or _HEADER
        self._stream.codec_context.time_base = self._stream.time_base = _BASE
        for key, value in (("title", track.title), ("language", track.language)):
            if value:
                self._stream.metadata[key] = value

    def write_until(self, sample: int | None) -> None:
        """Write the cues that begin before a sample of the result, all that are left for ``None``."""
        while self._next < len(self._cues) and (sample is None or self._cues[self._next].start < sample):
            self._write(self._cues[self._next])
            self._next += 1

    def _write(self, cue: Cue) -> None:
        start, end = (round_half_up(Fraction(at * 1000, UNITS)) for at in (cue.start, cue.end))
        # The number makes every event its own: players drop a second one with the number of another.
        text = f"{self._next},{cue.text}".encode()
        shown = SubtitleSet.create(text, 0, end - start, start)
        packet: Packet[Any] = self._stream.codec_context.encode_subtitle(shown)
        packet.stream, packet.time_base = self._stream, _BASE
        packet.pts = packet.dts = start
        packet.duration = max(1, end - start)
        self._out.mux(packet)
