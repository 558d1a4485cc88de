"""A recording at a glance, for whoever draws a timeline: small pictures on one sheet, and how loud it is."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av.video.frame
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict

from nemo_lab.engine.media import MediaInfo, open_media, reading
from nemo_lab.engine.media.probing import picture_of

Progress = Callable[[float], None]

_TILE_HEIGHT = 54
_COLUMNS = 16
_MOST_TILES = 192
_EVERY_MS = 2000
"""Time between two pictures, at least."""
_EXACT_MS = 20_000
"""Up to this length each picture is the one of its moment; beyond it, the key frame before."""
_MOST_PEAKS = 8000
_PEAK_MS = 20
_SOUND_RATE = 8000
"""Samples per second that are looked at: enough to see where it is loud."""
_QUALITY = 70


class Strip(BaseModel):
    """Pictures and sound levels of a file; bytes as base64, since it travels as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jpeg: str = ""
    """One sheet of all pictures, row by row; empty for sound."""
    columns: int = 1
    width: int = 0
    height: int = 0
    """Of one picture, in pixels."""
    count: int = 0
    every_ms: int = 0
    """Picture ``n`` shows the moment ``n × every_ms``."""
    peaks: str = ""
    """One byte per ``peaks_ms``: the loudest sample, 255 is full scale; empty without sound."""
    peaks_ms: int = _PEAK_MS


def strip(
    path: Path | str, info: MediaInfo, *, most: int | None = None, progress: Progress | None = None
) -> Strip:
    """Look through a file.

    Args:
        path: the file.
        info: what :func:`nemo_lab.engine.media.probe` said of it.
        most: pictures at most, and no sound; ``None`` is all that a timeline needs.
        progress: is told how much is done, from 0 to 1.

    Raises:
        MediaNotFound, UnsupportedFormat, UnreadableMedia: see :func:`nemo_lab.engine.media.open_media`.
    """
    tell = progress or (lambda _: None)
    found: dict[str, object] = {}
    if info.has_video:
        with open_media(path) as container, reading(path):
            found |= _pictures(container, info, most or _MOST_TILES, lambda part: tell(part / 2))
    if info.has_audio and most is None:
        with open_media(path) as container, reading(path):
            found |= _peaks(container, info)
    tell(1.0)
    return Strip.model_validate(found)


def _pictures(container: InputContainer, info: MediaInfo, most: int, progress: Progress) -> dict[str, object]:
    stream = picture_of(container)
    if stream is None or not info.width or not info.height:
        return {}
    count = min(most, max(1, -(-info.duration_ms // _EVERY_MS)))
    every = max(1, info.duration_ms // count) if info.duration_ms else _EVERY_MS
    width = max(16, min(160, round(_TILE_HEIGHT * info.width / info.height)))
    columns = min(_COLUMNS, count)
    sheet = Image.new("RGB", (columns * width, -(-count // columns) * _TILE_HEIGHT))
    stream.thread_type = "AUTO"
    for number, frame in _frames(container, stream, info, [n * every for n in range(count)]):
        tile = _small(frame, info, width)
        sheet.paste(tile, (number % columns * width, number // columns * _TILE_HEIGHT))
        progress((number + 1) / count)
    packed = io.BytesIO()
    sheet.save(packed, format="JPEG", quality=_QUALITY)
    jpeg = base64.b64encode(packed.getvalue()).decode()
    shape = {"columns": columns, "width": width, "height": _TILE_HEIGHT, "count": count, "every_ms": every}
    return {"jpeg": jpeg, **shape}


def _frames(
    container: InputContainer, stream: VideoStream, info: MediaInfo, times: list[int]
) -> Iterator[tuple[int, av.video.frame.VideoFrame]]:
    """Yield a picture for each time (in ms); a file that was cut off just ends."""
    try:
        if info.kind == "image" or info.duration_ms <= _EXACT_MS:
            yield from _each(container, stream, info, times)
        else:
            yield from _key_frames(container, stream, info, times)
    except FFmpegError:
        return


def _each(
    container: InputContainer, stream: VideoStream, info: MediaInfo, times: list[int]
) -> Iterator[tuple[int, av.video.frame.VideoFrame]]:
    """Decode all and yield the pictures that are shown at the times."""
    number, shown = 0, None
    for frame in container.decode(stream):
        at = _ms(frame, stream, info)
        while number < len(times) and at > times[number]:
            yield number, shown or frame
            number += 1
        shown = frame
        if number == len(times):
            return
    while shown is not None and number < len(times):
        yield number, shown
        number += 1


def _key_frames(
    container: InputContainer, stream: VideoStream, info: MediaInfo, times: list[int]
) -> Iterator[tuple[int, av.video.frame.VideoFrame]]:
    """Jump, and yield the key frame before each time."""
    stream.codec_context.skip_frame = "NONKEY"
    base = stream.time_base or Fraction(1, 1000)
    for number, time in enumerate(times):
        moment = info.origin_s + Fraction(time, 1000)
        container.seek(int(moment / base), stream=stream, backward=True)
        frame = next(container.decode(stream), None)
        if frame is not None:
            yield number, frame


def _ms(frame: av.video.frame.VideoFrame, stream: VideoStream, info: MediaInfo) -> Fraction:
    base = frame.time_base or stream.time_base or Fraction(1, 1000)
    return ((frame.pts or 0) * base - info.origin_s) * 1000


def _small(frame: av.video.frame.VideoFrame, info: MediaInfo, width: int) -> Image.Image:
    """Return a picture as a player shows it, at a tile's size."""
    turned = info.rotation in {90, 270}
    size = (_TILE_HEIGHT, width) if turned else (width, _TILE_HEIGHT)
    small = frame.reformat(width=size[0], height=size[1], format="rgb24")
    image = Image.fromarray(small.to_ndarray())
    if info.rotation:
        image = image.rotate(-info.rotation, expand=True)
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if info.mirrored else image


def _peaks(container: InputContainer, info: MediaInfo) -> dict[str, object]:
    """Return the loudest sample of each window of the first sound."""
    step = max(_PEAK_MS, -(-info.duration_ms // _MOST_PEAKS))
    window = _SOUND_RATE * step // 1000
    levels = np.zeros(info.duration_ms // step + 1, dtype=np.uint8)
    for at, samples in _sound(container, info):
        loud = np.minimum(np.abs(samples.astype(np.int32)) >> 7, 255).astype(np.uint8)
        places = (np.arange(len(loud)) + at) // window
        inside = (places >= 0) & (places < len(levels))
        np.maximum.at(levels, places[inside], loud[inside])
    return {"peaks": base64.b64encode(levels.tobytes()).decode(), "peaks_ms": step}


def _sound(container: InputContainer, info: MediaInfo) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """Yield runs of samples, with the number of the first one counted from time 0."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_SOUND_RATE)
    position: int | None = None
    try:
        for frame in container.decode(container.streams.audio[0]):
            if position is None:
                begin = (frame.pts or 0) * (frame.time_base or Fraction(1, 1)) - info.origin_s
                position = round(begin * _SOUND_RATE)
            frame.pts = None
            for part in resampler.resample(frame):
                samples = part.to_ndarray().reshape(-1).astype(np.int16, copy=False)
                yield position, samples
                position += len(samples)
    except FFmpegError:
        return
