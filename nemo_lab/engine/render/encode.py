"""Encode pictures and sound and put them into one file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as SoundStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet as AvPacket
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nemo_lab.engine.media import AudioStream
from nemo_lab.engine.media.extras import UNITS
from nemo_lab.engine.render.extras import NOTHING, Luggage, gapless
from nemo_lab.engine.render.formats import Format
from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.render.spans.packets import Packet
from nemo_lab.engine.render.subtitles import CueWriter
from nemo_lab.engine.render.video import VideoSpec
from nemo_lab.engine.timebase import SAMPLE_RATE, round_half_up

_FAST_FROM = 128_000
"""Bits per second from which on FFmpeg's fast AAC coder is as good as its default (measured on speech and
music: the noise in every band is as low or lower); it takes half the time or less."""
_GAPLESS = {"mp4", "mov", "ipod"}
"""Containers whose chapters say only where each begins."""


class Writer:
    """A file being written; pictures and sound are given in turns, in order of time.

    Args:
        path: where to write.
        form: container and codecs.
        video: the picture, if there is one.
        sounds: titles and languages of the audio tracks.
        sound_bits: bits per second of each; ``None`` leaves it to the codec.
        luggage: tags, chapters and subtitles.
    """

    def __init__(
        self,
        path: Path,
        form: Format,
        video: VideoSpec | None,
        sounds: Sequence[AudioStream | None],
        sound_bits: int | None,
        luggage: Luggage = NOTHING,
    ) -> None:
        # bitexact: no version numbers, dates or random ids, so that the same edit gives the same bytes.
        options = form.options | {"fflags": "+bitexact"}
        self._out: OutputContainer = av.open(str(path), "w", format=form.container, options=options)
        try:
            # The picture comes first: many a program takes the first stream for it.
            self._video = self._open_picture(video)
            self._sounds = [self._add_sound(form, sound_bits, tag) for tag in sounds]
            self._subtitles = self._add_luggage(form, luggage)
        except BaseException:
            self._out.close()
            raise
        self._count = 0
        self._written = [0] * len(sounds)

    def _open_picture(self, video: VideoSpec | None) -> VideoStream | None:
        return self._add_video(video) if video else None

    def picture(self, frame: VideoFrame) -> None:
        """Write the next picture."""
        assert self._video is not None
        frame.pts, frame.time_base = self._count, 1 / Fraction(self._video.codec_context.framerate or 1)
        frame.pict_type = 0
        self._count += 1
        self._mux(self._video.encode(frame))

    def sound(self, track: int, block: Sound) -> None:
        """Write the next samples of an audio track."""
        self._mux(self.heard(track, block))

    @property
    def wants_global_header(self) -> bool:
        """Whether the container wants the picture's parameter sets in its own head."""
        assert self._video is not None
        return bool(self._video.codec_context.flags & Flags.global_header.value)

    def begin(self) -> None:
        """Open the encoders and write the head; nothing else may come from another thread before."""
        self._out.start_encoding()

    def heard(self, track: int, block: Sound | None) -> list[AvPacket[SoundStream]]:
        """Encode the next samples of an audio track, ``None`` at its end; one thread at a time may do so."""
        if block is None:
            return self._sounds[track].encode(None)
        frame = AudioFrame.from_ndarray(block, "fltp", "stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._written[track]
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._written[track] += block.shape[1]
        return self._sounds[track].encode(frame)

    def put(self, made: Packet, *, picture: bool) -> None:
        """Write a packet that was encoded elsewhere, or by :meth:`heard`."""
        stream = self._video if picture else self._sounds[made.track]
        assert stream is not None
        packet: AvPacket[Any] = AvPacket(made.data)
        packet.stream = stream
        packet.time_base = Fraction(stream.codec_context.time_base or 1)
        packet.pts, packet.dts, packet.duration = made.pts, made.dts, made.duration
        packet.is_keyframe = made.keyframe
        self._mux([packet])

    def put_rest(self, packets: Sequence[AvPacket[SoundStream]]) -> None:
        """Write packets as they came from :meth:`heard`, and the index."""
        self._mux(packets)
        self._write_cues(None)
        self._out.close()

    def finish(self) -> None:
        """Write what the encoders still hold, and the index."""
        for sound in self._sounds:
            self._mux(sound.encode(None))
        if self._video is not None:
            self._mux(self._video.encode(None))
        self._write_cues(None)
        self._out.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._out.close()

    def _mux(self, packets: Sequence[AvPacket[Any]]) -> None:
        """Write packets of picture or sound, and the subtitles that begin before them."""
        for packet in packets if self._subtitles else ():
            if packet.dts is not None and packet.time_base is not None:
                self._write_cues(round_half_up(packet.dts * packet.time_base * UNITS))
        self._out.mux(packets)

    def _write_cues(self, sample: int | None) -> None:
        for track in self._subtitles:
            track.write_until(sample)

    def _add_luggage(self, form: Format, luggage: Luggage) -> list[CueWriter]:
        self._out.metadata.update(luggage.tags)
        chapters = gapless(luggage.chapters) if form.container in _GAPLESS else luggage.chapters
        if chapters:
            self._out.set_chapters(
                [
                    {
                        "id": number,
                        "start": round_half_up(Fraction(chapter.start * 1000, UNITS)),
                        "end": round_half_up(Fraction(chapter.end * 1000, UNITS)),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": chapter.title},
                    }
                    for number, chapter in enumerate(chapters, 1)
                ]
            )
        if form.subtitles is None:
            return []
        return [CueWriter(self._out, form.subtitles, track) for track in luggage.subtitles]

    def _add_video(self, spec: VideoSpec) -> VideoStream:
        stream = cast(VideoStream, self._out.add_stream(spec.codec, rate=spec.rate, options=spec.options))
        spec.set_up(stream.codec_context)
        return stream

    def _add_sound(self, form: Format, bits: int | None, tag: AudioStream | None) -> SoundStream:
        assert form.audio is not None
        stream = cast(SoundStream, self._out.add_stream(form.audio, rate=SAMPLE_RATE, layout="stereo"))
        if bits:
            stream.bit_rate = bits
        if form.audio == "aac" and (bits or 0) >= _FAST_FROM:
            # Without temporal noise shaping it takes 8 % less, and is 0.3 dB nearer to what it was given.
            stream.codec_context.options = {"aac_coder": "fast", "aac_tns": "0"}
        stream.codec_context.flags |= Flags.bitexact.value
        name(stream, tag)
        return stream


def name(stream: SoundStream, tag: AudioStream | None) -> None:
    """Give an audio track of a result the title and language of the source's."""
    if tag is not None and tag.title:
        stream.metadata["title"] = tag.title
    if tag is not None and tag.language:
        stream.metadata["language"] = tag.language
