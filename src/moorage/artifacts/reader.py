"""The child process that reads what people push: `python -m moorage.artifacts.reader`.

It has little memory and processor time, can write no file, and is thrown away when it fails: what
breaks it breaks nothing else. It speaks in frames (eight bytes of length, then the bytes) on its
standard streams, for each artifact

    ->  job: the manifest with its config      <-  the digests of the layers that it needs
    ->  one frame for each layer               <-  the outcome
"""

from __future__ import annotations

import gc
import json
import resource
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import msgspec

from moorage.artifacts.description import (
    ArtifactKind,
    Description,
    Limits,
    Link,
    Pushed,
    Relation,
    Trust,
    Unreadable,
)
from moorage.artifacts.kind import KindModule, claim
from moorage.oci.manifest import Descriptor, parse_manifest

MEMORY_BYTES = 512 * 1024**2
CPU_SECONDS = 20
"""For one artifact."""
ARTIFACT_BYTES = 64 * 1024**2
"""Of all layers of one artifact."""
OUTCOME_BYTES = 24 * 1024**2
_LENGTH = struct.Struct(">Q")
HEAD_BYTES = _LENGTH.size


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is told of a manifest."""

    raw: bytes
    media_type: str
    config: bytes
    tags: tuple[str, ...]
    trust: Trust
    limits: Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it found out: a description, or (with a reason) what could be said all the same."""

    kind: ArtifactKind
    reason: str
    title: str
    version: str
    app_version: str
    summary: str
    keywords: tuple[str, ...]
    is_deprecated: bool
    is_signed: bool
    links: tuple[tuple[Relation, str, str, str], ...]
    texts: dict[str, str]
    details: bytes
    """The kind's own dataclass as JSON; `null` for none."""

    def description(self) -> Description:
        links = tuple(Link(*one) for one in self.links)
        return Description(
            self.kind,
            None if self.details == b"null" else self.details,
            self.title,
            self.version,
            self.app_version,
            self.summary,
            self.keywords,
            self.is_deprecated,
            self.is_signed,
            links,
            self.texts,
        )


def head_of(length: int) -> bytes:
    """What stands before a frame's bytes."""
    return _LENGTH.pack(length)


def length_of(head: bytes) -> int:
    return int(_LENGTH.unpack(head)[0])


def main() -> None:
    _limit()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(HEAD_BYTES):
        _allow_cpu_seconds()
        _answer(_read(source, head), source, target)
        gc.collect()


def _answer(raw: bytes, source: BinaryIO, target: BinaryIO) -> None:
    job = msgspec.msgpack.decode(raw, type=Job)
    manifest = parse_manifest(job.raw, job.media_type)
    module, kind = claim(manifest, config := _config(job.config))
    pushed = Pushed(
        manifest,
        json.loads(job.raw),
        config,
        job.tags,
        trust=job.trust,
        limits=job.limits,
    )
    digests = _digests(module.wanted(pushed), job.limits.layer_bytes)
    _send(target, msgspec.json.encode(digests))
    blobs: dict[str, bytes] = {}
    for digest in digests:
        content = _read(source, source.read(HEAD_BYTES))
        if content:  # a layer that is not here is an empty frame
            blobs[digest] = content
    outcome = _outcome(module, kind, replace(pushed, blobs=blobs))
    encoded = msgspec.msgpack.encode(outcome)
    if len(encoded) > OUTCOME_BYTES:
        encoded = msgspec.msgpack.encode(
            _of(Description(kind, None), f"its description has more than {OUTCOME_BYTES} bytes")
        )
    _send(target, encoded)


def _digests(layers: Sequence[Descriptor], layer_bytes: int) -> list[str]:
    """Of the layers that are read: none that is too large, and not more than fit in memory."""
    found: dict[str, None] = {}
    size = 0
    for layer in layers:
        if layer.size_bytes <= layer_bytes and size + layer.size_bytes <= ARTIFACT_BYTES:
            size += layer.size_bytes
            found[str(layer.digest)] = None
    return list(found)


def _outcome(module: KindModule, kind: ArtifactKind, pushed: Pushed) -> Outcome:
    try:
        return _of(module.describe(pushed, kind), "")
    except Unreadable as error:
        return _of(error.known or Description(kind, None), error.reason)
    except RecursionError:
        return _of(Description(kind, None), "it is nested too deeply")
    except MemoryError:
        reason = f"reading it takes more than {MEMORY_BYTES} bytes of memory"
        return _of(Description(kind, None), reason)


def _of(found: Description, reason: str) -> Outcome:
    return Outcome(
        found.kind,
        reason,
        found.title,
        found.version,
        found.app_version,
        found.summary,
        found.keywords,
        found.is_deprecated,
        found.is_signed,
        tuple((one.relation, one.name, one.wanted, one.source) for one in found.links),
        dict(found.texts),
        # Digests are text with a class of their own.
        msgspec.json.encode(found.details, enc_hook=str),
    )


def _config(raw: bytes) -> dict[str, Any]:
    """The config blob's JSON; empty for what is none: then the kind says what it misses."""
    try:
        document = json.loads(raw.decode("utf-8-sig")) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu_seconds() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _read(source: BinaryIO, head: bytes) -> bytes:
    return source.read(length_of(head))


def _send(target: BinaryIO, content: bytes) -> None:
    target.write(head_of(len(content)) + content)
    target.flush()


if __name__ == "__main__":
    main()
