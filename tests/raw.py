"""Requests byte by byte, for what no well-behaved client sends."""

from __future__ import annotations

import http.client
import socket
import struct
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from tests.conftest import Answer
from tests.server import PASSWORD, Server

SECONDS = 20
BASIC = b"Authorization: Basic " + b64encode(f"admin:{PASSWORD}".encode()) + b"\r\n"


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection on which any bytes can be sent."""

    socket: socket.socket

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def answer(self) -> Answer:
        """The next final answer; a `100 Continue` before it is skipped."""
        found = http.client.HTTPResponse(self.socket)
        found.begin()
        headers = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, headers, found.read())

    def is_closed(self) -> bool:
        """Whether the server closes the connection, after whatever it still had to say."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        """Send FIN: nothing more will come."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def connect(server: Server, seconds: float = SECONDS) -> Wire:
    return Wire(socket.create_connection((server.host, server.port), seconds))


def head(method: str, path: str, *headers: bytes) -> bytes:
    """A request's head with the superuser's credentials."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n".encode() + BASIC + lines + b"\r\n"


def chunked(pieces: Iterable[bytes]) -> bytes:
    """The pieces in chunks, with the last one of no length."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def ask(server: Server, *pieces: bytes) -> Answer:
    """Send the pieces on a connection of their own; the first answer."""
    with connect(server) as wire:
        wire.send(*pieces)
        return wire.answer()
