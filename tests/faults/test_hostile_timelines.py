"""Timelines of other editors that point elsewhere: they may name files of this machine, and fetch nothing."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from nemo_lab.local import Options
from tests.contract.serving import serving

_EDL = "TITLE: x\n001  AX  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n* FROM CLIP NAME: {0}\n"
_XML = (
    '<?xml version="1.0"?>{1}<xmeml version="5"><sequence><rate><timebase>30</timebase></rate><media><video>'
    "<track><clipitem><start>0</start><end>30</end><in>0</in><out>30</out><file><name>a</name>"
    "<pathurl>{0}</pathurl></file></clipitem></track></video></media></sequence></xmeml>"
)
_ENTITIES = ("", '<!DOCTYPE xmeml [<!ENTITY e SYSTEM "{0}">]>', '<!DOCTYPE xmeml SYSTEM "{0}">')


def _otio(address: str) -> str:
    second = {"OTIO_SCHEMA": "RationalTime.1", "rate": 30.0, "value": 30.0}
    span = {"OTIO_SCHEMA": "TimeRange.1", "duration": second, "start_time": second | {"value": 0.0}}
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": address, "available_range": span}
    clip = {"OTIO_SCHEMA": "Clip.1", "name": "a", "source_range": span, "media_reference": media}
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V", "children": [clip]}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "t", "tracks": stack})


def _timelines(address: str) -> list[tuple[str, str]]:
    entities = [
        ("xml", _XML.format("&e;" if "ENTITY" in kind else address, kind.format(address)))
        for kind in _ENTITIES
    ]
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    return [
        *entities, ("otio", _otio(address)), ("edl", _EDL.format(address)),
        ("xml", _XML.format("&j;", bomb + "]>")), ("otio", '{"a":' * 50_000), ("edl", "\0" * 5000),
    ]  # fmt: skip


def test_g21_a_timeline_fetches_nothing(goal: Any, tmp_path: Path) -> None:
    pytest.importorskip("opentimelineio")
    wrong, tried = [], 0
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        serving(tmp_path / "home", Options(token="t", allow_paths=True)) as backend,
    ):
        port = listening.getsockname()[1]
        for scheme in ("http://127.0.0.1:{}/a.mp4", "//127.0.0.1:{}/a.mp4"):
            for number, (kind, text) in enumerate(_timelines(scheme.format(port))):
                path = tmp_path / f"{number}.{kind}"
                path.write_text(text)
                reply = backend.http.post(
                    f"/api/upload-video/nemo_agent/me/{backend.session()}",
                    json={"paths": [str(path)], "source_type": "path"},
                )
                tried += 1
                if reply.status_code >= 500 or reply.json().get("code") == 0 or "ended" in reply.text:
                    wrong.append((kind, text[:200], reply.status_code, reply.text[:200]))
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    goal.none("G21", "timelines that were taken with what they point to, or killed a worker", wrong, tried)
