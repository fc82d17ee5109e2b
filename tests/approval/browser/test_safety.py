"""What a hostile request, link or neighbour may try with the page in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.approval.browser.desk import Desk
from tests.approval.browser.sign_in_pages import MAX
from tests.approval.browser.site import Reply, Site
from tests.approval.browser.steps import OpenPage, ready

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
HOSTILE = [
    SCRIPT,
    "'\"><svg onload=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "javascript:alert(1)",
    "long" * 500,
    "\u0628\u0637\u0644\u0628",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text_and_within_the_page(desk: Desk, visit: OpenPage, text: str) -> None:
    told = [{"at": "2026-01-01T00:00:00Z", "event": text, "by": text, "comment": text}]
    desk.ask("one", text, details=text, requester=text, step=text, history=told, quorum=3, approved_by=[text])
    page = visit("#/approvals/one", viewport={"width": 360, "height": 740})
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    expect(page.locator(".details")).to_have_text(text)
    assert page.locator("main").get_by_text(text).count() >= 7
    assert page.locator("main :is(img, script, svg, iframe)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("link", name="Waiting for you", exact=True).click()
    expect(page.get_by_role("listitem").get_by_role("link")).to_have_text(text)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_text_cannot_turn_its_own_order_around(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one", "Pay \u202e000,01\u202c now", requester="\u2066max\u2069")
    page = visit("#/approvals/one")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay \ufffd000,01\ufffd now")
    expect(page.locator(".facts")).to_contain_text("\ufffdmax\ufffd")


def test_hostile_answers_are_shown_as_text(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one")
    page = visit("#/approvals/one")
    desk.fails_with = (409, {"message": "no", "status": "approved", "decided_by": SCRIPT})
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#notice")).to_contain_text(SCRIPT)


@pytest.mark.parametrize("approval_id", ["../decisions", "..", "a/b?c#d", "%E0%A4%A", "é ü", "..%2f..%2fconfig.json"])
def test_what_is_no_id_is_asked_of_nobody(desk: Desk, visit: OpenPage, approval_id: str) -> None:
    page = visit(f"#/approvals/{approval_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such approval")
    assert not [request for request in desk.requests if "authorization" in request.headers]


@pytest.mark.parametrize(
    "place",
    [
        "#/approvals/one",
        "#/approvals/one/decision",
        "?decision=approved#/approvals/one",
        "#/approvals/one?decision=approved&comment=x",
        "?approval_id=one&decision=approved&comment=x",
    ],
)
def test_opening_a_link_decides_nothing(desk: Desk, visit: OpenPage, place: str) -> None:
    desk.ask("one")
    page = visit(place)
    page.reload()
    ready(page)
    assert desk.decisions_sent == []
    assert desk.approvals["one"]["status"] == "pending"


def test_a_page_elsewhere_can_neither_frame_it_nor_decide_through_it(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one")
    home = visit("#/approvals/one")
    url = home.url.partition("#")[0]
    attack = f"""<!doctype html><iframe src="{url}"></iframe>
        <form method="post" action="{url}approvals/one/decision" target="sink"><button>win</button></form>
        <iframe name="sink"></iframe>"""
    with Site(lambda request: Reply(200, attack, {"Content-Type": "text/html"})) as elsewhere:
        page = home.context.new_page()
        page.goto(elsewhere.url)
        with page.expect_response("**/decision") as answered:
            page.get_by_role("button", name="win").click()
        assert answered.value.status == 401
        framed = page.frames[1]
        assert framed.url.startswith("chrome-error:")
    assert desk.approvals["one"]["status"] == "pending"


def test_no_string_becomes_markup_even_by_mistake(desk: Desk, visit: OpenPage) -> None:
    page = visit()
    made = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'made' } catch (e) { return e.name } }"
    )
    assert made == "TypeError"


def test_opened_from_elsewhere_it_has_no_opener(desk: Desk, visit: OpenPage) -> None:
    desk.ask("one")
    home = visit()
    with Site(lambda request: Reply(200, "<!doctype html>", {"Content-Type": "text/html"})) as elsewhere:
        page = home.context.new_page()
        page.goto(elsewhere.url)
        with home.context.expect_page() as opened:
            page.evaluate("url => window.open(url) && 0", home.url)
        opened.value.locator("h1").wait_for()
        assert opened.value.evaluate("window.opener === null")
        expect(opened.value.get_by_text(MAX.email)).to_be_visible()
