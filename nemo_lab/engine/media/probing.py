"""Say what is in a media file, from what can really be read of it."""

from __future__ import annotations

import logging
import math
import struct
from array import array
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, cast

from av.audio.stream import AudioStream as SoundStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nemo_lab.engine.media.files import MAX_PIXELS, open_media, reading
from nemo_lab.engine.media.info import AudioStream, MediaInfo
from nemo_lab.engine.media.markers import markers_of
from nemo_lab.engine.media.rate import DEFAULT_RATE, timing
from nemo_lab.engine.timebase import format_rate, round_half_up
from nemo_lab.errors import UnreadableMedia

_log = logging.getLogger(__name__)
_STILLS = ("png_pipe", "jpeg_pipe", "webp_pipe")
_NO_TITLES = {"SoundHandler", "Sound Handler", "Core Media Audio", "Apple Sound Media Handler"}
_TRUSTED = Fraction(1, 10)
"""Seconds by which a header's length of a sound may differ from its packets' (priming, padding)."""


class _Scan(NamedTuple):
    """What the packets of one stream say, in ticks."""

    stamps: array[int]
    """Presentation stamps, ascending."""
    last: int
    """Duration of the last packet; 0 when not known."""
    end: int
    """Where the latest packet ends."""


def probe(path: Path | str) -> MediaInfo:
    """Return what a file holds. All its packets are read (nothing but the first picture is decoded),
    so a file that was cut off is as long as what is left of it.

    Raises:
        MediaNotFound, UnsupportedFormat, UnreadableMedia: see :func:`open_media`.
    """
    path = Path(path)
    with open_media(path) as container, reading(path):
        size = path.stat().st_size
        video = picture_of(container)
        scans = _scan(container, [*container.streams.audio, *([] if video is None else [video])])
        audio = tuple(
            _sound(number, stream)
            for number, stream in enumerate(container.streams.audio)
            if stream.index in scans and has_decoder(stream)
        )
        if video is not None and video.index in scans:
            return _with_picture(path, container, video, scans[video.index], audio, size)
        if audio:
            return _sound_alone(container, scans, audio, size)
    raise UnreadableMedia(
        f"{path.name} holds neither picture nor sound", path=path, remedy="Record or copy it again."
    )


def picture_of(container: InputContainer) -> VideoStream | None:
    """Return the picture stream of a file; the cover of a song is none."""
    for stream in container.streams.video:
        if has_decoder(stream) and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def has_decoder(stream: Stream) -> bool:
    """Tell whether a stream can be decoded at all; without a decoder PyAV leaves its context out."""
    context: CodecContext | None = stream.codec_context
    return context is not None


def _scan(container: InputContainer, streams: list[Stream]) -> dict[int, _Scan]:
    """Read all packets; return what they say by the stream's index. A file that was cut off ends early."""
    stamps: dict[int, array[int]] = {stream.index: array("q") for stream in streams}
    ends: dict[int, tuple[int, int]] = {}
    if not streams:  # for PyAV, none named means all there are
        return {}
    try:
        for packet in container.demux(streams):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None or not packet.size or packet.is_discard:
                continue
            index, lasts = packet.stream_index, packet.duration or 0
            stamps[index].append(stamp)
            ends[index] = max(ends.get(index, (stamp + lasts, lasts)), (stamp + lasts, lasts))
    except FFmpegError:
        _log.debug("%s is cut off", container.name)
    return {
        index: _Scan(array("q", sorted(found)), last=ends[index][1], end=ends[index][0])
        for index, found in stamps.items()
        if found
    }


def _sound(number: int, stream: SoundStream) -> AudioStream:
    return AudioStream(
        index=number,
        title=_title(stream),
        channels=stream.codec_context.channels,
        rate=stream.codec_context.sample_rate,
        codec=stream.codec_context.name,
        language=stream.metadata.get("language", ""),
    )


def _title(stream: SoundStream) -> str:
    """Return what a track is called; MP4 keeps it as a name, or where muxers name themselves by default."""
    handler = stream.metadata.get("handler_name", "")
    stated = stream.metadata.get("title") or stream.metadata.get("name")
    return stated or ("" if handler in _NO_TITLES else handler)


def _with_picture(
    path: Path,
    container: InputContainer,
    video: VideoStream,
    scan: _Scan,
    audio: tuple[AudioStream, ...],
    size: int,
) -> MediaInfo:
    """Describe a file that has a picture, moving or still."""
    frame = _first_frame(path)
    rotation, mirrored = _orientation(frame)
    width, height = _shown_size(video, frame, rotation)
    still = not audio and (container.format.name in _STILLS or len(scan.stamps) == 1)
    base = video.time_base or Fraction(1, 1000)
    hints = [Fraction(hint) for hint in (video.base_rate, video.average_rate) if hint]
    times = timing(scan.stamps, scan.last, base, hints)
    origin, duration_ms = scan.stamps[0] * base, max(1, round_half_up(times.duration * 1000))
    return MediaInfo(
        kind="image" if still else "video",
        duration_ms=0 if still else duration_ms,
        width=width,
        height=height,
        rate=format_rate(DEFAULT_RATE if still else times.rate),
        rotation=rotation,
        mirrored=mirrored,
        video_codec=video.codec_context.name,
        audio=audio,
        vfr=times.vfr and not still,
        frames=len(scan.stamps),
        origin=str(origin),
        markers=() if still else markers_of(container, origin, duration_ms),
        size_bytes=size,
    )


def _sound_alone(
    container: InputContainer, scans: dict[int, _Scan], audio: tuple[AudioStream, ...], size: int
) -> MediaInfo:
    """Describe a file of sound; it is as long as its longest stream."""
    spans: list[tuple[Fraction, Fraction]] = []
    for sound in audio:
        stream = container.streams.audio[sound.index]
        scan, base = scans[stream.index], stream.time_base or Fraction(1, sound.rate)
        length, stated = (scan.end - scan.stamps[0]) * base, (stream.duration or 0) * base
        # Encoders pad; a header that knows by how much is better than the sum of the packets.
        spans.append((scan.stamps[0] * base, stated if abs(stated - length) <= _TRUSTED else length))
    origin = min(start for start, _ in spans)
    duration_ms = max(1, round_half_up(max(length for _, length in spans) * 1000))
    return MediaInfo(
        kind="audio",
        duration_ms=duration_ms,
        rate=format_rate(DEFAULT_RATE),
        audio=audio,
        origin=str(origin),
        markers=markers_of(container, origin, duration_ms),
        size_bytes=size,
    )


def _first_frame(path: Path) -> VideoFrame:
    """Decode the first picture: it proves that it can be decoded, and carries the rotation."""
    name = "?"
    try:
        with open_media(path, looks=False) as container:
            video = picture_of(container)
            if video is not None:
                name = video.codec_context.name
                frame = next(container.decode(video), None)
                if frame is not None and frame.width and frame.height:
                    return frame
    except FFmpegError:
        _log.debug("%s: the first picture cannot be decoded", path.name, exc_info=True)
    raise UnreadableMedia(
        f"{path.name}: its picture ({name}) cannot be decoded",
        path=path,
        remedy=f"It is damaged, larger than {MAX_PIXELS // 10**6} megapixels, or an animated WebP.",
    )


def _orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Return the degrees clockwise, and whether it is mirrored left to right before that."""
    try:
        side = cast("Mapping[str, bytes]", frame.side_data)["DISPLAYMATRIX"]
    except KeyError:
        return 0, False
    except ValueError:
        # PyAV 18 knows no name for the EXIF block that FFmpeg 8 hangs on a JPEG, and gives up on all.
        return -frame.rotation % 360, False
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(side)[:36])
    degrees = round(math.degrees(math.atan2(b, a)) / 90) * 90
    # A player turns by the image of the x axis; a negative determinant flips the y axis before,
    # which is the same as mirroring the x axis and turning half a circle more.
    mirrored = a * d - b * c < 0
    return (degrees + (180 if mirrored else 0)) % 360, mirrored


def _shown_size(video: VideoStream, frame: VideoFrame, rotation: int) -> tuple[int, int]:
    """Return width and height as a player shows them: square pixels, upright."""
    aspect = Fraction(video.sample_aspect_ratio or 1)
    width = frame.width if aspect in {0, 1} else max(2, 2 * round_half_up(frame.width * aspect / 2))
    return (frame.height, width) if rotation in {90, 270} else (width, frame.height)
