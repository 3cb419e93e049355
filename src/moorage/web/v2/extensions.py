"""The extensions of the protocol that we speak. (distribution-spec, extensions/_oci.md)"""

from __future__ import annotations

from moorage.web.http import Request
from moorage.web.v2.service import Service

_SPECIFICATION = "https://github.com/opencontainers/distribution-spec/blob/main/extensions"
EXTENSIONS = [
    {
        "name": "_oci",
        "url": f"{_SPECIFICATION}/_oci.md",
        "description": "Lists the extensions of this registry.",
        "endpoints": ["_oci/ext/discover"],
    },
    {
        "name": "_catalog",
        "url": f"{_SPECIFICATION}/README.md",
        "description": "Lists the repositories that the caller may pull, in pages (n, last).",
        "endpoints": ["_catalog"],
    },
]


async def discover(service: Service, request: Request, _name: str, _rest: str) -> None:
    await request.answer_json(200, {"extensions": EXTENSIONS})
