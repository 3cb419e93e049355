"""The objects that run moorage: its Deployment, and the Job that migrates a shared database."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from moorage.operator.bundle import EXTRA_CA
from moorage.operator.configuration import ADMIN_PASSWORD, METRICS_PORT, Configuration
from moorage.operator.names import CONFIG_HASH, RELEASE, SCHEMA, Names
from moorage.operator.plan import Plan
from moorage.operator.platform import ROUTES, Platform
from moorage.operator.spec import ComponentKind
from moorage.storage_settings import LocalStorage

HTTP, HTTPS = 8080, 8443
CONF = "/conf/stack"
DATA = "/data"
"""Everything moorage writes: SQLite, blobs, or only what its workers share."""
USER = 1001
"""Where the cluster does not choose one itself, as OpenShift does."""
DRAIN_SECONDS = 5
"""Between the decision to end a pod and its end: load balancers learn of it meanwhile."""
RESOURCES = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}

Object = dict[str, Any]


def metadata(names: Names, name: str, component: ComponentKind, plan: Plan) -> Object:
    """With the labels and annotations of the component's overrides."""
    overrides = plan.spec.overrides(component)
    found: Object = {
        "name": name,
        "namespace": names.namespace,
        "labels": overrides.labels | names.labels(_label(component)),
    }
    if overrides.annotations:
        found["annotations"] = dict(overrides.annotations)
    return found


def _label(component: ComponentKind) -> str:
    return {"quay": "quay-app", "horizontalpodautoscaler": "hpa"}.get(component, component)


def selector(names: Names) -> dict[str, str]:
    labels = names.labels("quay-app")
    return {key: labels[key] for key in ("quay-component", "quay-operator/quayregistry")}


def deployment(
    names: Names, plan: Plan, platform: Platform, configuration: Configuration
) -> Object:
    about = metadata(names, names.app, "quay", plan)
    marks = {CONFIG_HASH: configuration.content_hash, RELEASE: platform.release}
    annotations = about.get("annotations", {}) | marks
    spec: Object = {
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": selector(names)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
        if plan.is_rolling
        else {"type": "Recreate"},
        "template": {
            "metadata": {"labels": about["labels"], "annotations": annotations},
            "spec": _pod(names, plan, platform, configuration),
        },
    }
    if not plan.is_autoscaled:
        spec["replicas"] = plan.replicas
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": about
        | {"annotations": annotations | schema_mark(plan, platform, configuration)},
        "spec": spec,
    }


def migration(names: Names, plan: Plan, platform: Platform, configuration: Configuration) -> Object:
    """Brings the database of replicas to this release's schema, before any of them starts."""
    pod = _pod(names, plan, platform, configuration)
    container = {
        key: value
        for key, value in pod["containers"][0].items()
        if key not in ("ports", "readinessProbe", "livenessProbe", "lifecycle")
    }
    container |= {
        "name": "migrate",
        "command": ["moorage", "migrate", "--config", CONF, "--data", DATA],
    }
    about = metadata(names, names.upgrade, "quay", plan)
    labels = names.labels("quay-app-upgrade")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": about
        | {"labels": labels, "annotations": schema_mark(plan, platform, configuration)},
        "spec": {
            "backoffLimit": 3,
            "template": {
                "metadata": {"labels": labels},
                "spec": pod | {"containers": [container], "restartPolicy": "Never"},
            },
        },
    }


def schema_mark(plan: Plan, platform: Platform, configuration: Configuration) -> dict[str, str]:
    """Which database has been migrated for which release; nothing where the pod does it itself."""
    if not plan.is_rolling:
        return {}
    settings = configuration.settings
    which = f"{settings.database_secret_key}\n{settings.database_url}"
    return {SCHEMA: f"{platform.release}-{sha256(which.encode()).hexdigest()[:10]}"}


def _pod(names: Names, plan: Plan, platform: Platform, configuration: Configuration) -> Object:
    security: Object = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if ROUTES not in platform.apis:
        security |= {
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
        }
    overrides = plan.spec.overrides("quay")
    pod: Object = {
        "serviceAccountName": names.app,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": security,
        "terminationGracePeriodSeconds": configuration.settings.shutdown_seconds
        + DRAIN_SECONDS
        + 10,
        "containers": [_container(names, plan, platform, configuration)],
        "volumes": _volumes(names, plan, configuration),
    }
    affinity = overrides.affinity or (_apart(names) if plan.is_rolling else None)
    return pod | {"affinity": affinity} if affinity else pod


def _container(
    names: Names, plan: Plan, platform: Platform, configuration: Configuration
) -> Object:
    overrides = plan.spec.overrides("quay")
    tls = plan.front.serves_tls
    port, scheme = (HTTPS, "HTTPS") if tls else (HTTP, "HTTP")
    ports = [{"name": scheme.lower(), "containerPort": port, "protocol": "TCP"}]
    if plan.is_monitored:
        ports.append({"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"})
    serve = ["moorage", "serve", "--config", CONF, "--data", DATA]
    container: Object = {
        "name": "quay-app",
        "image": platform.image,
        "command": [*serve, "--host", "0.0.0.0", "--port", str(port)],
        "env": _environment(names, overrides.env),
        "ports": ports,
        "readinessProbe": {
            "httpGet": {"path": "/health/instance", "port": port, "scheme": scheme},
            "periodSeconds": 5,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
        # No more than that it listens: a database that is away must not restart the registry.
        "livenessProbe": {
            "tcpSocket": {"port": port},
            "initialDelaySeconds": 20,
            "periodSeconds": 20,
            "failureThreshold": 6,
        },
        "resources": overrides.resources or RESOURCES,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        | (overrides.securityContext or {}),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": _mounts(configuration),
    }
    if plan.is_rolling:
        container["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", str(DRAIN_SECONDS)]}}}
    return container


def _environment(names: Names, given: list[Object]) -> list[Object]:
    reference = {"name": names.keys, "key": ADMIN_PASSWORD, "optional": True}
    ours = {ADMIN_PASSWORD: {"name": ADMIN_PASSWORD, "valueFrom": {"secretKeyRef": reference}}}
    return list((ours | {one.get("name", ""): one for one in given}).values())


def _mounts(configuration: Configuration) -> list[Object]:
    found: list[Object] = [
        {"name": "config", "mountPath": CONF, "readOnly": True},
        {"name": "data", "mountPath": DATA},
        {"name": "tmp", "mountPath": "/tmp"},
    ]
    driver = configuration.settings.storage
    path = driver.storage_path if isinstance(driver, LocalStorage) else ""
    if path.startswith("/") and path != DATA and not path.startswith(f"{DATA}/"):
        # Quay's usual /datastorage/registry: the root is read-only, the volume is not.
        found.append({"name": "data", "mountPath": path, "subPath": "storage"})
    return found


def _volumes(names: Names, plan: Plan, configuration: Configuration) -> list[Object]:
    items = [{"key": name, "path": _path(name)} for name in sorted(configuration.files)]
    secret = {"secretName": names.config(configuration.content_hash), "items": items}
    data: Object = (
        {"persistentVolumeClaim": {"claimName": names.data}} if plan.volume else {"emptyDir": {}}
    )
    return [
        {"name": "config", "secret": secret},
        {"name": "data", **data},
        {"name": "tmp", "emptyDir": {}},
    ]


def _path(name: str) -> str:
    ca = name.removeprefix(EXTRA_CA)
    return name if ca == name else f"extra_ca_certs/{ca}"


def _apart(names: Names) -> Object:
    """Pods on different nodes, where there are any."""
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": selector(names)},
    }
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
