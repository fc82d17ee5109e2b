"""RDS Proxy in front of a database, and the two ways in which it lets users through."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws, Duration, Fn, Names
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.subnets import private_subnets, selected
from constructs_lib.quotas import RDS_PROXY_BORROW_TIMEOUT, RDS_PROXY_CONNECTIONS, RDS_PROXY_IDLE_CLIENT_TIMEOUT
from constructs_lib.relational.backend import Backend, is_cluster

BORROW_SECONDS = 20
"""How long a client waits for a connection unless told otherwise; where it is not known, or without end, too."""
_IDLE_CLIENT_MINUTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How a proxy keeps connections."""

    borrow_timeout: Duration | None = None
    idle_client_timeout: Duration | None = None
    max_connections_percent: int = 90
    session_pinning_filters: Sequence[rds.SessionPinningFilter] = ()

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what RDS Proxy does not have."""
        for name, timeout, quota in (
            ("borrow_timeout", self.borrow_timeout, RDS_PROXY_BORROW_TIMEOUT),
            ("idle_client_timeout", self.idle_client_timeout, RDS_PROXY_IDLE_CLIENT_TIMEOUT),
        ):
            if timeout is not None:
                require_kind(name, timeout, Duration, quota.source)
                require_within(name, _whole(timeout.to_seconds(integral=False)), quota)
        require_within("max_connections_percent", self.max_connections_percent, RDS_PROXY_CONNECTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A proxy, new or existing, with what rights and rules for it are attached to."""

    proxy: rds.IDatabaseProxy
    role: iam.IRole
    security_group: ec2.ISecurityGroup


def _whole(number: float) -> float:
    """Return a whole number as an integer; jsii gives the one for the other."""
    return int(number) if number == int(number) else number


def new_proxy(scope: Construct, *, backend: Backend, vpc: ec2.IVpc, subnets: ec2.SubnetSelection, pool: Pool) -> Front:
    """Make a proxy that takes TLS only, and knows its users by IAM on both of its sides."""
    group = ec2.SecurityGroup(
        scope, "ProxySecurityGroup", vpc=vpc, description="Reached by granted functions only", allow_all_outbound=False
    )
    role = iam.Role(scope, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
    _acknowledge(role)
    view = backend.view
    proxy = rds.DatabaseProxy(
        scope,
        "Proxy",
        # The CDK's own default is the construct's id, which a second stack in the account would meet again. RDS makes
        # it lower case, and its metrics bear that name; the template must, too (aws-cdk#38270).
        db_proxy_name=Names.unique_resource_name(scope, max_length=60, separator="-").lower(),
        proxy_target=rds.ProxyTarget.from_cluster(view) if is_cluster(view) else rds.ProxyTarget.from_instance(view),
        default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
        require_tls=True,
        role=role,
        vpc=vpc,
        vpc_subnets=subnets,
        security_groups=[group],
        borrow_timeout=pool.borrow_timeout or Duration.seconds(BORROW_SECONDS),
        idle_client_timeout=pool.idle_client_timeout or Duration.minutes(_IDLE_CLIENT_MINUTES),
        max_connections_percent=pool.max_connections_percent,
        session_pinning_filters=list(pool.session_pinning_filters) or None,
    )
    acknowledge(
        proxy, "RDS-7", reason="Its role may log in as the users that grants make; before the first, none does."
    )
    return Front(proxy=proxy, role=role, security_group=group)


def existing_proxy(
    scope: Construct, *, proxy: rds.IDatabaseProxy, role: iam.IRole, security_group: ec2.ISecurityGroup
) -> Front:
    """Import a proxy's role and security group once more, so that rights and rules for them stand in this stack."""
    view = iam.Role.from_role_name(scope, "ProxyRole", role.role_name)
    _acknowledge(view)
    return Front(
        proxy=proxy,
        role=view,
        security_group=ec2.SecurityGroup.from_security_group_id(
            scope, "ProxySecurityGroup", security_group.security_group_id
        ),
    )


def _acknowledge(role: iam.IRole) -> None:
    reason = "The rights are this proxy's only, and go with it."
    acknowledge(role, *in_compliance_packs("IAMNoInlinePolicy"), reason=reason)


def reader_endpoint(
    scope: Construct, *, front: Front, vpc: ec2.IVpc, subnets: ec2.SubnetSelection
) -> rds.DatabaseProxyEndpoint:
    """Make an endpoint of a proxy that reaches the readers only."""
    return rds.DatabaseProxyEndpoint(
        scope,
        "ReaderEndpoint",
        db_proxy=front.proxy,
        db_proxy_endpoint_name=Names.unique_resource_name(scope, max_length=50, separator="-").lower() + "-reader",
        target_role=rds.ProxyEndpointTargetRole.READ_ONLY,
        vpc=vpc,
        vpc_subnets=subnets,
        security_groups=[front.security_group],
    )


def users_arn(proxy: rds.IDatabaseProxy) -> str:
    """Return the ARN under which IAM knows a proxy's users, through whichever of the proxy's endpoints they come."""
    # The proxy's id is the end of its ARN. Another stack reads that as a stack's output, which Fn::Split does not
    # take as it is, but takes out of a Fn::Sub.
    arn = Fn.sub("${Arn}", {"Arn": proxy.db_proxy_arn})
    proxy_id = Fn.select(6, Fn.split(":", arn))
    return f"arn:{Aws.PARTITION}:rds-db:{Aws.REGION}:{Aws.ACCOUNT_ID}:dbuser:{proxy_id}"


def subnets_in_two_zones(vpc: ec2.IVpc, wanted: ec2.SubnetSelection | None) -> ec2.SubnetSelection:
    """Choose isolated or private subnets, in as many zones as RDS Proxy wants."""
    subnets = private_subnets(vpc, wanted)
    if wanted:
        zones = selected(vpc, wanted).availability_zones
    else:  # the same, without all else that a selection tells
        zones = [subnet.availability_zone for subnet in vpc.isolated_subnets or vpc.private_subnets]
    rule = "have such subnets in two availability zones"
    require(len(set(zones)) > 1, "vpc", rule, zones, "RDS Proxy limitations")
    return subnets
