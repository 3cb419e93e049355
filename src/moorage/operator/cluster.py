"""Requests to the API server, and its refusals as our own errors.

ClusterError
├── Unreachable     nobody answered
└── Refused         the API server's Status
    └── Conflict    fields that others own, or an object that is there already
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes_asyncio.client.api_client import ApiClient
from kubernetes_asyncio.client.exceptions import ApiException

from moorage.operator.kinds import EVENT, REGISTRY, SECRET, Kind, kind_of
from moorage.operator.names import FIELD_MANAGER, GROUP
from moorage.operator.platform import OPTIONAL_APIS

Object = dict[str, Any]

_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
REQUEST_SECONDS = 30


class ClusterError(Exception):
    """The API server did not do what it was asked."""


class Unreachable(ClusterError):
    pass


@dataclass
class Refused(ClusterError):
    status: int
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass
class Conflict(Refused):
    fields: tuple[tuple[str, str], ...] = ()
    """Field and the message that names its owner."""


@dataclass(slots=True)
class Cluster:
    client: ApiClient
    requests: int = 0
    """Sent so far, watches not counted."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        try:
            return await self._call("GET", kind.path(namespace, name))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    async def list_all(self, kind: Kind, namespace: str | None, **query: str) -> list[Object]:
        found = await self._call("GET", kind.path(namespace), query=query)
        about = {"apiVersion": kind.api_version, "kind": kind.kind}
        return [about | item for item in found["items"]]

    async def apply(self, document: Object, force: bool = False) -> Object:
        """Server-side apply. Raises Conflict when somebody else owns a field; nothing is taken."""
        about = document["metadata"]
        path = kind_of(document).path(about["namespace"], about["name"])
        return await self._apply(path, document, force)

    async def apply_status(self, document: Object) -> Object:
        about = document["metadata"]
        path = REGISTRY.path(about["namespace"], about["name"]) + "/status"
        return await self._apply(path, document, True)

    async def create_secret(self, document: Object) -> Object:
        """Raises Conflict when there is one of this name."""
        path = SECRET.path(document["metadata"]["namespace"])
        return await self._call("POST", path, document, query={"fieldManager": FIELD_MANAGER})

    async def set_finalizers(self, namespace: str, name: str, version: str, to: list[str]) -> None:
        """`version` is the resourceVersion they were read with."""
        patch = {"metadata": {"resourceVersion": version, "finalizers": to}}
        await self._call("PATCH", REGISTRY.path(namespace, name), patch, content_type=_MERGE)

    async def delete(self, document: Object) -> None:
        """That very object, not another of the same name; what it owns goes, too."""
        about = document["metadata"]
        options = {
            "propagationPolicy": "Background",
            "preconditions": {"uid": about["uid"]},
        }
        path = kind_of(document).path(about["namespace"], about["name"])
        try:
            await self._call("DELETE", path, options)
        except Refused as refused:
            if refused.status not in (404, 409):
                raise

    async def create_event(self, document: Object) -> None:
        await self._call("POST", EVENT.path(document["metadata"]["namespace"]), document)

    async def optional_apis(self) -> tuple[frozenset[str], bool]:
        """Which of OPTIONAL_APIS there are, and whether QuayRegistry is defined."""
        found = await self._call("GET", "/apis")
        groups = {group["name"] for group in found["groups"]}
        return OPTIONAL_APIS & groups, GROUP in groups

    async def _apply(self, path: str, document: Object, force: bool) -> Object:
        query = {"fieldManager": FIELD_MANAGER, "force": "true" if force else "false"}
        return await self._call("PATCH", path, document, query=query, content_type=_APPLY)

    async def _call(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        query: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Object:
        self.requests += 1
        try:
            answer = await self.client.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params={"Accept": "application/json", "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
                response_types_map=dict.fromkeys((200, 201, 202), "object"),
                _return_http_data_only=True,
                _request_timeout=REQUEST_SECONDS,
            )
        except ApiException as error:
            raise _refusal(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"the API server does not answer: {error}") from error
        found: Object = answer
        return found


def _refusal(error: ApiException) -> Refused:
    try:
        status = json.loads(error.body or "{}")
    except (TypeError, ValueError):
        status = {}
    message = str(status.get("message") or error.reason)
    if error.status != 409:
        return Refused(error.status, message)
    causes = (status.get("details") or {}).get("causes") or []
    fields = tuple((str(c.get("field", "")), str(c.get("message", ""))) for c in causes)
    return Conflict(error.status, message, fields)
