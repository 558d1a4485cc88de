"""The same tasks with other programs, as commands. Those that are not installed give ``None``.

They live in an environment of their own (``NEMO_BENCH_PEERS``, its folder of programs): some of them pin
versions of PyAV and Pillow that are older than ours.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

from tests.bench.own import BLEND_MS

Pieces = list[tuple[int, int]]
_PICTURE = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
_SOUND = ["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"]
_MOVIEPY = """
import json, sys
from moviepy import VideoFileClip, concatenate_videoclips
task, source, target, pieces = sys.argv[1:]
clip = VideoFileClip(source)
film = concatenate_videoclips([clip.subclipped(a / 1000, b / 1000) for a, b in json.loads(pieces)])
if task == "T4":
    film = film.cropped(x_center=film.w / 2, width=608).resized((1080, 1920))
film.write_videofile(target, preset="veryfast", ffmpeg_params=["-crf", "20"], audio_codec="aac", logger=None)
"""


_PROGRAMS = Path(os.environ.get("NEMO_BENCH_PEERS", ""))
"""Read when the tests are gathered: while one runs, no setting of this project is in its environment."""


def _program(name: str) -> str | None:
    path = _PROGRAMS / name
    return str(path) if path.is_file() else None


@cache
def ffmpeg_program() -> str | None:
    """Return FFmpeg as imageio-ffmpeg brings it."""
    python = _program("python")
    if python is None:
        return None
    ask = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    found = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def command(
    peer: str, task: str, source: Path, target: Path, pieces: Pieces, music: Path
) -> list[str] | None:
    """Return how a peer does a task, ``None`` if it is not installed or cannot do it."""
    task, python = task.partition("-")[0], _program("python")
    if peer == "ffmpeg":
        program = ffmpeg_program()
        return program and ffmpeg(program, task, source, target, pieces, music)  # type: ignore[return-value]
    if peer == "moviepy" and task in {"T1", "T4"} and python:
        return [python, "-c", _MOVIEPY, task, str(source), str(target), str([list(p) for p in pieces])]
    if peer == "smartcut" and task == "T1" and (program := _program("smartcut")):
        times = ",".join(f"{edge / 1000:.3f}" for piece in pieces for edge in piece)
        return [program, str(source), str(target), "--keep", times]
    if peer == "unsilence" and task == "T1" and (program := _program("../unsilence/bin/unsilence")):
        # It finds the pauses itself and makes them so fast that nothing is left of them.
        options = ["-ss", "100", "-sl", "-45", "-y"]
        path = os.pathsep.join([str(Path(program).parent), os.environ.get("PATH", os.defpath)])
        return ["env", f"PATH={path}", program, str(source), str(target), *options]
    return None


def ffmpeg(program: str, task: str, source: Path, target: Path, pieces: Pieces, music: Path) -> list[str]:
    """Return the one-pass command that is found everywhere: trim, concat or xfade."""
    more = ["-stream_loop", "-1", "-i", str(music)] if task == "T3" else []
    chains = _blended(pieces) if task in {"T2", "T3"} else _joined(pieces)
    if task == "T3":
        text = (
            "drawtext=text='A benchmark':fontsize=90:fontcolor=white:x=(w-tw)/2:y=(h-th)/2:enable='lt(t,3)'"
        )
        chains += [f"[v]{text}[vt]", "[1:a]volume=0.2[m]", "[a][m]amix=2:duration=first:normalize=0[am]"]
    elif task == "T4":
        chains += ["[v]crop=608:1080,scale=1080:1920[vt]"]
    picture = "[vt]" if task in {"T3", "T4"} else "[v]"
    sound = "[am]" if task == "T3" else "[a]"
    maps = ["-filter_complex", ";".join(chains), "-map", picture, "-map", sound]
    return [program, "-y", "-v", "error", "-i", str(source), *more, *maps, *_PICTURE, *_SOUND, str(target)]


def _trimmed(number: int, start: int, end: int) -> list[str]:
    span = f"{start / 1000}:{end / 1000}"
    return [
        f"[0:v]trim={span},setpts=PTS-STARTPTS,fps=30[v{number}]",
        f"[0:a]atrim={span},asetpts=PTS-STARTPTS[a{number}]",
    ]


def _joined(pieces: Pieces) -> list[str]:
    chains = [chain for n, (start, end) in enumerate(pieces) for chain in _trimmed(n, start, end)]
    inputs = "".join(f"[v{n}][a{n}]" for n in range(len(pieces)))
    return [*chains, f"{inputs}concat=n={len(pieces)}:v=1:a=1[v][a]"]


def _blended(pieces: Pieces) -> list[str]:
    """Return chains in which each piece reaches half a blend into its neighbours."""
    half, last = BLEND_MS // 2, len(pieces) - 1
    chains: list[str] = []
    for n, (start, end) in enumerate(pieces):
        chains += _trimmed(n, start - (half if n else 0), end + (half if n < last else 0))
    picture, sound, at = "v0", "a0", 0
    for n in range(1, len(pieces)):
        at += pieces[n - 1][1] - pieces[n - 1][0]
        out, heard = ("v", "a") if n == last else (f"x{n}", f"y{n}")
        seconds = BLEND_MS / 1000
        chains.append(f"[{picture}][v{n}]xfade=fade:{seconds}:{(at - half) / 1000}[{out}]")
        chains.append(f"[{sound}][a{n}]acrossfade=d={seconds}[{heard}]")
        picture, sound = out, heard
    return chains
