"""Tag `discovery`: what there is: error types, capabilities, the configuration of clients."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from typing_extensions import TypedDict

from moorage import __version__
from moorage.model.errors import NotFound
from moorage.registry import users
from moorage.web.api.answers import Name
from moorage.web.api.call import Caller
from moorage.web.api.config_answer import config_answer

router = APIRouter(tags=["discovery"])
root = APIRouter(tags=["discovery"])

ERRORS = {
    "invalid_token": "The credential is missing, wrong, revoked or expired.",
    "insufficient_scope": "The caller or its token may not do this.",
    "fresh_login_required": "Sign in again: the change is a delicate one.",
    "invalid_request": "The request is not valid; the message says what is wrong.",
    "invalid_response": "The answer could not be written.",
    "not_found": "The resource was not found.",
    "not_switched_on": "The configuration does not switch this on; the message names the key.",
    "method_not_allowed": "The method is not possible here.",
    "tag_immutable": "The tag cannot be changed.",
    "conflict": "The state of things forbids it.",
    "too_many_requests": "Too many wrong passwords; Retry-After says when to go on.",
    "exceeds_license": "Never used.",
    "downstream_issue": "Something the registry depends on does not answer.",
    "unavailable": "Database or storage does not answer now.",
    "cannot_open": "A stored secret cannot be opened with the configured key.",
}


class ErrorType(TypedDict):
    type: str
    title: str
    description: str


class SparseManifests(TypedDict):
    supported: bool
    required_architectures: list[str]
    optional_architectures_allowed: bool


class Capabilities(TypedDict):
    sparse_manifests: SparseManifests
    mirror_architectures: list[str]


@router.get("/error/{error_type}", response_model=ErrorType)
async def get_error_type(call: Caller, error_type: Name) -> ErrorType:
    """What an `error_type` means."""
    if error_type not in ERRORS:
        raise NotFound("Not Found")
    return {
        "type": f"{call.url}/api/v1/error/{error_type}",
        "title": error_type,
        "description": ERRORS[error_type],
    }


@router.get("/registry/capabilities", response_model=Capabilities)
async def get_capabilities(call: Caller) -> Capabilities:
    is_sparse = call.settings.feature_sparse_index or call.settings.feature_sparse_manifests
    return {
        "sparse_manifests": {
            "supported": is_sparse,
            "required_architectures": [],
            "optional_architectures_allowed": is_sparse,
        },
        "mirror_architectures": ["amd64", "arm64", "ppc64le", "s390x"],
    }


@root.get("/.well-known/app-capabilities", response_model=dict[str, Any])
async def get_app_capabilities(call: Caller) -> dict[str, Any]:
    """Where other programs find an image's page and its security report."""
    repository = f"{call.url}/api/v1/repository/{{namespace}}/{{reponame}}"
    return {
        "appName": "io.quay",
        "capabilities": {
            "io.quay.view-image": {
                "url-template": f"{call.url}/{{namespace}}/{{reponame}}:{{tag}}"
            },
            "io.quay.image-security": {
                "rest-api-template": f"{repository}/image/{{imageid}}/security",
                "deprecated": True,
            },
            "io.quay.manifest-security": {
                "rest-api-template": f"{repository}/manifest/{{digest}}/security"
            },
        },
    }


@root.get("/config", response_model=dict[str, Any])
async def get_config(call: Caller) -> dict[str, Any]:
    """What the console needs to know before anybody has signed in. No secrets."""
    # Only where the first user is made by hand can there be none.
    is_empty = call.registry.rules.creates_first_user and not await users.has_users(call.registry)
    return config_answer(call.settings, call.url, __version__, has_users=not is_empty)
