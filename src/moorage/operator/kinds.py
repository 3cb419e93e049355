"""The kinds of objects that the operator makes and watches, and their places in the API."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from moorage.operator.names import API_VERSION, KIND, PLURAL
from moorage.operator.platform import BUCKETS, GATEWAYS, MONITORING, ROUTES


@dataclass(frozen=True, slots=True)
class Kind:
    api_version: str
    kind: str
    plural: str
    is_optional: bool = False
    """The cluster may lack its API."""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    def path(self, namespace: str | None, name: str | None = None) -> str:
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        place = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{name}" if name else "")


REGISTRY = Kind(API_VERSION, KIND, PLURAL)
SECRET = Kind("v1", "Secret", "secrets")
POD = Kind("v1", "Pod", "pods")
EVENT = Kind("v1", "Event", "events")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
JOB = Kind("batch/v1", "Job", "jobs")
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
ROUTE = Kind(f"{ROUTES}/v1", "Route", "routes", True)
BUCKET_CLAIM = Kind(f"{BUCKETS}/v1alpha1", "ObjectBucketClaim", "objectbucketclaims", True)

MADE = (
    SECRET,
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    VOLUME_CLAIM,
    DEPLOYMENT,
    JOB,
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ROUTE,
    Kind(f"{GATEWAYS}/v1", "HTTPRoute", "httproutes", True),
    Kind(f"{MONITORING}/v1", "ServiceMonitor", "servicemonitors", True),
    BUCKET_CLAIM,
)
_BY_NAME = {kind.kind: kind for kind in MADE}


def kind_of(document: dict[str, Any]) -> Kind:
    return _BY_NAME[document["kind"]]


def made_where(apis: Collection[str]) -> list[Kind]:
    """Those that a cluster with these optional APIs has."""
    return [kind for kind in MADE if not kind.is_optional or kind.group in apis]
