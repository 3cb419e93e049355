"""Keys that decide how much is read of what people push, and whose signatures count."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class ArtifactSettings(BaseSettings):
    feature_helm_chart_metadata_extraction: bool = True
    """Read charts' archives for README, values, templates and dependencies; false leaves what
    Chart.yaml says."""

    artifact_layer_bytes: int = Field(default=20 * 1024**2, ge=1024, le=50 * 1024**2)
    """Largest layer that is read: of a chart, a policy, an SBOM. Larger ones are stored all the
    same. Own key."""

    artifact_file_bytes: int = Field(default=1024**2, ge=1024, le=5 * 1024**2)
    """Largest file of an artifact whose text is shown. Own key."""

    artifact_icon_bytes: int = Field(default=512 * 1024, ge=0, le=1024**2)
    """Largest icon of an operator that is shown. Own key."""

    chart_keyring: Path | None = None
    """OpenPGP public keys, binary or armoured, that charts' .prov files are checked with. Own
    key."""

    signature_keys: dict[str, str] = Field(default={})
    """Name -> public key or certificate as PEM: whose signatures of images and attestations hold.
    Own key."""
