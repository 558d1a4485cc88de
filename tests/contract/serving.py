"""A real local backend on a free port, and a raw HTTP client for it that follows the documents."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from nemo_lab.config import Settings
from nemo_lab.local import Embedded, Options, Policy, start_embedded

ATTRIBUTION = {"X-Skill-Source": "nemo-video", "X-Skill-Version": "1.9", "X-Skill-Platform": "unknown"}
_numbers = itertools.count(1)


class Backend:
    """A running backend and one user of it."""

    def __init__(self, embedded: Embedded, settings: Settings, token: str = "") -> None:
        self.embedded = embedded
        self.settings = settings
        self.http = httpx.Client(
            base_url=embedded.url, headers=ATTRIBUTION, trust_env=False, timeout=60, follow_redirects=False
        )
        self.stranger = httpx.Client(base_url=embedded.url, trust_env=False, timeout=60)
        """Somebody without a token."""
        self.use(token or embedded.token)

    def use(self, token: str) -> None:
        """Speak as the holder of another token."""
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"

    def anonymous(self, client: str = "client-1") -> httpx.Response:
        """Ask for an anonymous token, without showing any other."""
        return self.stranger.post("/api/auth/anonymous-token", headers={"X-Client-Id": client})

    def data(self, method: str, path: str, **more: Any) -> Any:
        """Return what is inside the envelope of a good reply."""
        reply = self.http.request(method, path, **more)
        body = reply.json()
        assert (reply.status_code, body["code"]) == (200, 0), body
        return body["data"]

    def session(self) -> str:
        """Make a session."""
        created = self.data("POST", "/api/tasks/me/with-session/nemo_agent", json={"task_name": "project"})
        return str(created["session_id"])

    def upload(self, session: str, *paths: Path, field: str = "files") -> httpx.Response:
        """Upload files as a form."""
        files = [(field, (path.name, path.read_bytes())) for path in paths]
        return self.http.post(f"/api/upload-video/nemo_agent/me/{session}", files=files)

    def state(self, session: str) -> Any:
        """Return the state."""
        return self.data("GET", f"/api/state/nemo_agent/me/{session}/latest")["state"]

    def credits(self) -> Any:
        """Return the balance."""
        return self.data("GET", "/api/credits/balance/simple")

    def say(self, session: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """Say something and return the events of the answer."""
        reply = self.http.post("/run_sse", json=message(session, text, **more))
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8", reply.text
        return events(reply.text)

    def submit(self, session: str, render: str | None = None, **output: Any) -> Any:
        """Submit a render of the timeline as it stands."""
        body = {
            "id": render or f"render_{next(_numbers)}",
            "sessionId": session,
            "draft": self.state(session)["draft"],
        }
        if output:
            body["output"] = output
        return self.http.post("/api/render/proxy/lambda", json=body)

    def finished(self, render: str, seconds: float = 60) -> Any:
        """Poll a render until it ends."""
        for _ in range(int(seconds / 0.05)):
            body = self.http.get(f"/api/render/proxy/lambda/{render}").json()
            if body["status"] in {"completed", "failed"}:
                return body
            time.sleep(0.05)
        raise AssertionError(f"the render does not end: {body}")


@contextmanager
def serving(folder: Path, options: Options | None = None, **settings: Any) -> Iterator[Backend]:
    """Run a backend with its data under ``folder``."""
    where = Settings(data_dir=folder / "data", cache_dir=folder / "cache", config_dir=folder, **settings)
    with start_embedded(where, options) as embedded:
        backend = Backend(embedded, where)
        try:
            yield backend
        finally:
            backend.http.close()
            backend.stranger.close()


@contextmanager
def as_cloud(folder: Path, policy: Policy) -> Iterator[Backend]:
    """Run a backend that behaves as the cloud does; ``settings`` are those of a user with a token of it."""
    with serving(folder / "server", Options(policy=policy)) as running:
        token = str(running.anonymous().json()["data"]["token"])
        running.use(token)
        running.settings = Settings(
            backend="cloud", api_url=running.embedded.url, token=SecretStr(token), data_dir=folder / "data",
            cache_dir=folder / "cache", config_dir=folder / "config",
        )  # fmt: skip
        yield running


def message(session: str, text: str, **more: Any) -> dict[str, Any]:
    """Return the documented body of a chat request."""
    return {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session,
        "new_message": {"parts": [{"text": text}]},
        **more,
    }


def events(text: str) -> list[dict[str, Any]]:
    """Read a stream's data frames."""
    frames = [frame for frame in text.split("\n\n") if frame.strip()]
    assert all(frame.startswith(("data: ", ":")) for frame in frames), text
    return [json.loads(frame.removeprefix("data: ")) for frame in frames if frame.startswith("data: ")]


def texts(stream: list[dict[str, Any]]) -> list[str]:
    """Return the words of a stream's whole (not partial) events."""
    whole = [event for event in stream if not event.get("partial")]
    return [p["text"] for e in whole for p in e.get("content", {}).get("parts", ()) if "text" in p]


def tool_results(stream: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tool results of a stream."""
    parts = [part for event in stream for part in event.get("content", {}).get("parts", ())]
    return [part["functionResponse"] for part in parts if "functionResponse" in part]
