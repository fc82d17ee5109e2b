"""UserDirectory.add_identities: whose credentials a token becomes, and what they may do."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam

from constructs_lib import InvalidArgument, ItemTable, UserDirectory
from constructs_lib.identity.identities import Identities
from constructs_lib.testing import template_of
from tests.statements import only, resources

CALLBACK = "https://desk.example.com/signed-in"
POOL, ROLE = "AWS::Cognito::IdentityPool", "AWS::IAM::Role"
ATTACHMENT = "AWS::Cognito::IdentityPoolRoleAttachment"


def people(*, groups: list[str] | None = None) -> UserDirectory:
    users = UserDirectory(Stack(App(), "People"), "Users", groups=groups or [])
    users.add_web_client("Web", callback_urls=[CALLBACK])
    return users


def template(of: UserDirectory | Identities) -> dict[str, Any]:
    return template_of(Stack.of(of))


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    users = people()
    users.add_identities()
    users.add_web_client("Phone", callback_urls=["desk://signed-in"])
    return template(users)


def test_guests_get_nothing_and_no_app_chooses_its_role(plain: dict[str, Any]) -> None:
    pool = only(plain, POOL)
    assert (pool["AllowUnauthenticatedIdentities"], pool["AllowClassicFlow"]) == (False, False)
    assert list(only(plain, ATTACHMENT)["Roles"]) == ["authenticated"]


def test_people_come_in_through_every_web_client_and_a_sign_out_counts_at_once(plain: dict[str, Any]) -> None:
    providers = only(plain, POOL)["CognitoIdentityProviders"]
    assert {provider["ClientId"]["Ref"] for provider in providers} == set(
        resources(plain, "AWS::Cognito::UserPoolClient")
    )
    (pool,) = resources(plain, "AWS::Cognito::UserPool")
    for provider in providers:
        assert provider["ServerSideTokenCheck"] is True
        assert provider["ProviderName"] == {"Fn::GetAtt": [pool, "ProviderName"]}


def trust_of(role: dict[str, Any]) -> dict[str, Any]:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert isinstance(statement, dict)
    return statement


def test_the_role_trusts_signed_in_people_of_this_pool_alone(plain: dict[str, Any]) -> None:
    (pool,) = resources(plain, POOL)
    assert trust_of(only(plain, ROLE)) == {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": pool}},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    }


def test_the_role_is_the_pools_and_may_do_nothing_yet(plain: dict[str, Any]) -> None:
    (role,) = resources(plain, ROLE)
    attachment = only(plain, ATTACHMENT)
    assert attachment["Roles"] == {"authenticated": {"Fn::GetAtt": [role, "Arn"]}}
    assert "RoleMappings" not in attachment
    assert set(only(plain, ROLE)) == {"AssumeRolePolicyDocument"}
    assert resources(plain, "AWS::IAM::Policy") == {}


def test_credentials_carry_who_their_bearer_is(plain: dict[str, Any]) -> None:
    tags = only(plain, "AWS::Cognito::IdentityPoolPrincipalTag")
    (pool,) = resources(plain, "AWS::Cognito::UserPool")
    assert (tags["PrincipalTags"], tags["UseDefaults"]) == ({"sub": "sub"}, False)
    assert tags["IdentityProviderName"] == {"Fn::GetAtt": [pool, "ProviderName"]}


def test_further_claims_become_tags() -> None:
    users = people()
    users.add_identities(principal_tags={"department": "custom:department"})
    tags = only(template(users), "AWS::Cognito::IdentityPoolPrincipalTag")["PrincipalTags"]
    assert tags == {"sub": "sub", "department": "custom:department"}


def test_a_directory_has_one_identity_for_each_person() -> None:
    users = people()
    identities = users.add_identities()
    assert users.identities is identities
    with pytest.raises(RuntimeError, match="People/Users has its identities already"):
        users.add_identities()


def test_identities_that_nobody_can_get_are_told_at_synth() -> None:
    users = UserDirectory(Stack(App(), "People"), "Users")
    users.add_identities()
    with pytest.raises(RuntimeError, match="Nobody can get credentials: add_web_client was never called"):
        template(users)


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ({"aws:sub": "sub"}, "principal_tags must not begin with aws:, got 'aws:sub' (Using attributes for access"),
        ({"": "email"}, "principal_tags must have names of 1 to 128 letters"),
        ({"a" * 129: "email"}, "principal_tags must have names of 1 to 128 letters"),
        ({"a\nb": "email"}, "principal_tags must have names of 1 to 128 letters"),
        ({"a;b": "email"}, "principal_tags must have names of 1 to 128 letters"),
        ({"email": ""}, "principal_tags must name a claim of the ID token for each tag"),
        ({"sub": "custom:sub"}, "principal_tags must leave the tag sub to the claim sub, got 'custom:sub'"),
        ({"SUB": "email"}, "principal_tags must name each tag once, in whatever case"),
        ({f"tag{n}": "email" for n in range(50)}, "the number of principal_tags must be 1 to 50 tags, got 51"),
    ],
)
def test_tags_that_no_session_can_carry_are_refused_before_anything_is_made(
    tags: dict[str, str], sentence: str
) -> None:
    users = people()
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        users.add_identities(principal_tags=tags)
    assert users.node.try_find_child("Identities") is None
    assert users.identities is None


# --- Groups ---


@pytest.fixture(scope="module")
def grouped() -> dict[str, Any]:
    users = people(groups=["managers", "buyers", "others"])
    identities = users.add_identities()
    for name in ("managers", "buyers"):
        assert identities.group_role(name) is identities.group_role(name)
    users.add_web_client("Phone", callback_urls=["desk://signed-in"])
    return template(users)


def test_a_group_has_its_role(grouped: dict[str, Any]) -> None:
    groups = {group["GroupName"]: group for group in resources(grouped, "AWS::Cognito::UserPoolGroup").values()}
    roles = resources(grouped, ROLE)
    chosen = {name: group["RoleArn"]["Fn::GetAtt"][0] for name, group in groups.items() if "RoleArn" in group}
    assert set(chosen) == {"managers", "buyers"}
    assert len({*chosen.values()}) == 2
    trusts = [trust_of(role) for role in roles.values()]
    assert len(trusts) == 3
    assert trusts[0] == trusts[1] == trusts[2]


def test_the_token_says_the_role_and_who_has_none_gets_the_usual_one(grouped: dict[str, Any]) -> None:
    mappings = only(grouped, ATTACHMENT)["RoleMappings"]
    (pool,) = resources(grouped, "AWS::Cognito::UserPool")
    clients = resources(grouped, "AWS::Cognito::UserPoolClient")
    providers = [mapping["IdentityProvider"]["Fn::Join"] for mapping in mappings.values()]
    assert providers == [[":", [{"Fn::GetAtt": [pool, "ProviderName"]}, {"Ref": client}]] for client in clients]
    for mapping in mappings.values():
        assert (mapping["Type"], mapping["AmbiguousRoleResolution"]) == ("Token", "AuthenticatedRole")


def test_a_client_that_was_there_before_the_groups_role_knows_it() -> None:
    users = people(groups=["managers"])
    users.add_identities().group_role("managers")
    assert len(only(template(users), ATTACHMENT)["RoleMappings"]) == 1


def test_a_group_that_is_not_there_is_refused() -> None:
    identities = people(groups=["managers", "buyers"]).add_identities()
    sentence = "group must be a group of the directory: buyers, managers, got 'bosses' (Amazon Cognito CreateGroup)"
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        identities.group_role("bosses")


def test_a_table_may_be_opened_to_a_group_alone() -> None:
    users = people(groups=["managers"])
    identities = users.add_identities()
    table = ItemTable(Stack.of(users), "Items", partition_key="owner")
    identities.grant_own_items(table, group="managers")
    assert isinstance(identities.group_roles["managers"], iam.Role)
    (policy,) = resources(template(users), "AWS::IAM::Policy").values()
    (group,) = resources(template(users), "AWS::Cognito::UserPoolGroup").values()
    assert policy["Roles"] == [{"Ref": group["RoleArn"]["Fn::GetAtt"][0]}]
