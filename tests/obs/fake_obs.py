"""OBS's websocket server as far as the watcher speaks to it (obs-websocket 5, RFC 6455), on loopback."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
from typing import Any

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FakeObs:
    """Answers requests and sends the events that it is told to; can be up or down.

    Attributes:
        asked: (request, data), in order.
        answers: what each request gets, or a function that makes it; a request that is not here is refused.
        port: where it listens while it is up.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "GetVersion": {"obsVersion": "29.0.2"},
            "GetRecordStatus": {"outputActive": False},
            "GetProfileList": {"currentProfileName": "Main"},
            "GetSceneCollectionList": {"currentSceneCollectionName": "Main"},
            "GetCurrentProgramScene": {"currentProgramSceneName": "Scene"},
        }
        self.silent = False
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._peers: list[socket.socket] = []
        self._listeners: list[socket.socket] = []
        self._telling = threading.Lock()
        self._listening: socket.socket | None = None
        self.port = 0

    def up(self) -> None:
        """Begin to listen, on the same port as before."""
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(("127.0.0.1", self.port))
        self._listening.listen(16)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def down(self) -> None:
        """Close everything, as a kill would."""
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        self._peers, self._listeners = [], []

    def tell(self, kind: str, **data: Any) -> None:
        """Send an event to all that asked for events."""
        with self._telling:
            for peer in self._listeners:
                with contextlib.suppress(OSError):
                    _send(peer, {"op": 5, "d": {"eventType": kind, "eventIntent": 64, "eventData": data}})

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listening.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError, EOFError, ValueError, IndexError):
            _shake_hands(peer)
            _send(peer, {"op": 0, "d": {"obsWebSocketVersion": "5.1.0", "rpcVersion": 1}})
            while True:
                message = _receive(peer)
                if message["op"] == 1:
                    with self._telling:  # from its answer on, a peer is told everything
                        _send(peer, {"op": 2, "d": {"negotiatedRpcVersion": 1}})
                        if message["d"].get("eventSubscriptions"):
                            self._listeners.append(peer)
                    self._peers.append(peer)
                elif message["op"] == 6 and not self.silent:
                    self._answer(peer, message["d"])

    def _answer(self, peer: socket.socket, asked: dict[str, Any]) -> None:
        kind = asked["requestType"]
        self.asked.append((kind, asked.get("requestData", {})))
        known, data = kind in self.answers, self.answers.get(kind)
        status = {"result": known, "code": 100 if known else 204}
        reply = {"requestType": kind, "requestId": asked["requestId"], "requestStatus": status}
        _send(
            peer,
            {"op": 7, "d": reply | ({"responseData": data() if callable(data) else data} if known else {})},
        )


def _shake_hands(peer: socket.socket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += peer.recv(1) or _ended()
    key = next(
        line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())
    peer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def _send(peer: socket.socket, message: dict[str, Any]) -> None:
    content = json.dumps(message).encode()
    head = b"\x81" + (
        bytes([len(content)]) if len(content) < 126 else b"\x7e" + struct.pack(">H", len(content))
    )
    peer.sendall(head + content)


def _receive(peer: socket.socket) -> dict[str, Any]:
    first, size = _exactly(peer, 2)
    size &= 127
    if size >= 126:
        size = int.from_bytes(_exactly(peer, 2 if size == 126 else 8))
    mask = _exactly(peer, 4)
    content = bytes(byte ^ mask[n % 4] for n, byte in enumerate(_exactly(peer, size)))
    if first & 15 != 1:
        return _ended()
    found: dict[str, Any] = json.loads(content)
    return found


def _exactly(peer: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        content += peer.recv(size - len(content)) or _ended()
    return content


def _ended() -> Any:
    raise EOFError
