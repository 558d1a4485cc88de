"""A process that makes spans of the picture; started by :mod:`.pool`.

Its standard input brings the film (a line of JSON), then a line with first and last frame for
each span. It answers with packed packets as they are made. When the input ends its parent is gone, or wants
no more, and so is it at once.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import IO

from pydantic import TypeAdapter

from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.packets import END, packed


def greeting(film: Film) -> bytes:
    """Return what a worker has to be sent first."""
    return TypeAdapter(Film).dump_json(film) + b"\n"


def request(span: Span) -> bytes:
    """Return what asks for a span."""
    return f"{span[0]} {span[1]}\n".encode()


def main() -> None:
    """Make spans until the input ends."""
    # What a library prints must not get into the packets.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = sys.stdin.buffer
    film = TypeAdapter(Film).validate_json(source.readline())
    spans: queue.SimpleQueue[Span] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, spans), daemon=True).start()
    try:
        _serve(film, spans, answers)
    finally:
        # At once: the other thread sits in a read, which an orderly end would wait for.
        os._exit(1)


def _serve(film: Film, spans: queue.SimpleQueue[Span], answers: IO[bytes]) -> None:
    encoder = SpanEncoder(film)
    while True:
        for packet in encoder.encode(spans.get()):
            answers.write(packed(packet))
        answers.write(END)
        answers.flush()


def _listen(source: IO[bytes], spans: queue.SimpleQueue[Span]) -> None:
    try:
        for line in source:
            first, end = line.split()
            spans.put((int(first), int(end)))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
