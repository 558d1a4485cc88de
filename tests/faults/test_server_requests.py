"""Requests by the server's own OpenAPI document, good and bad: no fault of ours, no word of its insides."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from nemo_lab.local import Options
from tests.contract.serving import Backend, serving
from tests.media.clips import Clip, make

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 0.5, -0.0, 1e308,
    "", " ", "0", "x", "\0", "\n",
    "é", "文字", "\u202e", "'; DROP TABLE sessions; --", "${7*7}", "{{7*7}}", "%s%n", "../..", "a" * 5000,
    "9" * 19,    [], [[]], {}, [None], {"": None}, {"a": {"b": [1]}}, [{}] * 50,
)  # fmt: skip


class Writer:
    """Writes requests by an OpenAPI document, with ``ids`` that exist where a string is asked for."""

    def __init__(self, document: dict[str, Any], dice: random.Random, ids: list[str]) -> None:
        self._document, self._dice, self._ids = document, dice, ids
        self.operations = [
            (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]

    def write(self) -> tuple[str, str, dict[str, Any]]:
        """Return method, path and options of a request."""
        method, path, operation = self._dice.choice(self.operations)
        self._wild = self._dice.choice([0.0, 0.0, 0.15, 0.5])
        filled = re.sub(r"\{.*?\}", lambda _: quote(str(self._word())[:200], safe="./%"), path)
        options: dict[str, Any] = {"params": self._query(operation)}
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            options["json"] = self._value(schema)
        elif method == "POST":
            options["json"] = {"urls": self._odd(), "paths": self._odd(), "source_type": self._word()}
        if self._dice.random() < self._wild / 3:
            options = {"content": self._dice.randbytes(40), "headers": {"Content-Type": "application/json"}}
        return method, filled, options

    def _query(self, operation: dict[str, Any]) -> dict[str, str]:
        asked = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
        return {p["name"]: str(self._value(p["schema"])) for p in asked if self._dice.random() < 0.7}

    def _word(self) -> Any:
        return self._odd() if self._dice.random() < self._wild else self._dice.choice(self._ids)

    def _odd(self) -> Any:
        return self._dice.choice(_ODD)

    def _value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        if self._dice.random() < self._wild or depth > 6:
            return self._odd()
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._value(self._document["components"]["schemas"][name], depth + 1)
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return self._value(self._dice.choice(choices), depth + 1)
        if "const" in schema or "enum" in schema:
            return schema.get("const") or self._dice.choice(schema["enum"])
        return self._of_type(schema, depth)

    def _of_type(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            needed, named = schema.get("required", ()), schema.get("properties", {})
            kept = [name for name in named if name in needed or self._dice.random() < 0.5]
            return {name: self._value(named[name], depth + 1) for name in kept}
        if kind == "array":
            return [self._value(schema.get("items", {}), depth + 1) for _ in range(self._dice.randint(0, 3))]
        return {"string": self._word(), "integer": self._dice.randint(-2, 3000), "null": None,
                "number": self._dice.uniform(-2, 3000), "boolean": self._dice.random() < 0.5,
                }.get(kind or "", self._odd())  # fmt: skip


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with serving(tmp_path, Options(token="t", heartbeat=1)) as running:
        yield running


@pytest.mark.parametrize("count", [150, pytest.param(6000, marks=pytest.mark.soak)])
def test_g22_no_request_is_a_fault_of_ours(
    goal: Any, seed: int, backend: Backend, tmp_path: Path, count: int
) -> None:
    session = backend.session()
    asset = backend.upload(session, make(tmp_path / "a.wav", Clip(seconds=0.2)))
    ids = [session, asset.json()["data"]["files"][0]["id"], "render-1", "nemo_agent", "me", "wav"]
    writer = Writer(backend.http.get("/openapi.json").json(), random.Random(seed), ids)
    wrong, answers = [], set()
    for _ in range(count):
        method, path, options = writer.write()
        try:
            reply = backend.http.request(method, path, **options)
        except ValueError:  # what no JSON can hold is never sent
            continue
        answers.add((method, reply.status_code))
        if not _proper(reply, str(tmp_path)):
            wrong.append((method, path, options, reply.status_code, reply.text[:300]))
    assert {200, 422} <= {status for _, status in answers}
    assert backend.http.get("/health").json() == {"status": "ok"}
    goal.none("G22", "requests by the OpenAPI document answered by a fault", wrong, count)


def _proper(reply: Any, folder: str) -> bool:
    """Tell whether an answer is one that the protocol has, and says nothing of what is behind it."""
    kind = reply.headers.get("content-type", "")
    told = folder in reply.text or "Traceback" in reply.text or "sqlite" in reply.text.lower()
    if reply.status_code >= 500 or told:
        return False
    if "json" not in kind:
        return reply.status_code in {200, 206} or reply.status_code >= 400
    body = reply.json()
    if reply.status_code == 422:
        return bool(body["detail"]) and not any("input" in one for one in body["detail"])
    if reply.status_code >= 400:
        return "message" in body or "detail" in body or "error" in body
    return isinstance(body, dict)
