"""A function that hears of every change of a table, and cannot be stopped by one bad record."""

from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require_within
from constructs_lib.quotas import LAMBDA_STREAM_BATCH_SIZE, LAMBDA_STREAM_RECORD_AGE, LAMBDA_STREAM_RETRIES
from constructs_lib.services.dead_letter_queue import DeadLetterQueue


class ChangeStream(Construct):
    """A table's stream, delivered to a function.

    By default Lambda retries a failing batch for as long as the stream keeps it, and everything behind it waits. Here a
    failing batch is split until the bad record is alone, tried a finite number of times, and its position put in a
    dead-letter queue with an alarm, while the records behind it go on. The function may report the records that failed
    (``ReportBatchItemFailures``), so that the others are not delivered twice.

    Attributes:
        mapping: Lambda's event source mapping.
        dead_letter_queue: holds the position of each batch that was given up; the stream keeps the records for 24 h.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: dynamodb.TableV2,
        function: lambda_.Function,
        patterns: Sequence[dict[str, Any]] = (),
        batch_size: int = 100,
        retries: int = 10,
        maximum_record_age: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Deliver a table's changes, oldest first, from the moment that this is deployed.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            table: the table; its stream is switched on, with the old and the new image of each item.
            function: what is called with the changes.
            patterns: deliver just the records that match one of these event patterns (Using event filtering with a
                DynamoDB event source); none delivers all. Lambda does not charge for what a pattern drops.
            batch_size: how many records at most in a call, 1 to 10,000 (Lambda event source mapping parameters).
            retries: how often a failing batch is tried again, 0 to 10,000.
            maximum_record_age: give a record up when it is older, 60 s to 7 days; None is one hour.
            alarm_topic: is told when a batch is given up; None raises the alarm without telling anyone.

        Raises:
            InvalidArgument: an argument out of range.
        """
        age = maximum_record_age or Duration.hours(1)
        require_within("batch_size", batch_size, LAMBDA_STREAM_BATCH_SIZE)
        require_within("retries", retries, LAMBDA_STREAM_RETRIES)
        require_within("maximum_record_age", age.to_seconds(integral=False), LAMBDA_STREAM_RECORD_AGE)
        super().__init__(scope, id)
        stream_arn = _switch_on(table)
        self.dead_letter_queue = DeadLetterQueue(self, "DeadLetters", alarm_topic=alarm_topic)
        reading = iam.Grant.add_to_principal(
            grantee=function,
            actions=[
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            resource_arns=[stream_arn],
        )
        self.mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch_size,
            bisect_batch_on_error=True,
            retry_attempts=retries,
            max_record_age=age,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(pattern) for pattern in patterns] or None,
            on_failure=event_sources.SqsDlq(self.dead_letter_queue.queue),
        )
        # Lambda checks the function's rights when the mapping is made.
        reading.apply_before(self.mapping)


def _switch_on(table: dynamodb.TableV2) -> str:
    """Switch a table's stream on and return its ARN; TableV2 itself takes a stream only when it is made."""
    resource = cast("dynamodb.CfnGlobalTable", table.node.default_child)
    resource.stream_specification = dynamodb.CfnGlobalTable.StreamSpecificationProperty(
        stream_view_type="NEW_AND_OLD_IMAGES"
    )
    return resource.attr_stream_arn
