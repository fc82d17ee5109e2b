"""What CloudWatch measures of a table, each minute."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

# One alarm watches at most ten metrics (CloudWatch quotas). The grants allow no PartiQL, so these are all there are.
_OPERATIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)


class TableMetrics:
    """The metrics of a table; what they share is asked for once, since each question crosses into Node."""

    def __init__(self, table: dynamodb.ITable) -> None:
        """Measure a table."""
        self._table_name = table.table_name
        self._minute = Duration.minutes(1)
        self._sum = cloudwatch.Stats.SUM

    def throttled_requests(self) -> cloudwatch.IMetric:
        """Count the requests refused for want of capacity, the table's or an index's (``ThrottledRequests``)."""
        return self._of_all_operations("ThrottledRequests")

    def system_errors(self) -> cloudwatch.IMetric:
        """Count the requests that DynamoDB failed to answer by its own fault (``SystemErrors``)."""
        return self._of_all_operations("SystemErrors")

    def replication_latency(self, region: str) -> cloudwatch.Metric:
        """Average how long a change takes until it is in another region, in milliseconds (``ReplicationLatency``)."""
        return self._metric("ReplicationLatency", cloudwatch.Stats.AVERAGE, ReceivingRegion=region)

    def _of_all_operations(self, name: str) -> cloudwatch.MathExpression:
        return cloudwatch.MathExpression(
            # Not a sum by "+": that has no value while one of the operations has none.
            expression="SUM(METRICS())",
            using_metrics={
                operation[0].lower() + operation[1:]: self._metric(name, self._sum, Operation=operation)
                for operation in _OPERATIONS
            },
            label=name,
            period=self._minute,
        )

    def _metric(self, name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map={"TableName": self._table_name, **dimensions},
            statistic=statistic,
            period=self._minute,
        )
