"""Tables that cannot be restored, streams that lose records, and a cache in the open."""

from aws_cdk import Environment, RemovalPolicy, Stack
from aws_cdk import aws_dax as dax
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from tests.checks.broken.function import function


class Items(Stack):
    """Breaks DDB-1 to DDB-10."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
        dynamodb.TableV2(self, "Drafts", partition_key=key)
        table = dynamodb.Table(
            self,
            "Orders",
            partition_key=key,
            billing_mode=dynamodb.BillingMode.PROVISIONED,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            removal_policy=RemovalPolicy.DESTROY,
        )
        for number in range(3):
            source = sources.DynamoEventSource(table, starting_position=lambda_.StartingPosition.LATEST)
            function(self, f"Consumer{number}").add_event_source(source)
        exporter = iam.Role(self, "Exporter", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        table.grant(exporter, "dynamodb:ExportTableToPointInTime")
        kinesis.CfnStream(self, "Changes", shard_count=1, retention_period_hours=9000)
        self._cache(table)

    def _cache(self, table: dynamodb.Table) -> None:
        vpc = ec2.Vpc(self, "Vpc", nat_gateways=0)
        role = iam.Role(self, "CacheRole", assumed_by=iam.ServicePrincipal("dax.amazonaws.com"))
        table.grant_read_data(role)
        subnets = dax.CfnSubnetGroup(self, "Subnets", subnet_ids=[each.subnet_id for each in vpc.public_subnets])
        dax.CfnCluster(
            self,
            "Cache",
            iam_role_arn=role.role_arn,
            node_type="dax.t3.small",
            replication_factor=1,
            subnet_group_name=subnets.ref,
        )
