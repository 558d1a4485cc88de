"""Users, their tokens and their credits.

Tokens and client ids are kept as hashes. Credits are never lost: what a running edit has reserved is a row
in ``holds``, which is either spent or given back, also after a crash.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nemo_lab.errors import AuthError, InsufficientCredits, RateLimited, SessionNotFound
from nemo_lab.local.policy import WEEK, Policy
from nemo_lab.local.store import Store

LOCAL_USER = "local"
"""Who holds the fixed bearer of an embedded backend, or of ``nemo serve --token``."""


class Accounts:
    """What belongs to users rather than to their projects."""

    def __init__(self, store: Store, policy: Policy, *, owner: str = "") -> None:
        self._store = store
        self._policy = policy
        self._owner = owner

    def issue(self, client_id: str, address: str) -> dict[str, Any]:
        """Make a token for an anonymous client, and its user when it is new.

        Raises:
            RateLimited: this client, or this address, had its share of the week.
        """
        token, now = f"nmv_usr_{secrets.token_urlsafe(32)}", self._store.clock()
        life = self._policy.token_life
        expires = None if life is None else now + life
        with self._store.write() as db:
            user = self._user(db, hashed(client_id), now)
            self._admit(db, user["id"], address, now)
            db.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?)",
                (hashed(token), user["id"], address, now, expires),
            )
        reply = {"token": token, "user_id": user["id"], "credits": user["available"]}
        if self._policy.starting_credits is None:
            reply["unlimited"] = True
        if expires is not None:
            reply["expires_at"] = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return reply

    def _user(self, db: sqlite3.Connection, client: str, now: float) -> sqlite3.Row:
        row = ("anon_" + secrets.token_hex(8), client, self._policy.starting_credits or 0, now)
        db.execute("INSERT INTO users VALUES (?, ?, ?, ?) ON CONFLICT(client) DO NOTHING", row)
        found: sqlite3.Row = db.execute("SELECT * FROM users WHERE client = ?", (client,)).fetchone()
        return found

    def _admit(self, db: sqlite3.Connection, user: str, address: str, now: float) -> None:
        limits = (("user", user, self._policy.tokens_per_client),
                  ("address", address, self._policy.tokens_per_address))  # fmt: skip
        for column, value, limit in limits:
            if limit is None:
                continue
            sql = f"SELECT COUNT(*) FROM tokens WHERE {column} = ? AND created > ?"  # noqa: S608 - our names
            if db.execute(sql, (value, now - WEEK)).fetchone()[0] >= limit:
                raise RateLimited(f"only {limit} token{'s' if limit > 1 else ''} in 7 days for this {column}")

    def user_of(self, token: str) -> str:
        """Return whose token this is.

        Raises:
            AuthError: it is unknown, or has expired.
        """
        row = self._store.one("SELECT * FROM tokens WHERE hash = ?", hashed(token))
        if row is None:
            raise AuthError("the token is not valid")
        if row["expires"] is not None and row["expires"] <= self._store.clock():
            raise AuthError("the token has expired")
        return str(row["user"])

    def balance(self, user: str) -> dict[str, Any]:
        """Return the credits of a user; ``unlimited`` where nothing costs anything."""
        if self._policy.starting_credits is None:
            return {"available": 0, "frozen": 0, "total": 0, "unlimited": True}
        held = "SELECT COALESCE(SUM(amount), 0) FROM holds WHERE user = users.id"
        row = self._store.one(f"SELECT available, ({held}) FROM users WHERE id = ?", user)  # noqa: S608 - ours
        available, frozen = row or (0, 0)
        return {"available": available, "frozen": frozen, "total": available + frozen}

    def hold(self, user: str, amount: int) -> str:
        """Reserve credits for work about to begin; returns the hold's id.

        Raises:
            InsufficientCredits: there are not enough.
        """
        hold = secrets.token_hex(8)
        if not amount or self._policy.starting_credits is None:
            return ""
        with self._store.write() as db:
            sql = "UPDATE users SET available = available - ? WHERE id = ? AND available >= ?"
            if not db.execute(sql, (amount, user, amount)).rowcount:
                raise InsufficientCredits("credits exhausted", code=2001)
            db.execute("INSERT INTO holds VALUES (?, ?, ?, ?)", (hold, user, amount, self._owner))
        return hold

    def settle(self, hold: str, *, spent: bool) -> None:
        """Spend what was held, or give it back."""
        if not hold:
            return
        with self._store.write() as db:
            row = db.execute("DELETE FROM holds WHERE id = ? RETURNING user, amount", (hold,)).fetchone()
            if row is not None and not spent:
                db.execute("UPDATE users SET available = available + ? WHERE id = ?", (row[1], row[0]))

    def recover(self, alive: Callable[[str], bool]) -> None:
        """Give back what servers that are dead had reserved."""
        for row in self._store.all("SELECT id, owner FROM holds"):
            if not alive(row["owner"]):
                self.settle(row["id"], spent=False)

    def claim(self, user: str, session_id: str, task_id: str) -> dict[str, Any]:
        """Return a token that opens one project in a browser, the same one while it lasts.

        Raises:
            SessionNotFound: the user has no such project.
        """
        now = self._store.clock()
        with self._store.write() as db:
            owned = db.execute(
                "SELECT 1 FROM sessions WHERE id = ? AND task = ? AND user = ?", (session_id, task_id, user)
            ).fetchone()
            if owned is None:
                raise SessionNotFound(f"session not found: {session_id}")
            db.execute("DELETE FROM claims WHERE session = ? AND expires <= ?", (session_id, now))
            fresh = (session_id, f"clm_{secrets.token_urlsafe(24)}", now + WEEK)
            db.execute("INSERT INTO claims VALUES (?, ?, ?) ON CONFLICT(session) DO NOTHING", fresh)
            row = db.execute("SELECT * FROM claims WHERE session = ?", (session_id,)).fetchone()
        return {"claim_token": row["token"], "expires_in": round(row["expires"] - now)}


def hashed(secret: str) -> str:
    """Return the SHA-256 of a secret, under which it is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
