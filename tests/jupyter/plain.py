"""The editor's page without Jupyter: a plain page, a model that only remembers, a server for its media."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import Page

from nemo_lab.jupyter.editor.view import view_of
from nemo_lab.jupyter.editor.widget import page_code, page_style
from nemo_lab.protocol.draft import Draft

MODEL = """
class FakeModel {
  constructor(state) { this.state = state; this.heard = {}; this.sent = []; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; (this.heard["change:" + name] || []).forEach((act) => act()); }
  save_changes() {}
  on(name, act) { (this.heard[name] ||= []).push(act); }
  off(name, act) { this.heard[name] = (this.heard[name] || []).filter((one) => one !== act); }
  send(message, _, buffers) {
    this.sent.push([message, (buffers || []).map((part) => part.byteLength)]);
    this.onsend?.(message, buffers);
  }
  tell(message, buffers) { (this.heard["msg:custom"] || []).forEach((act) => act(message, buffers || [])); }
  said(type) { return this.sent.map(([message]) => message).filter((message) => message.type === type); }
}
window.FakeModel = FakeModel;
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>editor</title>
<link rel="stylesheet" href="/widget.css">
<style>body {{ margin: 8px; background: {ground}; {theme} }}</style></head>
<body data-jp-theme-light="{light}"><script id="jupyter-config-data" type="application/json">{config}</script>
<main id="root"></main><script>{model}</script></body></html>"""
LIGHT = {
    "--jp-layout-color0": "#fff", "--jp-layout-color1": "#fff", "--jp-layout-color2": "#eee",
    "--jp-ui-font-color1": "rgba(0,0,0,.87)", "--jp-border-color1": "#bdbdbd",
}  # fmt: skip
DARK = {
    "--jp-layout-color0": "#111", "--jp-layout-color1": "#212121", "--jp-layout-color2": "#424242",
    "--jp-ui-font-color1": "rgba(255,255,255,1)", "--jp-border-color1": "#616161",
}  # fmt: skip


class Site:
    """Serves the page, media with Range, and uploads as our server extension does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extension = True
        self.uploads: dict[str, bytearray] = {}
        self.breaks: list[int] = []
        """Offsets at which an upload's connection is broken, once each."""
        self.asked: list[tuple[str, str, str]] = []
        site = self

        class Handler(_Handler):
            pass

        Handler.site = site
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.site.asked.append(("GET", path, self.headers.get("Range", "")))
        if path in {"/light", "/dark"}:
            self._send(_page(path == "/dark").encode(), "text/html")
        elif path == "/widget.js":
            self._send(page_code().encode(), "text/javascript")
        elif path == "/widget.css":
            self._send(page_style().encode(), "text/css")
        elif path == "/base/nemo/ping" and self.site.extension:
            self._json({"version": "0", "chunk": 65536})
        elif path.startswith("/base/nemo/upload/") and self.site.extension:
            self._json({"received": len(self.site.uploads.get(path.rsplit("/", 1)[1], b""))})
        elif path.startswith("/base/files/"):
            self._file(self.site.folder / unquote(path.rsplit("/", 1)[1]))
        else:
            self._send(b"", "text/plain", 404)

    def do_PUT(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        offset, total = int(query["offset"]), int(query["total"])
        self.site.asked.append(("PUT", parts.path, query["offset"]))
        if offset in self.site.breaks:
            self.site.breaks.remove(offset)
            self.close_connection = True
            self.connection.close()
            return
        held = self.site.uploads.setdefault(parts.path.rsplit("/", 1)[1], bytearray())
        held[offset:] = body
        whole = {"path": f"/uploads/{query['name']}"} if len(held) == total else {}
        self._json({"received": len(held), **whole})

    def _json(self, data: Any) -> None:
        self._send(json.dumps(data).encode(), "application/json")

    def _file(self, path: Path) -> None:
        if not path.is_file():
            self._send(b"", "text/plain", 404)
            return
        data, kind = path.read_bytes(), "video/mp4" if path.suffix == ".mp4" else "application/octet-stream"
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._send(data, kind)
            return
        start, end = int(asked[1]), int(asked[2] or len(data) - 1)
        self._send(data[start : end + 1], kind, 206, {"Content-Range": f"bytes {start}-{end}/{len(data)}"})

    def _send(self, data: bytes, kind: str, status: int = 200, more: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            headers = {"Content-Type": kind, "Content-Length": str(len(data)), "Accept-Ranges": "bytes"}
            for name, value in (headers | (more or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except ConnectionError:  # the browser has what it wanted
            self.close_connection = True


def _page(dark: bool) -> str:
    theme = "; ".join(f"{name}: {value}" for name, value in (DARK if dark else LIGHT).items())
    config = json.dumps({"baseUrl": "/base/"})
    ground = "#111" if dark else "#fff"
    return _PAGE.format(theme=theme, light=str(not dark).lower(), config=config, model=MODEL, ground=ground)


MOUNT = """async ([state, media]) => {
  const widget = (await import("/widget.js")).default;
  window.m = new FakeModel(state);
  m.onsend = (message) => {
    if (message.type === "hello") setTimeout(() => m.tell({type: "media", ...media}));
  };
  window.end = widget.render({model: m, el: document.getElementById("root")});
}"""


def cut_view(
    pieces: int = 3, kept: int = 2000, gone: int = 1000, *, blend: str | None = None, **look: Any
) -> dict[str, Any]:
    """A timeline of pieces of one file, each after a cut, with a title and music.

    ``blend`` is a transition of 800 ms at each cut; the rest is how the title looks.
    """
    segments = [
        {
            "d": kept,
            "x_id": f"s{n}",
            "x_asset": "a1",
            "x_source_start": n * (kept + gone),
            "x_name": "talk.mp4",
        }
        for n in range(pieces)
    ]
    for segment in segments[: -1 if blend else 0]:
        segment["x_transition"] = {"kind": blend, "duration": 800}
    title = {"d": 1500, "x_id": "t1", "x_start": 0, "m": {"text": "Evening", **look}}
    music = {
        "d": pieces * kept,
        "x_id": "m1",
        "x_start": 0,
        "x_asset": "a2",
        "x_name": "song.mp3",
        "x_volume": 0.3,
    }
    draft = Draft.from_wire(
        {
            "t": [
                {"tt": 0, "sg": segments},
                {"tt": 1, "sg": [music], "m": {"role": "music"}},
                {"tt": 7, "sg": [title]},
            ]
        }
    )
    length = pieces * (kept + gone) / 1000
    infos = [
        {
            "id": "a1",
            "filename": "talk.mp4",
            "file_type": "video",
            "duration": length,
            "width": 320,
            "height": 180,
        },
        {"id": "a2", "filename": "song.mp3", "file_type": "audio", "duration": 60},
    ]
    return view_of(draft, infos, ["s1"])


def state_of(view: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    status = {"backend": "local", "credits": "free", "session": "1", "project": "talk.mp4 · x · 1"}
    return {"view": view or {}, "messages": [], "live": {}, "busy": [], "film": {}, "status": status} | more


class Tab:
    """The editor on a page."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site

    def open(self, state: dict[str, Any] | None = None, theme: str = "light", **media: Any) -> None:
        self.page.goto(f"{self.site.url}/{theme}")
        told = {"files": {"a1": "files/talk.mp4?v=1"}, "film": None, "proxy": None} | media
        self.page.evaluate(MOUNT, [state or state_of(cut_view()), told])

    def said(self, kind: str) -> list[dict[str, Any]]:
        return list(self.page.evaluate(f"m.said('{kind}')"))

    def until(self, script: str, seconds: float = 20) -> None:
        self.page.wait_for_function(f"() => {script}", timeout=seconds * 1000)

    def at(self) -> int:
        """The playhead, in ms."""
        return int(self.page.get_attribute(".nemo-scroller", "aria-valuenow") or -1)
