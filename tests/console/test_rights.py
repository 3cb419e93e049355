"""The journeys that change something: first start, rights, a tag that comes back."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Client
from tests.console import artifacts, content
from tests.console.conftest import Registry, watched
from tests.console.test_reading import reach
from tests.server import PASSWORD, Server, running_server

BY = pytest.mark.parametrize("by", ["mouse", "keyboard"])


def press(page: Page, by: str, role: Literal["button", "link"], name: str) -> None:
    """Click it, or go there with Tab and press Enter; of two, that of the dialog."""
    wanted = page.get_by_role(role, name=name, exact=True).last
    wanted.wait_for()
    if by == "mouse":
        wanted.click()
        return
    reach(page, wanted)
    page.keyboard.press("Enter")


def write(page: Page, by: str, label: str, text: str) -> None:
    # A required field's label ends with a star.
    field = page.get_by_label(re.compile(rf"^{label}(\s*\*)?$"))
    if by == "mouse":
        field.fill(text)
        return
    reach(page, field)
    page.keyboard.type(text)


@BY
def test_first_start_to_first_chart_read(by: str, browser: Browser, tmp_path: Path) -> None:
    settings = {"FEATURE_USER_INITIALIZE": "true", "SUPER_USERS": '["ada"]'}
    with running_server(tmp_path, settings, log=tmp_path / "log") as server:
        url = f"http://{server.host}:{server.port}"
        context = browser.new_context(base_url=url, reduced_motion="reduce")
        problems, page = watched(context), context.new_page()

        page.goto("/createaccount")
        write(page, by, "User name", "ada")
        write(page, by, "Password", PASSWORD)
        write(page, by, "Password again", PASSWORD)
        press(page, by, "button", "Create account")
        page.get_by_role("heading", level=1, name="Organizations").wait_for()
        press(page, by, "button", "Create organization")
        write(page, by, "Name", "helm")
        press(page, by, "button", "Create")
        expect(page.get_by_role("dialog")).to_contain_text(
            f"oci://{server.host}:{server.port}/helm"
        )
        content.push_chart(client_of(server), "helm/etherpad", content.etherpad("0.0.4"))
        page.goto("/repository/helm/etherpad?tab=tags")
        press(page, by, "link", "0.0.4")

        expect(page.get_by_role("heading", level=1)).to_have_text("etherpad 0.0.4")
        expect(page.get_by_role("heading", name="Installing")).to_be_visible()
        context.close()
    assert problems == []


def client_of(server: Server) -> Client:
    return Client(server, "Basic " + b64encode(f"ada:{PASSWORD}".encode()).decode())


@BY
def test_a_team_and_a_robot_are_given_rights(by: str, page: Page, registry: Registry) -> None:
    page.goto("/organization/team?tab=Teamsandmembership")
    press(page, by, "button", "Create team")
    write(page, by, "Name", f"readers-{by}")
    press(page, by, "button", "Create")
    expect(page.get_by_role("link", name=f"readers-{by}")).to_be_visible()

    page.goto("/organization/team?tab=Robotaccounts")
    page.get_by_role("tabpanel").wait_for()
    press(page, by, "button", "Create robot account")
    write(page, by, "Name", f"ci-{by}")
    chosen = page.get_by_role("checkbox", name="app")
    if by == "mouse":
        chosen.check()
    else:
        reach(page, chosen)
        page.keyboard.press("Space")
    press(page, by, "button", "Create")
    expect(page.get_by_role("dialog")).to_contain_text(f"team+ci-{by}")
    press(page, by, "button", "Close")

    page.goto("/repository/team/app?tab=settings")
    expect(page.get_by_role("tabpanel")).to_contain_text(f"team+ci-{by}")


@BY
def test_a_deleted_tag_is_restored(by: str, page: Page, registry: Registry) -> None:
    digest = artifacts.push_notes(registry.client, f"team/lost-{by}", "0.0.9")
    path = f"/v2/team/lost-{by}/manifests/0.0.9"
    assert registry.client("DELETE", path).status == 202

    page.goto(f"/repository/team/lost-{by}?tab=history")
    press(page, by, "button", "Restore 0.0.9")
    expect(page.get_by_role("dialog")).to_contain_text(digest[7:19])
    press(page, by, "button", "Restore")
    expect(page.get_by_role("dialog")).to_be_hidden()

    answer = registry.client("HEAD", path)
    assert answer.headers["docker-content-digest"] == digest
