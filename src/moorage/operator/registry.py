"""One QuayRegistry as it came from the API server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moorage.operator.names import (
    API_VERSION,
    DELETION_POLICY,
    FIELD_MANAGER,
    FINALIZER,
    KIND,
    TAKE_OVER,
    Names,
)


@dataclass(frozen=True, slots=True)
class QuayRegistry:
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"]["namespace"])

    @property
    def uid(self) -> str:
        return str(self.body["metadata"]["uid"])

    @property
    def generation(self) -> int:
        return int(self.body["metadata"].get("generation", 1))

    @property
    def names(self) -> Names:
        return Names(self.name, self.namespace)

    @property
    def annotations(self) -> dict[str, str]:
        return self.body["metadata"].get("annotations") or {}

    @property
    def spec(self) -> Any:
        return self.body.get("spec")

    @property
    def status(self) -> dict[str, Any]:
        return self.body.get("status") or {}

    @property
    def current_version(self) -> str | None:
        return self.status.get("currentVersion")

    @property
    def is_being_deleted(self) -> bool:
        return "deletionTimestamp" in self.body["metadata"]

    @property
    def finalizers(self) -> list[str]:
        return self.body["metadata"].get("finalizers") or []

    @property
    def has_finalizer(self) -> bool:
        return FINALIZER in self.finalizers

    @property
    def deletes_data(self) -> bool:
        return self.annotations.get(DELETION_POLICY) == "Delete"

    @property
    def is_handed_over(self) -> bool:
        return self.annotations.get(TAKE_OVER) == "true"

    @property
    def is_of_another_operator(self) -> bool:
        """Its status was written by somebody else, such as Quay's operator."""
        fields = self.body["metadata"].get("managedFields") or []
        is_ours = any(entry.get("manager") == FIELD_MANAGER for entry in fields)
        return self.current_version is not None and not is_ours and not self.is_handed_over

    @property
    def owner_reference(self) -> dict[str, Any]:
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": False,
        }
