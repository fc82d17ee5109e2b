"""Pictures of the page, for the docs: ``python -m tests.approval.browser.screenshots docs``."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.approval.browser.chromium import chromium_program
from tests.approval.browser.desk import STAGE, Desk, moment
from tests.approval.browser.sign_in_pages import CLIENT_ID, MAX, SignInPages
from tests.approval.browser.site import Site
from tests.approval.browser.steps import approve, notice, ready, sign_in

PHONE = ViewportSize(width=390, height=780)
LONG_PHONE = ViewportSize(width=390, height=940)
"""As high as it takes to show what one scrolls to."""
SCREEN = ViewportSize(width=860, height=620)


def furnish(desk: Desk) -> None:
    """Put on the desk what a manager may find there on a morning."""
    desk.ask(
        "desks",
        "Two standing desks for 1,180.50 €",
        details="Our backs hurt.\nTwo offers compared; this one has ten years of warranty.",
        requested_at=moment(days=-2, hours=-3),
        expires_at=moment(hours=5, minutes=10),
        reminded_at=moment(hours=-1),
        history=[
            {"at": moment(days=-2, hours=-3), "event": "requested", "by": "erin@example.com", "comment": ""},
            {"at": moment(hours=-1), "event": "reminded", "by": None, "comment": ""},
        ],
    )
    desk.ask("trip", "A trip to the fair in Busan for 740.00 €", requester="joon@example.com")
    desk.ask("access", "Read access to the payroll archive until Friday", quorum=2, expires_at=moment(days=3, hours=1))
    for approval_id, summary, decision, comment in (
        ("plants", "Plants for the third floor for 210.00 €", "approved", ""),
        ("stapler", "A golden stapler for 9,999.99 €", "rejected", "Steel will do."),
    ):
        desk.ask(approval_id, summary)
        desk.decide(approval_id, MAX.email, decision, comment)


def main(folder: Path) -> None:
    """Take the pictures."""
    pages = SignInPages(people={MAX.email: MAX})
    desk = Desk(pages.holder_of)
    furnish(desk)
    with Site(pages.answer) as sign_in_site, Site(desk.answer) as site, sync_playwright() as playwright:
        pages.page_url = f"{site.url}{STAGE}/"
        os.environ |= {"CLIENT_ID": CLIENT_ID, "SIGN_IN_URL": sign_in_site.url, "APPROVERS": "managers"}
        browser = playwright.chromium.launch(executable_path=chromium_program())

        def picture(name: str, place: str, then: Callable[[Page], None] = lambda _: None, **settings: Any) -> None:
            page = opened(browser, pages.page_url + place, **settings)
            then(page)
            page.screenshot(path=folder / f"approval-{name}.png")
            page.close()

        picture("list", "#/approvals", viewport=SCREEN)
        picture("phone", "#/approvals/desks", viewport=LONG_PHONE, color_scheme="dark", is_mobile=True)
        picture("korean", "#/approvals", viewport=PHONE, locale="ko-KR", is_mobile=True)

        def come_second(page: Page) -> None:
            desk.decide("trip", "maya@example.com", "rejected", "We were there in May.")
            approve(page)
            notice(page)

        picture("second", "#/approvals/trip", come_second, viewport=SCREEN)
        browser.close()


def opened(browser: Browser, url: str, **settings: Any) -> Page:
    """Open the page at a place, signed in."""
    page = browser.new_page(**{"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce", **settings})
    page.goto(url)
    sign_in(page)
    return ready(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
