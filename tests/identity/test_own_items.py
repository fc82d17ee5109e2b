"""Identities.grant_own_items: which requests people may make on a table, as the policy says it."""

import re
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_kms as kms

from constructs_lib import InvalidArgument, ItemTable, UserDirectory
from constructs_lib.identity.identities import Identities
from constructs_lib.testing import template_of
from tests.statements import only, resources

HERE = Environment(account="123456789012", region="eu-west-1")


def identities() -> Identities:
    users = UserDirectory(Stack(App(), "People", env=HERE), "Users")
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    return users.add_identities()


def granted(*, indexes: dict[str, tuple[str, ...]] | None = None, key: bool = False, **grant: Any) -> list[Any]:
    """What the role may do after a grant on a table with the partition key ``owner``."""
    people = identities()
    stack = Stack.of(people)
    own = kms.Key(stack, "Key") if key else None
    table = ItemTable(stack, "Items", partition_key="owner", sort_key="id", indexes=indexes, encryption_key=own)
    people.grant_own_items(table, **grant)
    template = template_of(stack)
    policy = only(template, "AWS::IAM::Policy")
    assert [role["Ref"] for role in policy["Roles"]] == list(resources(template, "AWS::IAM::Role"))
    statements = policy["PolicyDocument"]["Statement"]
    assert isinstance(statements, list)
    return statements


@pytest.fixture(scope="module")
def statement() -> dict[str, Any]:
    (statement,) = granted()
    assert isinstance(statement, dict)
    return statement


def test_the_partition_keys_of_a_request_are_the_identity_and_there_are_some(statement: dict[str, Any]) -> None:
    assert statement["Effect"] == "Allow"
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_people_do_by_default_what_one_item_at_a_time_needs(statement: dict[str, Any]) -> None:
    assert set(statement["Action"]) == {
        f"dynamodb:{name}" for name in ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
    }


def test_people_do_just_what_is_named() -> None:
    (statement,) = granted(actions=["dynamodb:GetItem"])
    assert statement["Action"] == "dynamodb:GetItem"


def index_names(statement: dict[str, Any]) -> set[str]:
    """The indexes among a statement's resources; the one without is the table."""
    listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    joined = [each["Fn::Join"][1][-1] for each in listed if "Fn::Join" in each]
    assert len(joined) == len(listed) - 1
    return {name.removeprefix("/index/") for name in joined}


INDEXES = {"ByTime": ("owner", "made_at"), "ByState": ("state", "owner"), "ByReader": ("reader",)}


def test_an_index_counts_if_it_is_parted_as_the_table_is(statement: dict[str, Any]) -> None:
    (with_indexes,) = granted(indexes=INDEXES)
    assert index_names(with_indexes) == {"ByTime"}
    assert index_names(statement) == set()


def test_an_index_is_of_use_to_queries_only() -> None:
    (statement,) = granted(indexes=INDEXES, actions=["dynamodb:GetItem"])
    assert index_names(statement) == set()


def test_a_key_of_ones_own_is_used_by_dynamodb_for_people_and_not_by_them() -> None:
    on_items, on_key = granted(key=True)
    assert "Condition" in on_items
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(on_key["Action"])
    assert all(action.startswith("kms:") and "*" not in action for action in on_key["Action"])
    assert on_key["Condition"] == {"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}
    assert on_key["Resource"]["Fn::GetAtt"][0].startswith("Key")


ALLOWED = "GetItem|Query|PutItem|UpdateItem|DeleteItem|BatchGetItem|BatchWriteItem|ConditionCheckItem"


@pytest.mark.parametrize("action", ALLOWED.split("|"))
def test_each_action_that_names_its_keys_may_be_granted(action: str) -> None:
    (statement,) = granted(actions=[f"dynamodb:{action}"])
    assert statement["Action"] == f"dynamodb:{action}"


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        ([], "actions must be a list of at least one action, got [] (Using IAM policy conditions for fine-grained"),
        ("dynamodb:GetItem", "actions must be a list of at least one action, got 'dynamodb:GetItem'"),
        (["dynamodb:Scan"], "actions must be one of 'dynamodb:GetItem', "),
        (["dynamodb:PartiQLSelect"], "actions must be one of"),
        (["dynamodb:GetRecords"], "actions must be one of"),
        (["dynamodb:*"], "actions must be one of"),
        (["GetItem"], "actions must be one of"),
        (["dynamodb:GetItem", "dynamodb:DeleteTable"], "got 'dynamodb:DeleteTable'"),
        (["dynamodb:GetItem"] * 2, "actions must name each action once"),
    ],
)
def test_actions_that_cannot_be_held_to_ones_own_items_are_refused(actions: Any, sentence: str) -> None:
    people = identities()
    table = ItemTable(Stack.of(people), "Items", partition_key="owner")
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        people.grant_own_items(table, actions=actions)
    assert resources(template_of(Stack.of(people)), "AWS::IAM::Policy") == {}


@pytest.mark.parametrize("key", ["owner:N", "owner:B"])
def test_a_table_that_cannot_hold_identities_in_its_key_is_refused(key: str) -> None:
    people = identities()
    table = ItemTable(Stack.of(people), "Items", partition_key=key)
    sentence = "table must have a string as its partition key, to hold an identity id, got 'People/Items by owner'"
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        people.grant_own_items(table)
