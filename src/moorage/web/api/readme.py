"""Markdown as HTML that is safe to show: a repository's description."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from typing_extensions import TypedDict

from moorage.artifacts.markdown import render_readme
from moorage.oci.name import RepositoryName
from moorage.registry import catalogue
from moorage.web.api.call import Caller

router = APIRouter(tags=["repository"])


class HeadingView(TypedDict):
    level: int
    id: str
    text: str


class RenderedText(TypedDict):
    """`html` is `text` to show: sanitised, ids prefixed.

    `note` says why it is plain text, where that is too large or too costly to render.
    """

    text: str | None
    html: str
    headings: list[HeadingView]
    note: str | None


@router.get("/repository/{repository:path}/description", response_model=RenderedText)
async def get_description(call: Caller, repository: str) -> RenderedText:
    """A repository's description with its table of contents."""
    name = RepositoryName.parse(repository)
    found = await catalogue.get_repository(
        call.registry, call.actor, name, with_tags=False, with_stats=False
    )
    return await rendered(found.listed.description)


async def rendered(text: str | None) -> RenderedText:
    """Rendering may take a second, so a thread does it."""
    shown = await asyncio.to_thread(render_readme, text or "")
    return {
        "text": text,
        "html": shown.html,
        "headings": [{"level": h.level, "id": h.id, "text": h.text} for h in shown.headings],
        "note": shown.note,
    }
