"""Who we are to the backend: the client id, the token store, the attribution headers.

The vendor says that only a client id is stored. One token per client and 7 days, however, means that a
second process would be refused with 429; so the token is stored too, in the system's keyring where there is
one, else in a private file. A client id can fetch a token, so it is as private as the token itself; its file
is one that the vendor's skill reads too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nemo_lab
from nemo_lab.client import keychain
from nemo_lab.client.clock import Clock
from nemo_lab.client.vault import private_folder, read_private, write_once, write_private
from nemo_lab.config import Settings
from nemo_lab.errors import OutputNotWritable
from nemo_lab.protocol.messages import PLATFORM_HEADER, SOURCE_HEADER, VERSION_HEADER, AnonymousToken

logger = logging.getLogger(__name__)

TOKEN_LIFE = 7 * 24 * 3600.0
"""Seconds that a token lives when the backend does not say (SKILL.md v1.9 §1)."""
_MARGIN = 60.0
_LONGEST_ID = 64
_PLATFORM_FOLDERS = {".clawhub": "clawhub", ".cursor": "cursor"}


def attribution(settings: Settings) -> dict[str, str]:
    """Return the headers that say which program calls; without them exports are refused with 402."""
    return {
        SOURCE_HEADER: "nemo-lab",
        VERSION_HEADER: nemo_lab.__version__,
        PLATFORM_HEADER: _platform(settings.platform, Path(__file__)),
    }


def _platform(stated: str, installed: Path) -> str:
    if stated != "unknown":
        return stated
    return next((name for part, name in _PLATFORM_FOLDERS.items() if part in installed.parts), "unknown")


class ClientId:
    """The id for anonymous tokens: from the settings, else the vendor's file, else new and stored there.

    Args:
        stated: the id from the settings.
        path: the file; ``None`` is ``~/.config/nemovideo/client_id``, which the vendor's skill uses too.
    """

    def __init__(self, stated: str | None = None, path: Path | None = None) -> None:
        self._stated = stated
        self._path = path or Path.home() / ".config" / "nemovideo" / "client_id"
        self._value: str | None = None

    def get(self) -> str:
        """Return the id; the same for all processes of this user."""
        if self._value is None:
            self._value = self._stated or self._stored() or self._new()
        return self._value

    def renew(self) -> str:
        """Return a new id in place of one that the backend did not take, and store it."""
        self._value = str(uuid.uuid4())
        try:
            private_folder(self._path.parent)
            write_private(self._path, self._value + "\n")
        except OSError as exc:
            logger.warning("the client id cannot be stored: %s", exc.strerror)
        return self._value

    def _stored(self) -> str | None:
        found = (read_private(self._path) or "").strip()
        return found if found.isprintable() and 0 < len(found) <= _LONGEST_ID else None

    def _new(self) -> str:
        value = str(uuid.uuid4())
        try:
            private_folder(self._path.parent)
            if write_once(self._path, value + "\n"):
                return value
        except OSError as exc:
            logger.warning(
                "the client id cannot be stored, so the next start needs a new token: %s", exc.strerror
            )
            return value
        # Another process was faster, or what is there cannot be used.
        return self._stored() or self.renew()


@dataclass(frozen=True)
class StoredToken:
    """An anonymous token with the time at which it ends, in seconds since 1970."""

    token: str
    expires_at: float
    user_id: str | None = None

    def __repr__(self) -> str:
        return f"StoredToken(expires_at={self.expires_at})"

    @classmethod
    def of(cls, reply: AnonymousToken, now: float) -> StoredToken:
        """Return what is to be kept of a reply."""
        end = reply.expires_at.timestamp() if isinstance(reply.expires_at, datetime) else now + TOKEN_LIFE
        return cls(reply.token, end, reply.user_id)


class TokenStore:
    """Keeps the anonymous token of one API origin: a private file tells all about it, and holds the token
    itself where no keyring does. Both block; a keyring may ask its user.

    Args:
        folder: the folder of all tokens; made private.
        origin: whose token it is.
        clock: tells when it has expired.
    """

    def __init__(self, folder: Path, origin: str, clock: Clock) -> None:
        self._folder = folder
        self._path = folder / f"token-{hashlib.sha256(origin.encode()).hexdigest()[:16]}.json"
        self._clock = clock

    @property
    def lock_path(self) -> Path:
        """A file to lock while a token is being fetched."""
        return self._path.with_suffix(".lock")

    def prepare(self) -> None:
        """Create the folder, if that can be done."""
        try:
            private_folder(self._folder)
        except OSError as exc:
            logger.warning("the token cannot be stored: %s", exc.strerror)

    def valid(self, token: StoredToken | None) -> bool:
        """Return whether a token is there and has not expired."""
        return token is not None and self._clock.wall() < token.expires_at - _MARGIN

    def load(self) -> StoredToken | None:
        """Return the stored token, expired or not; ``None`` when there is none that can be read."""
        try:
            data = json.loads(read_private(self._path) or "null")
            held = keychain.fetch(self._path.stem) if data["token"] is None else str(data["token"])
            if held is None:
                logger.warning("the token cannot be had: the keyring that has it does not give it")
                return None
            return StoredToken(held, float(data["expires_at"]), data.get("user_id"))
        except (ValueError, TypeError, KeyError):
            return None

    def save(self, token: StoredToken) -> None:
        """Store a token; when that cannot be done, say so and go on."""
        held = keychain.store(self._path.stem, token.token)
        data = {
            "token": None if held else token.token,
            "expires_at": token.expires_at,
            "user_id": token.user_id,
        }
        try:
            write_private(self._path, json.dumps(data))
        except OSError as exc:
            logger.warning("the token cannot be stored: %s", exc.strerror)


def forget_tokens(folder: Path) -> None:
    """Remove from the keyring the tokens that the files of a folder tell about; the files stay. Blocks.

    Raises:
        OutputNotWritable: the keyring keeps one.
    """
    for path in folder.glob("token-*.json"):
        try:
            elsewhere = json.loads(read_private(path) or "{}").get("token", "") is None
        except (ValueError, AttributeError):
            continue
        if elsewhere and not keychain.forget(path.stem):
            raise OutputNotWritable(
                f"the keyring keeps a token ({keychain.SERVICE}, {path.stem})",
                path=path,
                remedy="Unlock the keyring and try again, or remove it there.",
            )
