"""The desk, deployed once for all of these tests with the real CDK CLI."""

import secrets
from collections.abc import Iterator

import pytest

from constructs_lib.local import LocalAws
from sample_app.sign_in import Tokens
from tests.api.local_app import REGION, synthesize
from tests.api.local_desk import Desk, Person, cdk, deploy, outputs_of


@pytest.fixture(scope="session")
def desk(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give the desk; at the end it is destroyed."""
    local_aws.bootstrap(REGION)
    assembly = synthesize(tmp_path_factory.mktemp("desk") / "cdk.out")
    deploy(local_aws, assembly)
    yield Desk(local_aws, outputs_of(local_aws, "Desk"))
    cdk(local_aws, "destroy", assembly, "--force")


@pytest.fixture(scope="session")
def erin(desk: Desk) -> Person:
    """Give a manager."""
    return desk.add_person("erin@example.com", f"Aa1!{secrets.token_urlsafe(16)}", "managers")


@pytest.fixture(scope="session")
def tokens(desk: Desk, erin: Person) -> Tokens:
    """Give her tokens, from the sign-in page."""
    return desk.page.sign_in(erin.email, erin.password, scope="openid email aws.cognito.signin.user.admin")
