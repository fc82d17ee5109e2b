"""How a new table is kept and encrypted: each argument lands where DynamoDB looks for it."""

from typing import Any

import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms

from constructs_lib import ItemTable
from constructs_lib.testing import template_of
from tests.items.tables import GLOBAL_TABLE, made, refusal, replica, resource, stack_in
from tests.statements import only


def test_by_default_dynamodb_owns_the_key() -> None:
    table = made()
    assert "SSESpecification" not in table
    assert "SSESpecification" not in replica(table)


def test_by_default_it_is_recoverable_for_as_long_as_can_be_protected_and_kept() -> None:
    stack = stack_in()
    ItemTable(stack, "Requests", partition_key="pk")
    table = resource(template_of(stack), GLOBAL_TABLE)
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    here = replica(table["Properties"])
    assert here["DeletionProtectionEnabled"] is True
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
    assert here["PointInTimeRecoverySpecification"] == recovery


def test_the_key_that_aws_manages_in_the_account() -> None:
    table = made(encryption_key="aws-managed")
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert "SSESpecification" not in replica(table)


def test_a_key_of_ones_own() -> None:
    stack = stack_in()
    key = kms.Key(stack, "Key")
    table = ItemTable(stack, "Requests", partition_key="pk", encryption_key=key)
    assert table.encryption_key is key
    properties = only(template_of(stack), GLOBAL_TABLE)
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert replica(properties)["SSESpecification"] == {"KMSMasterKeyId": stack.resolve(key.key_arn)}


def test_the_table_class_is_told_where_it_is_another() -> None:
    assert "TableClass" not in replica(made())
    rare = made(table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS)
    assert replica(rare)["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_keys_that_are_used_most_are_counted_in_table_and_indexes() -> None:
    mode = dynamodb.ContributorInsightsMode.THROTTLED_KEYS
    counted = replica(made(contributor_insights=mode, indexes={"ByOwner": "owner"}))
    expected = {"Enabled": True, "Mode": "THROTTLED_KEYS"}
    assert counted["ContributorInsightsSpecification"] == expected
    assert counted["GlobalSecondaryIndexes"][0]["ContributorInsightsSpecification"] == expected
    assert "ContributorInsightsSpecification" not in replica(made())


def test_a_table_for_a_trial_can_go() -> None:
    stack = stack_in()
    ItemTable(stack, "Requests", partition_key="pk", deletion_protection=False, removal_policy=RemovalPolicy.DESTROY)
    table = resource(template_of(stack), GLOBAL_TABLE)
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert replica(table["Properties"])["DeletionProtectionEnabled"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"encryption_key": "alias/mine"}, "encryption_key must be a key, 'aws-managed' or None, got 'alias/mine'"),
        ({"table_class": "STANDARD"}, "table_class must be a TableClass, got 'STANDARD'"),
        ({"contributor_insights": True}, "contributor_insights must be a ContributorInsightsMode, got True"),
        ({"removal_policy": "keep"}, "removal_policy must be a RemovalPolicy, got 'keep'"),
        ({"partition_key": 5}, "the key must be a str, got 5"),
        ({"indexes": {"ByOwner": (5,)}}, "indexes['ByOwner'] must be a str, got 5"),
        ({"deletion_protection": "no"}, "deletion_protection must be a bool, got 'no'"),
        ({"ttl_attribute": "sk"}, "ttl_attribute must name an attribute that is no key, got 'sk'"),
        ({"ttl_attribute": "at:N"}, "ttl_attribute must be a name alone: its type is a number always, got 'at:N'"),
        (
            {"ttl_attribute": "at", "indexes": {"ByTime": ("owner", "at")}},
            "ttl_attribute must be a number (:N) also as the key of an index, got 'at'",
        ),
        ({"replicas": "us-east-1"}, "replicas must be a list of regions, got 'us-east-1'"),
        ({"import_from": "s3://bucket"}, "import_from must be a ImportSource, got 's3://bucket'"),
    ],
)
def test_what_is_no_such_setting_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(lambda: made(**arguments))


def test_a_time_to_live_may_be_the_key_of_an_index_as_a_number() -> None:
    table = made(ttl_attribute="at", indexes={"ByTime": ("owner", "at:N")})
    assert table["TimeToLiveSpecification"] == {"AttributeName": "at", "Enabled": True}
