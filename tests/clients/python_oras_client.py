"""The Python library oras, as a program that runs in the network, which pytest itself does not.

`python python_oras_client.py HOST USER PASSWORD NAME SCHEME TRANSPORT` pushes the file `small` at
once and the file `large` in chunks, attaches a note to the first, pulls both files into `back`, and
prints as JSON what the registry tells about them. SCHEME is bearer or basic, TRANSPORT https or
http.
"""

from __future__ import annotations

import json
import sys

from oras.client import OrasClient
from oras.oci import Subject

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def main(host: str, user: str, password: str, name: str, scheme: str, transport: str) -> None:
    # A client with tokens goes on to push with the token that it got for a look (oras-py issue
    # 187), so pushes use Basic, and pulls what the registry asks for.
    insecure = transport == "http"
    writer = OrasClient(host, insecure, auth_backend="basic")
    reader = OrasClient(host, insecure, auth_backend="token" if scheme == "bearer" else "basic")
    for client in (writer, reader):
        client.login(username=user, password=password, hostname=host)
    repository = f"{host}/{name}"

    noted = {"org.example.made-for": "a test"}
    pushed = writer.push(f"{repository}:small", files=["small"], manifest_annotations=noted)
    writer.push(f"{repository}:large", files=["large"], do_chunked=True, chunk_size=5_000_000)
    subject = Subject(
        MANIFEST, pushed.headers["Docker-Content-Digest"], len(pushed.request.body or b"")
    )
    writer.push(f"{repository}:note", files=["small"], subject=subject)

    for tag in ("small", "large"):
        reader.pull(f"{repository}:{tag}", outdir="back")
    url = f"{transport}://{host}/v2/{name}/referrers/{subject.digest}"
    referrers = reader.do_request(url).json()["manifests"]
    told = {
        "tags": reader.get_tags(repository),
        "annotations": reader.get_manifest(f"{repository}:small")["annotations"],
        "referrers": [descriptor["artifactType"] for descriptor in referrers],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
