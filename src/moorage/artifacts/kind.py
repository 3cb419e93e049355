"""The kinds, in the order in which they are asked: the first that says yes has it.

A kind is a module with
    recognise(manifest)          what it is by its manifest alone, or None; quick, at the push
    claim(manifest, config)      the same once the config is read (optional)
    wanted(pushed)               the layers that it needs
    describe(pushed, kind)       what it says
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from moorage.artifacts import (
    generic,
    helm,
    image,
    opa,
    operator_bundle,
    sbom,
    signature,
    wasm,
)
from moorage.artifacts.description import ArtifactKind, Description, Pushed
from moorage.oci.manifest import Descriptor, Manifest


class KindModule(Protocol):
    def recognise(self, manifest: Manifest) -> ArtifactKind | None: ...

    def claim(self, manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None: ...

    def wanted(self, pushed: Pushed) -> Sequence[Descriptor]: ...

    def describe(self, pushed: Pushed, kind: ArtifactKind) -> Description: ...


KINDS = cast(
    tuple[KindModule, ...],
    (helm, sbom, signature, opa, operator_bundle, wasm, image, generic),
)


def recognise(manifest: Manifest) -> ArtifactKind:
    """What the manifest says that it is."""
    for module in KINDS:
        kind = module.recognise(manifest)
        if kind is not None:
            return kind
    return ArtifactKind.GENERIC


def claim(manifest: Manifest, config: Mapping[str, Any]) -> tuple[KindModule, ArtifactKind]:
    """Whose it is, now that its config has been read: some images are more than images."""
    for module in KINDS:
        kind = module.claim(manifest, config)
        if kind is not None:
            return module, kind
    return KINDS[-1], ArtifactKind.GENERIC
