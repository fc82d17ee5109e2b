"""A machine asks for tokens with its secret, and gets them for its scopes only."""

from collections.abc import Iterator

import pytest
import requests
from aws_cdk import App, CfnOutput, RemovalPolicy
from aws_cdk import Stack as CdkStack

from constructs_lib import UserDirectory
from constructs_lib.local import LocalAws
from constructs_lib.testing import template_of
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws


@pytest.fixture(scope="module")
def machine(local_aws: LocalAws) -> Iterator[tuple[str, str]]:
    """The client's id and its secret, as its owner reads it."""
    stack = CdkStack(App(), "Machines")
    users = UserDirectory(
        stack,
        "Users",
        scopes={"requests": {"read": "Read requests", "write": "Make requests"}},
        deletion_protection=False,
        removal_policy=RemovalPolicy.DESTROY,
    )
    client = users.add_machine_client("Billing", scopes=["requests/read"])
    CfnOutput(stack, "UserPoolId", value=users.pool.user_pool_id)
    CfnOutput(stack, "ClientId", value=client.user_pool_client_id)
    template = template_of(stack)
    deployed = Stack(local_aws, "Machines")
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    ids = deployed.deploy(template["Resources"], outputs)
    described = local_aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=ids["UserPoolId"], ClientId=ids["ClientId"]
    )
    yield ids["ClientId"], described["UserPoolClient"]["ClientSecret"]
    deployed.delete()


def token_for(aws: LocalAws, machine: tuple[str, str], scope: str) -> requests.Response:
    return requests.post(
        f"{aws.endpoint_url}/oauth2/token",
        data={"grant_type": "client_credentials", "scope": scope},
        auth=machine,
        verify=aws.environment["AWS_CA_BUNDLE"],
        timeout=30,
    )


def test_a_machine_gets_a_token_for_its_scope_and_no_other(local_aws: LocalAws, machine: tuple[str, str]) -> None:
    answer = token_for(local_aws, machine, "requests/read")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) >= {"access_token", "expires_in"}
    assert "id_token" not in answer.json()
    assert token_for(local_aws, machine, "requests/write").status_code == 400


def test_nobody_gets_one_without_the_secret(local_aws: LocalAws, machine: tuple[str, str]) -> None:
    assert token_for(local_aws, (machine[0], "wrong"), "requests/read").status_code in {400, 401}
