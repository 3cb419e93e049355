"""The specification's table of endpoints, and how a path finds its row."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from moorage.oci.errors import Denied, NameInvalid, NameUnknown, RegistryError, Unsupported, quoted
from moorage.web.http import Request
from moorage.web.v2 import blobs, extensions, legacy, lists, manifests, token, uploads
from moorage.web.v2.service import Service


class Endpoint(Protocol):
    """A coroutine function; its name is the route that requests are counted by."""

    __name__: str

    def __call__(
        self, service: Service, request: Request, name: str, last: str, /
    ) -> Awaitable[None]: ...


FIXED: dict[str, dict[str, Endpoint]] = {
    "/v2/": {"GET": lists.ping, "HEAD": lists.ping},  # end-1
    "/v2": {"GET": lists.ping, "HEAD": lists.ping},
    "/v2/auth": {"GET": token.get_token, "POST": token.post_token},
    "/v2/_catalog": {"GET": lists.list_catalog, "HEAD": lists.list_catalog},
    "/v2/_oci/ext/discover": {"GET": extensions.discover, "HEAD": extensions.discover},
}

# /v2/<name>/..., by what stands before the last element of the path.
IN_REPOSITORY: dict[str, dict[str, Endpoint]] = {
    "manifests": {  # <reference>
        "GET": manifests.get_manifest,  # end-3
        "HEAD": manifests.get_manifest,
        "PUT": manifests.put_manifest,  # end-7
        "DELETE": manifests.remove_manifest,  # end-9
    },
    "blobs": {  # <digest>
        "GET": blobs.get_blob,  # end-2
        "HEAD": blobs.get_blob,
        "DELETE": blobs.remove_blob,  # end-10
    },
    "tags": {"GET": lists.list_tags, "HEAD": lists.list_tags},  # list: end-8
    "referrers": {  # <digest>: end-12
        "GET": lists.list_referrers,
        "HEAD": lists.list_referrers,
    },
}
IN_VIEW: dict[Endpoint, Endpoint] = {
    manifests.get_manifest: legacy.get_legacy_manifest,
    blobs.get_blob: legacy.get_legacy_blob,
    lists.list_tags: legacy.list_legacy_tags,
}
NEW_UPLOAD: dict[str, Endpoint] = {"POST": uploads.post_upload}  # blobs/uploads/: end-4, end-11
UPLOAD: dict[str, Endpoint] = {  # blobs/uploads/<id>
    "GET": uploads.get_upload,  # end-13
    "PATCH": uploads.patch_upload,  # end-5
    "PUT": uploads.put_upload,  # end-6
    "DELETE": uploads.delete_upload,  # end-14
}


async def serve(service: Service, request: Request) -> None:
    """Answer a request below /v2. Raises RegistryError, also for paths and methods unknown."""
    methods, name, last = _found(request.path)
    endpoint = methods.get(request.method)
    if endpoint is None:
        raise Unsupported(
            f"{quoted(request.method)} is not possible here", headers={"Allow": ", ".join(methods)}
        )
    if service.registry.rules.is_view(name):
        endpoint = _in_view(endpoint, name)
    request.route = endpoint.__name__
    await endpoint(service, request, name, last)


def _in_view(endpoint: Endpoint, name: str) -> Endpoint:
    """What answers for a legacy view in the place of the endpoint of a repository."""
    in_view = IN_VIEW.get(endpoint)
    if in_view is None:
        raise Denied(f"{quoted(name)} is a view of charts for old clients: it can only be pulled")
    return in_view


def _found(path: str) -> tuple[dict[str, Endpoint], str, str]:
    """The row of the table, the repository's name and the path's last element."""
    if (fixed := FIXED.get(path)) is not None:
        return fixed, "", ""
    head, _, last = path.rpartition("/")
    head, _, kind = head.rpartition("/")
    if head.endswith("/blobs") and kind == "uploads":
        head, methods = head.removesuffix("/blobs"), UPLOAD if last else NEW_UPLOAD
    elif kind == "blobs" and last == "uploads":
        methods = NEW_UPLOAD
    elif kind == "tags" and last != "list":
        raise _no_such_path(path)
    else:
        methods = IN_REPOSITORY.get(kind, {})
    if not methods or not head.startswith("/v2/"):
        raise _no_such_path(path)
    return methods, head.removeprefix("/v2/"), last


def _no_such_path(path: str) -> RegistryError:
    if any(part in path for part in ("..", "\\", "\0", "\r", "\n", "//")):
        return NameInvalid(f"path {quoted(path)} holds no repository name")
    return NameUnknown(f"path {quoted(path)} is not one of the registry's")
