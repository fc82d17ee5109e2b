"""A deployed desk under attack: it is asked in every way, and its table is compared before and after."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from constructs_lib.local import LocalAws
from sample_app.people import Desk
from sample_app.sign_in import SignInPage
from tests.approval.local_app import CALLBACK, synthesize
from tests.approval.test_desk_on_local_aws import GROUPS, Office, cdk, hire

ROUTES = ("approvals", "approvals/{id}", "decisions", "approvals/{id}/decision")
PUBLIC = ("", "config.json", "page/app.js", "page/missing")
_PASSWORD = f"Aa1!{secrets.token_urlsafe(16)}"
APPROVE = {"decision": "approved", "comment": "attacked"}


@dataclass(frozen=True)
class AttackedDesk:
    """The desk, and one approval that waits for its managers all the while."""

    office: Office
    execution: str
    approval_id: str

    def url(self, route: str) -> str:
        """Where a route is, for the approval that waits."""
        return self.office.people["max"].desk.desk_url + route.replace("{id}", self.approval_id)

    def send(self, method: str, url: str, token: str = "", **more: Any) -> requests.Response:
        """Send a request as it stands: no path is made tidy on the way."""
        headers = {**({"Authorization": token} if token else {}), **more.pop("headers", {})}
        request = requests.Request(method, url, headers=headers, **more).prepare()
        request.url = url
        with requests.Session() as session:
            trusted = self.office.people["max"].desk.page.trusted
            return session.send(request, verify=trusted, timeout=60, allow_redirects=False)

    def decide(self, token: str, route: str = "approvals/{id}/decision", **more: Any) -> requests.Response:
        """Try to approve."""
        return self.send("POST", self.url(route), token, **({"json": APPROVE} | more))

    def items(self) -> dict[tuple[str, str], Any]:
        """The whole table."""
        scan = self.office.aws.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(TableName=self.office.outputs["Table"], ConsistentRead=True)
        return {(item["approval_id"]["S"], item["entry"]["S"]): item for page in pages for item in page["Items"]}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """See that nothing in the table changes meanwhile."""
        before = self.items()
        yield
        assert self.items() == before

    @contextmanager
    def only_noted(self, *people: str) -> Iterator[None]:
        """See that all that changes are the audit's entries of refused attempts of these people, in their order."""
        before = self.items()
        yield
        after = self.items()
        new = [after[key] for key in sorted(after.keys() - before.keys())]
        assert {key: after.get(key) for key in before} == before
        assert [(item["event"]["S"], item["by"]["S"]) for item in new] == [
            ("refused", f"{person}@example.com") for person in people
        ]

    def sign_in(self, person: str, *, seconds: int = 3600) -> dict[str, str]:
        """Sign somebody in by another app of the pool than the page; the tokens."""
        cognito, pool = self.office.aws.client("cognito-idp"), self.office.outputs["UserPoolId"]
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=f"{person}@example.com", Password=_PASSWORD, Permanent=True
        )
        return tokens_of(cognito, pool, new_client(cognito, pool, seconds), f"{person}@example.com")


@contextmanager
def attacked_desk(aws: LocalAws, folder: Path) -> Iterator[AttackedDesk]:
    """Deploy a desk with its people, and ask it for a vault."""
    aws.bootstrap()
    assembly = synthesize(folder, aws.region)
    cdk(aws, "deploy", assembly, "--require-approval=never", "--method=direct")
    stack = aws.client("cloudformation").describe_stacks(StackName="Office")["Stacks"][0]
    office = Office(aws, {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]})
    page = SignInPage(aws.endpoint_url, office.outputs["ClientId"], CALLBACK, aws.environment["AWS_CA_BUNDLE"])
    known = Desk("", aws.local_url(office.outputs["DeskUrl"]), page, office.outputs["UserPoolId"])
    for name in ("max", "dora", "olga"):
        office.people[name] = hire(aws, known, f"{name}@example.com", GROUPS[name])
    execution = office.ask("One", "A vault")
    yield AttackedDesk(office, execution, office.waiting("A vault"))
    cdk(aws, "destroy", assembly, "--force")


def new_client(cognito: Any, pool: str, seconds: int = 3600) -> str:
    """Make an app of a pool whose tokens last so long; on AWS it would be five minutes at least."""
    made = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="another",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        IdTokenValidity=seconds,
        TokenValidityUnits={"IdToken": "seconds"},
    )
    client: str = made["UserPoolClient"]["ClientId"]
    return client


def tokens_of(cognito: Any, pool: str, client: str, email: str) -> dict[str, str]:
    """Sign in with the password that all have here."""
    said = {"USERNAME": email, "PASSWORD": _PASSWORD}
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=said
    )
    tokens: dict[str, str] = signed_in["AuthenticationResult"]
    return tokens


def foreign_tokens(cognito: Any, email: str, group: str) -> tuple[str, dict[str, str]]:
    """Make a pool of an attacker's own, with the same person and the same group; the pool, and the tokens."""
    pool = cognito.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName=group)
    cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=_PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    return pool, tokens_of(cognito, pool, new_client(cognito, pool), email)
