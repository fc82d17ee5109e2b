"""Databases and proxies: how they are closed, whom they call and who hears of them."""

from collections.abc import Iterator
from typing import Final

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.databases import CLUSTER, INSTANCE, PROXY, databases

_USER_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_CALLERS: Final = {"postgres", "aurora-postgresql", "aurora-mysql", "aurora"}
_LAMBDA_ROLE = "aws_default_lambda_role"


@rule("RDS-3", ERROR, "A proxy takes connections with TLS only", source=f"{_USER_GUIDE}/rds-proxy.howitworks.html")
def proxy_tls(assembly: Assembly) -> Iterator[Problem]:
    """Without ``RequireTLS`` a client may send its queries in the clear, and nothing tells that it does.

    The setting is off unless it is given. One that is known at deployment only is no finding.
    """
    for proxy in assembly.of_type(PROXY):
        required = proxy.at("RequireTLS")
        if required.missing or required.flag is False:
            yield required.problem(
                f"the proxy {proxy.name} takes connections without TLS", fix="Set RequireTLS to true."
            )


@rule(
    "RDS-4",
    ERROR,
    "Databases and proxies stand in private subnets and have no public address",
    source="https://docs.aws.amazon.com/config/latest/developerguide/rds-instance-subnet-igw-check.html",
)
def publicity(assembly: Assembly) -> Iterator[Problem]:
    """A database that the internet reaches is found within minutes; then its passwords alone protect it.

    A subnet is public if the assembly has its route to an internet gateway; imported subnets are no finding, and
    neither is a database that does not say whether it has a public address.
    """
    for proxy in assembly.of_type(PROXY):
        yield from _in_public_subnets(assembly, proxy.at("VpcSubnetIds"), proxy.at("VpcSubnetIds"), "proxy")
    for database in databases(assembly):
        group = database.at("DBSubnetGroupName")
        subnets = group.target("AWS::RDS::DBSubnetGroup")
        if subnets is not None:
            yield from _in_public_subnets(assembly, subnets.at("SubnetIds"), group, "database")
    for database in assembly.of_type(CLUSTER, INSTANCE):
        public = database.at("PubliclyAccessible")
        if public.flag is True:
            yield public.problem(
                f"the database {database.name} has a public address",
                fix="Set PubliclyAccessible to false, and reach it from inside the VPC.",
            )


def _in_public_subnets(assembly: Assembly, subnets: Place, place: Place, kind: str) -> Iterator[Problem]:
    public = assembly.network.public_subnets(subnets)
    if public:
        names = ", ".join(subnet.name for subnet in public)
        yield place.problem(
            f"the {kind} {place.resource.name} is in subnets with a route to an internet gateway: {names}",
            fix="Put it into isolated or private subnets.",
        )


@rule(
    "RDS-5",
    WARNING,
    "A proxy's clients log in by IAM",
    source=f"{_USER_GUIDE}/rds-proxy-iam-setup.html",
)
def proxy_login(assembly: Assembly) -> Iterator[Problem]:
    """Without IAM a function needs the database's password, in its environment or from a secret that it may read.

    Which login a proxy asks for is judged where the template disables IAM; what it leaves out, or is known at
    deployment only, is no finding.
    """
    for proxy in assembly.of_type(PROXY):
        for login in proxy.at("Auth").items:
            setting = login.at("IAMAuth")
            if setting.text == "DISABLED":
                yield setting.problem(
                    f"clients of the proxy {proxy.name} log in with a password",
                    fix="Set IAMAuth to REQUIRED, or DefaultAuthScheme to IAM_AUTH.",
                )


@rule(
    "RDS-8",
    ERROR,
    "A database that calls Lambda can: its engine, its role and the role's rights",
    source=f"{_USER_GUIDE}/PostgreSQL-Lambda.html",
)
def calls_to_lambda(assembly: Assembly) -> Iterator[Problem]:
    """Such a call fails in the middle of a transaction, at the first row that makes it.

    Only RDS for PostgreSQL, Aurora PostgreSQL and Aurora MySQL call Lambda, by a role that is associated with the
    database and may ``lambda:InvokeFunction``. Engines, roles and rights that are not in the assembly are no finding.
    """
    for database in assembly.of_type(CLUSTER, INSTANCE):
        engine = database.at("Engine")
        for association in database.at("AssociatedRoles").items:
            if association.at("FeatureName").text == "Lambda":
                if engine.text is not None and engine.text.lower() not in _CALLERS:
                    yield association.problem(
                        f"{database.name} is to call Lambda, which {engine.text} cannot",
                        fix="Take PostgreSQL or Aurora, or leave the role out and call Lambda from the application.",
                    )
                yield from _without_right(assembly, database, association.at("RoleArn"))
        group = database.at("DBClusterParameterGroupName").target("AWS::RDS::DBClusterParameterGroup")
        if group is not None:
            yield from _default_role(assembly, database, group.at("Parameters", _LAMBDA_ROLE))


def _default_role(assembly: Assembly, cluster: Resource, parameter: Place) -> Iterator[Problem]:
    """Judge the role that Aurora MySQL takes by its parameters."""
    role = assembly.rights.role_of(parameter)
    if role is None:
        return
    associated = cluster.at("AssociatedRoles")
    roles = [association.at("RoleArn") for association in associated.items]
    if associated.is_list_known and all(each.target() not in (None, role) for each in roles):
        yield associated.problem(
            f"the role {role.name}, by which {cluster.name} is to call Lambda, is not associated with it",
            fix=f"Add {role.name} to AssociatedRoles.",
        )
    yield from _without_right(assembly, cluster, parameter)


def _without_right(assembly: Assembly, database: Resource, place: Place) -> Iterator[Problem]:
    role = assembly.rights.role_of(place)
    if role is not None and assembly.rights.allows(role, "lambda:InvokeFunction") is False:
        yield place.problem(
            f"the role {role.name}, by which {database.name} is to call Lambda, may not",
            fix=f"Allow {role.name} lambda:InvokeFunction on the functions.",
        )
