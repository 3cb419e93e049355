"""Everything else: files with titles. (image-spec: artifacts)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GenericDetails:
    """`config` is the config blob's JSON where it is a small one, else empty."""

    config: dict[str, str]
