"""Writing a result whose picture is (mostly) copied: the full render's writer, given packets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from av.packet import Packet

from nemo_lab.engine.media import AudioStream, open_media
from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.extras import NOTHING, Luggage
from nemo_lab.engine.render.formats import Format
from nemo_lab.engine.render.smart.assemble import VideoPacket
from nemo_lab.engine.render.smart.avcc import AvcConfiguration
from nemo_lab.engine.render.smart.cuts import TICKS, Schedule
from nemo_lab.engine.render.smart.hevc import HevcConfiguration
from nemo_lab.engine.render.smart.order import Order
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
    ) -> None:
        self._order, self._schedule, self._configuration = order, schedule, configuration
        self._packets = 0
        super().__init__(path, form, None, sounds, sound_bits, luggage)

    def packet(self, made: VideoPacket) -> None:
        """Write the next packet; decode stamps run ahead of the frames by the source's reordering."""
        packet: Packet[Any] = Packet(made.data)
        packet.stream, packet.time_base = self._pictures, self._tick
        packet.pts, packet.duration = self._schedule.ticks[made.frame], self._schedule.duration(made.frame)
        # Never later than any frame that is still to be shown: so many packets run ahead of their frames.
        ahead = self._packets - self._order.reorder
        packet.dts = self._schedule.ticks[ahead] if ahead >= 0 else ahead * TICKS
        packet.is_keyframe = made.keyframe
        self._packets += 1
        self._mux([packet])

    def _open_picture(self, video: VideoSpec | None) -> None:
        """Open a stream for packets; no encoder of the file's own makes any."""
        with open_media(self._order.path) as container:
            stream = self._out.add_stream_from_template(container.streams.video[0])
        stream.codec_context.extradata = self._configuration.to_bytes()
        if self._out.format.name != "matroska":
            stream.codec_context.codec_tag = _TAGS[self._order.format.codec]
        self._tick = 1 / (self._order.rate * TICKS)
        stream.time_base = self._tick
        self._pictures = stream
