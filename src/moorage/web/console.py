"""The web console: built files that the wheel brings, served as they are.

console_dist ─┬─ index.html      the page of every console route; never cached
              ├─ assets/         hashed names, cached for ever, each beside its .br and .gz
              └─ stamp           of what sources it was built (hatch_build.py)

Nothing is read before the first request for it.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from moorage.web.http import Headers, Request

FOLDER = Path(__file__).with_name("console_dist")
ROUTES = frozenset(
    "organization user repository search signin createaccount updateuser oauth-error about "
    "security service-keys change-log usage-logs messages admin".split()
)
"""First elements of the console's own paths. Anything else of one or two elements may be a short
link to a namespace or a repository, for those who ask for HTML."""
NEVER_PAGES = frozenset("v2 api oauth health metrics assets config csrf_token".split())

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_FOR_EVER = b"public, max-age=31536000, immutable"
_ENCODINGS = (("br", b"br"), ("gz", b"gzip"))
_TYPES = {".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}
_SHORT_LINK_ELEMENTS = 2

NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>moorage</title>
<h1>moorage, an OCI registry</h1>
<p>The registry and its API work. Its web console was not built.</p>
<p>Install Node 20.19 or newer and run <code>make console</code> in the checkout, or install
moorage from a wheel, which brings the console.</p>
<p><a href="/api/v1/docs">The management API</a></p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and what it is sent as."""

    path: Path
    size_bytes: int
    headers: tuple[tuple[bytes, bytes], ...]


class Console:
    """Answers GET and HEAD for the console's pages and files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def serve(self, request: Request) -> bool:
        """Answer if the path is one of ours."""
        if request.method not in ("GET", "HEAD"):
            return False
        path = request.path
        if path.startswith("/assets/") or path == "/LICENSES.txt":
            return await self._serve_asset(request, path[1:])
        if not _is_page(request):
            return False
        request.route = "console"
        page = self._page
        headers: Headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            *SECURITY,
        ]
        await request.answer(200, headers, page)
        return True

    @cached_property
    def _page(self) -> bytes:
        index = self._folder / "index.html"
        return index.read_bytes() if index.is_file() else NOT_BUILT.encode()

    @cached_property
    def _assets(self) -> dict[str, Asset]:
        """Each file by its name, so that no request's path ever meets the file system."""
        names = [self._folder / "LICENSES.txt", *(self._folder / "assets").glob("*")]
        return {p.relative_to(self._folder).as_posix(): _asset(p) for p in names if p.is_file()}

    async def _serve_asset(self, request: Request, name: str) -> bool:
        plain = self._assets.get(name)
        if plain is None:
            return False
        request.route = "console"
        chosen, headers = plain, list(plain.headers)
        accepted = request.header(b"accept-encoding") or ""
        for suffix, encoding in _ENCODINGS:
            packed = self._assets.get(f"{name}.{suffix}")
            if packed is not None and encoding.decode() in accepted:
                chosen = packed
                headers.append((b"content-encoding", encoding))
                break
        await _send(request, chosen, headers)
        return True


def _is_page(request: Request) -> bool:
    elements = request.path.strip("/").split("/")
    if elements == [""] or elements[0] in ROUTES:
        return True
    if elements[0] in NEVER_PAGES:
        return False
    wants_page = "text/html" in (request.header(b"accept") or "")
    return wants_page and len(elements) <= _SHORT_LINK_ELEMENTS and "." not in elements[-1]


def _asset(path: Path) -> Asset:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    headers = (
        (b"content-type", kind.encode()),
        (b"cache-control", _FOR_EVER if path.parent.name == "assets" else b"no-cache"),
        (b"vary", b"Accept-Encoding"),
        *SECURITY,
    )
    return Asset(path, path.stat().st_size, headers)


async def _send(request: Request, asset: Asset, headers: Headers) -> None:
    headers.append((b"content-length", str(asset.size_bytes).encode()))
    if request.method == "HEAD":
        await request.answer_as_is(200, headers)
    elif request.can_send_files:
        await request.answer_file(200, headers, str(asset.path))
    else:
        await request.answer_as_is(200, headers, asset.path.read_bytes())
