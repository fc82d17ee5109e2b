"""The database behind the proxy: an Aurora cluster or an instance, of which only the proxy's group knows the way."""

import re
from dataclasses import dataclass
from typing import Any, cast

from aws_cdk import Aws, Duration, Fn, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.log_encryption import let_logs_use
from constructs_lib.quotas import RDS_BACKUP_RETENTION
from constructs_lib.relational.backend import Backend
from constructs_lib.relational.engine import DatabaseEngine, Instance, Serverless
from constructs_lib.relational.engine_settings import cdk_engine, settings_of

_MONITORING_SECONDS = 60
_SOURCE = "constructs_lib.relational"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a database's data are kept."""

    backup_retention_days: int = 7
    deletion_protection: bool = True
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what RDS does not have, or nobody should pay for."""
        require_within("backup_retention_days", self.backup_retention_days, RDS_BACKUP_RETENTION)
        require_kind("deletion_protection", self.deletion_protection, bool, _SOURCE)
        require_kind("log_retention", self.log_retention, logs.RetentionDays, _SOURCE)
        require_kind("removal_policy", self.removal_policy, RemovalPolicy, _SOURCE)
        is_finite = self.log_retention != logs.RetentionDays.INFINITE
        require(is_finite, "log_retention", "be finite", self.log_retention, _SOURCE)


def new_database(
    scope: Construct,
    *,
    engine: DatabaseEngine,
    database_name: str,
    vpc: ec2.IVpc,
    subnets: ec2.SubnetSelection,
    keeping: Keeping,
    encryption_key: kms.IKey | None,
) -> Backend:
    """Make an encrypted database that takes TLS only, logs to groups of its own, and whose master password RDS rotates.

    Its identifier is fixed, since that names its log groups, which must exist with their retention before the first
    line is written. CloudFormation therefore refuses a change that would replace the database with an empty one.
    """
    identifier = _identifier(scope)
    security_group = ec2.SecurityGroup(
        scope, "DatabaseSecurityGroup", vpc=vpc, description="Reached by the proxy only", allow_all_outbound=False
    )
    security_group.apply_removal_policy(keeping.removal_policy)
    if encryption_key:
        let_logs_use(encryption_key, "/aws/rds/*")
    settings = settings_of(engine)
    of_cdk = cdk_engine(engine)
    parameters = rds.ParameterGroup(
        scope,
        "Parameters",
        engine=of_cdk,
        parameters=settings.parameters,
        removal_policy=keeping.removal_policy,
    )
    common = {
        "engine": of_cdk,
        "vpc": vpc,
        "vpc_subnets": subnets,
        "security_groups": [security_group],
        "parameter_group": parameters,
        "credentials": rds.Credentials.from_username(settings.master, encryption_key=encryption_key),
        # RDS keeps the secret and rotates it every seven days, without a function that would need a way to it.
        "manage_master_user_password": True,
        "storage_encrypted": True,
        "storage_encryption_key": encryption_key,
        "iam_authentication": True,
        "cloudwatch_logs_exports": list(settings.logs),
        "monitoring_interval": Duration.seconds(_MONITORING_SECONDS),
        "monitoring_role": _monitoring_role(scope),
        "delete_automated_backups": keeping.removal_policy == RemovalPolicy.DESTROY,
        "deletion_protection": keeping.deletion_protection,
        "removal_policy": keeping.removal_policy,
    }
    retention = Duration.days(keeping.backup_retention_days)
    resource: rds.DatabaseCluster | rds.DatabaseInstance
    if isinstance(engine.size, Serverless):
        resource = _cluster(scope, identifier, database_name, engine.size, retention, common)
    else:
        resource = _instance(scope, identifier, database_name, engine.size, retention, common)
    prefix = f"/aws/rds/{'cluster' if engine.is_aurora else 'instance'}/{identifier}"
    for log in settings.logs:
        resource.node.add_dependency(_log_group(scope, log, prefix, keeping, encryption_key))
    _acknowledge(resource, security_group, engine)
    return Backend(
        database=resource,
        view=resource,
        master_secret=cast("secretsmanager.ISecret", resource.secret),
        security_group=security_group,
        port=engine.port,
        parameters=parameters,
        identifier=identifier,
    )


def _cluster(
    scope: Construct, identifier: str, database_name: str, size: Serverless, retention: Duration, common: dict[str, Any]
) -> rds.DatabaseCluster:
    # A reader that grows and shrinks with the writer is as large as it is when it takes over.
    readers = [
        rds.ClusterInstance.serverless_v2(f"Reader{n}", scale_with_writer=n == 1) for n in range(1, size.readers + 1)
    ]
    return rds.DatabaseCluster(
        scope,
        "Cluster",
        cluster_identifier=identifier,
        default_database_name=database_name,
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        readers=readers,
        serverless_v2_min_capacity=size.min_acu,
        serverless_v2_max_capacity=size.max_acu,
        enable_data_api=True,
        backup=rds.BackupProps(retention=retention),
        **common,
    )


def _instance(
    scope: Construct, identifier: str, database_name: str, size: Instance, retention: Duration, common: dict[str, Any]
) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(
        scope,
        "Instance",
        instance_identifier=identifier,
        database_name=database_name,
        instance_type=ec2.InstanceType(size.instance_type),
        multi_az=size.multi_az,
        storage_type=rds.StorageType.GP3,
        allocated_storage=size.storage_gib,
        max_allocated_storage=size.max_storage_gib,
        backup_retention=retention,
        publicly_accessible=False,
        **common,
    )


def _log_group(
    scope: Construct, kind: str, prefix: str, keeping: Keeping, encryption_key: kms.IKey | None
) -> logs.LogGroup:
    return logs.LogGroup(
        scope,
        f"{kind.capitalize()}Logs",
        log_group_name=f"{prefix}/{kind}",
        retention=keeping.log_retention,
        encryption_key=encryption_key,
        removal_policy=keeping.removal_policy,
    )


def _monitoring_role(scope: Construct) -> iam.Role:
    role = iam.Role(
        scope,
        "MonitoringRole",
        assumed_by=iam.ServicePrincipal("monitoring.rds.amazonaws.com"),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonRDSEnhancedMonitoringRole")
        ],
    )
    acknowledge(
        role,
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]",
        reason="AWS keeps this policy for one use: writing operating-system metrics to the log group RDSOSMetrics.",
    )
    return role


def _acknowledge(
    resource: rds.DatabaseCluster | rds.DatabaseInstance, security_group: ec2.SecurityGroup, engine: DatabaseEngine
) -> None:
    acknowledge(
        resource,
        "AwsSolutions-RDS11",
        reason="Only the proxy's security group may reach the database, so another port would hide nothing.",
    )
    acknowledge(
        resource,
        *in_compliance_packs("RDSInBackupPlan"),
        reason="RDS itself keeps continuous backups, which restore any second of the retention.",
    )
    if engine.family == "mysql":
        acknowledge(
            resource,
            *in_compliance_packs("RDSLoggingEnabled[LogExport::general]", "RDSLoggingEnabled[LogExport::audit]"),
            reason="The general log writes every statement with the rows in it, so it is not kept. Aurora exports its "
            "audit log; RDS for MySQL has one with an option group only.",
        )
    if engine.name == "aurora-mysql":
        acknowledge(
            resource,
            "AwsSolutions-RDS14",
            reason="Point-in-time recovery restores any second beside the running cluster. Backtracking rewinds the "
            "cluster itself, under every function that uses it.",
        )
    acknowledge(
        security_group,
        *in_compliance_packs("EC2RestrictedCommonPorts", "EC2RestrictedSSH"),
        reason="These rules cannot read a port that is known at deployment only: it is the database's own, from the "
        "proxy's security group.",
    )


def _identifier(scope: Construct) -> str:
    """Name a database after its construct and its stack's own id, so that a stack made anew never meets an old one."""
    node = scope.node
    name = re.sub(r"[^a-z0-9]", "", node.id.lower()).lstrip("0123456789")[:19] or "db"
    stack_id = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return f"{name}-{node.addr[2:7]}-{stack_id}"
