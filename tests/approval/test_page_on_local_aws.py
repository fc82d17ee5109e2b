"""The approver's page as it is deployed, in Chromium, which takes the local AWS for AWS: from sign-in to the workflow.

`tests/approval/browser` says what the page does; this, that the desk serves it, and that the two understand each other.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from constructs_lib.local import LocalAws
from tests.approval.browser.chromium import chromium_program
from tests.approval.browser.steps import approve, notice, ready
from tests.approval.page_app import synthesize

pytestmark = pytest.mark.local_aws

ROOT = Path(__file__).parents[2]
GROUPS = {"max": "managers", "maya": "managers", "olga": ""}


@dataclass
class Lobby:
    """The deployed desk, with a password for each of its people."""

    aws: LocalAws
    outputs: dict[str, str]
    passwords: dict[str, str] = field(default_factory=dict)

    def ask(self, summary: str) -> str:
        """Start the workflow; its execution's ARN."""
        started = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["WorkflowArn"], input=json.dumps({"summary": summary})
        )
        execution: str = started["executionArn"]
        return execution

    def answer_to(self, execution: str) -> dict[str, Any]:
        """What the workflow was told, once it has ended."""
        for _ in range(120):
            found = self.aws.client("stepfunctions").describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                answer: dict[str, Any] = json.loads(found["output"])["approval"]
                return answer
            time.sleep(0.25)
        raise TimeoutError(execution)

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask the API under the name that it has on AWS, and follow nothing."""
        return requests.get(
            self.aws.endpoint_url + path,
            headers={"Host": urlsplit(self.outputs["PageUrl"]).netloc, **headers},
            verify=self.aws.environment["AWS_CA_BUNDLE"],
            allow_redirects=False,
            timeout=30,
        )


@pytest.fixture(scope="module")
def lobby(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lobby]:
    local_aws.bootstrap()
    assembly = synthesize(tmp_path_factory.mktemp("lobby"), local_aws.region)
    cdk(local_aws, "deploy", assembly, "--require-approval=never", "--method=direct")
    stack = local_aws.client("cloudformation").describe_stacks(StackName="Lobby")["Stacks"][0]
    lobby = Lobby(local_aws, {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]})
    cognito, pool = local_aws.client("cognito-idp"), {"UserPoolId": lobby.outputs["UserPoolId"]}
    for name, group in GROUPS.items():
        who = pool | {"Username": f"{name}@example.com"}
        lobby.passwords[name] = f"Aa1!{secrets.token_urlsafe(16)}"
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
        cognito.admin_create_user(**who, UserAttributes=attributes, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(**who, Password=lobby.passwords[name], Permanent=True)
        if group:
            cognito.admin_add_user_to_group(**who, GroupName=group)
    yield lobby
    cdk(local_aws, "destroy", assembly, "--force")


def cdk(aws: LocalAws, command: str, assembly: str, *options: str) -> None:
    done = aws.run(["npx", "cdk", command, "--all", "--app", assembly, *options], cwd=ROOT, capture=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def chromium(lobby: Lobby) -> Iterator[Browser]:
    """A browser that finds the local AWS where AWS would be."""
    rules = f"--host-resolver-rules={lobby.aws.host_resolver_rules}"
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium_program(), args=[rules]) as browser,
    ):
        yield browser


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, lobby: Lobby) -> Iterator[Visit]:
    """Open the page at a place and sign in; it must keep its own rules meanwhile."""
    contexts: list[BrowserContext] = []
    wrongs: list[str] = []

    def visited(name: str, place: str = "") -> Page:
        context = chromium.new_context(ignore_https_errors=True, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
        page.on("console", lambda said: wrongs.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(lobby.outputs["PageUrl"] + place)
        page.get_by_label("Username").fill(f"{name}@example.com")
        page.get_by_label("Password").fill(lobby.passwords[name])
        page.get_by_role("button", name="Sign in").click()
        return ready(page)

    yield visited
    for context in contexts:
        context.close()
    assert not wrongs


def test_what_waits_is_shown_and_a_decision_reaches_the_workflow(lobby: Lobby, visit: Visit) -> None:
    execution = lobby.ask("A kettle")
    page = waiting(visit("max"), "A kettle")
    page.get_by_role("link", name="A kettle").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A kettle")
    page.get_by_label("Comment").fill("for tea")
    approve(page)
    assert notice(page) == "Approved. Your decision is recorded."
    answer = lobby.answer_to(execution)
    assert (answer["decision"], answer["decided_by"], answer["comment"]) == ("approved", "max@example.com", "for tea")
    page.get_by_role("link", name="Decided by you").click()
    expect(page.get_by_role("main").get_by_role("link", name="A kettle")).to_be_visible()


def waiting(page: Page, summary: str) -> Page:
    """Look at the list again, until it has what was asked a moment ago."""
    for _ in range(40):
        if page.get_by_role("link", name=summary).count():
            return page
        page.get_by_role("link", name="Waiting for you").click()
        page.wait_for_timeout(250)
    raise TimeoutError(page.locator("main").inner_text())


def test_who_comes_second_by_a_messages_link_is_told_who_was_first(lobby: Lobby, visit: Visit) -> None:
    execution = lobby.ask("A boat")
    first = waiting(visit("max"), "A boat")
    link = first.get_by_role("link", name="A boat").get_attribute("href") or ""
    assert re.fullmatch(r"#/approvals/[\w-]+", link)
    second = visit("maya", link)
    expect(second.get_by_role("heading", level=1)).to_have_text("A boat")
    assert "code=" not in second.url
    assert second.url.endswith(link)
    first.get_by_role("link", name="A boat").click()
    first.get_by_label("Comment").fill("too far from the sea")
    first.get_by_role("button", name="Reject").click()
    assert notice(first) == "Rejected. Your decision is recorded."
    approve(second)
    assert "max@example.com" in notice(second)
    assert lobby.answer_to(execution)["decision"] == "rejected"


def test_an_outsider_is_told_why_nothing_is_shown(lobby: Lobby, visit: Visit) -> None:
    page = visit("olga")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have no access here")
    expect(page.get_by_text("group “managers”")).to_be_visible()


def test_signing_out_ends_at_the_page(lobby: Lobby, visit: Visit) -> None:
    page = visit("max")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert page.url == lobby.outputs["PageUrl"]


def test_the_pages_own_rules_arrive_and_nothing_else_is_open(lobby: Lobby) -> None:
    page = lobby.get("/prod/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    sign_in = lobby.get("/prod/config.json").json()["sign_in_url"]
    assert f"connect-src 'self' {sign_in};" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    again = lobby.get("/prod/", **{"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    assert lobby.get("/prod/page/requirements.txt").status_code == 404
    for path in ("approvals", "approvals/1", "decisions"):
        assert lobby.get(f"/prod/{path}").status_code == 401


def test_without_its_last_slash_the_page_is_where_its_links_hold(lobby: Lobby) -> None:
    moved = lobby.get("/prod")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/prod/")
