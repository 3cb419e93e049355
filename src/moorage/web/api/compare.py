"""Tag `compare`: what changed between two versions of an artifact."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from moorage.artifacts.comparison import Comparison
from moorage.oci.name import RepositoryName
from moorage.registry import compare
from moorage.web.api.answers import Name
from moorage.web.api.call import Caller

router = APIRouter(tags=["compare"])


@router.get("/repository/{repository:path}/compare", response_model=Comparison)
async def compare_versions(
    call: Caller,
    repository: str,
    from_: Annotated[Name, Query(alias="from")],
    to: Name,
) -> Comparison:
    """Metadata, values, templates, dependencies and images of two charts; `from` and `to` are
    tags or digests."""
    return await compare.compare(
        call.registry, call.actor, RepositoryName.parse(repository), from_, to
    )
