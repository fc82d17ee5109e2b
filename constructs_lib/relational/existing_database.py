"""A database that exists already: a construct of this app, or imported."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.relational.backend import AnyDatabase, Backend, is_cluster
from constructs_lib.relational.engine import DatabaseEngine
from constructs_lib.relational.engine_settings import cdk_engine

_SOURCE = "Configuring IAM authentication for RDS Proxy"


def existing_database(
    scope: Construct, *, database: AnyDatabase, engine: DatabaseEngine, master_secret: secretsmanager.ISecret | None
) -> Backend:
    """Import a database once more, into the proxy's own stack.

    Rules between its security group and the proxy's then stand here, and its stack never waits for this one
    (aws-cdk#5047). It also lets an import do that was made without an engine or a port.

    Raises:
        InvalidArgument: the database does not fit the engine, does not let users in by IAM, or was imported without its
            security groups, its resource id or the secret of its master user.
    """
    if is_cluster(database) != engine.is_aurora:
        raise InvalidArgument("database", f"be of the engine {engine.name}", database.node.path, _SOURCE)
    _require_fitting(database, engine)
    port = _port(database, engine)
    secret = _master_secret(database, master_secret)
    group = ec2.SecurityGroup.from_security_group_id(scope, "DatabaseSecurityGroup", _security_group_id(database))
    view: AnyDatabase
    if is_cluster(database):
        view = rds.DatabaseCluster.from_database_cluster_attributes(
            scope,
            "Cluster",
            cluster_identifier=database.cluster_identifier,
            cluster_resource_identifier=_known(database, database.cluster_resource_identifier),
            port=port,
            engine=cdk_engine(engine),
            security_groups=[group],
        )
    else:
        view = rds.DatabaseInstance.from_database_instance_attributes(
            scope,
            "Instance",
            instance_identifier=database.instance_identifier,
            instance_endpoint_address=database.db_instance_endpoint_address,
            instance_resource_id=_known(database, database.instance_resource_id),
            port=port,
            engine=cdk_engine(engine),
            security_groups=[group],
        )
    return Backend(database=database, view=view, master_secret=secret, security_group=group, port=port)


def _require_fitting(database: AnyDatabase, engine: DatabaseEngine) -> None:
    """Look where it can be seen: at a resource of this app."""
    resource = database.node.default_child
    if not isinstance(resource, (rds.CfnDBCluster, rds.CfnDBInstance)):
        return
    path, resolve = database.node.path, Stack.of(resource).resolve
    require(resource.engine == engine.name, "database", f"be of the engine {engine.name}", path, _SOURCE)
    by_iam = resolve(resource.enable_iam_database_authentication)
    require(by_iam, "database", "have iam_authentication switched on", path, _SOURCE)
    if isinstance(resource, rds.CfnDBCluster):
        has_data_api = resolve(resource.enable_http_endpoint)
        require(has_data_api, "database", "have enable_data_api switched on, which makes the users", path, _SOURCE)


def _port(database: AnyDatabase, engine: DatabaseEngine) -> int:
    """Return the port that the database listens on: what it was told, or else the engine's own."""
    resource = database.node.default_child
    told: float | str | None
    if isinstance(resource, (rds.CfnDBCluster, rds.CfnDBInstance)):
        told = resource.port
    else:
        default = database.connections.default_port
        told = default.to_string() if default else None
    if told is None:
        return engine.port
    number = str(told)
    require(number.isdigit(), "database", "listen on a port that is known before deployment", number, _SOURCE)
    return int(number)


def _master_secret(database: AnyDatabase, given: secretsmanager.ISecret | None) -> secretsmanager.ISecret:
    secret = given or getattr(database, "secret", None)
    if secret is None:
        rule = "be given: the users are made as the master user, whose secret this database does not know"
        raise InvalidArgument("master_secret", rule, None, _SOURCE)
    return cast("secretsmanager.ISecret", secret)


def _security_group_id(database: AnyDatabase) -> str:
    groups = database.connections.security_groups
    if not groups:
        rule = "be imported with a security group, which then admits the proxy"
        raise InvalidArgument("database", rule, database.node.path, _SOURCE)
    return groups[0].security_group_id


def _known(database: AnyDatabase, resource_id: str | None) -> str:
    if resource_id is None:
        rule = "be imported with its resource id, by which IAM knows it"
        raise InvalidArgument("database", rule, database.node.path, _SOURCE)
    return resource_id
