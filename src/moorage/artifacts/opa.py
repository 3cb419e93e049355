"""OPA policy bundles: a bundle archive (opa build), or single files (conftest push)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.description import (
    TITLE_LENGTH,
    ArtifactKind,
    Description,
    Named,
    Pushed,
    Unreadable,
    part,
    short,
    text_map,
    texts,
)
from moorage.artifacts.json_text import read_object
from moorage.artifacts.layer import read_layer
from moorage.oci.manifest import Descriptor, Manifest

_TYPE = "openpolicyagent"
_BUNDLE_NAMES = ("bundle.tar.gz", "bundle.tgz")
_PACKAGE = re.compile(r"^package[ \t]+([\w.\[\]\"/-]+)", re.M)
_IMPORT = re.compile(r"^import[ \t]+([\w.\[\]\"/-]+)", re.M)
_RULE = re.compile(
    r"^(?:default[ \t]+)?([a-zA-Z_]\w*)(?=[ \t]*(?:\(|\[|:?=|\{|if\b|contains\b|\.))", re.M
)
_ENTRYPOINT = re.compile(
    r"^# METADATA[ \t]*\n(?P<text>(?:#.*\n)+)(?P<below>package[ \t]+\S+|[a-zA-Z_]\w*)", re.M
)
_WORDS = frozenset({"package", "import", "default", "else", "not", "some", "every", "with", "as"})
SUFFIX = ".rego"
TITLE = "org.opencontainers.image.title"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A Rego file: its package and what it imports and defines."""

    name: str
    package: str
    imports: tuple[str, ...]
    rules: tuple[str, ...]
    entrypoints: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PolicyDetails:
    """A policy bundle."""

    revision: str
    roots: tuple[str, ...]
    rego_version: str
    packages: tuple[str, ...]
    entrypoints: tuple[str, ...]
    policies: tuple[PolicyFile, ...]
    data: tuple[Named, ...]
    wasm: tuple[str, ...]
    files: tuple[Named, ...]
    is_signed: bool
    metadata: dict[str, str]
    problems: tuple[str, ...]


def recognise(manifest: Manifest) -> ArtifactKind | None:
    """By OPA's media types, or a layer that is named as `opa build` names its bundle."""
    types = [manifest.artifact_type or ""]
    types += [one.media_type for one in (manifest.config, *manifest.layers) if one is not None]
    is_policy = any(_TYPE in one for one in types) or any(
        layer.title.endswith((*_BUNDLE_NAMES, SUFFIX)) for layer in manifest.layers
    )
    return ArtifactKind.POLICY if is_policy else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return pushed.manifest.layers


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    files: list[Named] = []
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    for layer in pushed.manifest.layers:
        raw = pushed.layer(layer)
        if _is_archive(layer, raw):
            read = read_layer(raw, _is_read, pushed.limits.file_bytes)
            files += read.files
            contents |= read.contents
            problems += read.problems
        else:
            name = layer.title or f"layer{SUFFIX if layer.media_type.endswith('+rego') else ''}"
            files.append(Named(short(name), layer.size_bytes))
            contents[name] = raw
    details = _details(files, contents, problems)
    annotations = pushed.manifest.annotations
    return Description(
        kind=kind,
        details=details,
        title=short(annotations.get(TITLE), TITLE_LENGTH),
        version=details.revision or short(annotations.get("org.opencontainers.image.version"), 255),
        summary=short(annotations.get("org.opencontainers.image.description")),
        keywords=details.packages[:50],
        is_signed=details.is_signed,
    )


def _is_archive(layer: Descriptor, raw: bytes) -> bool:
    return "gzip" in layer.media_type or "tar" in layer.media_type or raw[:2] == b"\x1f\x8b"


def _is_read(name: str) -> bool:
    return name.endswith((SUFFIX, "/.manifest")) or name == ".manifest"


def _details(files: list[Named], contents: dict[str, bytes], problems: list[str]) -> PolicyDetails:
    manifest: dict[str, Any] = {}
    for name in (".manifest", "/.manifest"):
        if name in contents:
            try:
                manifest = read_object(contents[name], ".manifest")
            except Unreadable as error:
                problems.append(error.reason)
    policies = [
        _policy(name, content) for name, content in contents.items() if name.endswith(SUFFIX)
    ]
    wasm = manifest.get("wasm")
    resolvers = wasm if isinstance(wasm, list) else []
    compiled = [short(part(one, "entrypoint")) for one in resolvers]
    annotated = [entry for policy in policies for entry in policy.entrypoints]
    return PolicyDetails(
        revision=short(manifest.get("revision"), TITLE_LENGTH),
        roots=texts(manifest.get("roots")),
        rego_version=short(manifest.get("rego_version")),
        packages=tuple(sorted({policy.package for policy in policies if policy.package})),
        entrypoints=tuple(dict.fromkeys([*compiled, *annotated])),
        policies=tuple(sorted(policies, key=lambda policy: policy.name)),
        data=tuple(file for file in files if _is_data(file.name)),
        wasm=tuple(file.name for file in files if file.name.endswith(".wasm")),
        files=tuple(files),
        is_signed=any(file.name.rpartition("/")[2] == ".signatures.json" for file in files),
        metadata=text_map(manifest.get("metadata")),
        problems=tuple(problems),
    )


def _is_data(name: str) -> bool:
    return name.rpartition("/")[2] in ("data.json", "data.yaml", "data.yml")


def _policy(name: str, content: bytes) -> PolicyFile:
    text = content.decode("utf-8", "replace")
    package = _PACKAGE.search(text)
    path = _slashed(package[1]) if package else ""
    rules = [rule for rule in _RULE.findall(text) if rule not in _WORDS]
    entrypoints = [
        path if found["below"].startswith("package") else f"{path}/{found['below']}"
        for found in _ENTRYPOINT.finditer(text)
        if re.search(r"^#\s*entrypoint:\s*true", found["text"], re.M)
    ]
    return PolicyFile(
        name=short(name),
        package=short(package[1]) if package else "",
        imports=tuple(dict.fromkeys(short(one) for one in _IMPORT.findall(text))),
        rules=tuple(dict.fromkeys(short(one) for one in rules)),
        entrypoints=tuple(short(one) for one in entrypoints),
        size_bytes=len(content),
    )


def _slashed(package: str) -> str:
    """`a.b` as OPA writes entry points: `a/b`."""
    return re.sub(r'\["([^"]*)"\]', r".\1", package).replace(".", "/")
