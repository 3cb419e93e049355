"""What the operator knows of the cluster's objects, kept current by its watches.

A reconcile reads from here and asks the API server only about what has never been seen. Of the
Secrets of a namespace only ours, and those that a QuayRegistry names, are kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from moorage.operator.names import LABEL_REGISTRY

Object = dict[str, Any]
Key = tuple[str, str]
"""Namespace and name of a QuayRegistry."""
Place = tuple[str, str, str]
"""Kind, namespace and name of an object."""


def place_of(document: Object) -> Place:
    about = document["metadata"]
    return document["kind"], about["namespace"], about["name"]


def registry_of(document: Object) -> Key | None:
    """The registry whose label an object wears."""
    about = document["metadata"]
    name = (about.get("labels") or {}).get(LABEL_REGISTRY)
    return (about["namespace"], name) if name else None


@dataclass(slots=True)
class Store:
    registries: dict[Key, Object] = field(default_factory=dict)
    _objects: dict[Place, Object] = field(default_factory=dict)
    _of_registry: dict[Key, set[Place]] = field(default_factory=lambda: defaultdict(set))
    _named_by: dict[Place, set[Key]] = field(default_factory=lambda: defaultdict(set))
    _looked_for: set[Place] = field(default_factory=set)
    """Asked about and not found, or found and kept: no need to ask again."""

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        return self._objects.get((kind, namespace, name))

    def is_known(self, kind: str, namespace: str, name: str) -> bool:
        """Whether `find` tells the truth about it."""
        return (kind, namespace, name) in self._looked_for

    def of(self, registry: Key) -> list[Object]:
        places = sorted(self._of_registry.get(registry, ()))
        return [self._objects[place] for place in places]

    def concerned(self, document: Object) -> set[Key]:
        """The registries that an object matters to."""
        owner = registry_of(document)
        named_by = self._named_by.get(place_of(document), set())
        return named_by | ({owner} if owner else set())

    def name(self, registry: Key, places: set[Place]) -> None:
        """Remember that a registry depends on the objects at `places`, and on no others."""
        for place, keys in list(self._named_by.items()):
            if registry in keys and place not in places:
                self._unname(place, registry)
        for place in places:
            self._named_by[place].add(registry)

    def put(self, document: Object) -> bool:
        """Keep an object, unless a newer state of it is known; whether it was news."""
        place = place_of(document)
        self._looked_for.add(place)
        known = self._objects.get(place)
        if known is not None and _version(known) >= _version(document):
            return False
        self.drop(place)
        self._objects[place] = document
        owner = registry_of(document)
        if owner is not None:
            self._of_registry[owner].add(place)
        self._looked_for.add(place)
        return True

    def note_absent(self, place: Place) -> None:
        self.drop(place)
        self._looked_for.add(place)

    def drop(self, place: Place, version: int | None = None) -> None:
        """Forget an object, unless it has been made anew after `version`."""
        known = self._objects.get(place)
        if known is None or (version is not None and _version(known) > version):
            return
        del self._objects[place]
        owner = registry_of(known)
        if owner is not None:
            self._of_registry[owner].discard(place)

    def put_registry(self, document: Object) -> None:
        """Keep a QuayRegistry, unless a newer state of it is known."""
        key = (document["metadata"]["namespace"], document["metadata"]["name"])
        known = self.registries.get(key)
        if known is None or _version(known) < _version(document):
            self.registries[key] = document

    def forget_registry(self, registry: Key) -> None:
        self.registries.pop(registry, None)
        self.name(registry, set())

    def _unname(self, place: Place, registry: Key) -> None:
        self._named_by[place].discard(registry)
        if not self._named_by[place]:
            del self._named_by[place]
            known = self._objects.get(place)
            if known is None or registry_of(known) is None:
                self.drop(place)
                self._looked_for.discard(place)


def _version(document: Object) -> int:
    return int(document["metadata"].get("resourceVersion") or 0)


def version_of(document: Object) -> int:
    return _version(document)
