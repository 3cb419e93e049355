"""Which artifacts are taken: the artifact switches of the configuration as a pure decision."""

from __future__ import annotations

from dataclasses import dataclass

from moorage.oci import media
from moorage.oci.errors import ManifestInvalid, UnsupportedMediaType, quoted
from moorage.oci.manifest import Manifest


@dataclass(frozen=True, slots=True)
class ArtifactPolicy:
    """What may be pushed; pulls are never filtered.

    `allowed_types` maps config or artifact types to layer types; None accepts every type.
    """

    general_oci: bool = True
    helm: bool = True
    allowed_types: dict[str, tuple[str, ...]] | None = None

    def require_allowed(self, manifest: Manifest) -> None:
        """Raises UnsupportedMediaType or ManifestInvalid with the key to set."""
        if not self.general_oci and manifest.media_type.startswith("application/vnd.oci."):
            raise UnsupportedMediaType(
                f"OCI media type {manifest.media_type} is refused: FEATURE_GENERAL_OCI_SUPPORT is "
                "false. Push a Docker schema 2 image or set the key to true."
            )
        kind = manifest.referrer_type
        if kind is None:
            return
        if not self.helm and kind.startswith(media.HELM_PREFIX):
            raise ManifestInvalid(
                f"Helm charts ({quoted(kind)}) are refused: FEATURE_HELM_OCI_SUPPORT is false."
            )
        if self.allowed_types is not None:
            self._require_listed(manifest, kind)

    def _require_listed(self, manifest: Manifest, kind: str) -> None:
        allowed = self.allowed_types or {}
        is_helm = self.helm and kind.startswith(media.HELM_PREFIX)
        if kind not in media.IMAGE_CONFIGS and kind not in allowed and not is_helm:
            raise ManifestInvalid(
                f"artifact type {quoted(kind)} is not in ALLOWED_OCI_ARTIFACT_TYPES. Add it, or "
                "remove the key to accept every type."
            )
        layer_types = {layer for layers in allowed.values() for layer in layers}
        layer_types |= media.IMAGE_LAYERS | (media.HELM_LAYERS if self.helm else frozenset())
        if manifest.artifact_type:
            layer_types |= {media.OCI_EMPTY}
        for layer in manifest.layers:
            if layer.media_type not in layer_types:
                raise ManifestInvalid(
                    f"layer type {quoted(layer.media_type)} is not in ALLOWED_OCI_ARTIFACT_TYPES. "
                    "Add it, or remove the key to accept every type."
                )
