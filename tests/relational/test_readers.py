"""A database with readers: an endpoint of the proxy that reaches them only, and functions that learn of it."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import DatabaseEngine
from constructs_lib.testing import template_of
from tests.relational.databases import (
    PROXY,
    database,
    database_user_arn,
    function,
    functions,
    id_in_arn,
    network,
    target,
)
from tests.statements import allowed, only, resources, role_of

ENDPOINT = "AWS::RDS::DBProxyEndpoint"
ENGINES = [DatabaseEngine.aurora_postgres("17.9", readers=2), DatabaseEngine.aurora_mysql("3.10.4", readers=1)]


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.name)
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    database(stack, vpc, engine=request.param).grant_connect(function(stack, "Report", vpc), read_only=True)
    return template_of(stack)


def test_the_endpoint_reaches_readers_only_and_is_reached_as_the_proxy_is(template: dict[str, Any]) -> None:
    endpoint, proxy = only(template, ENDPOINT), only(template, PROXY)
    (proxy_name,) = resources(template, PROXY)
    assert endpoint["TargetRole"] == "READ_ONLY"
    assert endpoint["DBProxyName"] == {"Ref": proxy_name}
    assert endpoint["VpcSecurityGroupIds"] == proxy["VpcSecurityGroupIds"]
    assert endpoint["VpcSubnetIds"] == proxy["VpcSubnetIds"]
    assert endpoint["DBProxyEndpointName"].endswith("-reader")
    assert len(endpoint["DBProxyEndpointName"]) <= 63


def test_the_endpoint_stands_where_the_proxy_does_and_not_where_the_cdk_would_put_it() -> None:
    stack = Stack(App(), "Data")
    kinds = {"Inner": ec2.SubnetType.PRIVATE_ISOLATED, "Outer": ec2.SubnetType.PRIVATE_WITH_EGRESS}
    subnets = [ec2.SubnetConfiguration(name=name, subnet_type=kind) for name, kind in kinds.items()]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)
    database(stack, vpc, engine=ENGINES[0])
    assert all("Inner" in target(subnet) for subnet in only(template_of(stack), ENDPOINT)["VpcSubnetIds"])


def test_the_function_learns_of_both_endpoints_with_one_right(template: dict[str, Any]) -> None:
    (name,) = resources(template, ENDPOINT)
    (proxy,) = resources(template, PROXY)
    report = functions(template)["Report"]
    variables = report["Environment"]["Variables"]
    assert variables["DB_READER_HOST"] == {"Fn::GetAtt": [name, "Endpoint"]}
    assert variables["DB_HOST"] == {"Fn::GetAtt": [proxy, "Endpoint"]}
    of_the_proxy = id_in_arn({"Fn::GetAtt": [proxy, "DBProxyArn"]})
    assert allowed(template, role_of(report))["rds-db:connect"] == [database_user_arn(of_the_proxy, "app")]


def test_without_readers_there_is_no_such_endpoint() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    ledger = database(stack, vpc)
    ledger.grant_connect(function(stack, "Report", vpc))
    template = template_of(stack)
    assert ledger.reader_endpoint is None
    assert not resources(template, ENDPOINT)
    assert "DB_READER_HOST" not in functions(template)["Report"]["Environment"]["Variables"]


def test_two_databases_name_their_endpoints_apart() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    for name in ("One", "Two", "A-very-long-name-that-has-to-be-cut-somewhere-so-that-RDS-takes-it"):
        database(stack, vpc, name, engine=ENGINES[0])
    names = {each["DBProxyEndpointName"] for each in resources(template_of(stack), ENDPOINT).values()}
    assert len(names) == 3
    assert all(name.islower() for name in names)
    assert all(len(name) <= 63 for name in names)


def test_a_reader_is_one_of_the_cluster_s_instances(template: dict[str, Any]) -> None:
    (cluster,) = resources(template, "AWS::RDS::DBCluster")
    instances = resources(template, "AWS::RDS::DBInstance").values()
    assert {target(each["DBClusterIdentifier"]) for each in instances} == {cluster}
    assert len(instances) > 1
