"""moorage: an OCI registry for images, Helm charts, OPA policies and operator bundles."""

__version__ = "0.1.0"
