"""grant_connect: the whole way for one function and one user, and nothing beside it."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import PythonFunction
from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of
from tests.relational.databases import (
    database,
    database_user_arn,
    function,
    functions,
    id_in_arn,
    network,
    rules,
    security_group_of,
    target,
)
from tests.statements import allowed, listed, only, resources, role_of, statements

CONNECT = "rds-db:connect"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """Two functions share a user, a third one only reads, a fourth one was granted nothing."""
    app = App()
    stack = Stack(app, "Data")
    vpc = network(stack)
    ledger = database(stack, vpc)
    for name in ("Submit", "Pay"):
        ledger.grant_connect(function(stack, name, vpc))
    ledger.grant_connect(function(stack, "Report", vpc), "viewer", read_only=True)
    function(stack, "Stranger", vpc)
    return template_of(stack)


@pytest.fixture(scope="module")
def proxy(template: dict[str, Any]) -> str:
    (name,) = resources(template, "AWS::RDS::DBProxy")
    return name


@pytest.fixture(scope="module")
def cluster(template: dict[str, Any]) -> str:
    (name,) = resources(template, "AWS::RDS::DBCluster")
    return name


def user_resource(template: dict[str, Any], user: str) -> tuple[str, dict[str, Any]]:
    found = resources(template, "Custom::DatabaseUser").items()
    ((name, properties),) = [(name, each) for name, each in found if each["User"] == user]
    return name, properties


USERS = [("Submit", "app"), ("Pay", "app"), ("Report", "viewer")]


@pytest.mark.parametrize(("name", "user"), USERS)
def test_the_function_learns_where_and_as_whom(template: dict[str, Any], proxy: str, name: str, user: str) -> None:
    assert functions(template)[name]["Environment"]["Variables"] == {
        "DB_HOST": {"Fn::GetAtt": [proxy, "Endpoint"]},
        "DB_PORT": "5432",
        "DB_NAME": "app",
        "DB_USER": user,
        "DB_ENGINE": "postgres",
    }


@pytest.mark.parametrize(("name", "user"), USERS)
def test_the_function_may_log_in_to_the_proxy_as_its_user_only(
    template: dict[str, Any], proxy: str, name: str, user: str
) -> None:
    of_the_proxy = id_in_arn({"Fn::GetAtt": [proxy, "DBProxyArn"]})
    role = role_of(functions(template)[name])
    assert allowed(template, role)[CONNECT] == [database_user_arn(of_the_proxy, user)]


def test_the_proxy_may_log_in_to_the_database_as_these_users_only(
    template: dict[str, Any], proxy: str, cluster: str
) -> None:
    role = role_of(template["Resources"][proxy]["Properties"])
    of_the_cluster = {"Fn::GetAtt": [cluster, "DBClusterResourceId"]}
    expected = [database_user_arn(of_the_cluster, user) for user in ("app", "viewer")]
    assert allowed(template, role) == {CONNECT: expected}
    (trust,) = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "rds.amazonaws.com"}


def test_the_ways_are_open_on_this_port_from_function_to_proxy_to_database(template: dict[str, Any]) -> None:
    (proxy_group,) = map(target, only(template, "AWS::RDS::DBProxy")["VpcSecurityGroupIds"])
    (database_group,) = map(target, only(template, "AWS::RDS::DBCluster")["VpcSecurityGroupIds"])
    granted = {security_group_of(functions(template)[name]) for name, _ in USERS}
    assert len(granted) == 3
    expected = {(group, proxy_group, "tcp", (5432, 5432)) for group in granted}
    egress = rules(template, "Egress")
    assert {rule for rule in egress if rule[0] != proxy_group} == expected
    assert len(egress) == len(expected) + 1
    ingress = rules(template, "Ingress")
    assert {(other, own, *rest) for own, other, *rest in ingress if own != database_group} == expected
    assert len(ingress) == len(expected) + 1


def test_a_function_without_a_grant_gets_nothing(template: dict[str, Any]) -> None:
    stranger = functions(template)["Stranger"]
    assert "Environment" not in stranger
    assert CONNECT not in allowed(template, role_of(stranger))


@pytest.mark.parametrize(("user", "rights"), [("app", "read-write"), ("viewer", "read-only")])
def test_the_user_is_made_once_the_writer_is_up(template: dict[str, Any], cluster: str, user: str, rights: str) -> None:
    name, wanted = user_resource(template, user)
    maker = functions(template)["Makes the database users that functions connect as"]
    (maker_name,) = (key for key, each in resources(template, "AWS::Lambda::Function").items() if each is maker)
    assert wanted["ClusterArn"]["Fn::Join"][1][-2:] == [":cluster:", {"Ref": cluster}]
    assert {key: value for key, value in wanted.items() if key != "ClusterArn"} == {
        "ServiceToken": {"Fn::GetAtt": [maker_name, "Arn"]},
        "ServiceTimeout": "600",
        "MasterSecretArn": {"Fn::GetAtt": [cluster, "MasterUserSecret.SecretArn"]},
        "Family": "postgres",
        "Database": "app",
        "User": user,
        "Rights": rights,
    }
    (writer,) = resources(template, "AWS::RDS::DBInstance")
    assert {cluster, writer} <= set(template["Resources"][name]["DependsOn"])


@pytest.mark.parametrize(("name", "user"), USERS)
def test_a_function_that_runs_can_connect(template: dict[str, Any], proxy: str, name: str, user: str) -> None:
    function = next(
        each for each in template["Resources"].values() if each.get("Properties") is functions(template)[name]
    )
    (targets,) = resources(template, "AWS::RDS::DBProxyTargetGroup")
    proxy_role = role_of(template["Resources"][proxy]["Properties"])
    policies = {
        name for name, each in resources(template, "AWS::IAM::Policy").items() if {"Ref": proxy_role} in each["Roles"]
    }
    wanted = {user_resource(template, user)[0], proxy, targets, proxy_role, *policies}
    assert len(wanted) == 5
    assert wanted <= set(function["DependsOn"])


def rules_of(template: dict[str, Any], *groups: str) -> set[str]:
    """The rules between groups, and only these."""
    return {
        name
        for kind in ("Ingress", "Egress")
        for name, each in resources(template, f"AWS::EC2::SecurityGroup{kind}").items()
        if {target(each["GroupId"]), target(each.get("SourceSecurityGroupId") or each["DestinationSecurityGroupId"])}
        == set(groups)
    }


@pytest.mark.parametrize(("name", "_"), USERS)
def test_a_function_waits_for_its_own_way_and_for_no_other_function_s(
    template: dict[str, Any], name: str, _: str
) -> None:
    (proxy_group,) = map(target, only(template, "AWS::RDS::DBProxy")["VpcSecurityGroupIds"])
    (database_group,) = map(target, only(template, "AWS::RDS::DBCluster")["VpcSecurityGroupIds"])
    waits = {
        each: set(resource["DependsOn"])
        for each, own in functions(template).items()
        for resource in template["Resources"].values()
        if resource.get("Properties") is own and "DependsOn" in resource
    }
    own = {each: rules_of(template, security_group_of(functions(template)[each]), proxy_group) for each, _ in USERS}
    assert len(own[name]) == 2
    assert own[name] | rules_of(template, proxy_group, database_group) <= waits[name]
    assert not [other for other, rules in own.items() if other != name and rules & waits[name]]


def test_who_makes_the_users_may_do_that_and_nothing_else(template: dict[str, Any], cluster: str) -> None:
    maker = functions(template)["Makes the database users that functions connect as"]
    role = role_of(maker)
    rights = allowed(template, role)
    assert set(rights) == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "rds-data:ExecuteStatement",
        "secretsmanager:GetSecretValue",
    }
    (arn,) = rights["rds-data:ExecuteStatement"]
    assert arn["Fn::Join"][1][-2:] == [":cluster:", {"Ref": cluster}]
    assert rights["secretsmanager:GetSecretValue"] == [{"Fn::GetAtt": [cluster, "MasterUserSecret.SecretArn"]}]
    assert "VpcConfig" not in maker
    assert maker["Handler"] == "database_users.index.handler"
    # It waits 90 seconds for a cluster that wakes up, or for the function in the VPC, and then 120 at most for that.
    assert maker["Timeout"] == 240
    assert maker["Environment"]["Variables"] == {"POWERTOOLS_SERVICE_NAME": "database-users"}


def test_the_master_secret_is_read_by_nobody_else(template: dict[str, Any]) -> None:
    readers = [
        role
        for role in resources(template, "AWS::IAM::Role")
        for statement in statements(template, role)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    ]
    assert len(readers) == 1


def test_the_rule_packs_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    app = App()
    stack = Stack(app, "Data")
    vpc = network(stack)
    database(stack, vpc).grant_connect(PythonFunction(stack, "Submit", source=tmp_path, vpc=vpc))
    add_checks(app)
    template_of(stack)  # which fails on any error


def test_a_second_grant_of_the_same_changes_nothing() -> None:
    templates = []
    for times in (1, 2):
        stack = Stack(App(), "Data")
        vpc = network(stack)
        ledger = database(stack, vpc)
        submit = function(stack, "Submit", vpc)
        for _ in range(times):
            assert ledger.grant_connect(submit).success
        templates.append(template_of(stack))
    assert templates[0] == templates[1]
