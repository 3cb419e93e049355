"""What stands around a registry's pods: their account, their network, how many there are."""

from __future__ import annotations

from moorage.operator.configuration import METRICS_PORT
from moorage.operator.names import Names
from moorage.operator.plan import AUTOSCALED, Plan
from moorage.operator.workload import HTTP, HTTPS, Object, metadata, selector

UTILIZATION_PERCENT = 90


def service_account(names: Names, plan: Plan) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(names, names.app, "quay", plan),
        "automountServiceAccountToken": False,
    }


def disruption_budget(names: Names, plan: Plan) -> Object:
    """One pod may be away; a single pod may be moved, too, or no node could be emptied."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(names, names.app, "quay", plan),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector(names)}},
    }


def network_policy(names: Names, plan: Plan) -> Object:
    """In: the registry's ports. Out: anywhere, for database, object store and sign-in."""
    ports = [HTTPS if plan.front.serves_tls else HTTP]
    ports += [METRICS_PORT] if plan.is_monitored else []
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(names, names.app, "quay", plan),
        "spec": {
            "podSelector": {"matchLabels": selector(names)},
            "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": port, "protocol": "TCP"} for port in ports]}],
        },
    }


def autoscaler(names: Names, plan: Plan) -> Object:
    fewest, most = AUTOSCALED
    target = {"type": "Utilization", "averageUtilization": UTILIZATION_PERCENT}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(names, names.app, "horizontalpodautoscaler", plan),
        "spec": {
            "minReplicas": fewest,
            "maxReplicas": most,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": names.app},
            "metrics": [
                {"type": "Resource", "resource": {"name": name, "target": target}}
                for name in ("cpu", "memory")
            ],
        },
    }
