"""The template of `ItemTable` with all on, written with aws-cdk-lib alone by somebody who knows the CDK well.

It is written to be read, as such code is. Nothing is checked, and all that the pattern computes stands here as it came
out. What an alarm says is not repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from benchmarks.relational_by_hand import accept

READ = ["GetItem", "BatchGetItem", "Query", "ConditionCheckItem", "Scan"]
WRITE = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]
READ_STREAM = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
USE_KEY = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"]
USE_KEY += ["GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"]
OPERATIONS = ["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]
OPERATIONS += ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table goes, and what stands there already."""

    stack: Stack
    id: str
    function: lambda_.Function
    key: kms.IKey
    replica_key: kms.IKey
    topic: sns.ITopic


class TableByHand(Construct):
    """A table, its alarms, and a function that reads, writes and hears of changes."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.stack, place.id)
        self.minute = Duration.minutes(1)
        self.action = actions.SnsAction(place.topic)
        self.table = self._table(place)
        self._alarms()
        self._grant(place.function, place.key)
        self._tell(place.function, place.key)

    def _table(self, place: Place) -> dynamodb.TableV2:
        string = dynamodb.AttributeType.STRING
        created_at = dynamodb.Attribute(name="created_at", type=string)
        read = dynamodb.Capacity.autoscaled(
            min_capacity=5, max_capacity=100, seed_capacity=5, target_utilization_percent=70
        )
        write = dynamodb.Capacity.autoscaled(
            min_capacity=5, max_capacity=50, seed_capacity=5, target_utilization_percent=70
        )
        return dynamodb.TableV2(
            self,
            "Table",
            table_name=place.id,
            partition_key=dynamodb.Attribute(name="pk", type=string),
            sort_key=dynamodb.Attribute(name="sk", type=string),
            time_to_live_attribute="expires_at",
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name="ByOwner",
                    partition_key=dynamodb.Attribute(name="owner", type=string),
                    sort_key=created_at,
                    read_capacity=read,
                    write_capacity=write,
                )
            ],
            local_secondary_indexes=[dynamodb.LocalSecondaryIndexProps(index_name="ByDate", sort_key=created_at)],
            billing=dynamodb.Billing.provisioned(read_capacity=read, write_capacity=write),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=35
            ),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(
                place.key, {"eu-west-1": place.replica_key.key_arn}
            ),
            replicas=[dynamodb.ReplicaTableProps(region="eu-west-1")],
            table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
            contributor_insights_specification=dynamodb.ContributorInsightsSpecification(
                enabled=True, mode=dynamodb.ContributorInsightsMode.ACCESSED_AND_THROTTLED_KEYS
            ),
            warm_throughput=dynamodb.WarmThroughput(read_units_per_second=20_000, write_units_per_second=8_000),
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _alarms(self) -> None:
        for name in ("ThrottledRequests", "SystemErrors"):
            of_operations = {
                f"{operation[0].lower()}{operation[1:]}": self._metric(name, "Sum", {"Operation": operation})
                for operation in OPERATIONS
            }
            total = cloudwatch.MathExpression(
                expression="SUM(METRICS())", using_metrics=of_operations, label=name, period=self.minute
            )
            self._alarm(self, name, total, above=0, periods=5, datapoints=3)
        latency = self._metric("ReplicationLatency", "Average", {"ReceivingRegion": "eu-west-1"})
        self._alarm(self, "ReplicationLatency", latency, above=60_000, periods=5, datapoints=3)

    def _grant(self, function: lambda_.Function, key: kms.IKey) -> None:
        function.add_environment("TABLE_NAME", self.table.table_name)
        arn = self.table.table_arn
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action in READ],
                resources=[arn, f"{arn}/index/ByOwner", f"{arn}/index/ByDate"],
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"kms:{action}" for action in USE_KEY],
                resources=[key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": "dynamodb.eu-central-1.amazonaws.com"}},
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in WRITE], resources=[arn])
        )

    def _tell(self, function: lambda_.Function, key: kms.IKey) -> None:
        stream_arn = self.table.table_stream_arn or ""
        function.add_to_role_policy(
            iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in READ_STREAM], resources=[stream_arn])
        )
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(queue, "AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy")
        waiting = queue.metric_approximate_number_of_messages_visible(period=self.minute, statistic="Maximum")
        self._alarm(queue, "NotEmpty", waiting, above=0, ok=False)
        mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            parallelization_factor=1,
            bisect_batch_on_error=True,
            retry_attempts=10,
            max_record_age=Duration.hours(1),
            report_batch_item_failures=True,
            on_failure=event_sources.SqsDlq(queue),
        )
        key.grant_decrypt(function).apply_before(mapping)
        age = function.metric("IteratorAge", statistic="Maximum", period=self.minute)
        self._alarm(self, "Late", age, above=1_800_000, periods=3)

    def _metric(self, name: str, statistic: str, dimensions: Mapping[str, str]) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map={"TableName": self.table.table_name, **dimensions},
            statistic=statistic,
            period=self.minute,
        )

    def _alarm(
        self,
        scope: Construct,
        id: str,
        metric: cloudwatch.IMetric,
        *,
        above: float,
        periods: int = 1,
        datapoints: int | None = None,
        ok: bool = True,
    ) -> None:
        alarm = cloudwatch.Alarm(
            scope,
            id,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            datapoints_to_alarm=datapoints,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self.action)
        if ok:
            alarm.add_ok_action(self.action)
