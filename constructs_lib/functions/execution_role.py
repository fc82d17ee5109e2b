"""The role that a function runs as, with no right that it does not use."""

from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

_NETWORK_INTERFACE_ACTIONS = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


def execution_role(scope: Construct, id: str, *, log_group: logs.ILogGroup, traced: bool, in_vpc: bool) -> iam.Role:
    """Make a role that may write to one log group and, as needed, send traces and use network interfaces.

    These rights are part of the role itself, not a policy beside it: CloudFormation cannot delete them before the
    function, so Lambda can still release its network interfaces (aws-cdk#34400). What is granted later comes in a
    policy of its own, which the checks judge without what is acknowledged here.
    """
    statements = [
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    ]
    if traced:
        statements.append(
            iam.PolicyStatement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])
        )
    if in_vpc:
        # The code's own calls carry this key, those of the Lambda service do not: the code gets none of these rights.
        only_lambda_itself = {"Null": {"lambda:SourceFunctionArn": "true"}}
        statements.append(
            iam.PolicyStatement(actions=_NETWORK_INTERFACE_ACTIONS, resources=["*"], conditions=only_lambda_itself)
        )
    role = iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Runtime": iam.PolicyDocument(statements=statements)},
    )
    acknowledge(
        role,
        *in_compliance_packs("IAMNoInlinePolicy"),
        reason="The rights are this one function's, so they are part of its role and go with it.",
    )
    if traced or in_vpc:
        acknowledge(
            cast("iam.CfnRole", role.node.default_child),
            "AwsSolutions-IAM5[Resource::*]",
            "Serverless-LambdaStarPermissions",
            reason="X-Ray has no resources to name, and the network interfaces that Lambda makes have no names yet; "
            "only the Lambda service may use the latter, not the function's code.",
        )
    return role
