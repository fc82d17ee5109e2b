"""Who may make an account of their own, and with which passwords."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, RemovalPolicy
from aws_cdk import Stack as CdkStack
from botocore.exceptions import ClientError

from constructs_lib import UserDirectory
from constructs_lib.local import LocalAws
from constructs_lib.testing import template_of
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws

GOOD = f"Aa1!{secrets.token_urlsafe(16)}"


@dataclass(frozen=True)
class Clients:
    """The client of a directory that is closed, and that of one that is open."""

    cognito: Any
    closed: str
    open: str

    def sign_up(self, client: str, password: str = GOOD) -> Any:
        """Ask for an account, as anybody may who knows the client's id."""
        return self.cognito.sign_up(ClientId=client, Username="hans@example.com", Password=password)


@pytest.fixture(scope="module")
def clients(local_aws: LocalAws) -> Iterator[Clients]:
    stack = CdkStack(App(), "Directories")
    for name, self_sign_up in (("Closed", False), ("Open", True)):
        users = UserDirectory(
            stack, name, self_sign_up=self_sign_up, deletion_protection=False, removal_policy=RemovalPolicy.DESTROY
        )
        web = users.add_web_client("Web", callback_urls=["http://localhost:8000/signed-in"])
        CfnOutput(stack, f"{name}Client", value=web.user_pool_client_id)
    template = template_of(stack)
    deployed = Stack(local_aws, "Directories")
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    ids = deployed.deploy(template["Resources"], outputs)
    yield Clients(local_aws.client("cognito-idp"), closed=ids["ClosedClient"], open=ids["OpenClient"])
    deployed.delete()


def test_nobody_signs_up_to_a_directory_that_is_closed(clients: Clients) -> None:
    with pytest.raises(ClientError, match="NotAuthorized"):
        clients.sign_up(clients.closed)


@pytest.mark.parametrize("weak", ["Aa1!eleven.", "nocapitals1!x", "NOSMALLS1!XXX", "NoDigits!!!!!", "NoSymbols1234"])
def test_a_password_has_twelve_characters_of_all_kinds(clients: Clients, weak: str) -> None:
    with pytest.raises(ClientError, match="InvalidPassword"):
        clients.sign_up(clients.open, weak)


def test_who_signs_up_is_nobody_until_the_address_is_proven(clients: Clients) -> None:
    assert clients.sign_up(clients.open)["UserConfirmed"] is False
