"""Killed at every step of a reconcile; and two hundred registries at once."""

from __future__ import annotations

import os
import time
import urllib.request
from pathlib import Path

from tests.operator.cluster import Cluster
from tests.operator.conftest import until_api
from tests.operator.deadly_proxy import deadly_proxy
from tests.operator.nodes import running_nodes
from tests.operator.running import Operator, Registry, allowed, bound_volumes

HALF = 100


def test_an_operator_killed_after_each_of_its_writes_ends_the_work_when_it_is_back(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    registries: list[Registry] = []
    with (
        deadly_proxy(cluster) as proxy,
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        kubeconfig = proxy.kubeconfig(allowed(cluster, namespace))
        operator = Operator(cluster, namespace, kubeconfig, tmp_path / "log")
        proxy.kill = operator.kill
        step = 0
        while not registries or len(proxy.writes) == proxy.deadly:
            step += 1
            registry = Registry(cluster, namespace, f"step{step}x")
            registries.append(registry)
            proxy.about, proxy.deadly = registry.name, step
            proxy.writes.clear()
            registry.create({})
            operator.start()
            until_killed_or_available(operator, registry)
        for registry in registries:
            registry.until("Available", "True")
            keys = [name for name in registry.names("secrets") if name.endswith("secret-keys")]
            assert len(keys) == 1
            until_one_configuration(registry)
        operator.kill()

    assert step > 12, proxy.writes
    print(f"killed after each of {step - 1} writes: {proxy.writes}")


def until_killed_or_available(operator: Operator, registry: Registry) -> None:
    deadline = time.monotonic() + 60
    assert operator.process is not None
    while operator.process.poll() is None and time.monotonic() < deadline:
        if registry.condition("Available").get("status") == "True":
            # A write may come after it: an Event, or the status once more.
            time.sleep(1.5)
            return
        time.sleep(0.1)
    assert time.monotonic() < deadline, operator.text()


def until_one_configuration(registry: Registry) -> None:
    selector = f"quay-component=quay-app-config,quay-operator/quayregistry={registry.name}"
    path = f"/api/v1/namespaces/{registry.namespace}/secrets?labelSelector={selector}"
    until_api(registry.cluster, path, lambda found: len(found["items"]) == 1, 20)


def test_two_hundred_registries_cost_the_same_each(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    kubeconfig = allowed(cluster, namespace)
    operator = Operator(cluster, namespace, kubeconfig, tmp_path / "log")
    operator.start()
    operator.until_ready()
    with running_nodes(cluster, namespace), bound_volumes(cluster, namespace):
        first = cost_of(operator, range(HALF))
        second = cost_of(operator, range(HALF, 2 * HALF))
        settled = requests_of(operator)
        time.sleep(5)
        idle = requests_of(operator) - settled
        operator.kill()
        operator.start()
        operator.until_ready()
        time.sleep(5)
        again = requests_of(operator)
    operator.kill()

    print(f"requests and CPU seconds of the operator for each registry: {first}, then {second}")
    print(f"requests in 5 idle seconds: {idle}; after a restart with {2 * HALF}: {again}")
    assert first[0] < 30
    assert second[0] < first[0] * 1.2
    assert second[1] < first[1] * 2
    assert idle < 5
    assert again < 40


def cost_of(operator: Operator, numbers: range) -> tuple[float, float]:
    """Requests to the API server, and CPU seconds, for each of so many registries at once."""
    before, began = requests_of(operator), cpu_seconds_of(operator)
    for number in numbers:
        Registry(operator.cluster, operator.namespace, f"n{number}").create({})
    path = f"/apis/quay.redhat.com/v1/namespaces/{operator.namespace}/quayregistries"
    until_api(
        operator.cluster,
        path,
        lambda found: sum(map(is_available, found["items"])) == numbers.stop,
        240,
    )
    time.sleep(3)
    requests, seconds = requests_of(operator) - before, cpu_seconds_of(operator) - began
    return round(requests / len(numbers), 2), round(seconds / len(numbers), 3)


def cpu_seconds_of(operator: Operator) -> float:
    assert operator.process is not None
    fields = Path(f"/proc/{operator.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_available(registry: dict[str, dict[str, list[dict[str, str]]]]) -> bool:
    conditions = registry.get("status", {}).get("conditions", [])
    return any(one["type"] == "Available" and one["status"] == "True" for one in conditions)


def requests_of(operator: Operator) -> int:
    url = f"http://127.0.0.1:{operator.health_port}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        lines = dict(line.split() for line in answer.read().decode().splitlines())
    return int(lines["moorage_operator_requests_total"])
