"""Reading the page: what is shown of approvals, when, and in which language."""

import pytest
from playwright.sync_api import expect

from tests.approval.browser.desk import Desk, moment
from tests.approval.browser.sign_in_pages import MAX
from tests.approval.browser.steps import OpenPage

KOREAN = {"locale": "ko-KR"}


def test_what_waits_is_oldest_first_with_who_and_until_when(furnished: Desk, visit: OpenPage) -> None:
    page = visit()
    assert page.get_by_role("listitem").get_by_role("link").all_inner_texts() == [
        "A golden stapler",
        "Two standing desks",
    ]
    soon = page.get_by_role("listitem").nth(1)
    expect(soon).to_contain_text("erin@example.com")
    expect(soon.locator(".soon time")).to_contain_text("in 3 hours")
    assert soon.locator("time").get_attribute("datetime") == furnished.approvals["one"]["expires_at"]
    expect(page.get_by_role("listitem").nth(0).locator(".soon")).to_have_count(0)


def test_one_shows_what_happened_and_what_is_needed(furnished: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one")
    expect(page.locator(".facts")).to_contain_text("2 approvals")
    assert [" ".join(item.split("\n")[0].split()) for item in page.locator(".history li").all_inner_texts()] == [
        "Requested by erin@example.com",
        "Approved by maya@example.com",
    ]


def test_what_i_decided_is_newest_first_with_my_words(desk: Desk, visit: OpenPage) -> None:
    for number in (1, 2):
        desk.ask(f"id-{number}", f"Request {number}")
        desk.decide(f"id-{number}", MAX.email, "rejected", f"reason {number}")
        desk.approvals[f"id-{number}"]["decisions"][MAX.email]["decided_at"] = moment(hours=number - 5)
    page = visit("#/decisions")
    assert page.get_by_role("listitem").get_by_role("link").all_inner_texts() == ["Request 2", "Request 1"]
    expect(page.get_by_role("listitem").nth(0)).to_contain_text("Rejected")
    expect(page.get_by_role("listitem").nth(0)).to_contain_text("reason 2")
    expect(page.get_by_role("listitem").nth(0)).to_contain_text("3 hours ago")


@pytest.mark.parametrize("place", ["#/approvals", "#/decisions"])
def test_long_lists_come_page_by_page_and_the_focus_goes_to_what_is_new(
    desk: Desk, visit: OpenPage, place: str
) -> None:
    desk.page_size = 2
    for number in range(5):
        desk.ask(f"id-{number}", f"Request {number}", requested_at=moment(hours=number - 9))
        if place == "#/decisions":
            desk.decide(f"id-{number}", MAX.email, "approved")
            desk.approvals[f"id-{number}"]["decisions"][MAX.email]["decided_at"] = moment(hours=-number)
    page = visit(place)
    more = page.get_by_role("button", name="Show more")
    more.click()
    expect(page.get_by_role("link", name="Request 2")).to_be_focused()
    more.click()
    expect(page.get_by_role("link", name="Request 4")).to_be_focused()
    expect(more).to_be_hidden()
    assert page.get_by_role("listitem").get_by_role("link").all_inner_texts() == [f"Request {n}" for n in range(5)]


def test_a_decision_that_was_not_the_last_word_shows_what_became_of_it(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one", quorum=2)
    desk.decide("one", MAX.email, "approved")
    desk.decide("one", "maya@example.com", "rejected", "no")
    item = visit("#/decisions").get_by_role("listitem")
    expect(item.locator(".fact", has_text="Your decision")).to_contain_text("Approved")
    expect(item.locator(".fact", has_text="Outcome")).to_contain_text("Rejected")


def test_a_page_of_a_list_that_does_not_come_is_told(desk: Desk, visit: OpenPage) -> None:
    desk.page_size = 1
    desk.ask("one")
    desk.ask("two")
    page = visit()
    page.context.set_offline(True)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_focused()


def test_a_list_is_looked_up_again_when_it_is_asked_for_again(desk: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals")
    desk.ask("one")
    page.get_by_role("link", name="Waiting for you").click()
    expect(page.get_by_role("link", name="Two standing desks")).to_be_visible()


def test_a_view_that_comes_too_late_is_dropped(desk: Desk, visit: OpenPage) -> None:
    page = visit()
    desk.delay = 1
    with page.expect_request("**/decisions"):
        page.get_by_role("link", name="Decided by you").click()
    page.wait_for_timeout(300)
    desk.delay = 0
    with page.expect_response("**/decisions"):
        page.get_by_role("link", name="Waiting for you").click()
    page.wait_for_timeout(300)
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for you")


def test_nothing_is_told_too(visit: OpenPage) -> None:
    page = visit()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.get_by_role("link", name="Decided by you").click()
    expect(page.get_by_text("You have decided nothing yet.")).to_be_visible()


def test_korean_readers_get_korean_and_may_switch_for_good(furnished: Desk, visit: OpenPage) -> None:
    page = visit("#/approvals/one", **KOREAN)
    assert page.evaluate("document.documentElement.lang") == "ko"
    expect(page.get_by_role("button", name="승인", exact=True)).to_be_visible()
    expect(page.locator(".soon time")).to_contain_text("3시간 후")
    expect(page.locator(".soon time")).to_contain_text("년")
    page.get_by_label("의견").fill("좋아요")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value("좋아요")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    page.get_by_role("button", name="한국어").click()
    page.get_by_role("button", name="승인", exact=True).click()
    expect(page.locator("#notice")).to_have_text("승인했습니다. 결정이 기록되었습니다.")


def test_two_days_are_two_days_in_korean_too(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one", expires_at=moment(days=2, hours=5))
    expect(visit(**KOREAN).locator("time .from-now")).to_have_text("2일 후")


def test_other_readers_get_english(visit: OpenPage) -> None:
    expect(visit(locale="fr-FR").get_by_role("heading", name="Waiting for you")).to_be_visible()


def test_both_languages_say_the_same_things(visit: OpenPage) -> None:
    listed = """async (language) => {
        const paths = (words, at) => Object.entries(words).flatMap(([name, value]) =>
            typeof value === "object" ? paths(value, `${at}${name}.`) : [`${at}${name}: ${typeof value}`]);
        return paths((await import(`./page/words-${language}.js`)).default, "");
    }"""
    page = visit()
    english = page.evaluate(listed, "en")
    assert len(english) > 50
    assert page.evaluate(listed, "ko") == english


def test_time_goes_on_while_somebody_reads(desk: Desk, open_page: OpenPage, visit: OpenPage) -> None:
    desk.ask("one", expires_at=moment(hours=2, minutes=30))
    page = visit()
    expect(page.locator("time .from-now")).to_have_text("in 2 hours")
    page.clock.install()
    page.reload()
    expect(page.locator("time .from-now")).to_have_text("in 2 hours")
    page.clock.fast_forward("01:10:00")
    expect(page.locator("time .from-now")).to_have_text("in 79 minutes")
