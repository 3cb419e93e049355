"""Labels of a manifest: its annotations, its image config's labels, and those put on it later."""

from __future__ import annotations

import json
import re
from typing import Any

from moorage.db import blobs
from moorage.oci import media
from moorage.oci.manifest import Manifest
from moorage.oci.name import RepositoryName
from moorage.registry.context import Registry

CONFIG_BYTES = 1024 * 1024
"""Larger image configs are not looked into."""

EXPIRES_AFTER = "quay.expires-after"
_DURATION = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


async def of_content(
    registry: Registry, name: RepositoryName, manifest: Manifest
) -> dict[str, str]:
    """The labels that were pushed: annotations, and labels of an image's config."""
    return await _config_labels(registry, name, manifest) | manifest.annotations


async def expiry_ms(
    registry: Registry, name: RepositoryName, manifest: Manifest, now_ms: int
) -> int | None:
    """When tags on a manifest with the label `quay.expires-after` (such as 2w) expire.

    A value that is no duration is a label like any other, as in Quay.
    """
    labels = await of_content(registry, name, manifest)
    text = labels.get(EXPIRES_AFTER, "")
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    return now_ms + int(found[1]) * _SECONDS[found[2]] * 1000


async def _config_labels(
    registry: Registry, name: RepositoryName, manifest: Manifest
) -> dict[str, str]:
    config = manifest.config
    if (
        config is None
        or config.media_type not in media.IMAGE_CONFIGS
        or config.size_bytes > CONFIG_BYTES
    ):
        return {}
    row = await registry.db.fetch(blobs.FIND_BLOB, name, config.digest)
    if row is None or row[0] > CONFIG_BYTES:
        return {}
    try:
        document: Any = json.loads(await registry.store.read(row[2]))
    except (FileNotFoundError, ValueError, RecursionError):
        # An odd config, or one that was collected in this moment: it only has no labels.
        return {}
    inner = document.get("config") if isinstance(document, dict) else None
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {str(key): value for key, value in labels.items() if isinstance(value, str)}
