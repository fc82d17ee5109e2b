"""The cluster behind the proxy."""

import re

from aws_cdk import Aws, Duration, Fn, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.relational.engine import DatabaseEngine


def aurora_cluster(
    scope: Construct,
    *,
    engine: DatabaseEngine,
    database_name: str,
    vpc: ec2.IVpc,
    subnets: ec2.SubnetSelection,
    security_group: ec2.ISecurityGroup,
    backup_retention_days: int,
    deletion_protection: bool,
    log_retention: logs.RetentionDays,
    removal_policy: RemovalPolicy,
) -> rds.DatabaseCluster:
    """Make an encrypted cluster that takes TLS only, logs to a group of its own, and whose master password RDS rotates.

    Its identifier is fixed, since that names the log group, which must exist with its retention before the first line
    is written. CloudFormation therefore refuses a change that would replace the cluster with an empty one.
    """
    identifier = _identifier(scope)
    log_group = logs.LogGroup(
        scope,
        "ClusterLogs",
        log_group_name=f"/aws/rds/cluster/{identifier}/postgresql",
        retention=log_retention,
        removal_policy=removal_policy,
    )
    version = getattr(rds.AuroraPostgresEngineVersion, f"VER_{engine.version.replace('.', '_')}")
    cluster_engine = rds.DatabaseClusterEngine.aurora_postgres(version=version)
    parameters = rds.ParameterGroup(
        scope,
        "Parameters",
        engine=cluster_engine,
        parameters={"rds.force_ssl": "1"},
        removal_policy=removal_policy,
    )
    cluster = rds.DatabaseCluster(
        scope,
        "Cluster",
        engine=cluster_engine,
        cluster_identifier=identifier,
        default_database_name=database_name,
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        # A reader that grows and shrinks with the writer is as large as it is when it takes over.
        readers=[rds.ClusterInstance.serverless_v2(f"Reader{n}", scale_with_writer=n == 1) for n in _readers(engine)],
        serverless_v2_min_capacity=engine.min_acu,
        serverless_v2_max_capacity=engine.max_acu,
        vpc=vpc,
        vpc_subnets=subnets,
        security_groups=[security_group],
        parameter_group=parameters,
        storage_encrypted=True,
        iam_authentication=True,
        enable_data_api=True,
        # RDS keeps the secret and rotates it every seven days, without a function that would need a way to it.
        manage_master_user_password=True,
        backup=rds.BackupProps(retention=Duration.days(backup_retention_days)),
        cloudwatch_logs_exports=["postgresql"],
        deletion_protection=deletion_protection,
        removal_policy=removal_policy,
    )
    cluster.node.add_dependency(log_group)
    acknowledge(
        cluster,
        "AwsSolutions-RDS11",
        reason="Only the proxy's security group may reach the database, so another port would hide nothing.",
    )
    return cluster


def _readers(engine: DatabaseEngine) -> range:
    return range(1, engine.readers + 1)


def _identifier(scope: Construct) -> str:
    """Name a cluster after its construct and its stack's own id, so that a stack made anew never meets an old one."""
    name = re.sub(r"[^a-z0-9]", "", scope.node.id.lower()).lstrip("0123456789")[:19] or "db"
    stack_id = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return f"{name}-{scope.node.addr[2:7]}-{stack_id}"
