"""A websocket client that costs as little as possible, so that the load does not measure itself.

One `asyncio.Protocol` a connection: a handshake, masked frames out, unmasked frames in, no extensions. It counts
edits by the markers in them, so that a server may merge frames as it likes. Hocuspocus puts the document's name before
each message and wants to be shown a token first: an address that ends in `#NAME` is spoken to in that way.
"""

import asyncio
import os
import re
import struct
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

MARKER = re.compile(rb"m(\d{4})(\d{6})")
SYNC_UPDATE = b"\x00\x02"
ASK_FOR_ALL = b"\x00\x00\x01\x00"
"""Sync step 1 of an empty document."""
SHOW_TOKEN = b"\x02\x00\x01t"
"""Hocuspocus: the token `t`; without a hook that looks at it, any will do."""
MASK = b"\x00\x00\x00\x00"
"""A mask of zeros leaves the bytes as they are: legal, and free."""


class Peer(asyncio.Protocol):
    """One connection. `received` maps a writer to the newest of its edits that arrived here."""

    def __init__(self, url: str, on_frame: Callable[["Peer", bytes], None]) -> None:
        self.url = urlsplit(url)
        self.on_frame = on_frame
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self.received: dict[int, int] = {}
        self.buffer = bytearray()
        self.prefix = _sized(self.url.fragment.encode()) if self.url.fragment else b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast(asyncio.Transport, transport)  # uvloop's is one, and no subclass
        query = f"?{self.url.query}" if self.url.query else ""
        transport.write(
            f"GET {self.url.path}{query} HTTP/1.1\r\nHost: {self.url.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened.done():
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.opened.set_exception(ConnectionError(head[:200].decode(errors="replace")))
                return
            self.opened.set_result(None)
            self.buffer = bytearray(rest)
        self._frames()

    def _frames(self) -> None:
        buffer, at, end = self.buffer, 0, len(self.buffer)
        while end - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length > 125:
                wide = 2 if length == 126 else 8
                if end - at < 2 + wide:
                    break
                length, start = int.from_bytes(buffer[start : start + wide], "big"), start + wide
            if end - start < length:
                break
            opcode, at = buffer[at] & 15, start + length
            payload = bytes(buffer[start:at])
            if opcode == 2:
                self.on_frame(self, payload[len(self.prefix) :])
            elif opcode == 9:
                self._write(0x8A, payload)
        del buffer[:at]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before it was open"))
        self.closed.set()

    def send(self, payload: bytes) -> None:
        """Send one binary frame."""
        self._write(0x82, self.prefix + payload)

    def _write(self, head: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            length = bytes((0x80 | size,))
        elif size < 65536:
            length = b"\xfe" + struct.pack(">H", size)
        else:
            length = b"\xff" + struct.pack(">Q", size)
        self.transport.write(bytes((head,)) + length + MASK + payload)


async def connect(url: str, on_frame: Callable[[Peer, bytes], None]) -> Peer:
    """Open a connection and ask for the document, as every client does; raises ConnectionError when it is refused."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    loop = asyncio.get_running_loop()
    _, peer = await loop.create_connection(lambda: Peer(url, on_frame), parts.hostname, parts.port)
    await asyncio.wait_for(peer.opened, 20)
    if peer.prefix:
        peer.send(SHOW_TOKEN)
    peer.send(ASK_FOR_ALL)
    return peer


class Tally:
    """Counts deliveries and their latencies over all peers of a load."""

    def __init__(self) -> None:
        self.sent: dict[tuple[int, int], float] = {}
        self.latencies: list[float] = []
        self.delivered = 0

    def on_frame(self, peer: Peer, payload: bytes) -> None:
        """Note the edits in a frame: each counts once a peer, however frames are merged or skipped."""
        if payload[:1] != b"\x00":
            return
        now = time.perf_counter()
        for writer_text, seq_text in MARKER.findall(payload):
            writer, seq = int(writer_text), int(seq_text)
            before = peer.received.get(writer, -1)
            if seq > before:
                peer.received[writer] = seq
                self.delivered += seq - before
                sent = self.sent.get((writer, seq))
                if sent is not None:
                    self.latencies.append(now - sent)


def edits(writer: int, count: int, *, padding: int = 32) -> list[bytes]:
    """`count` frames of valid edits by one writer, `padding` and about 50 bytes each, marked for their receivers."""
    from pycrdt import Doc, Map

    doc: Doc[Any] = Doc(client_id=1000 + writer)
    nodes: Map[object] = doc.get("bench", type=Map)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    filler = os.urandom(padding).hex()[:padding]
    for seq in range(count):
        nodes[f"w{writer}k{seq % 50}"] = f"m{writer:04d}{seq:06d}{filler}"
    doc.unobserve(subscription)
    return [SYNC_UPDATE + _sized(update) for update in updates]


def _sized(data: bytes) -> bytes:
    size, out = len(data), bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out) + data
