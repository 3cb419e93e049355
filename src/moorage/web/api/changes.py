"""Tag `chart`: what a chart says is new in it."""

from __future__ import annotations

from fastapi import APIRouter

from moorage.artifacts.changes import ChartChanges, changes_of
from moorage.artifacts.helm import ChartDetails
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName
from moorage.registry import artifacts
from moorage.web.api.answers import Name
from moorage.web.api.call import Caller

router = APIRouter(tags=["chart"])


@router.get(
    "/repository/{repository:path}/manifest/{manifestref}/chart/changes",
    response_model=ChartChanges,
)
async def get_changes(call: Caller, repository: str, manifestref: Name) -> ChartChanges:
    """The annotation artifacthub.io/changes, read."""
    view = await artifacts.get_artifact(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )
    return changes_of(view.details_of(ChartDetails).annotations)
