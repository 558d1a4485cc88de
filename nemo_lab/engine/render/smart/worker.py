"""A process that decodes and encodes the frames at joins; started by :mod:`.pool`, one core each.

It reads lines of JSON from its standard input: the source first, then one job a line. For each job it
answers with a line of JSON that tells the sizes of the packets, or an error, and with the packets behind
it. It ends when its input does, so it never outlives the process that started it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import av

from nemo_lab.engine.render.smart.decoding import FrameReader, Run
from nemo_lab.engine.render.smart.encoders import SpanEncoder, encoder_for
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.source import SourceFormat
from nemo_lab.errors import NemoError


def job_line(runs: list[Run], keep: frozenset[int] | None) -> bytes:
    """Return the line that asks for a window."""
    job = {"runs": [asdict(run) for run in runs], "keep": None if keep is None else sorted(keep)}
    return json.dumps(job).encode() + b"\n"


def source_line(path: Path, source: SourceFormat) -> bytes:
    """Return the line that names the source."""
    return json.dumps({"path": str(path.absolute()), "format": source.to_json()}).encode() + b"\n"


def read_packets(stream: IO[bytes]) -> list[bytes]:
    """Read the answer to a job.

    Raises:
        CannotSplice: the job failed.
        EOFError: the process ended.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the worker ended")
    answer = json.loads(line)
    if "error" in answer:
        raise CannotSplice(str(answer["error"]))
    packets = [stream.read(size) for size in answer["sizes"]]
    if [len(packet) for packet in packets] != answer["sizes"]:
        raise EOFError("the worker ended")
    return packets


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer jobs until there are no more."""
    source = json.loads(requests.readline() or b"null")
    if source is None:
        return
    with FrameReader(Path(source["path"])) as reader:
        encoder = encoder_for(SourceFormat.from_json(source["format"]))
        for line in requests:
            try:
                packets = _window(json.loads(line), reader, encoder)
            except (CannotSplice, NemoError, av.error.FFmpegError) as exc:
                answers.write(json.dumps({"error": str(exc)}).encode() + b"\n")
            else:
                answers.write(json.dumps({"sizes": [len(packet) for packet in packets]}).encode() + b"\n")
                answers.writelines(packets)
            answers.flush()


def _window(job: dict[str, Any], reader: FrameReader, encoder: SpanEncoder) -> list[bytes]:
    runs = [Run(**{**run, "wanted": tuple(run["wanted"])}) for run in job["runs"]]
    keep = None if job["keep"] is None else frozenset(job["keep"])
    return [packet.data for packet in encoder.encode(_frames(runs, reader), keep)]


def _frames(runs: list[Run], reader: FrameReader) -> Iterator[av.VideoFrame]:
    for run in runs:
        yield from reader.frames(run)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
