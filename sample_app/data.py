"""What the desk remembers: requests in DynamoDB with a cache and a stream of changes, the ledger in PostgreSQL."""

from aws_cdk import Duration, Environment, RemovalPolicies, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import DatabaseEngine, DaxCluster, ItemTable, ProxiedDatabase
from constructs_lib.checks import acknowledge


class DataStack(Stack):
    """The network, the tables and the database: all that must outlive a change of the code."""

    def __init__(
        self, scope: Construct, id: str, *, keep: bool, alarm_topic: sns.ITopic, env: Environment | None = None
    ) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: what it remembers")
        removal_policy = RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY
        self.vpc = self._vpc(removal_policy)
        self.requests = ItemTable(
            self,
            "Requests",
            partition_key="request_id",
            ttl_attribute="expires_at",
            deletion_protection=keep,
            removal_policy=removal_policy,
            alarm_topic=alarm_topic,
        )
        # One shard takes 1,000 changes a second; on demand, a stream costs more than twice as much while idle.
        self.changes = self.requests.stream_to_kinesis(shards=1, removal_policy=removal_policy)
        # The workflow writes past the cache, and who waits for an answer looks again and again.
        self.cache = DaxCluster(
            self,
            "Cache",
            vpc=self.vpc,
            tables=[self.requests],
            node_type="dax.t3.small",
            item_ttl=Duration.seconds(5),
            alarm_topic=alarm_topic,
        )
        self.ledger = ProxiedDatabase(
            self,
            "Ledger",
            vpc=self.vpc,
            engine=DatabaseEngine.aurora_postgres("17.9"),
            database_name="ledger",
            deletion_protection=keep,
            removal_policy=removal_policy,
            alarm_topic=alarm_topic,
        )
        if not keep:
            acknowledge(
                self.ledger.database,
                "AwsSolutions-RDS10",
                reason="keepData=no asks for a deployment that can be deleted with all that it holds.",
            )

    def _vpc(self, removal_policy: RemovalPolicy) -> ec2.Vpc:
        """Make a network without a way out: functions reach DynamoDB through a gateway, which costs nothing."""
        log_group = logs.LogGroup(
            self, "FlowLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=removal_policy
        )
        vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=3,
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
            gateway_endpoints={
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
            },
            flow_logs={"All": ec2.FlowLogOptions(destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group))},
        )
        # A database that is kept keeps its network: without it, the stack could not be deleted.
        RemovalPolicies.of(vpc).apply(removal_policy)
        return vpc
