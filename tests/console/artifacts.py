"""Images, bundles, files and what refers to them, for the console's tests."""

from __future__ import annotations

import base64
import json

from tests.conftest import Client
from tests.console.content import (
    IMAGE_CONFIG,
    IMAGE_LAYER,
    INDEX,
    MANIFEST,
    archive,
    push,
    put,
)

EMPTY = "application/vnd.oci.empty.v1+json"
CSV = {
    "apiVersion": "operators.coreos.com/v1alpha1",
    "kind": "ClusterServiceVersion",
    "metadata": {"name": "cache.v1.2.0"},
    "spec": {
        "displayName": "Cache operator",
        "description": "Runs caches.",
        "version": "1.2.0",
        "maturity": "stable",
        "provider": {"name": "Example"},
        "minKubeVersion": "1.25.0",
        "replaces": "cache.v1.1.0",
        "installModes": [{"type": "AllNamespaces", "supported": True}],
        "customresourcedefinitions": {
            "owned": [
                {
                    "name": "caches.example.org",
                    "kind": "Cache",
                    "version": "v1",
                    "description": "A cache",
                }
            ]
        },
        "install": {
            "strategy": "deployment",
            "spec": {
                "clusterPermissions": [
                    {
                        "serviceAccountName": "cache",
                        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
                    }
                ],
                "deployments": [],
            },
        },
    },
}
ANNOTATIONS = """annotations:
  operators.operatorframework.io.bundle.mediatype.v1: registry+v1
  operators.operatorframework.io.bundle.manifests.v1: manifests/
  operators.operatorframework.io.bundle.metadata.v1: metadata/
  operators.operatorframework.io.bundle.package.v1: cache
  operators.operatorframework.io.bundle.channels.v1: stable
  operators.operatorframework.io.bundle.channel.default.v1: stable
"""
REGO = """package policy.pods

import rego.v1

deny contains message if {
    input.kind == "Pod"
    message := "no pods"
}
"""


def push_image(client: Client, repository: str, tag: str, architecture: str = "amd64") -> str:
    layers = [
        (IMAGE_LAYER, archive({f"base-{architecture}": "x" * 40_000}), ""),
        (IMAGE_LAYER, archive({"app": "y" * 900}), ""),
    ]
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": "2026-11-20T10:00:00Z",
        "config": {
            "User": "1000",
            "Env": ["PATH=/usr/bin", "LANG=C.UTF-8"],
            "Entrypoint": ["/app"],
            "Cmd": ["--serve"],
            "ExposedPorts": {"8080/tcp": {}},
            "Labels": {"org.opencontainers.image.source": "https://example.org/app"},
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64, "sha256:" + "1" * 64]},
        "history": [
            {"created": "2026-11-20T10:00:00Z", "created_by": "COPY base / # buildkit"},
            {"created": "2026-11-20T10:00:01Z", "created_by": "/bin/sh -c make install"},
            {"created": "2026-11-20T10:00:02Z", "created_by": "CMD []", "empty_layer": True},
        ],
    }
    return push(client, repository, tag, IMAGE_CONFIG, json.dumps(config).encode(), layers)


def push_index(client: Client, repository: str, tag: str) -> str:
    children = []
    for architecture in ("amd64", "arm64"):
        digest = push_image(client, repository, "", architecture)
        size = int(client("HEAD", f"/v2/{repository}/manifests/{digest}").headers["content-length"])
        platform = {"os": "linux", "architecture": architecture}
        children.append(
            {"mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform}
        )
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
    return put(client, repository, tag, INDEX, json.dumps(document).encode())


def push_policy(client: Client, repository: str, tag: str) -> str:
    manifest = json.dumps({"revision": "r1", "roots": ["policy"]})
    bundle = archive({".manifest": manifest, "policy/pods.rego": REGO, "data.json": "{}"})
    return push(
        client, repository, tag, IMAGE_CONFIG, b"{}", [(IMAGE_LAYER, bundle, "bundle.tar.gz")]
    )


def push_operator(client: Client, repository: str, tag: str) -> str:
    files = {
        "manifests/cache.clusterserviceversion.yaml": json.dumps(CSV),
        "metadata/annotations.yaml": ANNOTATIONS,
    }
    prefix = "operators.operatorframework.io.bundle."
    labels = {
        f"{prefix}mediatype.v1": "registry+v1",
        f"{prefix}manifests.v1": "manifests/",
        f"{prefix}metadata.v1": "metadata/",
        f"{prefix}package.v1": "cache",
        f"{prefix}channels.v1": "stable",
        f"{prefix}channel.default.v1": "stable",
    }
    config = {"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}
    config["rootfs"] = {"type": "layers", "diff_ids": ["sha256:" + "2" * 64]}
    layers = [(IMAGE_LAYER, archive(files), "")]
    return push(client, repository, tag, IMAGE_CONFIG, json.dumps(config).encode(), layers)


def push_notes(client: Client, repository: str, tag: str) -> str:
    layers = [
        ("text/plain", "Notes — größer als gedacht 🚢\n".encode() * 20, "notes.txt"),
        ("application/octet-stream", bytes(range(256)) * 8, "model.bin"),
    ]
    kind = {"artifactType": "application/vnd.example.notes"}
    return push(client, repository, tag, EMPTY, b"{}", layers, **kind)


def attach(client: Client, repository: str, subject: str) -> dict[str, str]:
    """An SBOM and a signature of `subject`; their digests."""
    size = int(client("HEAD", f"/v2/{repository}/manifests/{subject}").headers["content-length"])
    about = {"mediaType": MANIFEST, "digest": subject, "size": size}
    sbom = {
        "spdxVersion": "SPDX-2.3",
        "name": "etherpad",
        "creationInfo": {"created": "2026-11-20T10:00:00Z", "creators": ["Tool: example-1"]},
        "packages": [
            {
                "name": f"library-{number}",
                "SPDXID": f"SPDXRef-{number}",
                "versionInfo": f"1.{number}",
                "licenseConcluded": "MIT" if number % 2 else "Apache-2.0",
            }
            for number in range(30)
        ],
    }
    signed = {"critical": {"image": {"docker-manifest-digest": subject}}, "optional": None}
    layer = ("application/vnd.dev.cosign.simplesigning.v1+json", json.dumps(signed).encode(), "")
    spdx = ("application/spdx+json", json.dumps(sbom).encode(), "sbom.spdx.json")
    return {
        "sbom": push(
            client,
            repository,
            "",
            EMPTY,
            b"{}",
            [spdx],
            artifactType="application/spdx+json",
            subject=about,
        ),
        "signature": push(
            client,
            repository,
            "",
            EMPTY,
            b"{}",
            [layer],
            artifactType="application/vnd.dev.cosign.artifact.sig.v1+json",
            subject=about,
            annotations={"dev.cosignproject.cosign/signature": base64.b64encode(b"x").decode()},
        ),
    }
