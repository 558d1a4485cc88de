"""The look of a piece: upright, fitted, coloured, shaped; one filter graph from decoded to final picture.

Graphs are built from an allow list of filters by keyword, so that nothing of a draft is ever parsed as
a filter expression: every value that reaches a graph is a number that was formatted here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import av.filter
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.canvas import aspect_of, even, reframed, shaped
from nemo_lab.engine.render.model import Size
from nemo_lab.protocol.plan import Blur, Color, Flip, Operation, Reframe, Resize, Rotate, Zoom

_ALLOWED = {
    "buffer", "buffersink", "crop", "format", "gblur", "hflip", "lutyuv", "overlay", "pad", "scale",
    "setsar", "split", "transpose", "vflip",
}  # fmt: skip
_SCALER = "bicubic+accurate_rnd+full_chroma_int"
_TICK = Fraction(1, 1000)
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
"""Names by the numbers of ITU-T H.273, as the buffer filter takes them."""
_SCALE_MATRICES = _MATRICES | {5: "bt470", 9: "bt2020"}
_HDR = {16: "smpte2084", 18: "arib-std-b67"}
"""Transfers (PQ and HLG) that an 8-bit picture cannot carry; they are mapped to BT.709."""
_RANGES = {1: "tv", 2: "pc"}
_UNTAGGED = 2


@dataclass(frozen=True)
class Colour:
    """How the numbers of the result's pictures mean colours (ITU-T H.273); the range is always limited."""

    matrix: int = _UNTAGGED
    primaries: int = _UNTAGGED
    transfer: int = _UNTAGGED
    height: int = 0

    @property
    def assumed_matrix(self) -> int:
        """The matrix in force: players take BT.709 for untagged HD pictures, BT.601 for smaller ones."""
        if self.matrix in _MATRICES:
            return self.matrix
        return 1 if self.height >= 720 else 6


def colour_of(frame: VideoFrame) -> Colour:
    """Return the result's colours if this is its first picture: its own; RGB and HDR become BT.709."""
    if not _is_yuv(frame) or int(frame.color_trc) in _HDR:
        return Colour(1, 1, 1, frame.height)
    return Colour(int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc), frame.height)


def _is_yuv(frame: VideoFrame) -> bool:
    return frame.format.name.startswith(("yuv", "nv", "p0"))


class Look:
    """Turns the decoded pictures of one piece into pictures of the result.

    Args:
        info: the file that they come from.
        pixel_aspect: width over height of a stored pixel.
        own: effects on this piece alone.
        whole: effects on the whole.
        base: the picture into which the piece is fitted before the effects on the whole.
        size: the picture of the result.
        colour: its colours.
    """

    def __init__(
        self,
        info: MediaInfo,
        pixel_aspect: Fraction,
        own: Iterable[Operation],
        whole: Iterable[Operation],
        *,
        base: Size,
        size: Size,
        colour: Colour,
    ) -> None:
        self._info, self._pixel_aspect = info, pixel_aspect
        self._own, self._whole = tuple(own), tuple(whole)
        self._base, self._size, self._colour = base, size, colour
        self._key: tuple[object, ...] = ()
        self._graph: _Graph | None = None
        self._last: tuple[VideoFrame, VideoFrame] | None = None

    def apply(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture as it is in the result. The same picture again costs nothing."""
        if self._last is not None and self._last[0] is frame:
            return self._last[1]
        key = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if key != self._key:
            self._key, self._graph = key, self._build(frame)
        shown = frame if self._graph is None else self._graph.run(frame)
        self._last = frame, shown
        return shown

    def _build(self, frame: VideoFrame) -> _Graph | None:
        """Return the graph for pictures like this one, ``None`` if they can stay as they are."""
        graph = _Graph(frame)
        self._convert(graph, frame)
        self._set_upright(graph)
        for effect in self._own:
            if isinstance(effect, Rotate | Flip | Reframe):
                _add_effect(graph, effect)
        _fit(graph, self._base)
        for effect in self._own:
            if not isinstance(effect, Rotate | Flip | Reframe | Resize):
                _add_effect(graph, effect)
        for effect in self._whole:
            _add_effect(graph, effect)
        if graph.size != self._size:
            graph.scale(self._size)
        return graph.finish() if graph.changes else None

    def _convert(self, graph: _Graph, frame: VideoFrame) -> None:
        """Bring any pixel format to 8-bit 4:2:0 in limited range and the result's matrix."""
        wanted = self._colour.assumed_matrix
        given = Colour(int(frame.colorspace), height=frame.height).assumed_matrix
        full = frame.color_range == 2 or "yuvj" in frame.format.name
        hdr = _HDR.get(int(frame.color_trc))
        same = frame.format.name == "yuv420p" and not full and given == wanted and not hdr
        if same and frame.width % 2 == 0 and frame.height % 2 == 0:
            return
        options = {"out_range": "tv", "out_color_matrix": _SCALE_MATRICES[wanted], "flags": _SCALER}
        if _is_yuv(frame):
            options |= {"in_range": "pc" if full else "tv", "in_color_matrix": _SCALE_MATRICES[given]}
        if hdr:
            options |= {"in_transfer": hdr, "out_transfer": "bt709"}
            options |= {"in_primaries": "bt2020", "out_primaries": "bt709"}
        width, height = even(frame.width), even(frame.height)
        graph.add("scale", w=str(width), h=str(height), **options)
        graph.add("format", pix_fmts="yuv420p")
        graph.size = width, height

    def _set_upright(self, graph: _Graph) -> None:
        """Turn and mirror as a player would, and make the pixels square."""
        if self._pixel_aspect != 1:
            graph.size = even(graph.size[0] * self._pixel_aspect), graph.size[1]
            graph.scale(graph.size)
        if self._info.mirrored:
            graph.add("hflip")
        _turn(graph, self._info.rotation)


class _Graph:
    """A filter graph being built, and then run: one picture in, one picture out."""

    def __init__(self, frame: VideoFrame) -> None:
        self._graph = av.filter.Graph()
        self.size: Size = frame.width, frame.height
        self.changes = 0
        self._count = 0
        self._head = self._node(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=f"{_TICK.numerator}/{_TICK.denominator}",
            colorspace=_MATRICES.get(int(frame.colorspace), "unknown"),
            range=_RANGES.get(int(frame.color_range), "unknown"),
        )
        self._matrix = frame.colorspace if int(frame.colorspace) in _MATRICES else _UNTAGGED

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

    def finish(self) -> _Graph:
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


def contained(size: Size, box: Size) -> Size:
    """Return the largest even size of the same aspect that lies within the box."""
    scale = min(Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    return min(box[0], even(size[0] * scale)), min(box[1], even(size[1] * scale))


def covering(size: Size, box: Size) -> Size:
    """Return the smallest even size of the same aspect that covers the box."""
    scale = max(Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    return max(box[0], even(size[0] * scale)), max(box[1], even(size[1] * scale))


def _fit(graph: _Graph, box: Size) -> None:
    """Show the whole picture in the box, with bars where the aspect differs."""
    inner = contained(graph.size, box)
    # A bar of a pixel or two is only rounding: fill the box instead.
    inner = tuple(b if b - a <= 2 else a for a, b in zip(inner, box, strict=True))  # type: ignore[assignment]
    if graph.size != inner:
        graph.scale(inner)
    if inner != box:
        graph.pad(box)


def _turn(graph: _Graph, degrees: int) -> None:
    """Turn clockwise by a multiple of 90 degrees."""
    degrees %= 360
    if degrees == 180:
        graph.add("hflip")
        graph.add("vflip")
    elif degrees:
        graph.add("transpose", dir="clock" if degrees == 90 else "cclock")
        graph.size = graph.size[1], graph.size[0]


def _add_effect(graph: _Graph, effect: Operation) -> None:
    """Append what an effect does to the picture; effects on sound and time do nothing here."""
    if isinstance(effect, Rotate):
        _turn(graph, effect.degrees)
    elif isinstance(effect, Flip):
        graph.add("hflip" if effect.axis == "horizontal" else "vflip")
    elif isinstance(effect, Reframe):
        _reframe(graph, effect)
    elif isinstance(effect, Resize):
        graph.scale(shaped(graph.size, effect))
    elif isinstance(effect, Color):
        graph.add("lutyuv", **_tables(effect))
    elif isinstance(effect, Blur):
        graph.add("gblur", sigma=f"{effect.strength * graph.size[1] / 1000:.3f}")
    elif isinstance(effect, Zoom):
        size = graph.size
        factor = Fraction(effect.factor).limit_denominator(1000)
        graph.crop((even(size[0] / factor), even(size[1] / factor)))
        graph.scale(size)


def _reframe(graph: _Graph, effect: Reframe) -> None:
    size = reframed(graph.size, effect)
    if effect.mode == "crop":
        graph.crop(size)
    elif Fraction(*graph.size) != aspect_of(effect) and effect.mode == "blur":
        graph.pad_blurred(size)
    else:
        _fit(graph, size)


def _tables(effect: Color) -> dict[str, str]:
    """Return lutyuv's expressions, which it turns into tables once."""
    contrast, brightness = 1 + (effect.contrast or 0), (effect.brightness or 0) * 219
    saturation = 1.0 if effect.saturation is None else effect.saturation
    warmth = (effect.temperature or 0) * 32
    return {
        "y": f"clip((val-126)*{contrast:.4f}+126+{brightness:.3f},16,235)",
        "u": f"clip((val-128)*{saturation:.4f}+128-({warmth:.3f}),16,240)",
        "v": f"clip((val-128)*{saturation:.4f}+128+({warmth:.3f}),16,240)",
    }
