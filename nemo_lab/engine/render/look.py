"""The look of a piece: upright, fitted, coloured, shaped; one filter graph from decoded to final picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.canvas import aspect_of, even, reframed, shaped
from nemo_lab.engine.render.graph import MATRICES, UNTAGGED, PictureGraph, contained
from nemo_lab.engine.render.model import Size
from nemo_lab.engine.render.planes import is_same
from nemo_lab.protocol.plan import Blur, Color, Flip, Operation, Reframe, Resize, Rotate, Zoom

_SCALE_MATRICES = MATRICES | {5: "bt470", 9: "bt2020"}
_CONVERTER = "bicubic+accurate_rnd+full_chroma_int"
_HDR = {16: "smpte2084", 18: "arib-std-b67"}
"""Transfers (PQ and HLG) that an 8-bit picture cannot carry; they are mapped to BT.709."""


@dataclass(frozen=True)
class Colour:
    """How the numbers of the result's pictures mean colours (ITU-T H.273); the range is always limited."""

    matrix: int = UNTAGGED
    primaries: int = UNTAGGED
    transfer: int = UNTAGGED
    height: int = 0

    @property
    def assumed_matrix(self) -> int:
        """The matrix in force: players take BT.709 for untagged HD pictures, BT.601 for smaller ones."""
        if self.matrix in MATRICES:
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
        self._graph: PictureGraph | None = None
        self._last: tuple[VideoFrame, VideoFrame] | None = None

    def apply(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture as it is in the result.

        What of it is seen being as before, which is usual where a screen is recorded, it is not made again.
        """
        if self._last is not None and self._last[0] is frame:
            return self._last[1]
        key = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if key != self._key:
            self._key, self._graph = key, self._build(frame)
        elif self._last is not None and self._is_as_before(frame, self._last[0]):
            return self._last[1]
        shown = frame if self._graph is None else self._graph.run(frame)
        self._last = frame, shown
        return shown

    def _is_as_before(self, frame: VideoFrame, last: VideoFrame) -> bool:
        graph = self._graph
        return graph is not None and frame.format.name == "yuv420p" and is_same(frame, last, graph.window)

    def _build(self, frame: VideoFrame) -> PictureGraph | None:
        """Return the graph for pictures like this one, ``None`` if they can stay as they are."""
        graph = PictureGraph(frame)
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

    def _convert(self, graph: PictureGraph, frame: VideoFrame) -> None:
        """Bring any pixel format to 8-bit 4:2:0 in limited range and the result's matrix."""
        wanted = self._colour.assumed_matrix
        given = Colour(int(frame.colorspace), height=frame.height).assumed_matrix
        full = frame.color_range == 2 or "yuvj" in frame.format.name
        hdr = _HDR.get(int(frame.color_trc))
        same = frame.format.name == "yuv420p" and not full and given == wanted and not hdr
        if same and frame.width % 2 == 0 and frame.height % 2 == 0:
            return
        options = {"out_range": "tv", "out_color_matrix": _SCALE_MATRICES[wanted], "flags": _CONVERTER}
        if _is_yuv(frame):
            options |= {"in_range": "pc" if full else "tv", "in_color_matrix": _SCALE_MATRICES[given]}
        if hdr:
            options |= {"in_transfer": hdr, "out_transfer": "bt709"}
            options |= {"in_primaries": "bt2020", "out_primaries": "bt709"}
        width, height = even(frame.width), even(frame.height)
        graph.add("scale", w=str(width), h=str(height), **options)
        graph.add("format", pix_fmts="yuv420p")
        graph.size = width, height

    def _set_upright(self, graph: PictureGraph) -> None:
        """Turn and mirror as a player would, and make the pixels square."""
        if self._pixel_aspect != 1:
            graph.size = even(graph.size[0] * self._pixel_aspect), graph.size[1]
            graph.scale(graph.size)
        if self._info.mirrored:
            graph.add("hflip")
        _turn(graph, self._info.rotation)


def _fit(graph: PictureGraph, box: Size) -> None:
    """Show the whole picture in the box, with bars where the aspect differs."""
    inner = contained(graph.size, box)
    # A bar of a pixel or two is only rounding: fill the box instead.
    inner = tuple(b if b - a <= 2 else a for a, b in zip(inner, box, strict=True))  # type: ignore[assignment]
    if graph.size != inner:
        graph.scale(inner)
    if inner != box:
        graph.pad(box)


def _turn(graph: PictureGraph, degrees: int) -> None:
    """Turn clockwise by a multiple of 90 degrees."""
    degrees %= 360
    if degrees == 180:
        graph.add("hflip")
        graph.add("vflip")
    elif degrees:
        graph.add("transpose", dir="clock" if degrees == 90 else "cclock")
        graph.size = graph.size[1], graph.size[0]


def _add_effect(graph: PictureGraph, effect: Operation) -> None:
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


def _reframe(graph: PictureGraph, effect: Reframe) -> None:
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
