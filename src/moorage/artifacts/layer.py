"""A layer as a tar: some of its regular files, read within limits; nothing is ever written."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from moorage.artifacts.description import Named, Unreadable, short

UNPACKED_BYTES = 200 * 1024**2
MEMBERS = 100_000
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class LayerFiles:
    """All regular files by name and size, and the content of those that were asked for."""

    files: tuple[Named, ...]
    contents: dict[str, bytes]
    problems: tuple[str, ...]


def read_layer(raw: bytes, is_wanted: Callable[[str], bool], file_bytes: int) -> LayerFiles:
    """Files that `is_wanted` and have at most `file_bytes`. Raises Unreadable."""
    if raw[:4] == _ZSTD:
        raise Unreadable("the layer is packed with zstd, which is not read")
    files: list[Named] = []
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    try:
        source = io.BytesIO(_unpacked(raw) if raw[:2] == _GZIP else raw)
        with tarfile.open(fileobj=source, mode="r:") as tar:
            for count, member in enumerate(tar, 1):
                if count > MEMBERS:
                    raise Unreadable(f"the layer holds more than {MEMBERS} entries")
                # tarfile remembers every entry; a layer may have very many.
                tar.members.clear()  # type: ignore[attr-defined]
                name = _path(member.name)
                if not member.isreg() or member.issparse() or name is None:
                    continue
                files.append(Named(short(name), member.size))
                if not is_wanted(name):
                    continue
                if member.size > file_bytes:
                    problems.append(
                        f"{short(name)} has {member.size} bytes: at most {file_bytes} are read"
                    )
                    continue
                content = tar.extractfile(member)
                contents[name] = content.read() if content is not None else b""
    except (tarfile.TarError, EOFError, OSError, ValueError, RecursionError) as error:
        raise Unreadable(f"the layer is damaged: {short(str(error), 200)}") from None
    return LayerFiles(tuple(files), contents, tuple(problems))


def _unpacked(raw: bytes) -> bytes:
    """All members of a gzip stream. Raises Unreadable for a bomb, ValueError for damage."""
    found = bytearray()
    try:
        while raw:
            unpacker = zlib.decompressobj(wbits=31)
            found += unpacker.decompress(raw, UNPACKED_BYTES + 1 - len(found))
            if len(found) > UNPACKED_BYTES:
                raise Unreadable(f"the layer unpacks to more than {UNPACKED_BYTES} bytes")
            if not unpacker.eof:
                raise ValueError("it ends too early")
            raw = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise ValueError(str(error)) from None
    return bytes(found)


def _path(raw: str) -> str | None:
    """The path within the layer; None for one that leads outside."""
    parts = [part for part in raw.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts) if parts and ".." not in parts else None
