"""Every page in a real browser: nothing fails, axe finds nothing, and a picture is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.console.conftest import SCREENSHOTS, Registry, watched
from tests.console.pages import SIGNED_OUT, all_pages

AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"
# Tall: the page scrolls within itself, and the picture shows what one would scroll to.
SIZES = {"wide": (1280, 1600), "narrow": (390, 2000)}
SETTLED = "() => !document.querySelector('[aria-busy=true]') && document.querySelector('h1')"


def test_signed_out_pages_have_no_error_and_no_accessibility_violation(
    registry: Registry, browser: Browser
) -> None:
    context = browser.new_context(base_url=registry.url, reduced_motion="reduce")

    assert looked_at(context, SIGNED_OUT) == ""


def test_no_page_has_an_error_or_an_accessibility_violation(
    registry: Registry, browser: Browser, signed_in: Path
) -> None:
    context = browser.new_context(
        base_url=registry.url, storage_state=signed_in, reduced_motion="reduce"
    )

    assert looked_at(context, all_pages(registry)) == ""


def looked_at(context: BrowserContext, pages: dict[str, str]) -> str:
    """What is wrong with the pages, a line each; light and dark, wide and narrow."""
    problems, found = watched(context), []
    page = context.new_page()
    for name, path in pages.items():
        page.set_viewport_size({"width": SIZES["wide"][0], "height": SIZES["wide"][1]})
        page.goto(path)
        try:
            page.wait_for_function(SETTLED)
            page.wait_for_load_state("networkidle")
        except PlaywrightTimeout:
            found.append(f"{name}: it does not come to rest")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{size}.png")
                found += [f"{name}, {theme}, {size}: {said}" for said in violations(page)]
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if too_wide > 0:
                found.append(f"{name}, {size}: {too_wide} pixels too wide")
        found += [f"{name}: {problem}" for problem in problems]
        problems.clear()
    context.close()
    return "\n".join(found)


def violations(page: Page) -> list[str]:
    """What axe says; it is there already when only size and theme have changed."""
    assert AXE.is_file(), "axe-core is not there: run npm ci in console/"
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    ran: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['html'][:150]}"
        for violation in ran["violations"]
        for node in violation["nodes"][:3]
    ]
