"""Two signed-in people with AWS credentials of their own, on one table: each reaches their own items only.

Deployed straight through CloudFormation to the local AWS, whose IAM fills the identity's id into the policy and reads
the partition keys from each request.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, RemovalPolicy
from aws_cdk import Stack as CdkStack
from botocore.exceptions import ClientError

from constructs_lib import ItemTable, UserDirectory
from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client
from constructs_lib.testing import template_of
from sample_app.sign_in import SignInPage
from tests.local.stack import Resources, Stack

pytestmark = pytest.mark.local_aws

CALLBACK = "http://localhost:8000/signed-in"
ALLOWED = [f"dynamodb:{name}Item" for name in ("Get", "Put", "Update", "ConditionCheck", "BatchGet", "BatchWrite")]
Call = Callable[["Person", str], Any]


def synthesized() -> dict[str, Any]:
    """A directory, and a table on which people may do all that can be granted but to delete."""
    stack = CdkStack(App(), "Notes")
    unguarded: dict[str, Any] = {"deletion_protection": False, "removal_policy": RemovalPolicy.DESTROY}
    users = UserDirectory(stack, "Users", groups=["readers", "others"], **unguarded)
    web = users.add_web_client("Web", callback_urls=[CALLBACK])
    indexes = {"ByTime": ("owner", "made_at"), "ByReader": ("reader",)}
    notes = ItemTable(stack, "Notes", partition_key="owner", sort_key="id", indexes=indexes, **unguarded)
    identities = users.add_identities()
    identities.grant_own_items(notes, actions=[*ALLOWED, "dynamodb:Query"])
    identities.grant_own_items(notes, actions=["dynamodb:GetItem"], group="readers")
    told = {
        "Table": notes.table.table_name,
        "UserPoolId": users.pool.user_pool_id,
        "Provider": users.pool.user_pool_provider_name,
        "ClientId": web.user_pool_client_id,
        "IdentityPoolId": identities.identity_pool_id,
    }
    for name, value in told.items():
        CfnOutput(stack, name, value=value)
    return template_of(stack)


@dataclass(frozen=True)
class Person:
    """Somebody with credentials of their own."""

    identity: str
    table: str
    dynamodb: Any


@dataclass(frozen=True)
class Notes:
    """The deployed stack."""

    aws: LocalAws
    stack: Stack
    resources: Resources
    outputs: dict[str, str]

    def add(self, email: str, *groups: str) -> str:
        """Add somebody to the directory and to groups; give the ID token with which they come from the sign-in page."""
        cognito, pool = self.aws.client("cognito-idp"), self.outputs["UserPoolId"]
        password = f"Aa1!{secrets.token_urlsafe(16)}"
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        trusted = self.aws.environment["AWS_CA_BUNDLE"]
        page = SignInPage(self.aws.endpoint_url, self.outputs["ClientId"], CALLBACK, trusted)
        return page.sign_in(email, password).id_token

    def person(self, token: str) -> Person:
        """Trade a token for credentials, as a browser does: with no credentials before."""
        pools = self.aws.client("cognito-identity")
        logins = {self.outputs["Provider"]: token}
        identity = pools.get_id(IdentityPoolId=self.outputs["IdentityPoolId"], Logins=logins)["IdentityId"]
        given = pools.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        keys = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        return Person(identity, self.outputs["Table"], aws_client("dynamodb", self.aws.environment | keys))


@pytest.fixture(scope="module")
def notes(local_aws: LocalAws) -> Iterator[Notes]:
    template = synthesized()
    stack = Stack(local_aws, "Notes")
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    yield Notes(local_aws, stack, template["Resources"], stack.deploy(template["Resources"], outputs))
    stack.delete()


@pytest.fixture(scope="module")
def erin_token(notes: Notes) -> str:
    return notes.add("erin@example.com")


@pytest.fixture(scope="module")
def erin(notes: Notes, erin_token: str) -> Person:
    return notes.person(erin_token)


@pytest.fixture(scope="module")
def frank(notes: Notes) -> Person:
    return notes.person(notes.add("frank@example.com"))


def key(owner: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": "1"}}


def item(owner: str) -> dict[str, Any]:
    return key(owner) | {"made_at": {"S": "2026"}, "reader": {"S": owner}}


def query(person: Person, owner: str, attribute: str = "owner", **more: Any) -> Any:
    return person.dynamodb.query(
        TableName=person.table,
        KeyConditionExpression="#key = :key",
        ExpressionAttributeNames={"#key": attribute},
        ExpressionAttributeValues={":key": {"S": owner}},
        **more,
    )


def update(person: Person, owner: str) -> Any:
    return person.dynamodb.update_item(
        TableName=person.table,
        Key=key(owner),
        UpdateExpression="SET note = :note",
        ExpressionAttributeValues={":note": {"S": "mine"}},
    )


CALLS: dict[str, Call] = {
    "put": lambda person, owner: person.dynamodb.put_item(TableName=person.table, Item=item(owner)),
    "get": lambda person, owner: person.dynamodb.get_item(TableName=person.table, Key=key(owner)),
    "update": update,
    "query": query,
    "query of an index": lambda person, owner: query(person, owner, IndexName="ByTime"),
    "batch get": lambda person, owner: person.dynamodb.batch_get_item(
        RequestItems={person.table: {"Keys": [key(person.identity) | {"id": {"S": "2"}}, key(owner)]}}
    ),
    "batch write": lambda person, owner: person.dynamodb.batch_write_item(
        RequestItems={
            person.table: [
                {"PutRequest": {"Item": item(person.identity) | {"id": {"S": "2"}}}},
                {"PutRequest": {"Item": item(owner)}},
            ]
        }
    ),
    "write in a transaction": lambda person, owner: person.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": person.table, "Item": item(owner)}}]
    ),
    "check in a transaction": lambda person, owner: person.dynamodb.transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": person.table,
                    "Key": key(owner),
                    "ConditionExpression": "attribute_exists(id) OR attribute_not_exists(id)",
                }
            }
        ]
    ),
}

OWN: dict[str, Call] = {
    "scan": lambda person, _: person.dynamodb.scan(TableName=person.table),
    "delete": lambda person, owner: person.dynamodb.delete_item(TableName=person.table, Key=key(owner)),
    "query of an index parted otherwise": lambda person, owner: query(person, owner, "reader", IndexName="ByReader"),
    "a statement": lambda person, owner: person.dynamodb.execute_statement(
        Statement=f"SELECT * FROM \"{person.table}\" WHERE owner = '{owner}'"
    ),
    "description": lambda person, _: person.dynamodb.describe_table(TableName=person.table),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_each_reaches_their_own_items_and_not_the_others(erin: Person, frank: Person, call: Call) -> None:
    for person, other in ((erin, frank), (frank, erin)):
        call(person, person.identity)
        with pytest.raises(ClientError, match="AccessDenied"):
            call(person, other.identity)


def test_what_each_finds_is_theirs(erin: Person, frank: Person) -> None:
    for person in (erin, frank):
        CALLS["put"](person, person.identity)
        found = query(person, person.identity)["Items"]
        assert found
        assert {one["owner"]["S"] for one in found} == {person.identity}


@pytest.mark.parametrize("call", OWN.values(), ids=OWN.keys())
def test_what_is_not_granted_is_denied_even_of_ones_own(erin: Person, call: Call) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        call(erin, erin.identity)


@pytest.mark.parametrize("forged", ["{}#1", "{}*", "*", "{}/../{}", " {}", "${{cognito-identity.amazonaws.com:sub}}"])
@pytest.mark.parametrize("call", [CALLS["put"], CALLS["get"], query], ids=["put", "get", "query"])
def test_a_key_that_only_looks_like_ones_own_is_denied(erin: Person, forged: str, call: Call) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        call(erin, forged.format(erin.identity, erin.identity))


def test_somebody_is_the_same_identity_at_each_sign_in(notes: Notes, erin: Person, erin_token: str) -> None:
    assert notes.person(erin_token).identity == erin.identity


def test_the_people_of_a_group_have_its_rights_instead(notes: Notes, erin: Person) -> None:
    gina = notes.person(notes.add("gina@example.com", "others", "readers"))
    CALLS["get"](gina, gina.identity)
    for call, owner in ((CALLS["put"], gina.identity), (CALLS["get"], erin.identity)):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(gina, owner)


def test_the_people_of_a_group_without_a_role_have_the_usual_rights(notes: Notes) -> None:
    hans = notes.person(notes.add("hans@example.com", "others"))
    CALLS["put"](hans, hans.identity)


def test_guests_and_forged_tokens_get_nothing(notes: Notes, erin: Person, erin_token: str) -> None:
    pools = notes.aws.client("cognito-identity")
    with pytest.raises(ClientError, match="Unauthenticated access is not supported"):
        pools.get_id(IdentityPoolId=notes.outputs["IdentityPoolId"])
    with pytest.raises(ClientError, match="NotAuthorized"):
        pools.get_credentials_for_identity(IdentityId=erin.identity)
    header, claims, _ = erin_token.split(".")
    with pytest.raises(ClientError, match="NotAuthorized"):
        notes.person(f"{header}.{claims}.{secrets.token_urlsafe(128)}")


# --- What would be, if the policies said less ---


def everybodys(resources: Resources, kind: str) -> tuple[str, Resources]:
    """The role of people in no group, or its policy."""
    attachment = next(each for each in resources.values() if each["Type"].endswith("IdentityPoolRoleAttachment"))
    role = attachment["Properties"]["Roles"]["authenticated"]["Fn::GetAtt"][0]
    if kind == "AWS::IAM::Role":
        return role, resources[role]
    return next(
        (name, each)
        for name, each in resources.items()
        if each["Type"] == kind and each["Properties"]["Roles"] == [{"Ref": role}]
    )


def statement_with(policy: Resources, **changes: Any) -> Resources:
    """The policy, with its statement changed."""
    properties = policy["Properties"]
    (statement,) = properties["PolicyDocument"]["Statement"]
    document = properties["PolicyDocument"] | {"Statement": [statement | changes]}
    return policy | {"Properties": properties | {"PolicyDocument": document}}


def test_it_is_the_condition_that_keeps_people_apart(notes: Notes, erin: Person, frank: Person) -> None:
    name, policy = everybodys(notes.resources, "AWS::IAM::Policy")
    with notes.stack.changed(notes.resources, **{name: statement_with(policy, Condition={})}):
        for call in CALLS.values():
            call(erin, frank.identity)
    with pytest.raises(ClientError, match="AccessDenied"):
        CALLS["get"](erin, frank.identity)


def test_policies_know_people_by_the_claims_that_are_their_tags(
    notes: Notes, erin: Person, frank: Person, erin_token: str
) -> None:
    claims = erin_token.split(".")[1]
    sub = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
    name, policy = everybodys(notes.resources, "AWS::IAM::Policy")
    to_erin = statement_with(policy, Condition={"StringEquals": {"aws:PrincipalTag/sub": sub}})
    with notes.stack.changed(notes.resources, **{name: to_erin}):
        CALLS["get"](erin, frank.identity)
        with pytest.raises(ClientError, match="AccessDenied"):
            CALLS["get"](frank, frank.identity)


def test_a_scan_would_be_denied_even_if_it_were_granted(notes: Notes, erin: Person) -> None:
    name, policy = everybodys(notes.resources, "AWS::IAM::Policy")
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    scanning: dict[str, Any] = {"Action": ["dynamodb:Scan"]}
    with (
        notes.stack.changed(notes.resources, **{name: statement_with(policy, **scanning)}),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        OWN["scan"](erin, "")
    unguarded = scanning | {
        "Condition": {name: rule for name, rule in statement["Condition"].items() if name != "Null"}
    }
    with notes.stack.changed(notes.resources, **{name: statement_with(policy, **unguarded)}):
        OWN["scan"](erin, "")


def test_credentials_are_only_of_a_role_that_trusts_this_pool(notes: Notes, erin_token: str) -> None:
    name, role = everybodys(notes.resources, "AWS::IAM::Role")
    document = role["Properties"]["AssumeRolePolicyDocument"]
    (trust,) = document["Statement"]
    another = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:another"}}
    guests = {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}
    for change in (
        {"Condition": trust["Condition"] | another},
        {"Condition": trust["Condition"] | guests},
        {"Action": "sts:AssumeRoleWithWebIdentity"},
    ):
        changed = role | {
            "Properties": role["Properties"] | {"AssumeRolePolicyDocument": document | {"Statement": [trust | change]}}
        }
        with (
            notes.stack.changed(notes.resources, **{name: changed}),
            pytest.raises(ClientError, match="Check assigned IAM roles"),
        ):
            notes.person(erin_token)
    assert notes.person(erin_token)
