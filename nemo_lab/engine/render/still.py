"""Write one picture that stands for the whole."""

from __future__ import annotations

from av.video.frame import VideoFrame
from PIL import Image

from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.picture import Pictures
from nemo_lab.engine.render.planes import planes_of
from nemo_lab.errors import RenderFailed

_DARK = 24
"""Mean luma up to which a picture counts as black."""
_FLAT = 4
"""Standard deviation of luma up to which it shows nothing."""
_PLACES = 24
"""Pictures that are looked at, spread over the whole."""


def write_still(job: Job) -> None:
    """Write the first picture that shows something as PNG; the first of all if none does.

    Raises:
        RenderFailed: it is larger than the bytes allowed.
    """
    pictures = Pictures(job.plan, job.sources, job.infos)
    last = job.plan.frames - 1
    chosen: VideoFrame | None = None
    for place in sorted({last * step // _PLACES for step in range(_PLACES)}):
        frame = next(pictures.frames(place, place + 1))
        chosen = chosen or frame
        job.progress.at(0.9 * (place + 1) / job.plan.frames)
        if _shows_something(frame):
            chosen = frame
            break
    assert chosen is not None
    image = _as_image(chosen, pictures.colour.assumed_matrix)
    image.save(job.part, format="PNG")
    limit = job.settings.max_bytes
    if limit is not None and job.part.stat().st_size > limit:
        raise RenderFailed(f"the picture is larger than {limit} bytes", remedy="Ask for a smaller height.")


def _shows_something(frame: VideoFrame) -> bool:
    luma = planes_of(frame)[0]
    return float(luma.mean()) > _DARK and float(luma.std()) > _FLAT


def _as_image(frame: VideoFrame, matrix: int) -> Image.Image:
    rgb = frame.reformat(format="rgb24", src_colorspace=matrix, src_color_range=1, dst_color_range=2)
    return Image.fromarray(rgb.to_ndarray())
