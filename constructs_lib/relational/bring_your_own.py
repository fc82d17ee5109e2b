"""What an existing database or proxy must come with, and what would be ignored beside one."""

from dataclasses import fields

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib.arguments import require
from constructs_lib.relational.backend import AnyDatabase
from constructs_lib.relational.new_database import Keeping
from constructs_lib.relational.proxy import Pool

_SOURCE = "constructs_lib.relational"


def require_left_out(keeping: Keeping | None, pool: Pool | None, authentication: str) -> None:
    """Raise `InvalidArgument` for a setting of something new that exists already: it would change nothing there.

    Args:
        keeping: how a database is kept, where it exists already.
        pool: how a proxy keeps connections, where it exists already.
        authentication: how that proxy logs in.
    """
    for what, settings in (("database", keeping), ("proxy", pool)):
        for field in fields(settings) if settings else ():
            value = getattr(settings, field.name)
            rule = f"be left out: the {what} exists already, and this would not change it"
            require(value == field.default, field.name, rule, value, _SOURCE)
    by_iam = pool is None or authentication == "iam"
    require(by_iam, "authentication", "be 'iam' with an existing proxy", authentication, _SOURCE)


def require_together(
    database: AnyDatabase | None,
    master_secret: secretsmanager.ISecret | None,
    proxy: rds.IDatabaseProxy | None,
    security_group: ec2.ISecurityGroup | None,
    role: iam.IRole | None,
) -> None:
    """Raise `InvalidArgument` for a part of something existing that comes without the rest."""
    require(database or not proxy, "proxy", "come with its database", proxy, _SOURCE)
    require(database or not master_secret, "master_secret", "come with its database", master_secret, _SOURCE)
    for name, value in (("proxy_security_group", security_group), ("proxy_role", role)):
        require(bool(value) == bool(proxy), name, "come with an existing proxy, and only with one", value, _SOURCE)
