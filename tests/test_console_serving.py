"""The console's files as the server sends them; what it does is tested in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from moorage.web.console import FOLDER
from tests.conftest import Client
from tests.server import running_server

PAGES = ("/", "/organization", "/organization/acme", "/repository/a/b/c", "/signin", "/admin")
NO_PAGES = ("/v2/nothing/here", "/api/v1/nothing", "/oauth/nothing", "/health/x", "/assets/no.js")
built = pytest.mark.skipif(not FOLDER.is_dir(), reason="the console is not built: make console")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    data: Path = tmp_path_factory.mktemp("console")
    with running_server(data) as server:
        yield Client(server, None)


@pytest.mark.parametrize("path", PAGES)
def test_a_console_path_is_a_page_that_runs_no_foreign_script(browser: Client, path: str) -> None:
    answer = browser("GET", path)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", NO_PAGES)
def test_no_other_path_falls_through_to_the_console(browser: Client, path: str) -> None:
    answer = browser("GET", path, Accept="text/html")

    assert answer.status in (401, 404)
    assert answer.headers["content-type"] == "application/json"


def test_a_short_link_is_a_page_for_browsers_alone(browser: Client) -> None:
    page = browser("GET", "/acme/app", Accept="text/html,*/*")
    other = browser("GET", "/acme/app", Accept="*/*")

    assert (page.status, other.status) == (200, 404)


def test_signing_in_is_a_page_to_read_and_an_endpoint_to_write_to(browser: Client) -> None:
    page = browser("GET", "/signin")
    refused = browser("POST", "/signin", b"{}", Content_Type="application/json")

    assert page.headers["content-type"].startswith("text/html")
    assert refused.headers["content-type"] == "application/json"
    assert refused.status in (400, 403)


@built
def test_an_asset_is_packed_and_kept_for_ever(browser: Client) -> None:
    page = browser("GET", "/").body.decode()
    name = re.search(r'src="(/assets/index-[^"]+\.js)"', page)
    assert name is not None

    packed = browser("GET", name[1], Accept_Encoding="gzip, br")
    plain = browser("GET", name[1])
    head = browser("HEAD", name[1], Accept_Encoding="gzip")

    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(packed.body) == int(packed.headers["content-length"]) < len(plain.body)
    assert "content-encoding" not in plain.headers
    assert (head.body, head.headers["content-encoding"]) == (b"", "gzip")


@built
def test_the_page_holds_no_script_or_style_of_its_own(browser: Client) -> None:
    page = browser("GET", "/").body.decode()

    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert "<style" not in page
    assert re.search(r" on[a-z]+=", page) is None
