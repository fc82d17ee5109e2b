"""What may be said about a ProxiedDatabase, and what is refused."""

from typing import Any

import pytest
from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds

from constructs_lib import DatabaseEngine, InvalidArgument, ProxiedDatabase
from constructs_lib.testing import template_of
from tests.relational.databases import (
    CLUSTER,
    ENGINE,
    INSTANCE,
    PROXY,
    TARGETS,
    database,
    database_logs,
    network,
)
from tests.statements import only, resources


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    stack = Stack(App(), "Told")
    database(
        stack,
        network(stack),
        engine=DatabaseEngine.aurora_postgres("16.11", min_acu=1, max_acu=16, readers=2),
        database_name="ledger_2",
        backup_retention_days=35,
        deletion_protection=False,
        log_retention=logs.RetentionDays.ONE_YEAR,
        borrow_timeout=Duration.seconds(0),
        idle_client_timeout=Duration.hours(8),
        max_connections_percent=100,
        session_pinning_filters=[rds.SessionPinningFilter.EXCLUDE_VARIABLE_SETS],
        removal_policy=RemovalPolicy.DESTROY,
    )
    return template_of(stack)


def test_arguments_are_passed_on(told: dict[str, Any]) -> None:
    cluster = only(told, CLUSTER)
    assert cluster["EngineVersion"] == "16.11"
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 1, "MaxCapacity": 16}
    assert cluster["DatabaseName"] == "ledger_2"
    assert cluster["BackupRetentionPeriod"] == 35
    assert cluster["DeletionProtection"] is False
    assert only(told, PROXY)["IdleClientTimeout"] == 28_800
    assert only(told, TARGETS)["ConnectionPoolConfigurationInfo"] == {
        "ConnectionBorrowTimeout": 0,
        "MaxConnectionsPercent": 100,
        "SessionPinningFilters": ["EXCLUDE_VARIABLE_SETS"],
    }
    assert database_logs(told)[1]["RetentionInDays"] == 365
    retained = {name for name, each in told["Resources"].items() if each.get("DeletionPolicy") == "Retain"}
    assert not [name for name in retained if not name.startswith("VpcFlowLog")]


def test_the_first_reader_is_as_large_as_the_writer_it_takes_over_from(told: dict[str, Any]) -> None:
    tiers = sorted(each["PromotionTier"] for each in resources(told, INSTANCE).values())
    assert tiers == [0, 1, 2]


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        (None, ["isolated-1", "isolated-2"]),
        (ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS), ["private-1", "private-2"]),
    ],
)
def test_an_imported_vpc_will_do_and_its_isolated_subnets_come_first(
    subnets: ec2.SubnetSelection | None, expected: list[str]
) -> None:
    stack = Stack(App(), "Imported")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        private_subnet_ids=["private-1", "private-2"],
        isolated_subnet_ids=["isolated-1", "isolated-2"],
    )
    database(stack, vpc, subnets=subnets)
    template = template_of(stack)
    assert only(template, PROXY)["VpcSubnetIds"] == expected
    assert only(template, "AWS::RDS::DBSubnetGroup")["SubnetIds"] == expected
    assert {each["VpcId"] for each in resources(template, "AWS::EC2::SecurityGroup").values()} == {"vpc-1"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"backup_retention_days": 0}, "backup_retention_days must be 1 to 35 days, got 0"),
        ({"backup_retention_days": 36}, "backup_retention_days must be 1 to 35 days, got 36"),
        ({"max_connections_percent": 0}, "max_connections_percent must be 1 to 100 percent, got 0"),
        ({"borrow_timeout": Duration.seconds(301)}, "borrow_timeout must be 0 to 300 seconds, got 301"),
        ({"borrow_timeout": Duration.millis(1500)}, "borrow_timeout must be 0 to 300 seconds, got 1.5"),
        ({"idle_client_timeout": Duration.hours(9)}, "idle_client_timeout must be 1 to 28800 seconds, got 32400"),
        ({"log_retention": logs.RetentionDays.INFINITE}, "log_retention must be finite"),
        ({"database_name": "my-ledger"}, "database_name must have at most 55 characters and be lower-case letters"),
        ({"database_name": "x" * 56}, "database_name must have at most 55 characters"),
        ({"database_name": "postgres"}, "database_name must have at most 55 characters"),
        ({"database_name": "order"}, "database_name must not be a word that the engine reserves, got 'order'"),
        (
            {"database_name": "schema", "engine": DatabaseEngine.mysql("8.4.9")},
            "database_name must not be a word that the engine reserves, got 'schema'",
        ),
        (
            {"subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)},
            "subnets must be isolated or private, never public",
        ),
        (
            {"subnets": ec2.SubnetSelection(availability_zones=["dummy1a"])},
            "vpc must have such subnets in two availability zones, got ['dummy1a']",
        ),
    ],
)
def test_what_aws_refuses_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused", env={"account": "123456789012", "region": "eu-central-1"})
    vpc = network(stack)
    with pytest.raises(InvalidArgument) as refused:
        database(stack, vpc, **arguments)
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Ledger") is None


def test_a_vpc_of_public_subnets_only_is_refused() -> None:
    stack = Stack(App(), "Refused")
    vpc = network(stack, kind=ec2.SubnetType.PUBLIC)
    with pytest.raises(InvalidArgument, match="vpc must have isolated or private subnets"):
        ProxiedDatabase(stack, "Ledger", vpc=vpc, engine=ENGINE)
