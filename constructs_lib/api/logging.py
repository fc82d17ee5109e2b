"""The account's setting without which no REST API may write logs."""

from typing import cast

from aws_cdk import RemovalPolicy, Stack, Stage
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, is_token
from constructs_lib.checks.acknowledgment import acknowledge

_SOURCE = "Set up CloudWatch logging for REST APIs in API Gateway"


class ApiGatewayLogging(Construct):
    """Lets the REST APIs of one account and region write logs; give it to each `ProtectedApi` that should.

    API Gateway writes through one role that is set for the whole account and region, and refuses to deploy a stage with
    logs where none is set. It is set here, once, and by nothing else in the library. It stays when the stack goes,
    because APIs of other stacks would fall silent without it.

    Costs: nothing itself; the logs are billed by CloudWatch.

    Attributes:
        role: the role; None where it is managed elsewhere.
        account: the account's setting; None where it is managed elsewhere.
    """

    def __init__(self, scope: Construct, id: str, *, managed_elsewhere: bool = False) -> None:
        """Set the account's role, or take it that it is set.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            managed_elsewhere: whether another stack or team has set the role already; then nothing is created.

        Raises:
            InvalidArgument: a second one in the app for the same account and region.
        """
        if not managed_elsewhere:
            _claim_environment(scope)
        super().__init__(scope, id)
        self.role: iam.Role | None = None
        self.account: apigateway.CfnAccount | None = None
        if not managed_elsewhere:
            self._set_role()

    def _set_role(self) -> None:
        policy = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )
        acknowledge(
            self.role,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]",
            reason="API Gateway accepts only a role with the permissions of this policy, on every log group: the role "
            "serves all APIs of the account.",
        )
        self.account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=self.role.role_arn)
        self.role.apply_removal_policy(RemovalPolicy.RETAIN)
        self.account.apply_removal_policy(RemovalPolicy.RETAIN)


def _claim_environment(scope: Construct) -> None:
    """Leave a mark in the app for an account and region; raise `InvalidArgument` if it is there already."""
    stack = Stack.of(scope)
    # Where an account or region is not known, each stage of the app is thought to have one of its own.
    is_known = not is_token([stack.account, stack.region])
    app = cast("Construct", scope.node.root) if is_known else Stage.of(stack) or stack
    mark = f"ApiGatewayLogging of {stack.environment}"
    if app.node.try_find_child(mark):
        rule = "be made once for an account and region: give the one there is to every API, or use managed_elsewhere"
        raise InvalidArgument("ApiGatewayLogging", rule, f"a second one for {stack.environment}", _SOURCE)
    Construct(app, mark)
