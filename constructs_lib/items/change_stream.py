"""A function that hears of every change of a table, and cannot be stopped by one bad record."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, Names, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, require, require_kind, require_one_of, require_within
from constructs_lib.items.stream_source import StreamSource, is_table, let_read
from constructs_lib.quotas import (
    DYNAMODB_STREAM_RECORD_AGE,
    LAMBDA_STREAM_BATCH_SIZE,
    LAMBDA_STREAM_BATCH_WINDOW,
    LAMBDA_STREAM_FILTERS,
    LAMBDA_STREAM_PARALLELIZATION,
    LAMBDA_STREAM_RECORD_AGE,
    LAMBDA_STREAM_RETRIES,
)
from constructs_lib.services.alarm import alarm
from constructs_lib.services.dead_letter_queue import DeadLetterQueue

_STARTS = (lambda_.StartingPosition.TRIM_HORIZON, lambda_.StartingPosition.LATEST)


class ChangeStream(Construct):
    """A table's changes, delivered to a function from the table's own stream or from a Kinesis stream.

    By default Lambda retries a failing batch for as long as the stream keeps it, and everything behind it waits. Here a
    failing batch is split until the bad record is alone, tried a finite number of times, and its position put in a
    dead-letter queue with an alarm, while the records behind it go on. The function may report the records that failed
    (``ReportBatchItemFailures``), so that the others are not delivered twice.

    Costs: reading a table's own stream costs nothing; for the rest see `KinesisChanges`.

    A function may stand in another stack than what it hears of; the mapping and its alarm then stand beside it.

    Attributes:
        mapping: Lambda's event source mapping.
        dead_letter_queue: holds the position of each batch that was given up; the records themselves are in the stream
            for as long as it keeps them, in a table's own for 24 hours.
        late_alarm: raised when records wait for too long. Lambda reports the age by function, so a function with
            several streams is late when one of them is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: StreamSource,
        function: lambda_.Function,
        patterns: Sequence[dict[str, Any]] = (),
        batch_size: int = 100,
        batch_window: Duration | None = None,
        parallelization_factor: int = 1,
        retries: int = 10,
        maximum_record_age: Duration | None = None,
        late_after: Duration | None = None,
        starting_position: lambda_.StartingPosition = lambda_.StartingPosition.TRIM_HORIZON,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Deliver a table's changes; from its own stream, those of an item come in their order.

        Args:
            scope: the construct that this belongs to.
            id: the construct id.
            source: the table, whose stream is switched on with the old and the new image of each item; or a Kinesis
                stream, or a consumer of one.
            function: what is called with the changes.
            patterns: deliver just the records that match one of these event patterns, at most 10, of which 5 without
                asking for more (Lambda quotas); none delivers all. Lambda does not charge for what a pattern drops. In
                a Kinesis stream the change is in ``data``: ``{"data": {"eventName": ["REMOVE"]}}``.
            batch_size: how many records at most in a call, 1 to 10,000 (Lambda event source mapping parameters).
            batch_window: how long to wait for a batch to fill, 0 s to 5 minutes; None does not wait.
            parallelization_factor: how many batches of a shard at a time, 1 to 10; the records of one key are never in
                two of them.
            retries: how often a failing batch is tried again, 0 to 10,000.
            maximum_record_age: give a record up when it is older, 60 s to 7 days; None is one hour.
            late_after: raise ``late_alarm`` when records wait longer, 1 s to ``maximum_record_age``; None is half of
                that.
            starting_position: where to begin: ``TRIM_HORIZON``, the oldest record that the stream still has, or
                ``LATEST``, what comes after the deployment. Lambda replaces the mapping when it changes.
            alarm_topic: is told when a batch is given up or records are late; None raises the alarms without telling
                anyone.

        Raises:
            InvalidArgument: an argument out of range.
        """
        age, window = maximum_record_age or Duration.hours(1), batch_window or Duration.seconds(0)
        guide = LAMBDA_STREAM_BATCH_SIZE.source
        for name, value in {"maximum_record_age": age, "batch_window": window}.items():
            require_kind(name, value, Duration, guide)
        require_within("patterns", len(patterns), LAMBDA_STREAM_FILTERS)
        rule = 'be a list of event patterns, such as [{"eventName": ["REMOVE"]}]'
        require(all(map(_is_pattern, patterns)), "patterns", rule, patterns, LAMBDA_STREAM_FILTERS.source)
        require_within("batch_size", batch_size, LAMBDA_STREAM_BATCH_SIZE)
        require_within("batch_window", window.to_seconds(integral=False), LAMBDA_STREAM_BATCH_WINDOW)
        require_within("parallelization_factor", parallelization_factor, LAMBDA_STREAM_PARALLELIZATION)
        require_within("retries", retries, LAMBDA_STREAM_RETRIES)
        longest = DYNAMODB_STREAM_RECORD_AGE if is_table(source) else LAMBDA_STREAM_RECORD_AGE
        require_within("maximum_record_age", age.to_seconds(integral=False), longest)
        late = _milliseconds(late_after, age)
        require_one_of("starting_position", starting_position, _STARTS, guide)
        super().__init__(scope, id)
        source_arn, reading = let_read(function, source)
        self.dead_letter_queue = DeadLetterQueue(self, "DeadLetters", alarm_topic=alarm_topic)
        # A function in another stack needs the stream's; to stand in that one, the mapping would need the function's.
        home = self if Stack.of(function) is Stack.of(self) else Construct(function, Names.unique_id(self))
        self.mapping = lambda_.EventSourceMapping(
            home,
            "Mapping",
            target=function,
            event_source_arn=source_arn,
            starting_position=starting_position,
            batch_size=batch_size,
            max_batching_window=batch_window,
            parallelization_factor=parallelization_factor,
            bisect_batch_on_error=True,
            retry_attempts=retries,
            max_record_age=age,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(pattern) for pattern in patterns] or None,
            on_failure=event_sources.SqsDlq(self.dead_letter_queue.queue),
        )
        # Lambda checks the function's rights when the mapping is made.
        reading.apply_before(self.mapping)
        self.late_alarm = alarm(
            home,
            "Late",
            metric=function.metric("IteratorAge", statistic=cloudwatch.Stats.MAXIMUM, period=Duration.minutes(1)),
            above=late,
            periods=3,
            tells="Changes reach the function late; soon they are given up unseen. Look for failing or slow calls, "
            "then raise batch_size or parallelization_factor, or the function's memory.",
            topic=alarm_topic,
        )


def _milliseconds(late_after: Duration | None, age: Duration) -> float:
    """Give what is late, in milliseconds; the default is half of the age at which records are given up."""
    longest = age.to_milliseconds()
    if late_after is None:
        return longest / 2
    require_kind("late_after", late_after, Duration, "constructs_lib.items")
    late = late_after.to_milliseconds()
    require(
        1_000 <= late <= longest, "late_after", "be 1 second to maximum_record_age", late_after, "constructs_lib.items"
    )
    return late


def _is_pattern(pattern: object) -> bool:
    """Tell whether this has a pattern's form: names, each with a list of what is looked for, or with a pattern."""
    return isinstance(pattern, dict) and all(isinstance(each, list) or _is_pattern(each) for each in pattern.values())


def require_new_listener(name: str, streams: Sequence[ChangeStream], function: lambda_.Function) -> None:
    """Raise `InvalidArgument` if a listener's place is taken: by the same function, or by another of the same id."""
    if name in [stream.node.id for stream in streams]:
        rule = "have another construct id than those that hear of the changes already"
        raise InvalidArgument("function", rule, function.node.path, "constructs_lib.items")
