"""WebAssembly modules and components. (CNCF TAG Runtime: wasm OCI artifact layout)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Pushed,
    Unreadable,
    part,
    short,
    texts,
)
from moorage.oci.manifest import Descriptor, Manifest

MAGIC = b"\0asm"
NAMES = 10_000
_TYPES = ("application/wasm", "application/vnd.wasm.", "application/vnd.module.wasm.")
_IMPORTS, _EXPORTS = 2, 7


@dataclass(frozen=True, slots=True)
class WasmDetails:
    os: str
    architecture: str
    is_component: bool
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    target: str
    created: str
    author: str


def recognise(manifest: Manifest) -> ArtifactKind | None:
    types = [manifest.artifact_type or ""]
    types += [one.media_type for one in (manifest.config, *manifest.layers) if one is not None]
    return ArtifactKind.WASM if any(one.startswith(_TYPES) for one in types) else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return pushed.manifest.layers[:1]


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    if not pushed.manifest.layers:
        raise Unreadable("the manifest names no module")
    raw = pushed.layer(pushed.manifest.layers[0])
    if raw[:4] != MAGIC or len(raw) < 8:
        raise Unreadable("the layer is no WebAssembly")
    is_component = raw[6:8] == b"\x01\x00"
    config = dict(pushed.config)
    try:
        imports, exports = ((), ()) if is_component else _names(raw)
    except IndexError:
        raise Unreadable("the WebAssembly module ends too early") from None
    annotations = pushed.manifest.annotations
    return Description(
        kind=kind,
        details=WasmDetails(
            os=short(config.get("os")),
            architecture=short(config.get("architecture")),
            is_component=is_component,
            imports=imports or texts(part(config, "component", "imports")),
            exports=exports or texts(part(config, "component", "exports")),
            target=short(part(config, "component", "target")),
            created=short(config.get("created")),
            author=short(config.get("author")),
        ),
        title=short(annotations.get("org.opencontainers.image.title"), TITLE_LENGTH),
        version=short(annotations.get("org.opencontainers.image.version"), TITLE_LENGTH),
        summary=short(annotations.get("org.opencontainers.image.description")),
    )


def _names(raw: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a module imports, as module.name, and exports. Raises IndexError."""
    imports: list[str] = []
    exports: list[str] = []
    place = 8
    while place < len(raw):
        section = raw[place]
        size, start = _number(raw, place + 1)
        body = raw[start : start + size]
        if section == _IMPORTS:
            imports += _imports(body)
        elif section == _EXPORTS:
            exports += _exports(body)
        place = start + size
    return tuple(imports), tuple(exports)


def _imports(body: bytes) -> Iterator[str]:
    count, place = _number(body, 0)
    for _ in range(min(count, NAMES)):
        module, place = _name(body, place)
        name, place = _name(body, place)
        yield f"{module}.{name}"
        kind, place = body[place], place + 1
        if kind == 0:  # a function: its type
            _, place = _number(body, place)
        elif kind == 1:  # a table: its element's type, then limits
            place = _limits(body, place + 1)
        elif kind == 2:  # a memory
            place = _limits(body, place)
        elif kind == 3:  # a global: type and mutability
            place += 2
        else:
            return


def _exports(body: bytes) -> Iterator[str]:
    count, place = _number(body, 0)
    for _ in range(min(count, NAMES)):
        name, place = _name(body, place)
        yield name
        _, place = _number(body, place + 1)


def _limits(body: bytes, place: int) -> int:
    has_most = body[place] & 1
    _, place = _number(body, place + 1)
    return _number(body, place)[1] if has_most else place


def _name(body: bytes, place: int) -> tuple[str, int]:
    length, start = _number(body, place)
    if start + length > len(body):
        raise IndexError
    return short(body[start : start + length].decode("utf-8", "replace")), start + length


def _number(body: bytes, place: int) -> tuple[int, int]:
    """An unsigned LEB128 number and what follows it. Raises IndexError."""
    value = shift = 0
    while shift < 64:
        byte = body[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise IndexError
