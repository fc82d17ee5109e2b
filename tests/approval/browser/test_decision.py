"""Deciding in the browser: by mouse, by keyboard, once, and only who may."""

import pytest
from playwright.sync_api import expect

from tests.approval.browser.desk import Desk, moment
from tests.approval.browser.sign_in_pages import MAX
from tests.approval.browser.steps import OpenPage, approve, notice, problem


@pytest.fixture
def one(desk: Desk) -> Desk:
    desk.ask("one", details="Our backs hurt.")
    return desk


def test_from_sign_in_to_approval_by_mouse(one: Desk, visit: OpenPage) -> None:
    page = visit()
    page.get_by_role("link", name="Two standing desks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two standing desks")
    expect(page.get_by_text("Our backs hurt.")).to_be_visible()
    page.get_by_label("Comment").fill("sit less")
    approve(page)
    assert notice(page) == "Approved. Your decision is recorded."
    assert one.decisions_sent == [{"decision": "approved", "comment": "sit less"}]
    expect(page.get_by_text("sit less")).to_be_visible()
    expect(page.get_by_text("This is already decided.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.get_by_role("link", name="All that waits for you").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    assert page.locator("#notice").inner_text() == ""


def test_from_sign_in_to_rejection_by_keyboard_alone(one: Desk, open_page: OpenPage) -> None:
    page = open_page()
    press = page.keyboard.press
    page.get_by_label("Email").wait_for()
    page.keyboard.type(MAX.email)
    press("Enter")
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_focused()
    press("Tab")
    expect(page.get_by_role("link", name="Two standing desks")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", level=1, name="Two standing desks")).to_be_focused()
    press("Tab")
    expect(page.get_by_label("Comment")).to_be_focused()
    page.keyboard.type("steel will do")
    press("Tab")
    press("Tab")
    expect(page.get_by_role("button", name="Reject")).to_be_focused()
    press("Space")
    assert notice(page) == "Rejected. Your decision is recorded."
    assert one.decisions_sent == [{"decision": "rejected", "comment": "steel will do"}]


def test_a_rejection_says_why_before_anything_is_sent(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    page.get_by_label("Comment").fill("  ")
    page.get_by_role("button", name="Reject").click()
    assert problem(page).startswith("Say why you reject")
    expect(page.get_by_label("Comment")).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_attribute("aria-invalid", "true")
    assert one.decisions_sent == []


def test_a_double_click_sends_one_decision(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    one.delay = 0.5
    page.get_by_role("button", name="Approve").dblclick()
    expect(page.get_by_text("Sending your decision…")).to_be_visible()
    page.get_by_role("button", name="Approve").click(force=True)
    assert notice(page) == "Approved. Your decision is recorded."
    assert len(one.decisions_sent) == 1


def test_one_approval_of_several_is_not_the_end(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one", quorum=2)
    page = visit("#/approvals/one")
    approve(page)
    assert notice(page) == "Your approval is recorded. One more is needed."
    expect(page.locator(".facts")).to_contain_text("2 approvals")
    expect(page.locator(".facts")).to_contain_text(MAX.email)


@pytest.mark.parametrize(
    ("why_not", "said"),
    [("own_request", "You asked for this yourself"), ("already_decided", "You have already decided on this.")],
)
def test_who_may_not_decide_is_told_why_and_offered_no_button(
    desk: Desk, visit: OpenPage, why_not: str, said: str
) -> None:
    desk.ask("one", may_decide=False, why_not=why_not)
    page = visit("#/approvals/one")
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_deadline_that_has_passed_is_not_called_due(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one", expires_at=moment(minutes=-5), status="expired", may_decide=False, why_not="expired")
    page = visit("#/approvals/one")
    expect(page.locator(".facts")).to_contain_text("Expired5 minutes ago")
    expect(page.locator(".facts")).not_to_contain_text("Due")
