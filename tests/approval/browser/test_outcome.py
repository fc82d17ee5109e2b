"""What came in between a decision and its answer: said plainly, and nothing called done that is not known to be."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.approval.browser.desk import Desk
from tests.approval.browser.steps import OpenPage, approve, notice, problem


@pytest.fixture
def one(desk: Desk) -> Desk:
    desk.ask("one", details="Our backs hurt.")
    return desk


def decided_meanwhile(desk: Desk) -> None:
    desk.decide("one", "maya@example.com", "rejected", "no")


def expired_meanwhile(desk: Desk) -> None:
    desk.approvals["one"] |= {"status": "expired", "may_decide": False, "why_not": "expired"}


def own_after_all(desk: Desk) -> None:
    desk.approvals["one"] |= {"may_decide": False, "why_not": "own_request"}


@pytest.mark.parametrize(
    ("meanwhile", "said", "shown"),
    [
        (
            decided_meanwhile,
            "Not recorded: maya@example.com has already rejected this.",
            "This is already decided.",
        ),
        (expired_meanwhile, "Not recorded: this approval has expired.", "The time to decide is over."),
        (own_after_all, "Not recorded: you may not decide on this.", "You asked for this yourself"),
        (
            lambda desk: desk.approvals.clear(),
            "Not recorded: this approval no longer exists.",
            "There is no such approval",
        ),
    ],
)
def test_what_came_in_between_is_told_and_shown(
    one: Desk, visit: OpenPage, meanwhile: Callable[[Desk], None], said: str, shown: str
) -> None:
    page = visit("#/approvals/one")
    meanwhile(one)
    approve(page)
    assert notice(page) == said
    expect(page.get_by_text(shown)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_what_the_desk_does_not_accept_can_be_mended(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    one.fails_with = (400, {"message": "comment must be <b>shorter</b>"})
    expect(page.get_by_label("Comment")).to_have_attribute("maxlength", "2000")
    page.get_by_label("Comment").fill("long")
    approve(page)
    assert problem(page) == "Not recorded: comment must be <b>shorter</b>"
    one.fails_with = None
    approve(page)
    assert notice(page) == "Approved. Your decision is recorded."
    assert one.decisions_sent[-1]["comment"] == "long"


@pytest.mark.parametrize("status", [429, 500, 502, 504])
def test_a_desk_in_trouble_leaves_the_outcome_open(one: Desk, visit: OpenPage, status: int) -> None:
    page = visit("#/approvals/one")
    one.fails_with = (status, {"message": "trouble"})
    approve(page)
    assert problem(page).startswith("We do not know whether your decision was recorded")


@pytest.mark.parametrize("fault", ["loses_answers", "garbles_answers"])
def test_an_answer_that_is_lost_is_not_called_done_and_sending_again_is_safe(
    one: Desk, visit: OpenPage, fault: str
) -> None:
    page = visit("#/approvals/one")
    setattr(one, fault, True)
    approve(page)
    assert problem(page).startswith("We do not know whether your decision was recorded")
    expect(page.locator("#notice")).to_be_empty()
    setattr(one, fault, False)
    approve(page)
    assert notice(page) == "Approved. Your decision is recorded."
    assert [event["event"] for event in one.approvals["one"]["history"]] == ["requested", "approved"]


def test_a_desk_that_does_not_answer_in_time_leaves_the_outcome_open(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    page.add_init_script(
        "const real = AbortSignal.timeout; AbortSignal.timeout = (wait) => real.call(AbortSignal, wait / 30)"
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two standing desks")
    one.delay = 3
    approve(page)
    assert problem(page).startswith("We do not know whether your decision was recorded")
    expect(page.locator("#notice")).to_be_empty()


def test_offline_nothing_is_called_done_and_the_comment_stays(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    page.get_by_label("Comment").fill("yes")
    page.context.set_offline(True)
    approve(page)
    assert problem(page).startswith("We do not know")
    page.get_by_role("link", name="Waiting for you", exact=True).click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_focused()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("link", name="Two standing desks").click()
    expect(page.get_by_label("Comment")).to_have_value("yes")


def test_whoever_has_gone_elsewhere_hears_of_the_outcome_there(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    one.delay = 1
    approve(page)
    page.get_by_role("link", name="Decided by you").click()
    assert notice(page) == "Approved. Your decision is recorded."
    expect(page.get_by_role("heading", name="Decided by you")).to_be_visible()


def test_whoever_has_gone_elsewhere_hears_there_that_the_outcome_is_open(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    one.delay, one.fails_with = 1, (500, {})
    approve(page)
    page.get_by_role("link", name="Decided by you").click()
    assert notice(page).startswith("We do not know whether your decision was recorded")


def test_an_open_outcome_is_told_though_the_language_was_changed_meanwhile(one: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    one.delay, one.fails_with = 1, (500, {})
    approve(page)
    one.delay = 0
    page.get_by_role("button", name="한국어").click()
    assert notice(page).startswith("서버가 응답하지 않아")
