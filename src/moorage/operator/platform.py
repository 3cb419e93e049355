"""What the operator knows of the cluster and was told at its start."""

from __future__ import annotations

from dataclasses import dataclass

ROUTES = "route.openshift.io"
GATEWAYS = "gateway.networking.k8s.io"
MONITORING = "monitoring.coreos.com"
BUCKETS = "objectbucket.io"
OPTIONAL_APIS = frozenset({ROUTES, GATEWAYS, MONITORING, BUCKETS})
"""API groups that a cluster may lack."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The Gateway that HTTPRoutes attach to."""

    namespace: str
    name: str
    listener: str | None = None

    @classmethod
    def parse(cls, text: str) -> Gateway:
        """`NAMESPACE/NAME` or `NAMESPACE/NAME/LISTENER`. Raises ValueError."""
        parts = text.split("/")
        if len(parts) not in (2, 3) or not all(parts):
            raise ValueError(f"got {text!r}, expected NAMESPACE/NAME or NAMESPACE/NAME/LISTENER")
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Platform:
    image: str
    """The container image of the registries."""
    release: str
    """The release of moorage in that image."""
    apis: frozenset[str] = frozenset()
    """Which of OPTIONAL_APIS the cluster has."""
    domain: str | None = None
    """Registries are NAME-quay-NAMESPACE.DOMAIN."""
    ingress_class: str | None = None
    gateway: Gateway | None = None
    cluster_issuer: str | None = None
    """cert-manager's ClusterIssuer for Ingresses."""
