"""Numbers that the processes of one server count, each in its own slot of one memory file.

SLOTS x SLOT_BYTES; pid, start time and used bytes are 8 bytes each, the lengths 4:
slot      pid | start time of the process in clock ticks | used bytes | entries ...
entry     length of the name | count of the values | name, padded to 8 bytes | values (float64)

The file has no name and goes with the last process that holds it. A slot belongs to the process
that holds the lock on its byte of the file; the kernel drops the lock when the process ends,
whatever ended it, and the next worker takes the slot over and counts on: no number is lost or
counted twice, and there is nothing to clean up.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

SLOTS = 96
SLOT_BYTES = 256 * 1024
MAIN = 0
"""The slot of the main process; workers have those behind it."""

_PID, _STARTED, _USED, _SPILL, _FIRST_ENTRY = 0, 1, 2, 3, 64
"""Places in a slot, counted in values. Between _SPILL and the first entry is room for one entry."""
_LENGTHS = struct.Struct("=ii")
_WORD = 8


def create_file() -> str:
    """A new, empty file; the path by which other processes of the same user find it."""
    handle = os.memfd_create("moorage-counters")
    os.set_inheritable(handle, True)
    os.ftruncate(handle, SLOTS * SLOT_BYTES)
    return f"/proc/{os.getpid()}/fd/{handle}"


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel knows of a running process."""

    name: str
    resident_bytes: int
    cpu_seconds: float
    started_s: float


class Counters:
    """This process's slot, and a look at all others.

    `values[cells(NAME, COUNT)]` is the first of a name's values: plain memory, so that counting
    costs an addition.
    """

    def __init__(self, path: str, first_slot: int = MAIN + 1) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._file = mmap.mmap(self._handle, SLOTS * SLOT_BYTES)
        self.slot = self._claim(first_slot)
        self._base = self.slot * SLOT_BYTES
        per_slot = SLOT_BYTES // _WORD
        self.values = (ctypes.c_double * per_slot).from_buffer(self._file, self._base)
        self._words = (ctypes.c_int64 * per_slot).from_buffer(self._file, self._base)
        self._places = {name: place for name, place, _ in self._entries(self.slot)}
        self._words[_PID] = os.getpid()
        self._words[_STARTED] = _started_ticks(os.getpid()) or 0
        if self._words[_USED] == 0:
            self._words[_USED] = _FIRST_ENTRY * _WORD

    def cells(self, name: str, count: int = 1) -> int:
        """The place of a name's first value. Without room left, a place that nobody reads."""
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = self._add(name, count)
        return place

    def totals(self) -> dict[str, list[float]]:
        """Every name with its values, summed over all processes that ever counted."""
        found: dict[str, list[float]] = {}
        for slot in range(SLOTS):
            for name, place, count in self._entries(slot):
                start = slot * SLOT_BYTES + place * _WORD
                values = struct.unpack_from(f"={count}d", self._file, start)
                known = found.get(name)
                found[name] = (
                    [a + b for a, b in zip(known, values, strict=True)] if known else [*values]
                )
        return found

    def processes(self) -> Iterator[Process]:
        """The processes that count now."""
        for slot in range(SLOTS):
            pid, started, used = struct.unpack_from("=3q", self._file, slot * SLOT_BYTES)
            if used and (running := _running(pid, started, slot)) is not None:
                yield running

    def _claim(self, first: int) -> int:
        for slot in range(first, SLOTS):
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
            except OSError:
                continue
            return slot
        raise RuntimeError(f"all {SLOTS} slots of the counters are taken")

    def _add(self, name: str, count: int) -> int:
        text = name.encode()
        padded = -(-len(text) // _WORD) * _WORD
        used = self._words[_USED]
        start = used + _LENGTHS.size + padded
        end = start + count * _WORD
        if end > SLOT_BYTES:
            return _SPILL
        _LENGTHS.pack_into(self._file, self._base + used, len(text), count)
        at = self._base + used + _LENGTHS.size
        self._file[at : at + len(text)] = text
        # Last, so that a reader never sees half an entry.
        self._words[_USED] = end
        return start // _WORD

    def _entries(self, slot: int) -> Iterator[tuple[str, int, int]]:
        """Name, place and count of the values."""
        base = slot * SLOT_BYTES
        (end,) = struct.unpack_from("=q", self._file, base + _USED * _WORD)
        at = _FIRST_ENTRY * _WORD
        while at < end:
            length, count = _LENGTHS.unpack_from(self._file, base + at)
            at += _LENGTHS.size
            name = self._file[base + at : base + at + length].decode()
            at += -(-length // _WORD) * _WORD
            yield name, at // _WORD, count
            at += count * _WORD


def _running(pid: int, started_ticks: int, slot: int) -> Process | None:
    fields = _stat(pid)
    if fields is None or int(fields[19]) != started_ticks:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return Process(
        name="main" if slot == MAIN else f"worker-{slot}",
        resident_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        cpu_seconds=(int(fields[11]) + int(fields[12])) / ticks,
        started_s=_boot_s() + started_ticks / ticks,
    )


def _started_ticks(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[19]) if fields is not None else None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat behind the command's name. (proc(5))"""
    try:
        with open(f"/proc/{pid}/stat") as source:
            return source.read().rpartition(")")[2].split()
    except OSError:
        return None


def _boot_s() -> float:
    with open("/proc/stat") as source:
        return next(float(line.split()[1]) for line in source if line.startswith("btime "))
