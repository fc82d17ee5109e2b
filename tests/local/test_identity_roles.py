"""Whose role a signed-in person gets from an identity pool: a group's, with a token of a client whose groups count."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client

pytestmark = pytest.mark.local_aws

_PASSWORD = f"Aa1!{secrets.token_urlsafe(16)}"


class People:
    """A user pool of two clients with one person, and an identity pool where the groups of one client count."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cognito, self.identities = aws.client("cognito-idp"), aws.client("cognito-identity")
        self.pool = self.cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self.web, self.phone = self._client("web"), self._client("phone")
        provider = f"cognito-idp.{aws.region}.amazonaws.com/{self.pool}"
        clients = [{"ProviderName": provider, "ClientId": client} for client in (self.web, self.phone)]
        self.provider = provider
        self.identity_pool = self.identities.create_identity_pool(
            IdentityPoolName="people", AllowUnauthenticatedIdentities=False, CognitoIdentityProviders=clients
        )["IdentityPoolId"]
        roles = {"authenticated": self._role("person")}
        mapping = {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}
        self.identities.set_identity_pool_roles(
            IdentityPoolId=self.identity_pool, Roles=roles, RoleMappings={f"{provider}:{self.web}": mapping}
        )
        self.cognito.create_group(UserPoolId=self.pool, GroupName="managers", RoleArn=self._role("manager"))
        self.cognito.admin_create_user(UserPoolId=self.pool, Username="erin", MessageAction="SUPPRESS")
        self.cognito.admin_set_user_password(UserPoolId=self.pool, Username="erin", Password=_PASSWORD, Permanent=True)
        self.cognito.admin_add_user_to_group(UserPoolId=self.pool, Username="erin", GroupName="managers")

    def _client(self, name: str) -> Any:
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool, ClientName=name, ExplicitAuthFlows=flows)
        return made["UserPoolClient"]["ClientId"]

    def _role(self, name: str) -> Any:
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return self.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def role_by(self, client: str) -> str:
        """The role of the credentials that the person gets with a token of a client."""
        said = {"USERNAME": "erin", "PASSWORD": _PASSWORD}
        signed_in = self.cognito.admin_initiate_auth(
            UserPoolId=self.pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=said
        )
        logins = {self.provider: signed_in["AuthenticationResult"]["IdToken"]}
        identity = self.identities.get_id(IdentityPoolId=self.identity_pool, Logins=logins)["IdentityId"]
        given = self.identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        mine = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        caller = aws_client("sts", self.aws.environment | mine).get_caller_identity()["Arn"]
        return str(caller).split("/")[1]

    def remove(self) -> None:
        self.identities.delete_identity_pool(IdentityPoolId=self.identity_pool)
        self.cognito.delete_user_pool(UserPoolId=self.pool)
        for name in ("person", "manager"):
            self.aws.client("iam").delete_role(RoleName=name)


@pytest.fixture
def people(local_aws: LocalAws) -> Iterator[People]:
    people = People(local_aws)
    yield people
    people.remove()


def test_groups_count_for_the_client_that_they_are_mapped_for(people: People) -> None:
    assert people.role_by(people.web) == "manager"
    assert people.role_by(people.phone) == "person"
