"""Which encoder makes the frames at joins of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import av

from nemo_lab.engine.render.smart.avcc import AvcConfiguration
from nemo_lab.engine.render.smart.hevc import HevcConfiguration
from nemo_lab.engine.render.smart.ownsets import OwnSetsEncoder
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.source import SourceFormat
from nemo_lab.engine.render.smart.window import EncodedFrame, WindowEncoder
from nemo_lab.protocol.plan import Quality


class SpanEncoder(Protocol):
    """What encodes the frames of a span."""

    @property
    def configuration(self) -> AvcConfiguration | HevcConfiguration:
        """The parameter sets of the result."""

    def encode(self, frames: Iterable[av.VideoFrame], span: Encode) -> Iterator[EncodedFrame]:
        """Yield a packet for every frame of a span."""


def encoder_for(source: SourceFormat, quality: Quality) -> SpanEncoder:
    """Return the encoder: under the source's own parameter sets where its slices can be rewritten.

    Args:
        source: whose pictures lie around the spans.
        quality: of what edits made.

    Raises:
        CannotSplice: no encoder gives pictures like the source's.
    """
    return WindowEncoder(source, quality) if source.profile else OwnSetsEncoder(source)
