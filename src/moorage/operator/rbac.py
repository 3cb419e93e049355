"""What the operator may do: no more than a registry needs, in the namespaces it watches."""

from __future__ import annotations

from typing import Any

from moorage.operator.names import FIELD_MANAGER, GROUP, PLURAL
from moorage.operator.platform import BUCKETS, GATEWAYS, MONITORING, ROUTES

_SEE = ["get", "list", "watch"]
_MAKE = [*_SEE, "create", "update", "patch"]
_ALL = [*_MAKE, "delete"]


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


RULES = [
    # patch: the finalizer while the deletion policy is Delete.
    _rule([GROUP], [PLURAL], [*_SEE, "patch"]),
    _rule([GROUP], [f"{PLURAL}/status"], ["get", "update", "patch"]),
    _rule([GROUP], [f"{PLURAL}/finalizers"], ["update"]),
    # delete: the deletion policy Delete; rendered configurations after a rollout.
    _rule([""], ["secrets", "configmaps", "services", "serviceaccounts"], _ALL),
    _rule([""], ["persistentvolumeclaims"], _ALL),
    _rule([""], ["pods"], _SEE),
    _rule([""], ["events"], ["list", "create", "patch"]),
    _rule(["apps"], ["deployments"], _ALL),
    _rule(["batch"], ["jobs"], _ALL),
    _rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], _ALL),
    _rule(["policy"], ["poddisruptionbudgets"], _ALL),
    _rule(["autoscaling"], ["horizontalpodautoscalers"], _ALL),
    _rule([ROUTES], ["routes"], _ALL),
    _rule([ROUTES], ["routes/custom-host"], ["create", "update", "patch"]),
    _rule([GATEWAYS], ["httproutes"], _ALL),
    _rule([MONITORING], ["servicemonitors"], _ALL),
    _rule([BUCKETS], ["objectbucketclaims"], _ALL),
]


def role(namespace: str | None) -> dict[str, Any]:
    """The Role for one namespace, or the ClusterRole for all."""
    about = {"name": FIELD_MANAGER}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": about | {"namespace": namespace} if namespace else about,
        "rules": RULES,
    }
