"""ProxiedDatabase: encrypted, backed up, kept, reached by its proxy only, and without a password anywhere."""

from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of
from tests.relational.databases import (
    CLUSTER,
    INSTANCE,
    PROXY,
    TARGETS,
    database,
    database_logs,
    network,
    rules,
    target,
)
from tests.statements import only, resources


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = App()
    stack = Stack(app, "Data")
    database(stack, network(stack))
    add_checks(app)  # which fails the synth on any error
    return template_of(stack)


@pytest.fixture(scope="module")
def cluster(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, CLUSTER)


@pytest.fixture(scope="module")
def proxy(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, PROXY)


def kind_of(template: dict[str, Any], name: str) -> str:
    kind: str = template["Resources"][name]["Type"]
    return kind


def test_the_cluster_is_encrypted_backed_up_and_protected(cluster: dict[str, Any]) -> None:
    assert cluster["StorageEncrypted"] is True
    assert cluster["BackupRetentionPeriod"] == 7
    assert cluster["CopyTagsToSnapshot"] is True
    assert cluster["DeletionProtection"] is True


def test_users_log_in_by_iam_and_are_made_over_the_data_api(cluster: dict[str, Any]) -> None:
    assert cluster["EnableIAMDatabaseAuthentication"] is True
    assert cluster["EnableHttpEndpoint"] is True
    assert cluster["DatabaseName"] == "app"


def test_the_master_password_is_kept_and_rotated_by_rds(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    assert cluster["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in cluster
    assert not [kind for kind in kinds(template) if kind.startswith("AWS::SecretsManager::")]


def test_only_tls_is_taken(template: dict[str, Any], cluster: dict[str, Any], proxy: dict[str, Any]) -> None:
    parameters = template["Resources"][target(cluster["DBClusterParameterGroupName"])]["Properties"]
    assert parameters["Parameters"] == {"rds.force_ssl": "1"}
    assert parameters["Family"] == "aurora-postgresql17"
    assert proxy["RequireTLS"] is True


def test_the_engine_is_the_one_asked_for(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    assert (cluster["Engine"], cluster["EngineVersion"]) == ("aurora-postgresql", "17.9")
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4}
    writer = only(template, INSTANCE)
    assert writer["DBInstanceClass"] == "db.serverless"
    assert writer["PubliclyAccessible"] is False


def test_it_logs_to_a_group_that_exists_before_and_forgets(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    name, group = database_logs(template)
    identifier = cluster["DBClusterIdentifier"]["Fn::Join"][1]
    assert cluster["EnableCloudwatchLogsExports"] == ["postgresql"]
    parts = group["LogGroupName"]["Fn::Join"][1]
    assert parts == [f"/aws/rds/cluster/{identifier[0]}", *identifier[1:], "/postgresql"]
    assert group["RetentionInDays"] == 30
    for kind in (CLUSTER, INSTANCE):
        (resource,) = (each for each in template["Resources"].values() if each["Type"] == kind)
        assert name in resource["DependsOn"]


def test_two_databases_and_a_stack_made_anew_never_share_a_name() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    names = {"Ledger", "LEDGER", "9", "A-very-long-name-that-is-cut-somewhere"}
    for name in names:
        database(stack, vpc, name)
    template = template_of(stack)
    identifiers = [each["DBClusterIdentifier"]["Fn::Join"][1] for each in resources(template, CLUSTER).values()]
    stack_s_own_id = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    assert all(own_id == stack_s_own_id for _, own_id in identifiers)
    prefixes = {prefix for prefix, _ in identifiers}
    assert len(prefixes) == len(names)
    assert all(prefix[0].isalpha() and len(prefix) <= 63 - 36 for prefix in prefixes)
    proxies = {each["DBProxyName"] for each in resources(template, PROXY).values()}
    assert len(proxies) == len(names)
    # As RDS writes it: its metrics have this name as their dimension.
    assert all(name.islower() for name in proxies)


def test_it_outlives_its_stack_with_what_it_needs_to_live(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    kept = {CLUSTER, INSTANCE, "AWS::RDS::DBSubnetGroup", "AWS::RDS::DBClusterParameterGroup"}
    for resource in template["Resources"].values():
        assert (resource.get("DeletionPolicy") == "Retain") >= (resource["Type"] in kept)
    (group,) = cluster["VpcSecurityGroupIds"]
    assert template["Resources"][target(group)]["DeletionPolicy"] == "Retain"
    assert template["Resources"][database_logs(template)[0]]["DeletionPolicy"] == "Retain"


def test_functions_and_proxy_log_in_by_iam_and_no_secret_exists(proxy: dict[str, Any]) -> None:
    assert proxy["DefaultAuthScheme"] == "IAM_AUTH"
    assert "Auth" not in proxy
    assert proxy["EngineFamily"] == "POSTGRESQL"


def test_the_proxy_pools_connections_of_the_cluster_once_it_is_up(template: dict[str, Any]) -> None:
    (group,) = (each for each in template["Resources"].values() if each["Type"] == TARGETS)
    properties = group["Properties"]
    assert [kind_of(template, target(each)) for each in properties["DBClusterIdentifiers"]] == [CLUSTER]
    assert properties["ConnectionPoolConfigurationInfo"] == {
        "ConnectionBorrowTimeout": 20,
        "MaxConnectionsPercent": 90,
    }
    assert {CLUSTER, INSTANCE} <= {kind_of(template, each) for each in group["DependsOn"]}


def test_only_the_proxy_reaches_the_database_on_its_port(
    template: dict[str, Any], cluster: dict[str, Any], proxy: dict[str, Any]
) -> None:
    (database_group,) = map(target, cluster["VpcSecurityGroupIds"])
    (proxy_group,) = map(target, proxy["VpcSecurityGroupIds"])
    assert database_group != proxy_group
    (cluster_name,) = resources(template, CLUSTER)
    port = (cluster_name, cluster_name)  # which CloudFormation reads from the cluster
    assert rules(template, "Ingress") == [(database_group, proxy_group, "tcp", port)]
    assert rules(template, "Egress") == [(proxy_group, database_group, "tcp", port)]
    for group in (database_group, proxy_group):
        assert "SecurityGroupIngress" not in template["Resources"][group]["Properties"]
    # Nothing matches this rule; without any, EC2 would let everything out.
    (nothing,) = template["Resources"][database_group]["Properties"]["SecurityGroupEgress"]
    assert nothing["CidrIp"] == "255.255.255.255/32"
    assert "SecurityGroupEgress" not in template["Resources"][proxy_group]["Properties"]


def test_all_of_it_stands_in_isolated_subnets(template: dict[str, Any], proxy: dict[str, Any]) -> None:
    wanted = {name for name in resources(template, "AWS::EC2::Subnet") if "Inner" in name}
    assert len(wanted) == 2
    assert set(map(target, proxy["VpcSubnetIds"])) == wanted
    assert set(map(target, only(template, "AWS::RDS::DBSubnetGroup")["SubnetIds"])) == wanted


def test_it_adds_neither_gateway_nor_endpoint_nor_function(template: dict[str, Any]) -> None:
    unwanted = {"AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint", "AWS::Lambda::Function"}
    assert not unwanted & kinds(template)


def kinds(template: dict[str, Any]) -> set[str]:
    return {resource["Type"] for resource in template["Resources"].values()}
