"""The CustomResourceDefinition of QuayRegistry, for `moorage operator crd`."""

from __future__ import annotations

from typing import Any

from moorage.operator.names import GROUP, KIND, PLURAL, VERSION
from moorage.operator.spec import RULES

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_QUANTITIES = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "x-kubernetes-int-or-string": True,
    },
}


def definition() -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _columns(),
                    "schema": {"openAPIV3Schema": _schema()},
                }
            ],
        },
    }


def _columns() -> list[dict[str, Any]]:
    available = '.status.conditions[?(@.type=="Available")].status'
    return [
        {"name": "Version", "type": "string", "jsonPath": ".status.currentVersion"},
        {"name": "Endpoint", "type": "string", "jsonPath": ".status.registryEndpoint"},
        {"name": "Available", "type": "string", "jsonPath": available},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]


def _schema() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "A registry that moorage's operator runs.",
        "properties": {
            "apiVersion": _TEXT,
            "kind": _TEXT,
            "metadata": {"type": "object"},
            "spec": {
                "type": "object",
                "properties": {
                    "configBundleSecret": _TEXT
                    | {
                        "description": "Secret of this namespace with config.yaml and, if wanted, "
                        "ssl.cert, ssl.key and extra_ca_cert_NAME. Absent: the defaults."
                    },
                    "components": {
                        "type": "array",
                        "description": "What is left out is managed.",
                        "items": _component(),
                    },
                },
            },
            "status": _status(),
        },
    }


def _component() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["kind", "managed"],
        "x-kubernetes-validations": [
            {"rule": rule, "message": message} for rule, message in RULES.items()
        ],
        "properties": {
            "kind": _TEXT,
            "managed": {"type": "boolean"},
            "secretRef": {"type": "object", "properties": {"name": _TEXT}},
            "overrides": {
                "type": "object",
                "properties": {
                    "volumeSize": {
                        "anyOf": [{"type": "integer"}, {"type": "string"}],
                        "x-kubernetes-int-or-string": True,
                    },
                    "storageClassName": _TEXT,
                    "env": {"type": "array", "items": _ANYTHING},
                    "replicas": {
                        "type": "integer",
                        "format": "int32",
                        "minimum": 0,
                        "nullable": True,
                    },
                    "affinity": _ANYTHING,
                    "labels": _TEXTS,
                    "annotations": _TEXTS,
                    "resources": {
                        "type": "object",
                        "properties": {"limits": _QUANTITIES, "requests": _QUANTITIES},
                    },
                    "securityContext": _ANYTHING,
                },
            },
        },
    }


def _status() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "currentVersion": _TEXT,
            "registryEndpoint": _TEXT,
            "lastUpdated": _TEXT,
            "observedGeneration": {"type": "integer", "format": "int64"},
            "conditions": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": {
                    "type": "object",
                    "required": ["type", "status"],
                    "properties": {
                        "type": _TEXT,
                        "status": _TEXT,
                        "reason": _TEXT,
                        "message": _TEXT,
                        "observedGeneration": {"type": "integer", "format": "int64"},
                        "lastUpdateTime": _TEXT | {"format": "date-time"},
                        "lastTransitionTime": _TEXT | {"format": "date-time"},
                    },
                },
            },
        },
    }
