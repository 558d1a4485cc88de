"""Filter graphs for pictures: one in, one out.

Graphs are built from an allow list of filters by keyword, so that nothing of a draft is ever parsed as
a filter expression: every value that reaches a graph is a number that was formatted here or in
:mod:`nemo_lab.engine.render.look`.
"""

from __future__ import annotations

from fractions import Fraction

import av.filter
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from nemo_lab.engine.render.canvas import even
from nemo_lab.engine.render.model import Size
from nemo_lab.engine.render.planes import Window

_ALLOWED = {
    "buffer", "buffersink", "crop", "format", "gblur", "hflip", "lutyuv", "overlay", "pad", "scale",
    "setsar", "split", "transpose", "vflip",
}  # fmt: skip
_SCALER = "bicubic"
_TICK = Fraction(1, 1000)
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
"""Names by the numbers of ITU-T H.273, as the buffer filter takes them."""
_RANGES = {1: "tv", 2: "pc"}
UNTAGGED = 2
_UNKNOWN_RANGE = 0


class PictureGraph:
    """A filter graph being built, and then run: one picture in, one picture out.

    Attributes:
        size: the picture so far.
        changes: how many filters there are.
        window: what is seen of the pictures that come in.
    """

    def __init__(self, frame: VideoFrame) -> None:
        self._graph = av.filter.Graph()
        self.size: Size = frame.width, frame.height
        self.window: Window = 0, 0, *self.size
        self.changes = 0
        self._count = 0
        self._head = self._node(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=f"{_TICK.numerator}/{_TICK.denominator}",
            colorspace=MATRICES.get(int(frame.colorspace), "unknown"),
            range=_RANGES.get(int(frame.color_range), "unknown"),
        )
        self._matrix = frame.colorspace if int(frame.colorspace) in MATRICES else UNTAGGED

    def _node(self, name: str, **options: str) -> FilterContext:
        if name not in _ALLOWED:
            raise ValueError(f"filter {name} is not allowed")
        return self._graph.add(name, None, **options)

    def add(self, name: str, **options: str) -> None:
        """Append a filter."""
        node = self._node(name, **options)
        self._head.link_to(node)
        self._head = node
        self.changes += 1

    def scale(self, size: Size) -> None:
        """Append a change of size."""
        self.add("scale", w=str(size[0]), h=str(size[1]), flags=_SCALER)
        self.size = size

    def crop(self, size: Size) -> None:
        """Append a cut to the centre; the corner stays even, so that chroma keeps its place."""
        left, top = (self.size[0] - size[0]) // 4 * 2, (self.size[1] - size[1]) // 4 * 2
        if not self.changes:
            self.window = left, top, *size
        self.add("crop", w=str(size[0]), h=str(size[1]), x=str(left), y=str(top))
        self.size = size

    def pad(self, size: Size) -> None:
        """Append black bars around the picture."""
        left, top = (size[0] - self.size[0]) // 4 * 2, (size[1] - self.size[1]) // 4 * 2
        self.add("pad", w=str(size[0]), h=str(size[1]), x=str(left), y=str(top), color="black")
        self.size = size

    def pad_blurred(self, size: Size) -> None:
        """Append bars that show the picture itself, enlarged and soft."""
        inner = contained(self.size, size)
        small = even(Fraction(size[0], 8)), even(Fraction(size[1], 8))
        cover = covering(self.size, small)
        fork = self._node("split")
        self._head.link_to(fork)
        self._head = fork
        for name, options in (
            ("scale", {"w": str(cover[0]), "h": str(cover[1]), "flags": "area"}),
            ("crop", {"w": str(small[0]), "h": str(small[1])}),
            ("gblur", {"sigma": f"{min(small) / 24:.3f}"}),
            ("scale", {"w": str(size[0]), "h": str(size[1]), "flags": "bicubic"}),
            ("lutyuv", {"y": "(val-16)*0.6+16"}),
        ):
            self.add(name, **options)
        front = self._node("scale", w=str(inner[0]), h=str(inner[1]), flags=_SCALER)
        fork.link_to(front, 1, 0)
        left, top = (size[0] - inner[0]) // 4 * 2, (size[1] - inner[1]) // 4 * 2
        self.add("overlay", x=str(left), y=str(top), format="yuv420")
        front.link_to(self._head, 0, 1)
        self.size = size

    def finish(self) -> PictureGraph:
        """Close the graph; it can run now."""
        self.add("setsar", sar="1")
        self.add("format", pix_fmts="yuv420p")
        self.add("buffersink")
        self._graph.configure()
        return self

    def run(self, frame: VideoFrame) -> VideoFrame:
        """Send one picture through."""
        frame.pts, frame.time_base = self._count, _TICK
        frame.colorspace = self._matrix
        self._count += 1
        self._graph.vpush(frame)
        return self._graph.vpull()


def push_untagged(source: FilterContext, frame: VideoFrame, number: int) -> None:
    """Push a picture without its tags: by those of two that differ, one would be converted."""
    tags = frame.colorspace, frame.color_range
    frame.colorspace, frame.color_range, frame.pts = UNTAGGED, _UNKNOWN_RANGE, number
    source.push(frame)
    frame.colorspace, frame.color_range = tags


def contained(size: Size, box: Size) -> Size:
    """Return the largest even size of the same aspect that lies within the box."""
    scale = min(Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    return min(box[0], even(size[0] * scale)), min(box[1], even(size[1] * scale))


def covering(size: Size, box: Size) -> Size:
    """Return the smallest even size of the same aspect that covers the box."""
    scale = max(Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    return max(box[0], even(size[0] * scale)), max(box[1], even(size[1] * scale))
