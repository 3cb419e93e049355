"""The specification's table of endpoints, and how a path finds its row."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from moorage.oci.errors import NameInvalid, NameUnknown, RegistryError, Unsupported, quoted
from moorage.web.http import Request
from moorage.web.v2 import blobs, lists, manifests, token, uploads
from moorage.web.v2.service import Service

Endpoint = Callable[[Service, Request, str, str], Awaitable[None]]

FIXED: dict[str, dict[str, Endpoint]] = {
    "/v2/": {"GET": lists.ping, "HEAD": lists.ping},  # end-1
    "/v2": {"GET": lists.ping, "HEAD": lists.ping},
    "/v2/auth": {"GET": token.get_token, "POST": token.post_token},
    "/v2/_catalog": {"GET": lists.list_catalog},
    "/v2/_oci/ext/discover": {"GET": lists.list_extensions},
}

# In the order of the groups of _PATH: /v2/<name>/...
IN_REPOSITORY: tuple[dict[str, Endpoint], ...] = (
    {  # manifests/<reference>
        "GET": manifests.get_manifest,  # end-3
        "HEAD": manifests.get_manifest,
        "PUT": manifests.put_manifest,  # end-7
        "DELETE": manifests.remove_manifest,  # end-9
    },
    {"POST": uploads.post_upload},  # blobs/uploads/: end-4, end-11
    {  # blobs/uploads/<id>
        "GET": uploads.get_upload,  # end-13
        "PATCH": uploads.patch_upload,  # end-5
        "PUT": uploads.put_upload,  # end-6
        "DELETE": uploads.delete_upload,  # end-14
    },
    {  # blobs/<digest>
        "GET": blobs.get_blob,  # end-2
        "HEAD": blobs.get_blob,
        "DELETE": blobs.remove_blob,  # end-10
    },
    {"GET": lists.list_tags},  # tags/list: end-8
    {"GET": lists.list_referrers},  # referrers/<digest>: end-12
)

_PATH = re.compile(
    r"/v2/(.*?)/(?:manifests/([^/]*)|blobs/uploads(/?)|blobs/uploads/([^/]+)|blobs/([^/]*)"
    r"|tags/(list)|referrers/([^/]*))",
    re.DOTALL,
)


async def serve(service: Service, request: Request) -> None:
    """Answer a request below /v2. Raises RegistryError, also for paths and methods unknown."""
    found = _PATH.fullmatch(request.path)
    if found is not None:
        group = found.lastindex or 2
        methods, name, rest = IN_REPOSITORY[group - 2], found[1], found[group]
    elif (fixed := FIXED.get(request.path)) is not None:
        methods, name, rest = fixed, "", ""
    else:
        raise _no_such_path(request.path)
    endpoint = methods.get(request.method)
    if endpoint is None:
        raise Unsupported(
            f"{request.method} is not possible here", headers={"Allow": ", ".join(methods)}
        )
    await endpoint(service, request, name, rest)


def _no_such_path(path: str) -> RegistryError:
    if any(part in path for part in ("..", "\\", "\0", "\r", "\n", "//")):
        return NameInvalid(f"path {quoted(path)} holds no repository name")
    return NameUnknown(f"path {quoted(path)} is not one of the registry's")
