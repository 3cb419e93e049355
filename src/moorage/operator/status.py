"""Writing a registry's status, and its Events: only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moorage.operator.cluster import Cluster
from moorage.operator.conditions import News, Verdict, merged, news_of
from moorage.operator.names import API_VERSION, FIELD_MANAGER, KIND
from moorage.operator.registry import QuayRegistry
from moorage.operator.store import Object

EVENT_CHARACTERS = 1000


def stamp(now_s: float) -> str:
    return datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status_of(
    registry: QuayRegistry,
    verdicts: Mapping[str, Verdict],
    endpoint: str | None,
    version: str | None,
    now: str,
) -> dict[str, Any]:
    """`endpoint` and `version` as they are known now; None keeps what was known before."""
    before = registry.status
    found = {
        "currentVersion": version or before.get("currentVersion"),
        "registryEndpoint": endpoint or before.get("registryEndpoint"),
        "observedGeneration": registry.generation,
        "conditions": merged(before.get("conditions") or [], verdicts, registry.generation, now),
    }
    return {key: value for key, value in found.items() if value is not None}


async def write_status(
    cluster: Cluster, registry: QuayRegistry, status: dict[str, Any], now: str
) -> Object | None:
    """The object after it; None when there was nothing to write."""
    before = {key: value for key, value in registry.status.items() if key != "lastUpdated"}
    if before == status:
        return None
    about = {"name": registry.name, "namespace": registry.namespace}
    return await cluster.apply_status(
        {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": about,
            "status": status | {"lastUpdated": now},
        }
    )


def news_in(registry: QuayRegistry, status: dict[str, Any]) -> list[News]:
    return news_of(registry.status.get("conditions") or [], status["conditions"])


async def tell(cluster: Cluster, registry: QuayRegistry, news: News, now: str) -> None:
    """An Event on the QuayRegistry."""
    await cluster.create_event(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{registry.name}.", "namespace": registry.namespace},
            "involvedObject": {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "namespace": registry.namespace,
                "name": registry.name,
                "uid": registry.uid,
            },
            "type": "Normal" if news.is_good else "Warning",
            "reason": news.reason,
            "message": news.message[:EVENT_CHARACTERS],
            "source": {"component": FIELD_MANAGER},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
    )
