"""The Python client of ORAS, as a program: `python python_oras_client.py HOST USER PASSWORD REF`.

It runs in the network, which pytest itself does not. It pushes the file `small` at once and the
file `large` in chunks, pulls both into `back`, and prints the tags.
"""

from __future__ import annotations

import json
import sys

from oras.client import OrasClient


def main(host: str, user: str, password: str, repository: str) -> None:
    # With tokens this client goes on to push with the token that it got for a pull, so pushes
    # use Basic, and pulls use tokens.
    writer, reader = OrasClient(host, auth_backend="basic"), OrasClient(host)
    for client in (writer, reader):
        client.login(username=user, password=password, hostname=host)
    noted = {"org.example.made-for": "a test"}
    writer.push(f"{repository}:small", files=["small"], manifest_annotations=noted)
    writer.push(f"{repository}:large", files=["large"], do_chunked=True, chunk_size=5_000_000)
    for tag in ("small", "large"):
        reader.pull(f"{repository}:{tag}", outdir="back")
    manifest = reader.get_manifest(f"{repository}:small")
    print(json.dumps({"tags": reader.get_tags(repository), "annotations": manifest["annotations"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
