"""ChartMuseum's API: upload, raw or as a form, and delete."""

from __future__ import annotations

from moorage.model.accounts import Actor
from moorage.model.errors import AlreadyThere
from moorage.oci.errors import RequestInvalid, Unauthorized
from moorage.registry import chart_upload
from moorage.registry.chart_upload import Existing
from moorage.web.charts.forms import Files, read_form, read_raw
from moorage.web.charts.service import ChartService
from moorage.web.http import Request

PROVENANCE_BYTES = 1024 * 1024


async def post_chart(service: ChartService, request: Request, prefix: str, _: str) -> None:
    """A raw .tgz, or a form with `chart` and `prov`."""
    actor = await _writer(service, request, prefix)
    limits = {"chart": service.chart_bytes, "prov": PROVENANCE_BYTES}
    with Files(limits) as files:
        if not await _read_form(request, files):
            await read_raw(request, files, "chart")
            return await _store(service, request, actor, prefix, files)
        if not files.has("chart") and not files.has("prov"):
            raise RequestInvalid(
                "no package or provenance file found in form fields chart and prov"
            )
        try:
            await _store(service, request, actor, prefix, files)
        except AlreadyThere:
            raise AlreadyThere("chart already exists") from None


async def post_provenance(service: ChartService, request: Request, prefix: str, _: str) -> None:
    actor = await _writer(service, request, prefix)
    with Files({"prov": PROVENANCE_BYTES}) as files:
        if not await _read_form(request, files):
            await read_raw(request, files, "prov")
        if not files.has("prov"):
            raise RequestInvalid("no provenance file found in form field prov")
        await _store(service, request, actor, prefix, files)


async def remove_chart(service: ChartService, request: Request, prefix: str, rest: str) -> None:
    actor = await _writer(service, request, prefix)
    name, _, version = rest.partition("/")
    await chart_upload.delete_chart(service.registry, actor, prefix, name, version)
    await request.answer_json(200, {"deleted": True})


async def _store(
    service: ChartService, request: Request, actor: Actor, prefix: str, files: Files
) -> None:
    registry, existing = service.registry, _existing(request)
    signature = files.content("prov")
    if files.has("chart"):
        chart = await chart_upload.read_archive(files.stream("chart"))
        await chart_upload.upload_chart(registry, actor, prefix, chart, signature, existing)
    elif signature is not None:
        await chart_upload.upload_provenance(registry, actor, prefix, signature, existing)
    await request.answer_json(201, {"saved": True})


async def _writer(service: ChartService, request: Request, prefix: str) -> Actor:
    """The caller, who is somebody: nothing is read from anybody else."""
    actor = await service.actor(request)
    if actor.user_id is None:
        raise Unauthorized(actor.rejected or "uploads and deletions need a login")
    if not prefix:
        raise RequestInvalid("name the namespace: /charts/api/NAMESPACE/charts")
    return actor


async def _read_form(request: Request, files: Files) -> bool:
    """False where the body is no form, and was not read."""
    content_type = request.header(b"content-type") or ""
    if not content_type.lower().startswith("multipart/form-data"):
        return False
    await read_form(request, files, content_type)
    return True


def _existing(request: Request) -> Existing:
    """`?force`, with or without a value."""
    force = request.field("force")
    return Existing.STAYS if force is None or force == "false" else Existing.IS_REPLACED
