"""Settings: argument → environment → config file → default, in this one order.

The config file is ``config.toml`` in the user's config folder (``nemo doctor`` prints where); it takes
the field names of :class:`Settings` at top level. Nothing here creates a file or a folder.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from nemo_lab.errors import ConfigError

CLOUD_API_URL = "https://mega-api-prod.nemovideo.ai"
"""Production host of the generation that we speak (SKILL.md v1.9 §1)."""
CLOUD_WEB_URL = "https://nemovideo.com"
UPLOAD_LIMIT = 500 * 1024 * 1024
"""Bytes. The vendor names no number; third-party skills say 500 MB."""

CACHE_LIMIT = 10 * 1024**3
"""Bytes. Finished files in it are links as long as they lie on the same disk, which take no space."""

DATA_LIMIT = 100 * 1024**3
"""Bytes."""

LLM_URL = "http://127.0.0.1:11434/v1"
"""Where Ollama listens: on this machine, so that naming a model alone sends nothing anywhere else."""

Backend = Literal["auto", "local", "cloud"]
AskModel = Literal["auto", "always", "never"]

_ENVIRONMENT = {
    "backend": "NEMO_BACKEND",
    "token": "NEMO_TOKEN",
    "api_url": "NEMO_API_URL",
    "web_url": "NEMO_WEB_URL",
    "client_id": "NEMO_CLIENT_ID",
    "platform": "SKILL_SOURCE",
    "data_dir": "NEMO_DATA_DIR",
    "cache_dir": "NEMO_CACHE_DIR",
    "cache_limit": "NEMO_CACHE_LIMIT",
    "data_limit": "NEMO_DATA_LIMIT",
    "worker_memory": "NEMO_WORKER_MEMORY",
    "config_dir": "NEMO_CONFIG_DIR",
    "language": "NEMO_LANGUAGE",
    "llm": "NEMO_LLM",
    "llm_model": "NEMO_LLM_MODEL",
    "llm_url": "NEMO_LLM_URL",
    "llm_key": "NEMO_LLM_KEY",
}


def _user_dir(kind: str) -> Path:
    return Path(getattr(platformdirs, f"user_{kind}_dir")("nemo_lab", appauthor=False))


class Settings(BaseModel):
    """Everything that can be set, validated; secrets never show in ``repr``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Backend = "auto"
    token: SecretStr | None = None
    """A token of the user's own; never exchanged for an anonymous one."""
    api_url: str = CLOUD_API_URL
    web_url: str = CLOUD_WEB_URL
    client_id: SecretStr | None = None
    """Can fetch an anonymous token, hence a secret; made and stored when there is none."""
    platform: str = "unknown"
    """Value of ``X-Skill-Platform``."""
    language: str | None = None
    """Language of new sessions (``en``, ``zh-CN``); ``None`` follows what the user writes."""
    data_dir: Path = Field(default_factory=lambda: _user_dir("data"))
    cache_dir: Path = Field(default_factory=lambda: _user_dir("cache"))
    config_dir: Path = Field(default_factory=lambda: _user_dir("config"))
    upload_limit: int = Field(default=UPLOAD_LIMIT, gt=0)
    """Largest upload over the network, in bytes; the embedded backend takes files by reference."""
    cache_limit: int = Field(default=CACHE_LIMIT, ge=0)
    """Most bytes in the cache folder; what was not used for longest goes. 0 keeps nothing."""
    data_limit: int = Field(default=DATA_LIMIT, ge=0)
    """Most bytes that the local backend keeps of uploads and renders; what was not touched for longest, and
    not today, goes. Files that it takes by reference do not count."""
    worker_memory: int | None = Field(default=None, ge=0)
    """Most bytes of address space of a worker process of the local backend, in place of a limit that goes by
    the cores; 0 is no limit."""
    llm_model: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,200}$")
    """A language model that the local engine may ask to plan; ``None`` asks none."""
    llm_url: str = LLM_URL
    """Its OpenAI-compatible endpoint, up to and with ``/v1``."""
    llm_key: SecretStr | None = None
    llm: AskModel = "auto"
    """``auto`` asks where the grammar does not understand, ``always`` about every edit."""

    @field_validator("llm_url")
    @classmethod
    def _is_endpoint(cls, value: str) -> str:
        return _address(value)

    @field_validator("llm")
    @classmethod
    def _has_model(cls, value: AskModel, info: ValidationInfo) -> AskModel:
        if value == "always" and info.data.get("llm_model") is None:
            raise ValueError("'always' needs llm_model (NEMO_LLM_MODEL)")
        return value

    @field_validator("api_url", "web_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        return _address(value)

    @property
    def chosen_backend(self) -> Literal["local", "cloud"]:
        """What ``auto`` comes to: the cloud when a token or an API address was given, else local."""
        if self.backend != "auto":
            return self.backend
        return "cloud" if self.token is not None or self.api_url != CLOUD_API_URL else "local"


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must look like https://host")
    if parts.username or parts.password:
        raise ValueError("must not contain a user name or password")
    return value.rstrip("/")


def load_settings(**given: Any) -> Settings:
    """Return the settings in force; arguments that are ``None`` count as not given.

    Raises:
        ConfigError: a value, or the config file, cannot be used.
    """
    from_env = {name: os.environ[key] for name, key in _ENVIRONMENT.items() if os.environ.get(key)}
    folder = Path(given.get("config_dir") or from_env.get("config_dir") or _user_dir("config"))
    merged = _read_file(folder / "config.toml") | from_env
    merged |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(merged)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"]))
        source = _ENVIRONMENT.get(name, name) if name in from_env else name
        raise ConfigError(f"setting {source}: {first['msg']}") from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}", remedy="Mend or remove it.") from None
