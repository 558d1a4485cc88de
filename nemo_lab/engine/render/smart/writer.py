"""Writing a result whose picture is (mostly) copied: the full render's writer, given packets."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.audio.stream import AudioStream as SoundStream
from av.packet import Packet

from nemo_lab.engine.media import AudioStream, open_media
from nemo_lab.engine.render.encode import Writer, name
from nemo_lab.engine.render.extras import NOTHING, Luggage
from nemo_lab.engine.render.formats import Format
from nemo_lab.engine.render.smart.assemble import VideoPacket
from nemo_lab.engine.render.smart.avcc import AvcConfiguration
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.soundcopy import SoundCopy
from nemo_lab.engine.render.video import VideoSpec

_TICKS = 512
"""Units of the picture's time base per frame; players like one that is fine enough."""


class PacketWriter(Writer):
    """A file being written from packets of the picture and blocks of sound.

    Args:
        path: where to write.
        form: container and codecs.
        index: the source that the picture is like: size, colours, rotation.
        configuration: the result's parameter sets.
        sounds: titles and languages of the audio tracks.
        sound_bits: bits per second of each.
        luggage: tags, chapters and subtitles.
        copies: of the sound, for each track, where it is copied.
    """

    def __init__(
        self,
        path: Path,
        form: Format,
        index: Index,
        configuration: AvcConfiguration,
        sounds: Sequence[AudioStream | None],
        sound_bits: int | None,
        luggage: Luggage = NOTHING,
        copies: Sequence[SoundCopy] = (),
    ) -> None:
        self._index, self._configuration = index, configuration
        self._copies, self._copied = deque(copies), bool(copies)
        self._packets, self._frame_time, self._ahead = 0, 1 / index.rate, index.reorder
        super().__init__(path, form, None, sounds, sound_bits, luggage)

    def packet(self, made: VideoPacket) -> None:
        """Write the next packet; decode stamps run ahead of the frames by the source's reordering."""
        packet: Packet[Any] = Packet(made.data)
        packet.stream, packet.time_base = self._pictures, self._frame_time
        packet.pts, packet.dts, packet.duration = made.frame, self._packets - self._ahead, 1
        packet.is_keyframe = made.keyframe
        self._packets += 1
        self._mux([packet])

    def copied_sound(self, track: int, packet: Packet[Any]) -> None:
        """Write the next packet of an audio track that is copied."""
        packet.stream = self._sounds[track]
        self._mux([packet])

    def finish(self) -> None:
        """Write what the encoders still hold, and the index; sound that is copied has no encoder."""
        if self._copied:
            self._sounds = []
        super().finish()

    def _add_sound(self, form: Format, bits: int | None, tag: AudioStream | None) -> SoundStream:
        if not self._copies:
            return super()._add_sound(form, bits, tag)
        copy = self._copies.popleft()
        with open_media(copy.path) as container:
            stream = self._out.add_stream_from_template(container.streams.audio[copy.stream])
        if self._out.format.name != "matroska":
            stream.codec_context.codec_tag = "mp4a"
        stream.time_base = Fraction(1, copy.rate)
        name(stream, tag)
        return stream

    def _open_picture(self, video: VideoSpec | None) -> None:
        """Open a stream for packets; no encoder of the file's own makes any."""
        with open_media(self._index.path) as container:
            stream = self._out.add_stream_from_template(container.streams.video[0])
        stream.codec_context.extradata = self._configuration.to_bytes()
        if self._out.format.name != "matroska":
            stream.codec_context.codec_tag = "avc1"
        stream.time_base = 1 / (self._index.rate * _TICKS)
        self._pictures = stream
