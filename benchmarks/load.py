"""Putting load on a peer, and what it cost the peer's processes."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.content import MANIFEST_TYPE, Blob, path_of, request, with_digest
from benchmarks.peers import REPOSITORY, UNVERIFIED, Peer

TICKS = os.sysconf("SC_CLK_TCK")
SEND_BYTES = 256 * 1024
CHUNK_BYTES = 32 * 1024
"""A chunk of a chunked body: what docker's and containerd's io.Copy sends."""

_REQUESTS = re.compile(r"(\d+) requests in")
_AB_RATE = re.compile(r"Requests per second:\s+([0-9.]+)")
_READ = re.compile(r"Transfer/sec:\s+([0-9.]+)(KB|MB|GB|B)")
_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True, slots=True)
class Figure:
    """What one round gave: operations (or bytes) a second, and CPU seconds spent on each."""

    per_second: float
    cpu_seconds: float


def get(
    peer: Peer,
    path: str,
    clients: int,
    seconds: float,
    *,
    bytes_count: bool,
    script: Path | None = None,
) -> Figure:
    """wrk with `clients` connections; counts requests, or bytes for large answers."""
    command = [
        *(shutil.which("wrk") or "wrk", "-t1", f"-c{clients}", f"-d{int(seconds)}s"),
        *("--timeout", "30s"),
        *("-H", f"Accept: {MANIFEST_TYPE}, */*"),
    ]
    if script is not None:
        command += ["-s", str(script)]
    if peer.authorization:
        command += ["-H", f"Authorization: {peer.authorization}"]
    before, started = cpu_seconds(peer.pid), time.monotonic()
    shown = subprocess.run(
        [*command, f"{peer.address}{path}"], capture_output=True, text=True, check=True
    ).stdout
    cpu, wall = cpu_seconds(peer.pid) - before, time.monotonic() - started
    if "Non-2xx" in shown:
        raise SystemExit(f"{peer.name}: {path} did not answer 200:\n{shown}")
    count = _count(shown, wall) if bytes_count else float(_found(_REQUESTS, shown)[1])
    return Figure(count / wall, cpu / max(count, 1))


def head(peer: Peer, path: str, clients: int, requests: int) -> Figure:
    """ab with `clients` connections: wrk would wait for a body that a HEAD never brings."""
    command = [shutil.which("ab") or "ab", "-i", "-k", "-q", f"-c{clients}", f"-n{requests}"]
    command += ["-H", f"Accept: {MANIFEST_TYPE}"]
    if peer.authorization:
        command += ["-H", f"Authorization: {peer.authorization}"]
    before = cpu_seconds(peer.pid)
    shown = subprocess.run(
        [*command, f"{peer.address}{path}"], capture_output=True, text=True, check=True
    ).stdout
    cpu = cpu_seconds(peer.pid) - before
    if "Non-2xx" in shown:
        raise SystemExit(f"{peer.name}: HEAD {path} did not answer 200:\n{shown}")
    return Figure(float(_found(_AB_RATE, shown)[1]), cpu / requests)


def repeat(peer: Peer, once: Callable[[], object], seconds: float) -> Figure:
    """`once` again and again by one client, which is in the way itself: for slow operations."""
    before, started, count = cpu_seconds(peer.pid), time.monotonic(), 0
    while time.monotonic() - started < seconds:
        once()
        count += 1
    wall, cpu = time.monotonic() - started, cpu_seconds(peer.pid) - before
    return Figure(count / wall, cpu / count)


def _count(shown: str, wall: float) -> float:
    number, unit = _found(_READ, shown).groups()
    return float(number) * _UNITS[unit] * wall


def _found(pattern: re.Pattern[str], shown: str) -> re.Match[str]:
    found = pattern.search(shown)
    if found is None:
        raise SystemExit(f"wrk printed no {pattern.pattern}:\n{shown}")
    return found


def upload(peer: Peer, blobs: list[Blob], *, way: str) -> Figure:
    """Every blob by a thread of its own: `put` whole, `patch` with a length, or `chunked`."""
    paths = []
    for _ in blobs:
        _, headers = request(peer, "POST", f"/v2/{REPOSITORY}/blobs/uploads/", expect=202)
        paths.append(headers["location"])
    failures: list[str] = []
    threads = [
        threading.Thread(target=_upload_one, args=(peer, path, blob, way, failures))
        for path, blob in zip(paths, blobs, strict=True)
    ]
    before, started = cpu_seconds(peer.pid), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.monotonic() - started, cpu_seconds(peer.pid) - before
    if failures:
        raise SystemExit(f"{peer.name}: upload by {way} failed: {failures[0]}")
    count = sum(len(blob.content) for blob in blobs)
    return Figure(count / wall, cpu / count)


def _upload_one(peer: Peer, location: str, blob: Blob, way: str, failures: list[str]) -> None:
    with _line(peer) as line:
        if way == "put":
            answer = _send(line, peer, "PUT", with_digest(location, blob), blob.content, False)
        else:
            is_chunked = way == "chunked"
            answer = _send(line, peer, "PATCH", path_of(location), blob.content, is_chunked)
            if answer.startswith("HTTP/1.1 202"):
                found = re.search(r"(?im)^location: (\S+)", answer)
                assert found is not None
                answer = _send(line, peer, "PUT", with_digest(found[1], blob), b"", False)
        if not answer.startswith("HTTP/1.1 201"):
            failures.append(answer[:300])


def _line(peer: Peer) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", peer.port), 60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return UNVERIFIED.wrap_socket(line) if peer.is_tls else line


def _send(
    line: socket.socket, peer: Peer, method: str, path: str, body: bytes, is_chunked: bool
) -> str:
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}"
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{peer.port}\r\n"
        f"Authorization: {peer.authorization}\r\n"
        f"Content-Type: application/octet-stream\r\n{length}\r\n\r\n"
    )
    line.sendall(head.encode())
    view = memoryview(body)
    if is_chunked:
        prefix = f"{CHUNK_BYTES:x}\r\n".encode()
        for at in range(0, len(view), CHUNK_BYTES):
            part = view[at : at + CHUNK_BYTES]
            size = prefix if len(part) == CHUNK_BYTES else f"{len(part):x}\r\n".encode()
            if peer.is_tls:
                line.sendall(b"".join((size, part, b"\r\n")))
            else:
                line.sendmsg([size, part, b"\r\n"])
        line.sendall(b"0\r\n\r\n")
    else:
        for at in range(0, len(view), SEND_BYTES):
            line.sendall(view[at : at + SEND_BYTES])
    return _answer(line)


def _answer(line: socket.socket) -> str:
    """The head of the answer; its body, if there is one, is read and dropped."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = line.recv(65536)
        if not piece:
            return raw.decode("latin-1")
        raw += piece
    head, _, rest = raw.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    left = (int(found[1]) if found else 0) - len(rest)
    while left > 0:
        left -= len(line.recv(65536))
    return head.decode("latin-1")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its descendants, also of those that have ended."""
    total = 0
    for process in processes(pid):
        with suppress(FileNotFoundError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def memory_bytes(pid: int) -> int:
    """PSS of a process and its descendants: shared pages are counted once."""
    total = 0
    for process in processes(pid):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def processes(pid: int) -> Iterator[int]:
    yield pid
    # Those of a database come and go.
    with suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from processes(int(child))
