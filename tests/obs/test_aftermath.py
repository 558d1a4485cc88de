"""What is told to the world when a job ends: notification, webhook."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from obs_plugin.aftermath import tell_the_world
from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from obs_plugin.presets import Preset


@pytest.fixture
def job(place):
    path = place.record()
    ledger = Ledger(place.folders.ledger)
    number = ledger.arrive(Arrival(path, "obs"))
    ledger.settle(ledger.job(number), path.stat())
    ledger.begin(ledger.job(number), place.videos / "out.mp4", preset="", owner="1")
    ledger.end(number, "saved")
    yield ledger.job(number)
    ledger.close()


@pytest.fixture
def hook():
    """A webhook on loopback; gives what it was sent, with the headers."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["Content-Length"])
            got.append((dict(self.headers), json.loads(self.rfile.read(size))))
            self.send_response(500 if self.path == "/broken" else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/done", "/broken"])
def test_a_webhook_is_told_once_and_gets_no_token(job, hook, path, monkeypatch):
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_canary")
    url, got = hook
    tell_the_world(job, Preset(webhook=url + path), notify=False).join(60)
    ((headers, data),) = got
    assert (data["state"], data["recording"], data["output"]) == ("saved", str(job.path), str(job.output))
    assert "canary" not in json.dumps(headers)
    assert "Authorization" not in headers


def test_a_notification_is_shown_where_there_is_a_program_for_it(job, place, monkeypatch):
    tell_the_world(job, None, notify=True).join(60)  # none there: nothing happens
    programs = place.root / "programs"
    programs.mkdir()
    shown = place.root / "shown"
    (programs / "notify-send").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{shown}"\n')
    (programs / "notify-send").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    tell_the_world(job, None, notify=True).join(60)
    assert shown.read_text().splitlines() == ["--app-name=nemo_lab", "Recording edited", str(job.output)]
