"""authentication="secret": the proxy logs in by passwords that nobody else reads; functions still come by IAM."""

import json
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms

from constructs_lib import DatabaseEngine
from constructs_lib.testing import template_of
from tests.relational.databases import (
    PROXY,
    TARGETS,
    database,
    database_user_arn,
    function,
    functions,
    id_in_arn,
    network,
    target,
)
from tests.statements import allowed, listed, only, resources, role_of, statements

SECRET = "AWS::SecretsManager::Secret"
MAKER = "Makes the database users that functions connect as"
ENGINES = [DatabaseEngine.aurora_postgres("17.9"), DatabaseEngine.mysql("8.4.9")]


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.name)
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    ledger = database(stack, vpc, engine=request.param, authentication="secret")
    for name in ("Submit", "Pay"):
        ledger.grant_connect(function(stack, name, vpc))
    ledger.grant_connect(function(stack, "Report", vpc), "viewer", read_only=True)
    return template_of(stack)


def secret_of(template: dict[str, Any], user: str) -> str:
    (name,) = (
        name
        for name, each in resources(template, SECRET).items()
        if json.loads(each["GenerateSecretString"]["SecretStringTemplate"]) == {"username": user}
    )
    return name


def test_there_is_one_secret_a_user_made_by_secrets_manager(template: dict[str, Any]) -> None:
    assert len(resources(template, SECRET)) == 2
    generated = resources(template, SECRET)[secret_of(template, "app")]["GenerateSecretString"]
    assert generated["GenerateStringKey"] == "password"
    assert generated["PasswordLength"] == 40
    assert generated["ExcludePunctuation"] is True


def test_the_proxy_takes_clients_by_iam_and_logs_in_with_the_secrets(template: dict[str, Any]) -> None:
    proxy = only(template, PROXY)
    assert proxy["DefaultAuthScheme"] == "NONE"
    assert proxy["Auth"] == [
        {"AuthScheme": "SECRETS", "IAMAuth": "REQUIRED", "SecretArn": {"Ref": secret_of(template, user)}}
        for user in ("app", "viewer")
    ]


def test_only_the_proxy_and_who_makes_the_users_read_the_secrets(template: dict[str, Any]) -> None:
    readers = {
        role
        for role in resources(template, "AWS::IAM::Role")
        for statement in statements(template, role)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    }
    proxy_role = role_of(only(template, PROXY))
    assert readers == {proxy_role, role_of(functions(template)[MAKER])}
    rights = allowed(template, proxy_role)
    both = [{"Ref": secret_of(template, user)} for user in ("app", "viewer")]
    assert rights == {"secretsmanager:GetSecretValue": both, "secretsmanager:DescribeSecret": both}
    (maker,) = readers - {proxy_role}
    read = allowed(template, maker)["secretsmanager:GetSecretValue"]
    assert [secret for secret in read if "MasterUserSecret.SecretArn" not in str(secret)] == both
    assert len(read) == 3


def test_the_users_are_made_with_their_passwords(template: dict[str, Any]) -> None:
    for user in resources(template, "Custom::DatabaseUser").values():
        assert user["PasswordSecretArn"] == {"Ref": secret_of(template, user["User"])}


def test_functions_still_come_by_iam_and_know_no_secret(template: dict[str, Any]) -> None:
    (proxy,) = resources(template, PROXY)
    submit = functions(template)["Submit"]
    of_the_proxy = id_in_arn({"Fn::GetAtt": [proxy, "DBProxyArn"]})
    assert allowed(template, role_of(submit))["rds-db:connect"] == [database_user_arn(of_the_proxy, "app")]
    assert not [name for name in resources(template, SECRET) if name in json.dumps(submit)]


def test_a_function_waits_for_the_right_to_its_secret(template: dict[str, Any]) -> None:
    role = role_of(only(template, PROXY))
    policies = {
        name for name, each in resources(template, "AWS::IAM::Policy").items() if {"Ref": role} in each["Roles"]
    }
    (submit,) = (
        each for each in template["Resources"].values() if each.get("Properties", {}).get("Description") == "Submit"
    )
    assert policies
    assert policies <= set(submit["DependsOn"])


def test_the_target_waits_until_the_proxy_can_log_in(template: dict[str, Any]) -> None:
    role = role_of(only(template, PROXY))
    policies = {
        name for name, each in resources(template, "AWS::IAM::Policy").items() if {"Ref": role} in each["Roles"]
    }
    users = set(resources(template, "Custom::DatabaseUser"))
    (targets,) = (each for each in template["Resources"].values() if each["Type"] == TARGETS)
    assert len(users) == 2
    assert users | policies | {role} <= set(targets["DependsOn"])


def test_without_a_user_the_synth_says_that_the_proxy_would_be_refused() -> None:
    stack = Stack(App(), "Data")
    database(stack, network(stack), authentication="secret")
    with pytest.raises(RuntimeError, match="authentication='secret' needs a user"):
        template_of(stack)


def test_a_key_encrypts_the_secrets_and_their_readers_may_use_it() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    key = kms.Key(stack, "Key")
    database(stack, vpc, authentication="secret", encryption_key=key).grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    (key_name,) = resources(template, "AWS::KMS::Key")
    assert {target(each["KmsKeyId"]) for each in resources(template, SECRET).values()} == {key_name}
    may_decrypt = [
        str(statement["Principal"]["AWS"])
        for statement in only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if "kms:Decrypt" in listed(statement["Action"]) and "AWS" in statement["Principal"]
    ]
    assert str({"Fn::GetAtt": [role_of(only(template, PROXY)), "Arn"]}) in may_decrypt
    maker = role_of(functions(template)[MAKER])
    assert {"Fn::GetAtt": [key_name, "Arn"]} in allowed(template, maker)["kms:Decrypt"]


def test_iam_is_the_default_and_makes_no_secret() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    database(stack, vpc).grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    assert not resources(template, SECRET)
    assert "PasswordSecretArn" not in only(template, "Custom::DatabaseUser")
