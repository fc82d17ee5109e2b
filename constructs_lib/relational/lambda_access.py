"""The way from a database to Lambda, so that its SQL can call functions with what is in the rows."""

from typing import Any, cast
from weakref import WeakKeyDictionary

from aws_cdk import Aws, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib.arguments import InvalidArgument
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.subnets import selected
from constructs_lib.relational.backend import AnyDatabase, Backend
from constructs_lib.relational.engine import DatabaseEngine

_SOURCE = "Invoking a Lambda function from a DB instance; from an Aurora DB cluster"


_endpoints: "WeakKeyDictionary[ec2.IVpc, ec2.IInterfaceVpcEndpoint]" = WeakKeyDictionary()


class LambdaAccess(Construct):
    """Lets a database call Lambda: a role that it takes on, and a way out to Lambda and to nothing else.

    In subnets without a way out it makes an interface endpoint for Lambda, about 7.30 US$ a month for each Availability
    Zone and 0.01 US$ a GB, which all databases in the VPC share. It has private DNS: in the whole VPC the name of
    Lambda's API then means this endpoint, which admits these databases only. Where others in the VPC call that API,
    pass an endpoint that admits them too. In subnets with egress the database may open HTTPS connections to anywhere,
    since Lambda's addresses are not known.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        engine: DatabaseEngine,
        backend: Backend,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        endpoint: ec2.IInterfaceVpcEndpoint | None,
    ) -> None:
        super().__init__(scope, id)
        self.role = iam.Role(
            *self._place_of_role(backend.database),
            description="Lets the database call Lambda functions",
            assumed_by=iam.ServicePrincipal(
                "rds.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": backend.arn_pattern},
                },
            ),
        )
        _acknowledge(self.role)
        _associate(backend, self.role, engine)
        self.endpoint = endpoint
        if endpoint is None and _is_isolated(vpc, subnets):
            # One for all databases of a VPC: a second one could not take the name of Lambda's API.
            if vpc not in _endpoints:
                _endpoints[vpc] = self._new_endpoint(vpc, subnets)
            self.endpoint = _endpoints[vpc]
        connections, https = backend.security_group.connections, ec2.Port.tcp(443)
        if self.endpoint:
            connections.allow_to(self.endpoint, https, "Lambda")
        else:
            connections.allow_to_any_ipv4(https, "Lambda")

    def allow(self, function: lambda_.IFunction) -> iam.Grant:
        """Allow a function to be called; the right stands in the function's stack, which may wait for this one."""
        role: iam.IRole = self.role
        if Stack.of(function).node.path != Stack.of(self.role).node.path:
            role = self._known_to(cast("Construct", function))
        return iam.Grant.add_to_principal(
            grantee=role, actions=["lambda:InvokeFunction"], resource_arns=[function.function_arn]
        )

    def _place_of_role(self, database: AnyDatabase) -> tuple[Construct, str]:
        """Put the role where the database is: the stack of an existing one must not wait for this one."""
        if Stack.of(database).node.path == Stack.of(self).node.path:
            return self, "Role"
        return cast("Construct", database), f"LambdaRole{self.node.addr[2:10]}"

    def _known_to(self, function: Construct) -> iam.IRole:
        name = f"CallerRole{self.node.addr[2:10]}"
        known = function.node.try_find_child(name)
        if known:
            return cast("iam.IRole", known)
        role = iam.Role.from_role_name(function, name, self.role.role_name)
        _acknowledge(role)
        return role

    def _new_endpoint(self, vpc: ec2.IVpc, subnets: ec2.SubnetSelection) -> ec2.InterfaceVpcEndpoint:
        group = ec2.SecurityGroup(
            self, "EndpointSecurityGroup", vpc=vpc, description="Reached by databases only", allow_all_outbound=False
        )
        endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "Endpoint",
            vpc=vpc,
            subnets=subnets,
            service=ec2.InterfaceVpcEndpointAwsService.LAMBDA_,
            security_groups=[group],
            open=False,
        )
        endpoint.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["lambda:InvokeFunction"],
                resources=["*"],
                conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
            )
        )
        return endpoint


def require_invoking(engine: DatabaseEngine, backend: Backend) -> None:
    """Raise `InvalidArgument` if a database cannot call Lambda, or cannot be told to."""
    if not engine.can_invoke_lambda:
        rule = "be called by RDS for PostgreSQL, Aurora PostgreSQL or Aurora MySQL; other engines cannot"
        raise InvalidArgument("function", rule, f"{engine.name} {engine.version}", _SOURCE)
    path = backend.database.node.path
    if not isinstance(backend.database.node.default_child, (rds.CfnDBCluster, rds.CfnDBInstance)):
        rule = "be called by a database of this app: no role can be associated with an imported one"
        raise InvalidArgument("function", rule, path, _SOURCE)
    if engine.name == "aurora-mysql" and not backend.parameters:
        rule = "be called by a new cluster, since Aurora MySQL takes the role by its parameters"
        raise InvalidArgument("function", rule, path, _SOURCE)


def _associate(backend: Backend, role: iam.IRole, engine: DatabaseEngine) -> None:
    resource = cast("rds.CfnDBCluster | rds.CfnDBInstance", backend.database.node.default_child)
    kind: Any = rds.CfnDBCluster.DBClusterRoleProperty if engine.is_aurora else rds.CfnDBInstance.DBInstanceRoleProperty
    association = kind(role_arn=role.role_arn, feature_name="Lambda")
    if engine.name == "aurora-mysql":
        association = kind(role_arn=role.role_arn)
        parameters = cast("rds.ParameterGroup", backend.parameters)
        parameters.add_parameter("aws_default_lambda_role", role.role_arn)
        # A user's right to call Lambda is a role, which would else have to be switched on in each session.
        parameters.add_parameter("activate_all_roles_on_login", "ON")
    resource.associated_roles = [*cast("list[Any]", resource.associated_roles or []), association]


def _acknowledge(role: iam.IRole) -> None:
    reason = "The rights are this database's only, and go with it."
    acknowledge(role, *in_compliance_packs("IAMNoInlinePolicy"), reason=reason)


def _is_isolated(vpc: ec2.IVpc, subnets: ec2.SubnetSelection) -> bool:
    isolated = {subnet.subnet_id for subnet in vpc.isolated_subnets}
    return isolated.issuperset(selected(vpc, subnets).subnet_ids)
