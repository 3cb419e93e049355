"""The test cluster itself does what the other tests rely on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.operator.cluster import Cluster, Refused
from tests.operator.conftest import until_api
from tests.operator.nodes import pods_of, running_nodes


def deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "main", "image": "example.test/image:1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def test_a_deployment_makes_pods_that_go_with_it(cluster: Cluster, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"

    cluster.api("POST", path, deployment("web"))
    with running_nodes(cluster, namespace):
        until_api(cluster, f"{path}/web", lambda found: found["status"].get("readyReplicas") == 2)
    assert len(pods_of(cluster, namespace)) == 2
    cluster.kubectl("delete", "deployment", "web", "-n", namespace)

    until_api(cluster, f"/api/v1/namespaces/{namespace}/pods", lambda found: not found["items"])


def test_a_service_account_may_do_what_its_role_says_and_nothing_else(
    cluster: Cluster, namespace: str
) -> None:
    cluster.kubectl("create", "serviceaccount", "reader", "-n", namespace)
    rights = ("--verb=get,list", "--resource=configmaps")
    cluster.kubectl("create", "role", "reader", *rights, "-n", namespace)
    subject = f"--serviceaccount={namespace}:reader"
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader", subject, "-n", namespace)

    reader = cluster.service_account(namespace, "reader")

    cluster.kubectl("get", "configmaps", "-n", namespace, as_user=reader)
    refused = cluster.run_kubectl("get", "secrets", "-n", namespace, as_user=reader)
    assert refused.code == 1
    assert f"system:serviceaccount:{namespace}:reader" in refused.stderr


def test_foreign_apis_come_and_go(
    cluster: Cluster, namespace: str, apis: Callable[..., AbstractContextManager[None]]
) -> None:
    path = f"/apis/route.openshift.io/v1/namespaces/{namespace}/routes"
    route = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": "r"},
        "spec": {"host": "a.example.com", "to": {"kind": "Service", "name": "s"}},
    }

    with apis("routes", "gateways", "httproutes", "servicemonitors"):
        cluster.api("POST", path, route)

    with pytest.raises(Refused) as refused:
        cluster.api("GET", path)
    assert refused.value.status == 404
