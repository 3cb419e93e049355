"""A registry with its console in a real browser: Debian's Chromium, driven by Playwright.

Whatever a page logs as an error, throws or is refused by the Content-Security-Policy fails its
test. Screenshots are kept below SCREENSHOTS, whose path is printed at the end.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    sync_playwright,
)

from tests.conftest import Client
from tests.console import artifacts, content, hostile
from tests.server import PASSWORD, Server, admin, running_server

SCREENSHOTS = Path(__file__).parent / "screenshots"
CONSOLE = Path(__file__).parents[2] / "src/moorage/web/console_dist/index.html"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What Chromium says of every 4xx, which pages ask for and explain."""
WATCH = (
    "addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective))"
)


@dataclass(frozen=True, slots=True)
class Registry:
    """A running server with one thing of each kind; `digests` names manifests."""

    server: Server
    url: str
    digests: dict[str, str]

    @property
    def client(self) -> Client:
        return Client(self.server)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """No sandbox for root and containers; /dev/shm may be small there."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium: run python3 tools/install.py --system"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    assert CONSOLE.is_file(), "the console is not built: run make console"
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running_server(tmp_path_factory.mktemp("console"), SETTINGS, log=log) as server:
        yield Registry(server, f"http://{server.host}:{server.port}", filled(server))


SETTINGS = {
    "WRONG_PASSWORDS_PER_ACCOUNT": "9999",
    "WRONG_PASSWORDS_PER_ADDRESS": "9999",
    "SUPER_USERS": '["admin"]',
}


def filled(server: Server) -> dict[str, str]:
    """Organizations `helm` and `team` with one thing of each kind."""
    client = Client(server)
    for organization in ("helm", "team"):
        admin(server, "organization", "create", organization, "--owner", "admin")
    admin(server, "user", "create", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    digests = {}
    for version, replicas, tag in (("0.0.4", 1, "1.8.4"), ("0.1.0", 2, "1.9.0")):
        chart = content.etherpad(version, replicas, tag)
        digests[version] = content.push_chart(client, "helm/etherpad", chart)
    rc = content.etherpad("1.0.0-rc.1+build.7", 3, "2.0.0")
    content.push_chart(client, "helm/etherpad", rc, "1.0.0-rc.1_build.7")
    digests["hostile"] = content.push_chart(client, "helm/hostile", hostile.chart(), "1.0.0")
    digests["image"] = artifacts.push_image(client, "team/app", "1.0")
    digests["index"] = artifacts.push_index(client, "team/app", "both")
    digests["policy"] = artifacts.push_policy(client, "team/policy", "1.0")
    digests["operator"] = artifacts.push_operator(client, "team/cache-bundle", "v1.2.0")
    digests["notes"] = artifacts.push_notes(client, "team/notes", "1.0")
    digests |= artifacts.attach(client, "helm/etherpad", digests["0.1.0"])
    return digests


@pytest.fixture(scope="session")
def signed_in(
    registry: Registry, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The cookies of the superuser's session."""
    context = browser.new_context(base_url=registry.url)
    page = context.new_page()
    sign_in(page, "admin")
    kept = tmp_path_factory.mktemp("session") / "state.json"
    context.storage_state(path=kept)
    context.close()
    return kept


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.goto("/signin")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Organizations").wait_for()


@pytest.fixture
def page(registry: Registry, browser: Browser, signed_in: Path) -> Iterator[Page]:
    """A page of the superuser's; whatever goes wrong in it fails the test."""
    context = browser.new_context(
        base_url=registry.url,
        storage_state=signed_in,
        viewport={"width": 1280, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    problems = watched(context)
    yield context.new_page()
    context.close()
    assert problems == []


def watched(context: BrowserContext) -> list[str]:
    """What goes wrong in a context from now on."""
    problems: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSED.match(message.text):
            problems.append(f"{message.text} ({message.page.url if message.page else ''})")

    context.add_init_script(WATCH)
    context.set_default_timeout(15_000)
    context.on("console", said)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    return problems


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"screenshots: {SCREENSHOTS}")
