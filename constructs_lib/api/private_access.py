"""The way to a private API: VPC endpoints, who may use them, and a policy that refuses every other way."""

from collections.abc import Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.api.endpoint import Endpoint
from constructs_lib.api.stage import STAGE_NAME
from constructs_lib.arguments import InvalidArgument
from constructs_lib.functions.subnets import private_subnets

_SOURCE = "Private REST APIs in API Gateway"


class PrivateAccess(Construct):
    """The VPC endpoints that lead to a private API.

    One that is made here has no private DNS: with it, the names of all APIs of the region, also of the public ones,
    would lead to this endpoint from the whole VPC. The API is reached by a name of its own instead, which every
    resolver knows and which leads to addresses within the VPC.

    Costs: a made endpoint 0.01 US$ an hour in each availability zone, and 0.01 US$ a GB.

    Attributes:
        vpc_endpoints: the endpoints, made or given.
        security_group: of the endpoint that was made; lets nobody in until `allow_from`. None for given ones.
    """

    def __init__(self, scope: Construct, id: str, *, endpoint: Endpoint) -> None:
        """Take the endpoints that were given, or make one in the VPC.

        Args:
            scope: the construct that the access belongs to.
            id: the construct id.
            endpoint: what the user said of it.
        """
        super().__init__(scope, id)
        self.security_group: ec2.SecurityGroup | None = None
        self.vpc_endpoints = endpoint.vpc_endpoints
        if endpoint.vpc:
            self.vpc_endpoints = (self._new_endpoint(endpoint.vpc),)

    def allow_from(self, caller: ec2.IConnectable, *, through: ec2.IInterfaceVpcEndpoint | None = None) -> None:
        """Open port 443 of a VPC endpoint for a caller; `ProtectedApi.allow_from` says more.

        Raises:
            InvalidArgument: a caller outside a VPC, several endpoints and none of them named, another endpoint than the
                API's, or one that was imported without its security groups.
        """
        endpoint = through or self._only_endpoint()
        if endpoint not in self.vpc_endpoints:
            raise InvalidArgument("through", "be one of the API's VPC endpoints", endpoint.node.path, _SOURCE)
        groups = endpoint.connections.security_groups
        if not groups:
            rule = "be imported with its security groups, which must let the caller in"
            raise InvalidArgument("vpc_endpoints", rule, endpoint.node.path, _SOURCE)
        if not getattr(caller, "is_bound_to_vpc", True):  # which functions alone tell
            raise InvalidArgument("caller", "stand in the VPC of the endpoint (vpc=...)", str(caller), _SOURCE)
        for group in groups:
            # From the caller's side, so that the rules stand in its stack and the API's never waits for it.
            caller.connections.allow_to(group, ec2.Port.tcp(443), f"To {self.node.path}")

    def url_through(self, endpoint: ec2.IInterfaceVpcEndpoint, api: apigateway.IRestApi) -> str:
        """Return the name that leads through an endpoint to an API, private DNS or not."""
        stack = Stack.of(self)
        host = f"{api.rest_api_id}-{endpoint.vpc_endpoint_id}.execute-api.{stack.region}.{stack.url_suffix}"
        return f"https://{host}/{STAGE_NAME}/"

    def policy(self, opened: Sequence[str] | None = None) -> iam.PolicyDocument:
        """Write the policy of the API: it refuses what comes any other way, and opens no route that is not for all.

        Without a word of the policy on a route, a caller of the account needs a right of its own to call it, or the
        allowance of a custom authorizer; but a policy that allows it is enough by itself, even where that authorizer
        allows other routes only (How API Gateway resource policies affect authorization workflow). So signed routes are
        for callers of the account only. A policy holds 8 KB, some 80 routes beside those.

        Args:
            opened: the routes that callers need no policy for, as ``GET/requests/*``; None is all of them.
        """
        anyone, action, everywhere = iam.AnyPrincipal(), "execute-api:Invoke", "execute-api:/*"
        resources = [everywhere] if opened is None else [f"execute-api:/{STAGE_NAME}/{route}" for route in opened]
        allow = iam.PolicyStatement(principals=[anyone], actions=[action], resources=resources)
        deny = iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[anyone],
            actions=[action],
            resources=[everywhere],
            conditions={"StringNotEquals": {"aws:SourceVpce": self._endpoint_ids}},
        )
        return iam.PolicyDocument(statements=[allow, deny] if resources else [deny])

    @property
    def _endpoint_ids(self) -> list[str]:
        return [endpoint.vpc_endpoint_id for endpoint in self.vpc_endpoints]

    def _only_endpoint(self) -> ec2.IInterfaceVpcEndpoint:
        if len(self.vpc_endpoints) > 1:
            paths = [endpoint.node.path for endpoint in self.vpc_endpoints]
            raise InvalidArgument(
                "through", "name one of the API's VPC endpoints, since it has several", paths, _SOURCE
            )
        return self.vpc_endpoints[0]

    def _new_endpoint(self, vpc: ec2.IVpc) -> ec2.InterfaceVpcEndpoint:
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description=f"Lets callers reach {self.node.path}",
            allow_all_outbound=False,
        )
        endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "VpcEndpoint",
            vpc=vpc,
            subnets=private_subnets(vpc),
            service=ec2.InterfaceVpcEndpointAwsService.APIGATEWAY,
            security_groups=[self.security_group],
            open=False,
            private_dns_enabled=False,
        )
        # The API names the endpoint, so the endpoint cannot name the API: it leads to this account's only.
        apis = f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        endpoint.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["execute-api:Invoke"],
                resources=[f"{apis}:*/{STAGE_NAME}/*", f"{apis}:/domainnames/*"],
            )
        )
        return endpoint
