"""All pictures of the result, one after the other: pieces, transitions, marks, texts, fades."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.blend import Blender, faded
from nemo_lab.engine.render.frames import FramePool, FrameReader, PictureSource
from nemo_lab.engine.render.look import Colour, Look, colour_of
from nemo_lab.engine.render.marks import watermarks
from nemo_lab.engine.render.model import Piece, Plan
from nemo_lab.engine.render.overlay import Overlay
from nemo_lab.engine.render.planes import copied, plain
from nemo_lab.engine.render.titles import drawn
from nemo_lab.engine.timebase import ms_to_frame
from nemo_lab.protocol.plan import Fade, Operation


def result_colour(plan: Plan, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo]) -> Colour:
    """Return the colours of the first file shown: all pictures follow it."""
    for piece in plan.pieces:
        if infos[piece.asset].has_video:
            reader = FrameReader(sources[piece.asset], infos[piece.asset], threads=1)
            try:
                return colour_of(reader.at(0))
            finally:
                reader.close()
    return Colour(1, 1, 1, plan.size[1])


class Pictures:
    """The pictures of a plan.

    Args:
        plan: what to show.
        sources: the files by the ids that the plan uses.
        infos: facts about them.
        colour: the result's colours, where they are known already.
        threads: of the decoder; ``None`` leaves it to FFmpeg.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Mapping[str, Path],
        infos: Mapping[str, MediaInfo],
        colour: Colour | None = None,
        threads: int | None = None,
    ) -> None:
        self._plan, self._sources, self._infos, self._threads = plan, sources, infos, threads
        self.colour = colour or result_colour(plan, sources, infos)
        self._overlays: dict[int, Overlay] = {}
        self._looks: dict[tuple[str, tuple[Operation, ...]], Look] = {}
        self._blender = Blender()
        self._marks = watermarks(plan, sources, self.colour.assumed_matrix)

    def frames(self, first: int = 0, end: int | None = None) -> Generator[VideoFrame, None, None]:
        """Yield pictures of the result, from ``first`` up to ``end`` or the last."""
        with self.files() as pool:
            yield from self.frames_from(pool, first, self._plan.frames if end is None else end)

    def files(self) -> FramePool:
        """Return what holds the files open, for those who ask for many stretches."""
        return FramePool(self._sources, self._infos, self._threads)

    def frames_from(self, pool: FramePool, first: int, end: int) -> Generator[VideoFrame, None, None]:
        """Yield pictures of the result as :meth:`frames` does, from files that stay open."""
        open_pieces: dict[int, _Open] = {}
        try:
            for number in range(first, end):
                yield self._finished(number, self._composed(number, pool, open_pieces))
        finally:
            for piece in open_pieces.values():
                piece.close()

    def _composed(self, number: int, pool: FramePool, opened: dict[int, _Open]) -> VideoFrame:
        """Return the picture of the main track, black where there is nothing."""
        shown = self._plan.on_screen(number)
        for at in [at for at in opened if at not in shown]:
            opened.pop(at).close()
        pictures = []
        for at in shown:
            if at not in opened:
                opened[at] = self._open(self._plan.pieces[at], number, pool)
            pictures.append(opened[at].picture(number))
        if not pictures:
            return plain(*self._plan.size)
        blend = self._plan.pieces[shown[0]].blend_out
        if len(pictures) == 1 or blend is None:
            return pictures[0]
        return self._blender.blended(blend.kind, pictures[0], pictures[1], number - blend.first, blend.count)

    def _open(self, piece: Piece, number: int, pool: FramePool) -> _Open:
        info = self._infos[piece.asset]
        if not info.has_video:
            return _Open(piece, self._plan, plain(*self._plan.size))
        reader = pool.take(piece.asset, piece.source_position(number, self._plan.rate))
        return _Open(piece, self._plan, None, reader, self._look(piece, reader), pool)

    def _look(self, piece: Piece, reader: PictureSource) -> Look:
        """Return what makes pictures of this piece; pieces that look alike share it (HDR takes seconds)."""
        key = piece.asset, piece.effects
        if key not in self._looks:
            if len(self._looks) > 8:
                self._looks.clear()
            self._looks[key] = Look(
                self._infos[piece.asset],
                reader.pixel_aspect,
                piece.effects,
                self._plan.effects,
                base=self._plan.base,
                size=self._plan.size,
                colour=self.colour,
            )
        return self._looks[key]

    def _finished(self, number: int, frame: VideoFrame) -> VideoFrame:
        """Return the picture with marks, texts and fades."""
        captions = [at for at, text in enumerate(self._plan.captions) if text.first <= number < text.end]
        overlays = [*self._marks, *(self._overlay(at) for at in captions)]
        if overlays:
            frame = copied(frame)
            for overlay in overlays:
                overlay.draw(frame)
        strength = self._strength(number)
        return frame if strength == 1 else faded(frame, strength)

    def _overlay(self, at: int) -> Overlay:
        """Return a text, set when it is first needed; texts that are over are forgotten."""
        if at not in self._overlays:
            if len(self._overlays) > 8:
                self._overlays.clear()
            image = drawn(self._plan.captions[at], self._plan.size)
            self._overlays[at] = Overlay(image, self.colour.assumed_matrix)
        return self._overlays[at]

    def _strength(self, number: int) -> Fraction:
        """Return how much of the picture is left by the fades at start and end."""
        strength = Fraction(1)
        for fade in self._plan.wishes(Fade):
            if fade.target == "audio":
                continue
            length = max(1, ms_to_frame(fade.duration_ms, self._plan.rate))
            at = number if fade.direction == "in" else self._plan.frames - 1 - number
            # The very first (or last) picture is black, the one after the fade is whole.
            strength = min(strength, Fraction(at, length))
        return strength


class _Open:
    """A piece that is on screen."""

    def __init__(
        self,
        piece: Piece,
        plan: Plan,
        still: VideoFrame | None,
        reader: PictureSource | None = None,
        look: Look | None = None,
        pool: FramePool | None = None,
    ) -> None:
        self._piece, self._plan, self._still = piece, plan, still
        self._reader, self._look, self._pool = reader, look, pool

    def picture(self, number: int) -> VideoFrame:
        """Return its picture at this frame of the result."""
        if self._reader is None or self._look is None:
            assert self._still is not None
            return self._still
        position = self._piece.source_position(number, self._plan.rate)
        return self._look.apply(self._reader.at(position))

    def close(self) -> None:
        """Give the file back."""
        if self._reader is not None and self._pool is not None:
            self._pool.give_back(self._piece.asset, self._reader)
            self._reader = None
