"""Write a film or a sound: encode, and encode again where it has to fit into so many bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np

from nemo_lab.engine.render.canvas import even
from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.formats import Format, audio_bits, form_of
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.limiter import limited
from nemo_lab.engine.render.loudness import gain_for
from nemo_lab.engine.render.picture import Pictures
from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.render.sound import mix, noise_in
from nemo_lab.engine.render.video import VideoSpec
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.errors import EditError, RenderFailed
from nemo_lab.protocol.plan import Denoise, Normalize

_CONTAINER_SHARE = 0.96
"""Part of the bytes that goes to picture and sound; the rest is the container's and a reserve."""
_LEAST_SOUND = 32_000
_LEAST_VIDEO = 10_000
"""Bits per second under which there is nothing to see."""
_LEAN = 0.02
"""Bits per pixel under which a smaller picture looks better than a larger one."""
_FULL = 0.98
"""Part of the limit that has to be used..."""
_EASY = 0.7
"""... unless so little is enough for the quality wanted, so that more bits would change nothing."""
_AIM, _AIM_AGAIN = 0.99, 0.96
"""Part of the limit to try for next, after a file that was smaller or larger."""
_TRIES = 4


def write_movie(job: Job) -> Job:
    """Write picture and sound of the plan; return the job as it was carried out in the end.

    Raises:
        EditError: it cannot fit into the bytes allowed.
        RenderFailed: it did not fit after several tries.
    """
    job = measured(job)
    limit = job.settings.max_bytes
    if limit is None:
        _encode(job, None)
        return job
    return _within(job, limit)


def _within(job: Job, limit: int) -> Job:
    """Write the file so that it fills the limit; what is far below it is as good as was asked for."""
    bits = limit * 8 * _CONTAINER_SHARE / max(job.seconds, 0.1)
    best = job.part.with_name(f"{job.part.name}.best")
    fitting: Job | None = None
    try:
        for _ in range(_TRIES):
            job = _sized(job, bits)
            _encode(job, bits)
            size = job.part.stat().st_size
            better = size <= limit and (fitting is None or size > best.stat().st_size)
            if better:
                fitting = job
                job.part.replace(best)
            if size < _EASY * limit or _FULL * limit <= size <= limit or (size <= limit and not better):
                break
            bits *= (_AIM if size <= limit else _AIM_AGAIN) * limit / size
        if fitting is not None:
            best.replace(job.part)
            return fitting
    finally:
        best.unlink(missing_ok=True)
    raise RenderFailed(f"the result did not fit into {limit} bytes", remedy="Allow more bytes, or cut more.")


def measured(job: Job) -> Job:
    """Return the job with what has to be heard before anything is written: steady noise, loudness."""
    job = replace(job, noises=_noises(job))
    return replace(job, gains=_gains(job))


def _noises(job: Job) -> tuple[float | None, ...]:
    """Return the steady noise to be taken out of each audio track."""
    if not job.plan.wishes(Denoise):
        return (None,) * job.plan.sounds
    return tuple(noise_in(job.plan, job.sources, job.infos, track) for track in range(job.plan.sounds))


def _gains(job: Job) -> tuple[float | None, ...]:
    """Return the factor for each audio track that brings it to the loudness wanted."""
    wishes = [_loudness_of(job, track) for track in range(job.plan.sounds)]
    if not any(wishes):
        return (None,) * job.plan.sounds
    job.progress.stage(0.15)
    gains: list[float | None] = []
    for track, wish in enumerate(wishes):
        sound = partial(_mixed, job, track)
        gains.append(gain_for(sound, wish.lufs) if wish else None)
        job.progress.at((track + 1) / job.plan.sounds)
    return tuple(gains)


def _loudness_of(job: Job, track: int) -> Normalize | None:
    """Return the last wish that speaks of an audio track of the result; the only one is meant by all."""
    meant = [
        wish
        for wish in job.plan.wishes(Normalize)
        if wish.track is None or wish.track == track + 1 or job.plan.sounds == 1
    ]
    return meant[-1] if meant else None


def _mixed(job: Job, track: int) -> Iterator[Sound]:
    return mix(job.plan, job.sources, job.infos, track, job.noises[track])


def _sized(job: Job, bits: float | None) -> Job:
    """Return the job with a picture that is small enough for its bits."""
    if bits is None or not job.plan.frames:
        return job
    for_video = _video_bits(job, bits)
    width, height = job.plan.size
    wanted = for_video / float(job.plan.rate) / _LEAN
    if width * height <= wanted or job.settings.height:
        return job
    scale = Fraction((wanted / (width * height)) ** 0.5).limit_denominator(1000)
    return replace(job, plan=replace(job.plan, size=(even(width * scale), even(height * scale))))


def sound_bits(job: Job, form: Format, bits: float | None) -> int | None:
    """Return bits per second of each audio track."""
    usual = audio_bits(form.audio or "pcm", job.quality) if job.plan.sounds else None
    if bits is None or usual is None:
        if bits is not None and job.plan.sounds and bits < SAMPLE_RATE * 32:
            raise EditError("wav is not compressed and cannot be that small", remedy="Export as mp3 or m4a.")
        return usual
    share = bits * (0.25 if job.plan.frames else 1.0) / job.plan.sounds
    chosen = int(min(usual, max(share, _LEAST_SOUND)))
    if not job.plan.frames and share < _LEAST_SOUND:
        raise EditError(f"{job.seconds:.0f} s of sound cannot be that small", remedy="Allow more bytes.")
    return chosen


def _video_bits(job: Job, bits: float) -> int:
    """Return what the sound leaves for the picture."""
    form = form_of(job.settings)
    rest = int(bits - (sound_bits(job, form, bits) or 0) * job.plan.sounds)
    if rest < _LEAST_VIDEO:
        raise EditError(
            f"{job.seconds:.0f} s of video cannot be that small", remedy="Allow more bytes, or cut more."
        )
    return rest


def _encode(job: Job, bits: float | None) -> None:
    """Write the whole file once."""
    plan, form = job.plan, form_of(job.settings)
    job.progress.stage(1.0 if bits is None else 0.9)
    sounds = [levelled(job, track) for track in range(plan.sounds)]
    pictures = Pictures(plan, job.sources, job.infos) if plan.frames else None
    spec = None
    if pictures is not None:
        most = None if bits is None else _video_bits(job, bits)
        codec = form.video or ""
        spec = VideoSpec(codec, job.quality, plan.size, plan.rate, pictures.colour, most)
    tags = [job.tag(track) for track in range(plan.sounds)]
    bits_of_sound = sound_bits(job, form, bits)
    with Writer(job.part, form, spec, tags, bits_of_sound, job.luggage) as writer:
        heard = 0
        for number, frame in enumerate(pictures.frames() if pictures else (), 1):
            writer.picture(frame)
            heard = write_until(writer, sounds, heard, number * SAMPLE_RATE // plan.rate)
            job.progress.at(number / plan.frames * 0.99)
        while heard < plan.samples and sounds:
            heard = write_until(writer, sounds, heard, heard + 1)
            if not plan.frames:
                job.progress.at(heard / plan.samples * 0.99)
        writer.finish()


def write_until(writer: Writer, sounds: list[Iterator[Sound]], heard: int, sample: int) -> int:
    """Write blocks of all tracks until they reach a sample; return where they end."""
    while sounds and heard < sample:
        blocks = [next(sound, None) for sound in sounds]
        written = 0
        for track, block in enumerate(blocks):
            if block is not None:
                writer.sound(track, block)
                written = max(written, block.shape[1])
        if not written:
            return sample
        heard += written
    return heard


def levelled(job: Job, track: int) -> Iterator[Sound]:
    """Return one audio track, at the loudness wanted, its peaks under the ceiling if anything raised them."""
    gain = job.gains[track]
    sound = _mixed(job, track)
    if gain is not None:
        sound = (block * np.float32(gain) for block in sound)
    pieces = job.plan.pieces
    raised = any(len(chosen) > 1 for tracks in job.plan.tracks.values() for chosen in tracks)
    raised = raised or any(piece.volume > 1 or any(f > 1 for _, f in piece.track_volumes) for piece in pieces)
    return limited(sound) if gain is not None or job.plan.layers or raised else sound
