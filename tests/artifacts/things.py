"""Artifacts of every kind, made here, and how they are pushed and looked at."""

from __future__ import annotations

import io
import json
import tarfile
import time
from dataclasses import dataclass
from typing import Any

from tests.api.conftest import Api, ApiAnswer

HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
HELM_PROV = "application/vnd.cncf.helm.chart.provenance.v1.prov"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
TAR_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Layer:
    media_type: str
    content: bytes
    annotations: dict[str, str] | None = None


def archive(files: dict[str, bytes | str], *, packed: bool = True) -> bytes:
    """A tar of regular files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz" if packed else "w") as tar:
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
    return target.getvalue()


def push(
    api: Api,
    repository: str,
    tag: str,
    layers: list[Layer],
    *,
    config: Any = None,
    config_type: str = EMPTY,
    **more: Any,
) -> str:
    """Push an artifact; its digest. `config` is JSON, or bytes as they are."""
    client = api.registry()
    raw = config if isinstance(config, bytes) else json.dumps(config or {}).encode()
    described = {
        "mediaType": config_type,
        "digest": client.push_blob(repository, raw),
        "size": len(raw),
    }
    listed = []
    for layer in layers:
        entry: dict[str, Any] = {
            "mediaType": layer.media_type,
            "digest": client.push_blob(repository, layer.content),
            "size": len(layer.content),
        }
        if layer.annotations:
            entry["annotations"] = layer.annotations
        listed.append(entry)
    digest, _ = client.push_manifest(repository, tag, config=described, layers=listed, **more)
    return digest


def push_chart(
    api: Api,
    repository: str,
    version: str,
    files: dict[str, bytes | str] | None = None,
    *,
    tgz: bytes | None = None,
    prov: bytes | None = None,
    **metadata: Any,
) -> str:
    """Push a chart named as the repository; `metadata` are more keys of Chart.yaml."""
    name = repository.rpartition("/")[2]
    chart = {"apiVersion": "v2", "name": name, "version": version} | metadata
    content = {f"{name}/Chart.yaml": json.dumps(chart)}
    content |= {f"{name}/{path}": text for path, text in (files or {}).items()}  # type: ignore[misc]
    layers = [Layer(HELM_LAYER, tgz if tgz is not None else archive({**content}))]
    if prov is not None:
        layers.append(Layer(HELM_PROV, prov))
    tag = version.replace("+", "_")
    return push(api, repository, tag, layers, config=chart, config_type=HELM_CONFIG)


def read(api: Api, repository: str, digest: str) -> dict[str, Any]:
    """What the server says of an artifact once it has read it."""
    deadline = time.monotonic() + SECONDS
    while True:
        answer = api("GET", f"/repository/{repository}/manifest/{digest}/artifact")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        if found["state"] != "pending":
            return found
        assert time.monotonic() < deadline, f"not read within {SECONDS} seconds"
        time.sleep(0.1)


def page(api: Api, repository: str, digest: str, what: str) -> Any:
    """A page of an artifact that has been read."""
    read(api, repository, digest)
    answer = ask(api, repository, digest, what)
    assert answer.status == 200, answer
    return answer.json


def ask(api: Api, repository: str, digest: str, what: str) -> ApiAnswer:
    return api("GET", f"/repository/{repository}/manifest/{digest}/{what}")
