"""Chromium before a fresh desk, for each test; whatever a test does, the page must keep its own rules meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.approval.browser.chromium import chromium_program
from tests.approval.browser.desk import STAGE, Desk, moment
from tests.approval.browser.sign_in_pages import CLIENT_ID, MAX, SignInPages
from tests.approval.browser.site import Site
from tests.approval.browser.steps import OpenPage, ready, sign_in


# Not for the session: Playwright keeps an event loop running, in which other tests could run none of their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser; each page that is opened has cookies and storage of its own."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium_program()) as browser:
        yield browser


@pytest.fixture
def pages() -> SignInPages:
    """The sign-in pages, which know one manager."""
    return SignInPages(people={MAX.email: MAX})


@pytest.fixture
def desk(pages: SignInPages, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An empty desk that serves its page."""
    desk = Desk(pages.holder_of)
    with Site(pages.answer) as sign_in, Site(desk.answer) as site:
        pages.page_url = f"{site.url}{STAGE}/"
        for name, value in {"CLIENT_ID": CLIENT_ID, "SIGN_IN_URL": sign_in.url, "APPROVERS": "managers"}.items():
            monkeypatch.setenv(name, value)
        yield desk


@pytest.fixture
def open_page(chromium: Browser, desk: Desk, pages: SignInPages) -> Iterator[OpenPage]:
    """Open the page in a browser of its own, at a place and with settings of Playwright's; nobody is signed in yet."""
    contexts: list[BrowserContext] = []
    wrongs: list[str] = []
    allowed = (pages.page_url, os.environ["SIGN_IN_URL"])

    def opened(place: str = "", **settings: Any) -> Page:
        context = chromium.new_context(
            **{"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce", **settings}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
        page.on("console", lambda said: wrongs.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda sent: None if sent.url.startswith(allowed) else wrongs.append(f"request: {sent.url}"))
        page.goto(pages.page_url + place)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrongs


@pytest.fixture
def visit(open_page: OpenPage) -> OpenPage:
    """Open the page and sign in as the manager, or as who is named."""

    def visited(place: str = "", *, email: str = MAX.email, **settings: Any) -> Page:
        page = open_page(place, **settings)
        sign_in(page, email)
        return ready(page)

    return visited


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds what keeps people from using a page."""
    return Path(__file__).parents[3].joinpath("node_modules", "axe-core", "axe.min.js").read_text("utf-8")


@pytest.fixture
def furnished(desk: Desk) -> Desk:
    """A desk with all that can be shown."""
    desk.ask("one", details="Our backs hurt.", quorum=2, expires_at=moment(hours=3, minutes=1))
    desk.decide("one", "maya@example.com", "approved", "yes")
    desk.ask("other", "A golden stapler", requester=None, requested_at=moment(days=-1))
    desk.ask("closed", "Plants")
    desk.decide("closed", MAX.email, "rejected", "no light")
    return desk
