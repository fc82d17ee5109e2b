"""A key of the user's encrypts storage, logs and the master password; without one, keys of AWS's do."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms

from constructs_lib import DatabaseEngine
from constructs_lib.testing import template_of
from tests.relational.databases import CLUSTER, INSTANCE, database, function, network
from tests.statements import listed, only, resources


@pytest.fixture(
    scope="module",
    params=[DatabaseEngine.aurora_postgres("17.9"), DatabaseEngine.postgres("17.9")],
    ids=lambda e: e.name,
)
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    ledger = database(stack, vpc, engine=request.param, encryption_key=kms.Key(stack, "Key"), drop_users=True)
    ledger.grant_connect(function(stack, "Submit", vpc))
    return template_of(stack)


@pytest.fixture(scope="module")
def key(template: dict[str, Any]) -> dict[str, Any]:
    (name,) = resources(template, "AWS::KMS::Key")
    return {"Fn::GetAtt": [name, "Arn"]}


def test_it_encrypts_storage_and_the_master_password(template: dict[str, Any], key: dict[str, Any]) -> None:
    (properties,) = (resources(template, CLUSTER) or resources(template, INSTANCE)).values()
    assert properties["KmsKeyId"] == key
    assert properties["MasterUserSecret"] == {"KmsKeyId": key}


def test_it_encrypts_every_log_of_the_pattern(template: dict[str, Any], key: dict[str, Any]) -> None:
    groups = {
        name: each for name, each in resources(template, "AWS::Logs::LogGroup").items() if name.startswith("Ledger")
    }
    assert groups
    assert all(each["KmsKeyId"] == key for each in groups.values())


def test_logs_may_use_it_for_these_groups(template: dict[str, Any]) -> None:
    allowed = {
        statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Join"][1][-1]
        for statement in only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"] and "kms:GenerateDataKey*" in listed(statement["Action"])
    }
    assert ":log-group:/aws/rds/*" in allowed


def test_users_are_dropped_where_that_was_told(template: dict[str, Any]) -> None:
    assert only(template, "Custom::DatabaseUser")["OnDelete"] == "drop"


def test_by_default_keys_are_aws_s_and_users_stay() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    database(stack, vpc).grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    assert "KmsKeyId" not in only(template, CLUSTER)
    assert not resources(template, "AWS::KMS::Key")
    assert "OnDelete" not in only(template, "Custom::DatabaseUser")
