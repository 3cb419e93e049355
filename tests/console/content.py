"""What the pages are tried with: one thing of each kind, pushed as its client would."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import dataclass

from tests.conftest import Client

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

README = """# Etherpad

A small editor for **many hands**. ![logo](https://tracker.example/logo.png)

> [!NOTE]
> Nothing is kept without a database.

## Installing

```sh
helm install etherpad oci://registry.example/helm/etherpad
```

## Values

| Key | Meaning | Default |
|-----|---------|--------:|
| `image.tag` | which Etherpad | 1.8.4 |
| `replicas` | how many | 1 |

### Persistence

- [x] a volume
- [ ] a second volume

See [Installing](#installing) and <https://etherpad.org>.
"""
VALUES = """# Etherpad's settings.
image:
  # Where from; keep the tag in step with appVersion.
  repository: docker.io/etherpad/etherpad
  tag: "{tag}"
replicas: {replicas}

ingress:
  enabled: false
  hosts:
    - host: pad.example.org   # a name of yours
      paths:
        - /
"""
TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: etherpad
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
SCHEMA = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "type": "object",
            "properties": {"tag": {"type": "string", "default": "1.8.4", "description": "Which"}},
        },
        "replicas": {"type": "integer", "default": 1, "description": "How many"},
    },
}
CHANGES = """- kind: added
  description: A second replica
- kind: security
  description: Closes a hole in the editor
  links:
    - name: Advisory
      url: https://example.org/advisory
"""


@dataclass(frozen=True, slots=True)
class ChartVersion:
    version: str
    files: dict[str, str]
    metadata: dict[str, object]


def etherpad(version: str, replicas: int = 1, tag: str = "1.8.4") -> ChartVersion:
    files = {
        "README.md": README,
        "values.yaml": VALUES.format(tag=tag, replicas=replicas),
        "values.schema.json": json.dumps(SCHEMA),
        "templates/deployment.yaml": TEMPLATE,
        "templates/NOTES.txt": "Etherpad runs.\n",
    }
    if replicas > 1:
        files["templates/budget.yaml"] = "kind: PodDisruptionBudget\n"
    metadata: dict[str, object] = {
        "name": "etherpad",
        "home": "https://etherpad.org",
        "sources": ["https://example.org/etherpad"],
        "version": version,
        "description": "Etherpad, a text editor for many at once",
        "keywords": ["editor", "collaboration"],
        "maintainers": [{"name": "Ada", "email": "ada@example.org"}],
        "apiVersion": "v2",
        "appVersion": tag,
        "annotations": {"artifacthub.io/changes": CHANGES},
        "kubeVersion": ">=1.25.0-0",
        "dependencies": [
            {"name": "common", "version": "^1.0", "repository": "oci://registry.example/helm"},
            {
                "name": "postgresql",
                "version": "12.x",
                "repository": "https://charts.example.org",
                "condition": "postgresql.enabled",
            },
        ],
        "type": "application",
    }
    return ChartVersion(version, files, metadata)


def push_chart(client: Client, repository: str, chart: ChartVersion, tag: str = "") -> str:
    """Push as Helm 4 does; the manifest's digest."""
    name = str(chart.metadata["name"])
    files = {"Chart.yaml": json.dumps(chart.metadata), **chart.files}
    layer = archive({f"{name}/{path}": text for path, text in files.items()})
    config = json.dumps(chart.metadata, separators=(",", ":")).encode()
    layers = [(CHART_LAYER, layer, "")]
    return push(client, repository, tag or chart.version, CHART_CONFIG, config, layers)


def push(
    client: Client,
    repository: str,
    reference: str,
    config_type: str,
    config: bytes,
    layers: list[tuple[str, bytes, str]],
    **more: object,
) -> str:
    """A manifest of `layers` (media type, bytes, title); `reference` may be empty: untagged."""
    client.push_blob(repository, config)
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(config_type, config),
        "layers": [],
    } | more
    described = []
    for media_type, content, title in layers:
        client.push_blob(repository, content)
        layer = descriptor(media_type, content)
        if title:
            layer["annotations"] = {"org.opencontainers.image.title": title}
        described.append(layer)
    raw = json.dumps(document | {"layers": described}).encode()
    return put(client, repository, reference, MANIFEST, raw)


def put(client: Client, repository: str, reference: str, media_type: str, raw: bytes) -> str:
    digest = client.digest_of(raw)
    path = f"/v2/{repository}/manifests/{reference or digest}"
    answer = client("PUT", path, raw, Content_Type=media_type)
    assert answer.status == 201, answer
    return digest


def descriptor(media_type: str, content: bytes) -> dict[str, object]:
    digest = Client.digest_of(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def archive(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=target, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, text in files.items():
            entry, content = tarfile.TarInfo(name), text.encode(errors="surrogatepass")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target.getvalue()
