"""The page for any eyes, ears and hands, on any screen."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.approval.browser.desk import Desk
from tests.approval.browser.sign_in_pages import Person, SignInPages
from tests.approval.browser.steps import OpenPage, ready

PHONE = {"width": 360, "height": 740}
KOREAN = {"locale": "ko-KR"}
VIEWS = ("#/approvals", "#/approvals/one", "#/approvals/closed", "#/decisions", "#/approvals/missing")


def violations(page: Page, axe: str) -> list[Any]:
    """Ask axe; in the page's world its source would meet the page's own policy, so it comes by the debugger."""
    page.evaluate(axe)
    listed = "axe.run().then(({violations}) => violations.map(({help, nodes}) => [help, nodes.map(({html}) => html)]))"
    found: list[Any] = page.evaluate(listed)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE}, {"viewport": PHONE, **KOREAN}])
def test_axe_finds_nothing_in_any_view(
    furnished: Desk, visit: OpenPage, axe: str, scheme: str, settings: dict[str, Any]
) -> None:
    page = visit(color_scheme=scheme, **settings)
    for place in VIEWS:
        page.goto(page.url.partition("#")[0] + place)
        assert violations(ready(page), axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_happens_either(furnished: Desk, visit: OpenPage, axe: str, scheme: str) -> None:
    page = visit("#/approvals/one", color_scheme=scheme)
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#problem")).not_to_be_empty()
    assert violations(page, axe) == []
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice.good")).not_to_be_empty()
    assert violations(ready(page), axe) == []
    page.goto(page.url.replace("one", "other"))
    ready(page)
    furnished.decide("other", "maya@example.com", "approved")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice.bad")).not_to_be_empty()
    assert violations(ready(page), axe) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_focused()
    assert violations(page, axe) == []


def test_axe_finds_nothing_where_somebody_has_no_right(visit: OpenPage, pages: SignInPages, axe: str) -> None:
    pages.people["erin@example.com"] = Person("erin@example.com", groups=())
    assert violations(visit(email="erin@example.com"), axe) == []


def test_each_place_has_its_title_heading_and_mark(furnished: Desk, visit: OpenPage) -> None:
    page = visit()
    page.get_by_role("link", name="Decided by you").click()
    expect(page.get_by_role("heading", name="Decided by you")).to_be_focused()
    assert page.title() == "Decided by you · Approvals"
    expect(page.get_by_role("link", name="Decided by you")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Waiting for you")).not_to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_focused()


def test_who_wants_no_motion_gets_none(visit: OpenPage) -> None:
    moving = "getComputedStyle(document.getElementById('view')).transitionDuration"
    busy = "document.getElementById('view').setAttribute('aria-busy', 'true')"
    calm, lively = visit(), visit(reduced_motion="no-preference")
    for page in (calm, lively):
        page.evaluate(busy)
    assert calm.evaluate(moving) == "0s"
    assert lively.evaluate(moving) != "0s"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_the_devices(visit: OpenPage, scheme: str) -> None:
    lightness = "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/)[0]"
    assert (int(visit(color_scheme=scheme).evaluate(lightness)) < 100) == (scheme == "dark")


def test_all_that_is_pressed_is_large_enough_for_a_thumb(furnished: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one", viewport=PHONE)
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
