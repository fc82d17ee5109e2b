"""Networks, functions and databases for the tests, and how to read the ways between them from a template."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import DatabaseEngine, ProxiedDatabase
from tests.statements import Template, resources

CLUSTER, INSTANCE, PROXY = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::RDS::DBProxy"
TARGETS = "AWS::RDS::DBProxyTargetGroup"

ENGINE = DatabaseEngine.aurora_postgres("17.9")


def network(stack: Stack, id: str = "Vpc", *, kind: ec2.SubnetType = ec2.SubnetType.PRIVATE_ISOLATED) -> ec2.Vpc:
    subnets = [
        ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
        ec2.SubnetConfiguration(name="Inner", subnet_type=kind),
    ]
    vpc = ec2.Vpc(stack, id, max_azs=2, nat_gateways=0, subnet_configuration=subnets)
    vpc.add_flow_log("FlowLog")
    return vpc


def function(scope: Construct, id: str, vpc: ec2.IVpc | None) -> lambda_.Function:
    """A plain function of the CDK: the grant works for all, not for the library's own only."""
    return lambda_.Function(
        scope,
        id,
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        description=id,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED) if vpc else None,
        allow_all_outbound=False if vpc else None,
    )


def database(scope: Construct, vpc: ec2.IVpc, id: str = "Ledger", **options: Any) -> ProxiedDatabase:
    return ProxiedDatabase(scope, id, **{"vpc": vpc, "engine": ENGINE, **options})


def functions(template: Template) -> dict[str, dict[str, Any]]:
    """The functions of a template by their description."""
    return {each["Description"]: each for each in resources(template, "AWS::Lambda::Function").values()}


def security_group_of(function: dict[str, Any]) -> str:
    (group,) = function["VpcConfig"]["SecurityGroupIds"]
    name: str = group["Fn::GetAtt"][0]
    return name


def rules(template: Template, kind: str) -> list[tuple[Any, Any, Any, Any]]:
    """All rules between security groups: whose it is, who is on the other side, the protocol and the ports."""
    other = {"Ingress": "SourceSecurityGroupId", "Egress": "DestinationSecurityGroupId"}[kind]
    return [
        (
            target(each["GroupId"]),
            target(each.get(other)),
            each["IpProtocol"],
            (target(each["FromPort"]), target(each["ToPort"])),
        )
        for each in resources(template, f"AWS::EC2::SecurityGroup{kind}").values()
    ]


def target(value: Any) -> Any:
    """What a ``Ref``, ``Fn::GetAtt`` or import names; other values are themselves."""
    if isinstance(value, dict):
        ((function, argument),) = value.items()
        return argument[0] if function == "Fn::GetAtt" else argument
    return value


def database_user_arn(resource_id: Any, user: str) -> dict[str, Any]:
    """The resource that ``rds-db:connect`` is allowed on."""
    parts = ["arn:", {"Ref": "AWS::Partition"}, ":rds-db:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    return {"Fn::Join": ["", [*parts, ":dbuser:", resource_id, f"/{user}"]]}


def id_in_arn(arn: Any) -> dict[str, Any]:
    """The ``prx-...`` at the end of a proxy's ARN, by which IAM knows it."""
    return {"Fn::Select": [6, {"Fn::Split": [":", {"Fn::Sub": ["${Arn}", {"Arn": arn}]}]}]}


def database_logs(template: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The log group whose name says whose it is; the other one is the VPC's."""
    groups = resources(template, "AWS::Logs::LogGroup").items()
    (found,) = ((name, group) for name, group in groups if group.get("LogGroupName"))
    return found
