"""PythonFunction in a VPC: in subnets without internet, open to nobody inwards and by HTTPS outwards."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import InvalidArgument, PythonFunction
from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of
from tests.statements import allowed, only, resources, role_of, statements

NETWORK_INTERFACES = {
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
HTTPS = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Description": "HTTPS"}


def vpc_of(stack: Stack, *kinds: ec2.SubnetType) -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name=kind.value, subnet_type=kind) for kind in kinds]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)
    vpc.add_flow_log("FlowLog")
    return vpc


@pytest.fixture(scope="module")
def template(handlers: Path) -> dict[str, Any]:
    app = App()
    stack = Stack(app, "Inside")
    vpc = vpc_of(stack, ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_ISOLATED)
    PythonFunction(stack, "Submit", source=handlers, vpc=vpc)
    add_checks(app)
    return template_of(stack)


@pytest.fixture(scope="module")
def function(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::Lambda::Function")


def test_it_stands_in_the_isolated_subnets(function: dict[str, Any]) -> None:
    subnets = [subnet["Ref"] for subnet in function["VpcConfig"]["SubnetIds"]]
    assert len(subnets) == 2
    assert all("ISOLATED" in subnet for subnet in subnets)


def test_its_security_group_opens_https_outwards_and_nothing_else(
    template: dict[str, Any], function: dict[str, Any]
) -> None:
    (group,) = function["VpcConfig"]["SecurityGroupIds"]
    properties = template["Resources"][group["Fn::GetAtt"][0]]["Properties"]
    assert properties["SecurityGroupEgress"] == [HTTPS]
    assert "SecurityGroupIngress" not in properties


def test_lambda_itself_and_not_the_code_may_manage_network_interfaces(
    template: dict[str, Any], function: dict[str, Any]
) -> None:
    (statement,) = (each for each in statements(template, role_of(function)) if "Condition" in each)
    assert set(statement["Action"]) == NETWORK_INTERFACES
    assert statement["Resource"] == "*"
    assert statement["Condition"] == {"Null": {"lambda:SourceFunctionArn": "true"}}
    outside = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    assert set(allowed(template, role_of(function))) == outside | NETWORK_INTERFACES


def test_it_adds_neither_gateway_nor_endpoint(template: dict[str, Any]) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not kinds & {"AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint", "AWS::EC2::EIP"}


def test_private_subnets_do_where_no_isolated_ones_are(handlers: Path) -> None:
    stack = Stack(App(), "Private")
    subnets = [
        ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
        ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
    ]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1, subnet_configuration=subnets)
    PythonFunction(stack, "Submit", source=handlers, vpc=vpc)
    function = only(template_of(stack), "AWS::Lambda::Function")
    assert all("Private" in subnet["Ref"] for subnet in function["VpcConfig"]["SubnetIds"])


def test_an_imported_vpc_and_given_groups_and_subnets_are_used_as_they_are(handlers: Path) -> None:
    stack = Stack(App(), "Given")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        isolated_subnet_ids=["subnet-1", "subnet-2"],
        private_subnet_ids=["subnet-3", "subnet-4"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1", allow_all_outbound=False)
    PythonFunction(stack, "Default", source=handlers, vpc=vpc, security_groups=[group], description="default")
    chosen = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    PythonFunction(stack, "Chosen", source=handlers, vpc=vpc, subnets=chosen, description="chosen")
    template = template_of(stack)
    functions = {
        each["Description"]: each["VpcConfig"] for each in resources(template, "AWS::Lambda::Function").values()
    }
    assert functions["default"] == {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1", "subnet-2"]}
    assert functions["chosen"]["SubnetIds"] == ["subnet-3", "subnet-4"]
    assert not resources(template, "AWS::EC2::SecurityGroupEgress")


def test_security_groups_without_a_vpc_are_refused(handlers: Path) -> None:
    stack = Stack(App(), "Refused")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    with pytest.raises(InvalidArgument, match="security_groups must come with a vpc"):
        PythonFunction(stack, "Submit", source=handlers, security_groups=[group])


def test_public_subnets_are_refused(handlers: Path) -> None:
    stack = Stack(App(), "Refused")
    vpc = vpc_of(stack, ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_ISOLATED)
    with pytest.raises(InvalidArgument, match="subnets must be isolated or private, never public"):
        PythonFunction(
            stack, "Submit", source=handlers, vpc=vpc, subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
        )


def test_a_vpc_of_public_subnets_only_is_refused(handlers: Path) -> None:
    stack = Stack(App(), "Refused")
    vpc = vpc_of(stack, ec2.SubnetType.PUBLIC)
    with pytest.raises(InvalidArgument, match="vpc must have isolated or private subnets, got 'Refused/Vpc'"):
        PythonFunction(stack, "Submit", source=handlers, vpc=vpc)
