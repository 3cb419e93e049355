"""What is taken and works, but should be pushed in another form by now."""

from __future__ import annotations

from moorage.oci import media
from moorage.oci.manifest import Manifest


def deprecations(manifest: Manifest) -> tuple[str, ...]:
    """A sentence for each deprecated thing in a manifest, for the one who pushes it."""
    types = {layer.media_type for layer in manifest.layers}
    found = []
    is_chart = manifest.config is not None and manifest.config.media_type == media.HELM_CONFIG
    if is_chart and media.HELM_OLD_LAYER in types:
        found.append(
            f"chart layer type {media.HELM_OLD_LAYER} is deprecated: push the chart with "
            "Helm 3.7 or later, which older versions of Helm cannot pull"
        )
    found += [
        f"layer type {layer_type} is deprecated by the image specification: push the layer itself"
        for layer_type in sorted(types & media.NON_DISTRIBUTABLE)
    ]
    return tuple(found)
