"""The rules of DAX."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}
CACHE = "Cache.Properties"


# DDB-6: encryption


@pytest.mark.parametrize("value", [False, "false", None])
def test_no_encryption_at_rest(value: Any) -> None:
    place = [("DDB-6", "Cache/Properties/SSESpecification/SSEEnabled")]
    assert found(changed(right("DDB-6"), f"{CACHE}.SSESpecification.SSEEnabled", value)) == place
    assert found(without(right("DDB-6"), f"{CACHE}.SSESpecification")) == place


@pytest.mark.parametrize("value", ["NONE", None])
def test_no_encryption_in_transit(value: Any) -> None:
    body = changed(right("DDB-6"), f"{CACHE}.ClusterEndpointEncryptionType", value)
    assert found(body) == [("DDB-6", "Cache/Properties/ClusterEndpointEncryptionType")]


@pytest.mark.parametrize("path", ["SSESpecification", "SSESpecification.SSEEnabled", "ClusterEndpointEncryptionType"])
def test_encryption_that_is_not_known(path: str) -> None:
    assert found(changed(right("DDB-6"), f"{CACHE}.{path}", UNKNOWN)) == []


# DDB-7: the way

RIGHT = right("DDB-7")
BOOK = "Book.Properties.VpcConfig"
RIGHTS = "BookRole.Properties.Policies.0.PolicyDocument.Statement.0"
OUTSIDE = without(RIGHT, BOOK)
IS_OUTSIDE = [("DDB-7", "Book/Properties/VpcConfig")]
CLOSED = changed(RIGHT, "CacheGroup.Properties.SecurityGroupIngress", [])
IS_CLOSED = [("DDB-7", "Book/Properties/VpcConfig/SecurityGroupIds")]


def test_a_function_outside_of_any_vpc() -> None:
    assert found(OUTSIDE) == IS_OUTSIDE
    assert found(changed(RIGHT, BOOK, {})) == IS_OUTSIDE
    assert found(changed(RIGHT, f"{BOOK}.SubnetIds", [])) == IS_OUTSIDE
    assert found(changed(OUTSIDE, f"{RIGHTS}.Resource", "*")) == IS_OUTSIDE


ELSEWHERE = changed(without(OUTSIDE, "Cache"), f"{RIGHTS}.Resource", "*")
ALL = ["dynamodb:*", "dax:*"]


def test_all_rights_where_no_cluster_is() -> None:
    assert found(changed(ELSEWHERE, f"{RIGHTS}.Action", ALL)) == []
    assert found(changed(ELSEWHERE, f"{RIGHTS}.Action", "DAX:*")) == []
    assert found(changed(ELSEWHERE, f"{RIGHTS}.Action", "dax:GetItem")) == IS_OUTSIDE
    assert found(changed(changed(OUTSIDE, f"{RIGHTS}.Resource", ["*"]), f"{RIGHTS}.Action", ALL)) == IS_OUTSIDE
    arn = "arn:aws:dax:eu-west-1:111122223333:cache/books"
    assert found(changed(changed(ELSEWHERE, f"{RIGHTS}.Resource", arn), f"{RIGHTS}.Action", ALL)) == IS_OUTSIDE


READS = ("GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")


@pytest.mark.parametrize(
    "action", [*(f"dax:{name}" for name in READS + WRITES), "dax:*", ["s3:GetObject", "dax:BatchGet*"]]
)
def test_rights_to_items(action: Any) -> None:
    assert found(changed(OUTSIDE, f"{RIGHTS}.Action", action)) == IS_OUTSIDE
    assert found(changed(CLOSED, f"{RIGHTS}.Action", action)) == IS_CLOSED


@pytest.mark.parametrize("action", ["*", "dax:DescribeClusters", ["dax:CreateCluster"], "dynamodb:GetItem", UNKNOWN])
def test_other_rights(action: Any) -> None:
    assert found(changed(OUTSIDE, f"{RIGHTS}.Action", action)) == []
    assert found(changed(CLOSED, f"{RIGHTS}.Action", action)) == []


@pytest.mark.parametrize("config", [UNKNOWN, {"SubnetIds": UNKNOWN}])
def test_a_function_that_may_be_in_a_vpc(config: Any) -> None:
    assert found(changed(RIGHT, BOOK, config)) == []


def test_one_role_of_several_functions() -> None:
    body = changed(OUTSIDE, "Other", RIGHT["Resources"]["Book"])
    assert found(body) == []
    assert found(without(body, "Other.Properties.VpcConfig")) == [
        *IS_OUTSIDE,
        ("DDB-7", "Other/Properties/VpcConfig"),
    ]
    body = changed(CLOSED, "Other", RIGHT["Resources"]["Book"])
    assert len(found(body)) == 2
    assert found(changed(body, "Other.Properties.VpcConfig.SecurityGroupIds", ["sg-1"])) == []


def test_a_role_of_no_function() -> None:
    assert found(changed(OUTSIDE, "Book.Properties.Role", "arn:aws:iam::1:role/book")) == []


def test_the_cluster_s_group_is_closed() -> None:
    assert found(CLOSED) == IS_CLOSED
    (finding,) = findings(CLOSED)
    assert finding.message == "no security group lets Book reach port 9111 of Cache"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{BOOK}.SecurityGroupIds", ["sg-1"]),
        (f"{CACHE}.SecurityGroupIds", ["sg-1"]),
        (f"{CACHE}.SecurityGroupIds", None),
        (f"{RIGHTS}.Resource", "*"),
        (f"{RIGHTS}.Resource", {"Fn::GetAtt": ["BookRole", "Arn"]}),
        (f"{RIGHTS}.Resource", {"Ref": "Endpoint"}),
        ("CacheGroup.Properties.SecurityGroupIngress", [{"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}]),
    ],
)
def test_a_way_that_may_be_open(path: str, value: Any) -> None:
    properties = {"SecurityGroupIds": [{"Ref": "CacheGroup"}]}
    body = changed(CLOSED, "Endpoint", {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties})
    assert found(changed(body, path, value)) == []


@pytest.mark.parametrize(("encryption", "port"), [("TLS", 9111), ("NONE", 8111), (None, 8111)])
def test_the_port_is_that_of_the_encryption(encryption: Any, port: int) -> None:
    body = changed(RIGHT, f"{CACHE}.ClusterEndpointEncryptionType", encryption)
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "SourceSecurityGroupId": {"Ref": "BookGroup"}}
    body = changed(body, "CacheGroup.Properties.SecurityGroupIngress", [rule])
    assert not {("DDB-7", place) for _, place in IS_CLOSED} & set(found(body))
    rule = {**rule, "FromPort": port + 1, "ToPort": port + 1}
    assert IS_CLOSED[0] in found(changed(body, "CacheGroup.Properties.SecurityGroupIngress", [rule]))


def test_a_port_that_is_not_known_may_be_open() -> None:
    body = changed(RIGHT, "CacheGroup.Properties.SecurityGroupIngress.0.FromPort", 8111)
    assert found(changed(body, f"{CACHE}.ClusterEndpointEncryptionType", UNKNOWN)) == []
    assert found(changed(CLOSED, f"{CACHE}.ClusterEndpointEncryptionType", UNKNOWN)) == IS_CLOSED
    (finding,) = findings(changed(CLOSED, f"{CACHE}.ClusterEndpointEncryptionType", UNKNOWN))
    assert finding.message == "no security group lets Book reach the port of Cache"


def test_a_cluster_in_public_subnets() -> None:
    network = right("RDS-4")["Resources"]
    body = right("DDB-6")
    body["Resources"] |= {name: network[name] for name in ("FirstSubnet", "Routes", "FirstSubnetRoutes", "Out")}
    subnets = {"SubnetIds": ["subnet-1", {"Ref": "FirstSubnet"}]}
    body = changed(body, "Subnets", {"Type": "AWS::DAX::SubnetGroup", "Properties": subnets})
    body = changed(body, f"{CACHE}.SubnetGroupName", {"Ref": "Subnets"})
    assert found(body) == []
    body = changed(without(body, "Out.Properties.NatGatewayId"), "Out.Properties.GatewayId", "igw-1")
    assert found(body) == [("DDB-7", "Cache/Properties/SubnetGroupName")]
    (finding,) = findings(body)
    assert finding.message == "the cluster Cache is in subnets with a route to an internet gateway: FirstSubnet"
    assert found(changed(body, f"{CACHE}.SubnetGroupName", "cache")) == []


def test_a_cluster_of_another_stack() -> None:
    cache = {
        "Resources": {name: CLOSED["Resources"][name] for name in ("Cache", "CacheGroup")},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Cache", "Arn"]}}},
    }
    arn = {"Fn::GetStackOutput": {"StackName": "Cache", "OutputName": "Arn"}}
    book = changed(without(without(CLOSED, "Cache"), "CacheGroup"), f"{RIGHTS}.Resource", arn)
    assert found(stack(cache, "Cache"), stack(book, "Book")) == IS_CLOSED


# DDB-8: nodes


@pytest.mark.parametrize("nodes", [1, 2, "2"])
def test_too_few_nodes(nodes: Any) -> None:
    body = changed(right("DDB-8"), f"{CACHE}.ReplicationFactor", nodes)
    assert found(body) == [("DDB-8", "Cache/Properties/ReplicationFactor")]


@pytest.mark.parametrize("nodes", [3, 11, UNKNOWN, None, "many"])
def test_enough_nodes_or_unknown(nodes: Any) -> None:
    assert found(changed(right("DDB-8"), f"{CACHE}.ReplicationFactor", nodes)) == []
