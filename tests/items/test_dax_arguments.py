"""DaxCluster's arguments: what each becomes, and what is refused before anything is made."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Duration, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from constructs_lib import DaxCluster, InvalidArgument, ItemTable
from constructs_lib.items.dax_nodes import NODE_TYPES
from constructs_lib.testing import template_of
from tests.items.test_dax_cluster import inner_function, inner_vpc
from tests.items.test_item_table import function
from tests.statements import allowed, only, resources

TTLS = "AWS::DAX::ParameterGroup"


def cached(**arguments: Any) -> tuple[Stack, DaxCluster]:
    stack = Stack(App(), "Cached", env=Environment(account="123456789012", region="eu-west-1"))
    arguments.setdefault("vpc", inner_vpc(stack))
    arguments.setdefault("tables", [ItemTable(stack, "Requests", partition_key="pk")])
    return stack, DaxCluster(stack, "Cache", **arguments)


def test_defaults() -> None:
    template = template_of(cached()[0])
    cluster = only(template, "AWS::DAX::Cluster")
    assert (cluster["NodeType"], cluster["ReplicationFactor"]) == ("dax.r7i.large", 3)
    assert cluster.keys().isdisjoint({"PreferredMaintenanceWindow", "NotificationTopicARN", "AvailabilityZones"})
    assert only(template, TTLS)["ParameterNameValues"] == {
        "record-ttl-millis": "300000",
        "query-ttl-millis": "300000",
    }
    assert resources(template, "AWS::CloudWatch::Alarm") == {}


def test_window_nodes_and_type() -> None:
    cluster = only(
        template_of(cached(maintenance_window="sat:23:30-sun:00:30", nodes=11, node_type="dax.t3.small")[0]),
        "AWS::DAX::Cluster",
    )
    assert cluster["PreferredMaintenanceWindow"] == "sat:23:30-sun:00:30"
    assert (cluster["NodeType"], cluster["ReplicationFactor"]) == ("dax.t3.small", 11)


@pytest.mark.parametrize(
    ("arguments", "item", "query"),
    [
        ({"item_ttl": Duration.millis(0), "query_ttl": Duration.millis(1)}, "0", "1"),
        ({"item_ttl": Duration.days(30), "query_ttl": Duration.hours(1)}, "2592000000", "3600000"),
    ],
)
def test_times_to_live_are_told_in_milliseconds(arguments: dict[str, Any], item: str, query: str) -> None:
    parameters = only(template_of(cached(**arguments)[0]), TTLS)["ParameterNameValues"]
    assert parameters == {"record-ttl-millis": item, "query-ttl-millis": query}


def test_a_time_to_live_may_be_known_at_deployment_only() -> None:
    stack = Stack(App(), "Cached")
    ttl = Duration.millis(CfnParameter(stack, "Ttl", type="Number").value_as_number)
    tables = [ItemTable(stack, "Requests", partition_key="pk")]
    DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=tables, item_ttl=ttl)
    assert only(template_of(stack), TTLS)["ParameterNameValues"]["record-ttl-millis"] == {"Ref": "Ttl"}


def test_events_go_to_the_topic() -> None:
    stack = Stack(App(), "Cached")
    tables = [ItemTable(stack, "Requests", partition_key="pk")]
    DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=tables, notification_topic=sns.Topic(stack, "Events"))
    template = template_of(stack)
    (topic,) = resources(template, "AWS::SNS::Topic")
    assert only(template, "AWS::DAX::Cluster")["NotificationTopicARN"] == {"Ref": topic}


def test_the_subnets_may_be_chosen() -> None:
    stack = Stack(App(), "Cached")
    kinds = {"Inner": ec2.SubnetType.PRIVATE_ISOLATED, "Cache": ec2.SubnetType.PRIVATE_ISOLATED}
    configuration = [ec2.SubnetConfiguration(name=name, subnet_type=kind) for name, kind in kinds.items()]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=configuration)
    tables = [ItemTable(stack, "Requests", partition_key="pk")]
    DaxCluster(stack, "Cache", vpc=vpc, tables=tables, subnets=ec2.SubnetSelection(subnet_group_name="Cache"))
    chosen = only(template_of(stack), "AWS::DAX::SubnetGroup")["SubnetIds"]
    assert [subnet["Ref"].startswith("VpcCacheSubnet") for subnet in chosen] == [True, True]


def test_several_tables_share_it() -> None:
    stack = Stack(App(), "Cached")
    vpc = inner_vpc(stack)
    tables = [ItemTable(stack, name, partition_key="pk") for name in ("Requests", "Orders")]
    cache = DaxCluster(stack, "Cache", vpc=vpc, tables=tables)
    reader = inner_function(stack, "Reader", vpc)
    cache.grant_read(reader)
    template = template_of(stack)
    names = resources(template, "AWS::DynamoDB::GlobalTable")
    role = only(template, "AWS::DAX::Cluster")["IAMRoleARN"]["Fn::GetAtt"][0]
    arns = [{"Fn::GetAtt": [name, "Arn"]} for name in names]
    assert sorted(map(str, allowed(template, role)["dynamodb:GetItem"])) == sorted(map(str, arns))
    variables = only(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert [part for part in variables["DAX_TABLES"]["Fn::Join"][1] if part != ","] == [{"Ref": name} for name in names]


def test_a_cluster_that_is_only_read_through_may_not_write() -> None:
    stack, cache = cached()
    cache.grant_read(inner_function(stack, "Reader", cache._vpc))
    template = template_of(stack)
    role = only(template, "AWS::DAX::Cluster")["IAMRoleARN"]["Fn::GetAtt"][0]
    assert {action for action in allowed(template, role) if action.endswith("Item")} == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
    }


def test_its_role_may_use_the_table_s_key() -> None:
    stack = Stack(App(), "Cached", env=Environment(account="123456789012", region="eu-west-1"))
    table = ItemTable(stack, "Requests", partition_key="pk", encryption_key=kms.Key(stack, "Key"))
    DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=[table])
    template = template_of(stack)
    role = only(template, "AWS::DAX::Cluster")["IAMRoleARN"]["Fn::GetAtt"][0]
    (key,) = resources(template, "AWS::KMS::Key")
    assert allowed(template, role)["kms:Decrypt"] == [{"Fn::GetAtt": [key, "Arn"]}]


ALARMS = {
    "cpu": ("CPUUtilization", "Maximum", 80),
    "evictions": ("EvictedSize", "Sum", 0),
    "errors": ("FaultRequestCount", "Sum", 0),
    "throttles": ("ThrottledRequestCount", "Sum", 0),
}


def test_alarms_tell_the_topic_of_each_and_of_its_end() -> None:
    stack = Stack(App(), "Cached")
    tables = [ItemTable(stack, "Requests", partition_key="pk")]
    cache = DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=tables, alarm_topic=sns.Topic(stack, "Alarms"))
    assert set(cache.alarms) == set(ALARMS)
    template = template_of(stack)
    (topic,) = resources(template, "AWS::SNS::Topic")
    (cluster,) = resources(template, "AWS::DAX::Cluster")
    name = {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::GetAtt": [cluster, "Arn"]}]}]}
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    assert {(alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) for alarm in alarms} == {*ALARMS.values()}
    for alarm in alarms:
        assert alarm["Namespace"] == "AWS/DAX"
        assert alarm["Dimensions"] == [{"Name": "ClusterId", "Value": name}]
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (60, 5, 3)
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"].startswith("Cached/Cache: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"tables": []}, "tables must name at least one table, got [] (DAX cluster components)"),
        ({"tables": ["requests"]}, "tables must be a ItemTable, got 'requests'"),
        ({"nodes": 0}, "nodes must be 1 to 11 nodes, got 0 (Quotas in Amazon DynamoDB)"),
        ({"nodes": 12}, "got 12"),
        ({"nodes": 2.5}, "got 2.5"),
        ({"node_type": "dax.r7g.large"}, "node_type must be one of 'dax.r7i.large', 'dax.r7i.xlarge', "),
        ({"node_type": "dax.r7g.large"}, "got 'dax.r7g.large' (Pricing for Amazon DynamoDB)"),
        ({"node_type": "dax.t3.large"}, "got 'dax.t3.large'"),
        ({"node_type": "r7i.large"}, "got 'r7i.large'"),
        ({"item_ttl": Duration.millis(0.5)}, "item_ttl must be 0 ms or more, in whole milliseconds, got 0.5"),
        ({"item_ttl": 30_000}, "item_ttl must be a Duration, got 30000"),
        ({"query_ttl": Duration.millis(0)}, "query_ttl must be 1 ms or more, in whole milliseconds, got 0"),
        ({"maintenance_window": "sunday 1-2"}, "maintenance_window must have the form ddd:hh:mm-ddd:hh:mm"),
        ({"maintenance_window": "sun:24:00-mon:01:00"}, "got 'sun:24:00-mon:01:00' (Amazon DAX CreateCluster)"),
        ({"maintenance_window": "sun:01:60-sun:03:00"}, "have the form"),
        ({"maintenance_window": "sun:01:00-sun:02:00 "}, "have the form"),
        ({"maintenance_window": "sun:01:00-sun:01:59"}, "maintenance_window must take 60 minutes at least"),
        ({"maintenance_window": "sat:23:30-sun:00:29"}, "take 60 minutes at least, got 'sat:23:30-sun:00:29'"),
        ({"maintenance_window": 1}, "maintenance_window must be a str, got 1"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    vpc, table = inner_vpc(stack), ItemTable(stack, "Requests", partition_key="pk")
    with pytest.raises(InvalidArgument) as refused:
        DaxCluster(stack, "Cache", **{"vpc": vpc, "tables": [table], **arguments})
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Cache") is None


def test_every_node_type_is_named_once() -> None:
    assert len({*NODE_TYPES}) == len(NODE_TYPES) == 31


def test_a_table_twice_is_refused() -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk")
    with pytest.raises(InvalidArgument, match="tables must name each table once"):
        DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=[table, table])


def outer_vpc(stack: Stack) -> ec2.Vpc:
    subnets = [
        ec2.SubnetConfiguration(name=kind.name, subnet_type=kind)
        for kind in (ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_ISOLATED)
    ]
    return ec2.Vpc(stack, "OuterVpc", nat_gateways=0, subnet_configuration=subnets)


@pytest.mark.parametrize(
    "arguments",
    [
        lambda stack: {
            "vpc": ec2.Vpc(
                stack,
                "Public",
                nat_gateways=0,
                subnet_configuration=[
                    ec2.SubnetConfiguration(name="Outer", subnet_type=ec2.SubnetType.PUBLIC),
                ],
            )
        },
        lambda stack: {"vpc": outer_vpc(stack), "subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)},
    ],
)
def test_public_subnets_are_refused(arguments: Callable[[Stack], dict[str, Any]]) -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk")
    with pytest.raises(InvalidArgument, match="isolated or private"):
        DaxCluster(stack, "Cache", tables=[table], **arguments(stack))


def test_a_function_outside_of_a_vpc_is_refused() -> None:
    stack, cache = cached()
    with pytest.raises(InvalidArgument, match=r"stand in the cluster's VPC \(vpc="):
        cache.grant_read(function(stack, "Outside"))


@pytest.mark.parametrize("grant", [DaxCluster.grant_read, DaxCluster.grant_read_write])
def test_a_function_in_another_vpc_is_refused(grant: Callable[..., Any]) -> None:
    stack, cache = cached()
    elsewhere = inner_function(stack, "Elsewhere", outer_vpc(stack))
    with pytest.raises(InvalidArgument, match="stand in the cluster's VPC, not in another one, got 'Cached/Elsewhere'"):
        grant(cache, elsewhere)
    assert "DAX_ENDPOINT" not in str(template_of(stack))


def test_a_vpc_of_which_nothing_is_known_is_believed() -> None:
    stack = Stack(App(), "Cached")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id=CfnParameter(stack, "VpcId").value_as_string,
        availability_zones=["eu-west-1a"],
        isolated_subnet_ids=["subnet-0123456789abcdef0"],
    )
    tables = [ItemTable(stack, "Requests", partition_key="pk")]
    cache = DaxCluster(stack, "Cache", vpc=vpc, tables=tables)
    cache.grant_read(inner_function(stack, "Reader", inner_vpc(stack, "Other")))


def test_a_second_cluster_is_refused() -> None:
    stack, cache = cached()
    reader = inner_function(stack, "Reader", cache._vpc)
    cache.grant_read(reader)
    second = DaxCluster(stack, "Second", vpc=cache._vpc, tables=cache.tables)
    with pytest.raises(InvalidArgument, match="have one DAX_ENDPOINT only"):
        second.grant_read(reader)
