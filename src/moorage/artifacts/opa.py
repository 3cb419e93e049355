"""OPA policy bundles: a bundle archive (opa build), or single files (conftest push)."""

from __future__ import annotations

from dataclasses import dataclass

from moorage.artifacts.description import Named


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
