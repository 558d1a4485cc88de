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
from nemo_lab.engine.render.smart.cuts import TICKS, Schedule
from nemo_lab.engine.render.smart.hevc import HevcConfiguration
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.soundcopy import SoundCopy
from nemo_lab.engine.render.video import VideoSpec

_TAGS = {"h264": "avc1", "hevc": "hvc1"}
"""Sample entries whose parameter sets all lie in the head: Apple's players take no others."""


class PacketWriter(Writer):
    """A file being written from packets of the picture and blocks of sound.

    Args:
        path: where to write.
        form: container and codecs.
        order: the source that the picture is like: size, colours, rotation.
        schedule: when each frame is shown.
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
        order: Order,
        schedule: Schedule,
        configuration: AvcConfiguration | HevcConfiguration,
        sounds: Sequence[AudioStream | None],
        sound_bits: int | None,
        luggage: Luggage = NOTHING,
        copies: Sequence[SoundCopy] = (),
    ) -> None:
        self._order, self._schedule, self._configuration = order, schedule, configuration
        self._copies, self._copied = deque(copies), bool(copies)
        self._packets, self._tick, self._ahead = 0, 1 / (order.rate * TICKS), order.reorder
        super().__init__(path, form, None, sounds, sound_bits, luggage)

    def packet(self, made: VideoPacket) -> None:
        """Write the next packet; decode stamps run ahead of the frames by the source's reordering."""
        packet: Packet[Any] = Packet(made.data)
        packet.stream, packet.time_base = self._pictures, self._tick
        packet.pts, packet.duration = self._schedule.ticks[made.frame], self._schedule.duration(made.frame)
        # Never later than any frame that is still to be shown: so many packets run ahead of their frames.
        ahead = self._packets - self._ahead
        packet.dts = self._schedule.ticks[ahead] if ahead >= 0 else ahead * TICKS
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
        with open_media(copy.path, looks=False) as container:
            stream = self._out.add_stream_from_template(container.streams.audio[copy.stream])
        if self._out.format.name != "matroska":
            stream.codec_context.codec_tag = "mp4a"
        stream.time_base = Fraction(1, copy.rate)
        name(stream, tag)
        return stream

    def _open_picture(self, video: VideoSpec | None) -> None:
        """Open a stream for packets; no encoder of the file's own makes any."""
        with open_media(self._order.path, looks=False) as container:
            stream = self._out.add_stream_from_template(container.streams.video[0])
        stream.codec_context.extradata = self._configuration.to_bytes()
        if self._out.format.name != "matroska":
            stream.codec_context.codec_tag = _TAGS[self._order.format.codec]
        stream.time_base = self._tick
        self._pictures = stream
