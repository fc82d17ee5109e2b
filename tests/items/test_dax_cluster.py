"""DaxCluster: encrypted, inside, and open to who was granted."""

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sns as sns

from constructs_lib import DaxCluster, ItemTable
from constructs_lib.testing import template_of
from tests.statements import allowed, only, resources, role_of

READS = {"dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:ConditionCheckItem"}
WRITES = {"dax:PutItem", "dax:UpdateItem", "dax:DeleteItem", "dax:BatchWriteItem"}


def inner_vpc(stack: Stack, id: str = "Vpc") -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
    return ec2.Vpc(stack, id, max_azs=2, nat_gateways=0, subnet_configuration=subnets)


def inner_function(stack: Stack, id: str, vpc: ec2.IVpc) -> Any:
    from aws_cdk import aws_lambda as lambda_

    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        description=id,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        allow_all_outbound=False,
    )


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Cached")
    vpc = inner_vpc(stack)
    table = ItemTable(stack, "Requests", partition_key="pk", indexes={"ByOwner": ("owner",)})
    cache = DaxCluster(stack, "Cache", vpc=vpc, tables=[table], item_ttl=Duration.seconds(30))
    cache.grant_read(inner_function(stack, "Reader", vpc))
    cache.grant_read_write(inner_function(stack, "Writer", vpc))
    return template_of(stack)


@pytest.fixture(scope="module")
def cluster(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::DAX::Cluster")


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["Description"]: each for each in resources(template, "AWS::Lambda::Function").values()}


def test_it_is_encrypted_at_rest_and_in_transit(cluster: dict[str, Any]) -> None:
    assert cluster["SSESpecification"] == {"SSEEnabled": True}
    assert cluster["ClusterEndpointEncryptionType"] == "TLS"


def test_three_nodes_stand_in_the_inner_subnets(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    assert cluster["ReplicationFactor"] == 3
    subnets = only(template, "AWS::DAX::SubnetGroup")["SubnetIds"]
    assert {subnet["Ref"] for subnet in subnets} == set(resources(template, "AWS::EC2::Subnet"))
    assert cluster["SubnetGroupName"]["Ref"] in resources(template, "AWS::DAX::SubnetGroup")


def test_what_is_cached_goes_stale_when_it_was_said_to(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    parameters = only(template, "AWS::DAX::ParameterGroup")["ParameterNameValues"]
    assert parameters == {"record-ttl-millis": "30000", "query-ttl-millis": "300000"}
    assert cluster["ParameterGroupName"]["Ref"] in resources(template, "AWS::DAX::ParameterGroup")


def test_its_role_reaches_its_table_and_index_and_nothing_more(
    template: dict[str, Any], cluster: dict[str, Any]
) -> None:
    role = cluster["IAMRoleARN"]["Fn::GetAtt"][0]
    granted = allowed(template, role)
    assert set(granted) == {each.replace("dax:", "dynamodb:") for each in READS | WRITES} | {"dynamodb:DescribeTable"}
    (table,) = resources(template, "AWS::DynamoDB::GlobalTable")
    assert granted["dynamodb:DescribeTable"] == [{"Fn::GetAtt": [table, "Arn"]}]
    assert {"Fn::Join": ["", [{"Fn::GetAtt": [table, "Arn"]}, "/index/ByOwner"]]} in granted["dynamodb:Query"]
    trust = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Principal"] for statement in trust] == [{"Service": "dax.amazonaws.com"}]


def test_the_cluster_waits_for_its_rights(template: dict[str, Any]) -> None:
    (resource,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::DAX::Cluster"]
    assert any(name in resources(template, "AWS::IAM::Policy") for name in resource["DependsOn"])


@pytest.mark.parametrize(("description", "actions"), [("Reader", READS), ("Writer", READS | WRITES)])
def test_a_grant_opens_these_actions_on_this_cluster(
    template: dict[str, Any], description: str, actions: set[str]
) -> None:
    granted = allowed(template, role_of(functions(template)[description]))
    (name,) = resources(template, "AWS::DAX::Cluster")
    assert {action: arns for action, arns in granted.items() if action.startswith("dax:")} == {
        action: [{"Fn::GetAtt": [name, "Arn"]}] for action in actions
    }


def test_a_grant_opens_the_port_both_ways_and_names_the_endpoint(
    template: dict[str, Any], cluster: dict[str, Any]
) -> None:
    (guard,) = cluster["SecurityGroupIds"]
    for each in functions(template).values():
        (own,) = each["VpcConfig"]["SecurityGroupIds"]
        ingress = [
            rule
            for rule in resources(template, "AWS::EC2::SecurityGroupIngress").values()
            if rule["GroupId"] == guard and rule["SourceSecurityGroupId"] == own
        ]
        egress = [
            rule
            for rule in resources(template, "AWS::EC2::SecurityGroupEgress").values()
            if rule["GroupId"] == own and rule["DestinationSecurityGroupId"] == guard
        ]
        for (rule,) in (ingress, egress):
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 9111, 9111)
        assert each["Environment"]["Variables"]["DAX_ENDPOINT"]["Fn::GetAtt"][1] == "ClusterDiscoveryEndpointURL"


@pytest.mark.parametrize(("description", "actions"), [("Reader", READS), ("Writer", READS | WRITES)])
def test_a_grant_opens_the_table_for_when_the_cache_does_not_answer(
    template: dict[str, Any], description: str, actions: set[str]
) -> None:
    each = functions(template)[description]
    granted = {
        action: arns for action, arns in allowed(template, role_of(each)).items() if action.startswith("dynamodb:")
    }
    assert set(granted) == {action.replace("dax:", "dynamodb:") for action in actions}
    (table,) = resources(template, "AWS::DynamoDB::GlobalTable")
    assert {"Fn::Join": ["", [{"Fn::GetAtt": [table, "Arn"]}, "/index/ByOwner"]]} in granted["dynamodb:Query"]
    assert {"Fn::GetAtt": [table, "Arn"]} in granted["dynamodb:GetItem"]
    (own,) = each["VpcConfig"]["SecurityGroupIds"]
    (rule,) = template["Resources"][own["Fn::GetAtt"][0]]["Properties"]["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", "tcp", 443, 443)


def test_a_grant_names_the_tables_and_whether_writes_go_through(template: dict[str, Any]) -> None:
    (table,) = resources(template, "AWS::DynamoDB::GlobalTable")
    variables = {name: each["Environment"]["Variables"] for name, each in functions(template).items()}
    assert {name: each["DAX_TABLES"] for name, each in variables.items()} == {
        "Reader": {"Ref": table},
        "Writer": {"Ref": table},
    }
    assert {name: each.get("DAX_WRITES") for name, each in variables.items()} == {"Reader": None, "Writer": "through"}
    assert not [each for each in variables.values() if "TABLE_NAME" in each]


def test_nothing_else_comes_in_or_goes_out(template: dict[str, Any], cluster: dict[str, Any]) -> None:
    name = cluster["SecurityGroupIds"][0]["Fn::GetAtt"][0]
    guard = template["Resources"][name]["Properties"]
    assert "SecurityGroupIngress" not in guard
    assert [rule["CidrIp"] for rule in guard["SecurityGroupEgress"]] == ["255.255.255.255/32"]
    assert len(resources(template, "AWS::EC2::SecurityGroupIngress")) == 2


def test_grants_from_another_stack_make_no_cycle() -> None:
    app = App()
    data, code = Stack(app, "Data"), Stack(app, "Code")
    vpc = inner_vpc(data)
    cache = DaxCluster(
        data, "Cache", vpc=vpc, tables=[ItemTable(data, "Requests", partition_key="pk")], node_type="dax.t3.small"
    )
    cache.grant_read_write(inner_function(code, "Writer", vpc))
    assert len(resources(template_of(code), "AWS::EC2::SecurityGroupIngress")) == 1
    assert resources(template_of(data), "AWS::EC2::SecurityGroupIngress") == {}


def test_the_cluster_and_its_alarms_are_heard_by_a_topic_with_a_policy_of_its_own() -> None:
    stack = Stack(App(), "Cached")
    topic = sns.Topic(stack, "OnCall", enforce_ssl=True)
    table = ItemTable(stack, "Requests", partition_key="pk")
    DaxCluster(stack, "Cache", vpc=inner_vpc(stack), tables=[table], alarm_topic=topic, notification_topic=topic)
    account = {"Ref": "AWS::AccountId"}
    policy = only(template_of(stack), "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    conditions = {str(each["Principal"]): each["Condition"] for each in policy if each["Effect"] == "Allow"}
    assert conditions == {
        "{'AWS': '*'}": {"StringEquals": {"AWS:SourceOwner": account}},
        "{'Service': 'cloudwatch.amazonaws.com'}": {"StringEquals": {"aws:SourceAccount": account}},
    }
