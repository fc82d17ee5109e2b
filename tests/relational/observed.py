"""A database and its proxy as the CDK makes them, for tests of what is observed of them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns

from constructs_lib import DatabaseEngine
from constructs_lib.relational.backend import AnyDatabase
from constructs_lib.relational.database_events import DatabaseEvents
from tests.statements import Template

AURORA = DatabaseEngine.aurora_postgres("17.9", readers=1)
INSTANCE = DatabaseEngine.postgres("17.9", storage_gib=50, max_storage_gib=200)


@dataclass(frozen=True)
class Observed:
    stack: Stack
    engine: DatabaseEngine
    database: AnyDatabase
    proxy: rds.IDatabaseProxy

    def events(self, id: str = "Events", *, alarm_topic: sns.ITopic | None = None) -> DatabaseEvents:
        return DatabaseEvents(
            self.stack,
            id,
            database=self.database,
            proxy=self.proxy,
            alarm_topic=alarm_topic,
        )


def observed(stack: Stack, engine: DatabaseEngine = AURORA) -> Observed:
    """Imported into a stack that the tests then fill: its template has nothing else in it."""
    database: AnyDatabase
    if engine.is_aurora:
        database = rds.DatabaseCluster.from_database_cluster_attributes(stack, "Database", cluster_identifier="ledger")
    else:
        database = rds.DatabaseInstance.from_database_instance_attributes(
            stack,
            "Database",
            instance_identifier="ledger",
            instance_endpoint_address="ledger.example.com",
            port=5432,
            security_groups=[],
        )
    proxy = rds.DatabaseProxy.from_database_proxy_attributes(
        stack,
        "Proxy",
        db_proxy_arn="arn:aws:rds:eu-west-1:111111111111:db-proxy:prx-0123",
        db_proxy_name="ledger-proxy",
        endpoint="ledger-proxy.example.com",
        security_groups=[],
    )
    return Observed(stack, engine, database, proxy)


def made(stack: Stack) -> Observed:
    """Made in the stack itself, so that what refers to it is ordered after it."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    version = rds.AuroraPostgresEngineVersion.VER_17_9
    cluster = rds.DatabaseCluster(
        stack,
        "Cluster",
        engine=rds.DatabaseClusterEngine.aurora_postgres(version=version),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        manage_master_user_password=True,
    )
    proxy = rds.DatabaseProxy(
        stack,
        "Proxy",
        proxy_target=rds.ProxyTarget.from_cluster(cluster),
        default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
        vpc=vpc,
    )
    return Observed(stack, AURORA, cluster, proxy)


def findings_of_cfn_lint(template: Template, folder: Path) -> list[str]:
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "parseable", str(path)]
    return subprocess.run(lint, capture_output=True, text=True, check=False).stdout.splitlines()
