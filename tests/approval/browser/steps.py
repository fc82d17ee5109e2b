"""What people do and see on the page, as all the tests say it."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.approval.browser.sign_in_pages import MAX

OpenPage = Callable[..., Page]


def sign_in(page: Page, email: str = MAX.email) -> None:
    """Fill in the form of the sign-in pages."""
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Continue").click()


def ready(page: Page) -> Page:
    """Wait until a view is there, and whoever reads is at its beginning."""
    page.locator("#view:not([aria-busy]) h1:focus").wait_for()
    return page


def approve(page: Page) -> None:
    page.get_by_role("button", name="Approve").click()


def notice(page: Page) -> str:
    """What is said above a view of what just happened."""
    page.locator("#notice:not(:empty)").wait_for()
    return page.locator("#notice").inner_text()


def problem(page: Page) -> str:
    """What is said beside the buttons of what they could not do."""
    page.locator("#problem:not(:empty)").wait_for()
    return page.locator("#problem").inner_text()
