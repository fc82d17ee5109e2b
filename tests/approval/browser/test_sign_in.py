"""Signing in and out in the browser, and where tokens are not."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.approval.browser.desk import Desk
from tests.approval.browser.sign_in_pages import MAX, Person, SignInPages
from tests.approval.browser.steps import OpenPage, sign_in

STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


@pytest.fixture(autouse=True)
def one(desk: Desk) -> None:
    desk.ask("one")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_link_to_an_approval_survives_the_sign_in(open_page: OpenPage, desk: Desk, pages: SignInPages) -> None:
    page = open_page("#/approvals/one")
    page.get_by_label("Email").wait_for()
    assert not [asked for asked in desk.requests if "approvals" in asked.path]
    sign_in(page)
    heading(page, "Two standing desks")
    assert page.url == f"{pages.page_url}#/approvals/one"
    assert page.title() == "Two standing desks · Approvals"


def test_no_token_is_stored_or_in_the_address_and_what_signed_in_is_gone(visit: OpenPage, pages: SignInPages) -> None:
    page = visit("#/approvals/one")
    kept = page.evaluate(STORED) + page.url
    assert pages.secrets()
    assert not [secret for secret in pages.secrets() if secret in kept]
    assert json.loads(page.evaluate("JSON.stringify({...sessionStorage})")) == {}


def test_a_reload_keeps_the_place_and_asks_nothing_again(visit: OpenPage, pages: SignInPages) -> None:
    page = visit("#/approvals/one")
    page.reload()
    heading(page, "Two standing desks")
    assert page.url == f"{pages.page_url}#/approvals/one"
    assert pages.forms_shown == 1


def test_signing_out_stays_signed_out_until_somebody_signs_in(visit: OpenPage, pages: SignInPages) -> None:
    page = visit()
    page.get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")
    page.reload()
    heading(page, "You are signed out")
    page.get_by_role("button", name="Sign in").click()
    sign_in(page)
    heading(page, "Waiting for you")
    page.reload()
    heading(page, "Waiting for you")
    assert pages.forms_shown == 2


BROUGHT_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


def test_a_browser_that_brings_the_page_back_shows_nothing_to_who_comes_after(visit: OpenPage) -> None:
    """As on the way back from the sign-in pages, where a browser keeps whole pages in memory."""
    page = visit("#/approvals/one")
    page.route("**/logout?*", lambda route: route.fulfill(status=204))  # which leaves the browser where it is
    page.get_by_role("button", name="Sign out").click()
    page.evaluate(BROUGHT_BACK)
    heading(page, "You are signed out")
    expect(page.get_by_text("Two standing desks")).to_have_count(0)


def test_whoever_comes_back_without_signing_out_goes_on_where_they_were(visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    page.get_by_label("Comment").fill("half an hour's thought")
    page.evaluate(BROUGHT_BACK)
    page.wait_for_load_state()
    expect(page.get_by_label("Comment")).to_have_value("half an hour's thought")


def test_the_way_back_from_the_sign_in_leads_out_and_not_in_a_circle(open_page: OpenPage, pages: SignInPages) -> None:
    page = open_page("?")
    page.get_by_label("Email").wait_for()
    page.go_back()
    assert page.url == "about:blank"


def test_who_is_here_is_shown(visit: OpenPage) -> None:
    expect(visit().get_by_text(f"Signed in as {MAX.email}")).to_be_visible()


def test_a_sign_in_that_the_pages_refuse_is_told_and_can_be_tried_again(open_page: OpenPage) -> None:
    page = open_page("#/approvals/one")
    sign_in(page, "stranger@example.com")
    heading(page, "The sign-in did not succeed")
    page.get_by_role("button", name="Sign in").click()
    sign_in(page)
    heading(page, "Two standing desks")


@pytest.mark.parametrize("answer", ["?code=theirs&state=theirs", "?code=theirs", "?error=server_error&state=x"])
def test_a_sign_in_that_was_not_started_here_is_refused(open_page: OpenPage, pages: SignInPages, answer: str) -> None:
    page = open_page(f"{answer}#/approvals/one")
    heading(page, "The sign-in did not succeed")
    assert "theirs" not in page.url
    assert pages.trades == 0


def test_anothers_code_with_a_wrong_state_is_not_traded(open_page: OpenPage, pages: SignInPages) -> None:
    page = open_page()
    page.get_by_label("Email").wait_for()
    page.goto(f"{pages.page_url}?code=theirs&state=theirs")
    heading(page, "The sign-in did not succeed")
    assert pages.trades == 0


def test_a_token_of_another_sign_in_is_not_used(open_page: OpenPage, pages: SignInPages, desk: Desk) -> None:
    pages.wrong_nonce = True
    page = open_page()
    sign_in(page)
    heading(page, "The sign-in did not succeed")
    assert not [asked for asked in desk.requests if "authorization" in asked.headers]


def test_a_token_that_ends_is_renewed_without_losing_the_comment(
    visit: OpenPage, pages: SignInPages, desk: Desk
) -> None:
    page = visit("#/approvals/one")
    page.get_by_label("Comment").fill("half an hour's thought")
    pages.let_tokens_end()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice")).to_have_text("Approved. Your decision is recorded.")
    assert desk.approvals["one"]["history"][-1]["comment"] == "half an hour's thought"
    assert pages.forms_shown == 1


def test_a_decision_after_the_sign_in_has_ended_is_not_called_recorded(
    visit: OpenPage, pages: SignInPages, desk: Desk
) -> None:
    page = visit("#/approvals/one")
    page.get_by_label("Comment").fill("yes")
    pages.let_tokens_end(refresh_tokens=True)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#problem")).to_contain_text("Not recorded: your sign-in has ended.")
    expect(page.get_by_label("Comment")).to_have_value("yes")
    assert desk.approvals["one"]["status"] == "pending"
    page.locator("#problem").get_by_role("button", name="Sign in").click()
    page.locator("#problem").wait_for(state="attached")
    heading(page, "Two standing desks")


def test_looking_after_the_sign_in_has_ended_leads_back_to_the_place(visit: OpenPage, pages: SignInPages) -> None:
    page = visit()
    pages.let_tokens_end(refresh_tokens=True)
    page.get_by_role("link", name="Decided by you").click()
    heading(page, "Your sign-in has ended")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    heading(page, "Decided by you")


def test_an_outsider_sees_nothing_but_why(visit: OpenPage, pages: SignInPages) -> None:
    pages.people["erin@example.com"] = Person("erin@example.com", groups=("staff",))
    page = visit("#/approvals/one", email="erin@example.com")
    heading(page, "You have no access here")
    expect(page.get_by_text("group “managers”")).to_be_visible()
    expect(page.get_by_text("Two standing desks")).to_have_count(0)
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    heading(page, "You are signed out")


def test_a_page_without_its_desk_says_so(open_page: OpenPage, pages: SignInPages) -> None:
    page = open_page()
    page.get_by_label("Email").wait_for()
    page.route("**/config.json", lambda route: route.abort())
    page.goto(pages.page_url)
    heading(page, "The desk does not answer")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    page.get_by_label("Email").wait_for()
