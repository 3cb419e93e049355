"""Tag `commands`: what to type to fetch, push and log in, client by client."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from typing_extensions import TypedDict

from moorage.artifacts import logins
from moorage.artifacts.commands import Host, Snippet, Target, commands_of
from moorage.artifacts.description import ArtifactKind
from moorage.artifacts.logins import LoginFile
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import artifacts
from moorage.registry.artifacts import ArtifactView
from moorage.web.api.answers import Body, Name
from moorage.web.api.call import Call, Caller

router = APIRouter(tags=["commands"])
HELM_3_5_LAYER = "application/tar+gzip"

PushedKind = Literal[ArtifactKind.CHART, ArtifactKind.IMAGE, ArtifactKind.GENERIC]


class Commands(TypedDict):
    commands: list[Snippet]


class LoginFiles(TypedDict):
    files: list[LoginFile]


class Credential(Body):
    username: Annotated[str, Field(min_length=1, max_length=255)]
    token: Annotated[str, Field(min_length=1, max_length=4096)]


@router.get(
    "/repository/{repository:path}/manifest/{manifestref}/commands", response_model=Commands
)
async def list_commands(
    call: Caller, repository: str, manifestref: Name, tag: Name | None = None
) -> Commands:
    """How each client that knows the manifest's kind fetches it, by `tag` and by digest."""
    name, digest = RepositoryName.parse(repository), Digest.parse(manifestref)
    view = await artifacts.get_artifact(call.registry, call.actor, name, digest)
    layers = [layer.media_type for layer in view.manifest.layers]
    target = Target(
        host=_host(call),
        repository=str(name),
        kind=view.stored.kind,
        tag=str(Tag.parse(tag)) if tag is not None else None,
        digest=str(digest),
        name=view.stored.title if view.stored.kind is ArtifactKind.CHART else "",
        version=view.stored.version,
        is_readable_by_helm_3_5=layers == [HELM_3_5_LAYER],
        subject=_subject(view),
    )
    return {"commands": list(commands_of(target))}


@router.get("/commands/push", response_model=Commands)
async def list_push_commands(
    call: Caller,
    namespace: Annotated[Name, Query(min_length=1)],
    repository: Name = "",
    kind: PushedKind = ArtifactKind.CHART,
) -> Commands:
    """What fills an empty namespace or repository."""
    RepositoryName.parse(f"{namespace}/{repository or 'any'}")
    found = logins.push_commands(_host(call), namespace, repository, kind)
    return {"commands": list(found)}


@router.get("/commands/login", response_model=Commands)
async def list_login_commands(
    call: Caller, username: Annotated[Name, Query(min_length=1)], namespace: Name = ""
) -> Commands:
    """Each client's login, asking for the password or reading $REGISTRY_TOKEN."""
    if namespace:
        RepositoryName.parse(namespace)
    return {"commands": list(logins.login_commands(_host(call), username, namespace))}


@router.post("/commands/files", response_model=LoginFiles)
async def make_login_files(call: Caller, body: Credential, response: Response) -> LoginFiles:
    """Files that hold a login: docker, podman, helm, Kubernetes, containerd. Nothing is kept."""
    response.headers["Cache-Control"] = "no-store"
    return {"files": list(logins.login_files(_host(call), body.username, body.token))}


def _host(call: Call) -> Host:
    scheme, _, name = call.url.partition("://")
    return Host(name, is_plain_http=scheme == "http")


def _subject(view: ArtifactView) -> str | None:
    return view.manifest.subject.digest if view.manifest.subject else None
