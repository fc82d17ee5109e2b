"""Streams of changes: how many read them, what a poison record does, and how long they keep."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.tables import GLOBAL_TABLE, TABLE
from constructs_lib.quotas import DYNAMODB_STREAM_CONSUMERS, KINESIS_RETENTION

_STREAM, _FAN_OUT = "AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer"


class _Consumer(NamedTuple):
    """Who reads a stream."""

    source: Place
    settings: Place
    """How often, and for how long, it tries a batch again."""
    destination: Place
    """Where a batch goes that it gave up."""

    @property
    def name(self) -> str:
        return self.source.resource.name

    @property
    def is_running(self) -> bool:
        """Whether it surely does."""
        resource = self.source.resource
        enabled, state = resource.at("Enabled"), resource.at("DesiredState")
        is_on = (enabled.missing or enabled.flag is True) and (state.missing or state.text == "RUNNING")
        return is_on and resource.is_certain

    @property
    def is_of_stream(self) -> bool:
        is_named = any(service in self.source.known_text for service in (":dynamodb:", ":kinesis:"))
        return is_named or self.source.target(TABLE, GLOBAL_TABLE, _STREAM, _FAN_OUT) is not None


def _consumers(assembly: Assembly) -> Iterator[_Consumer]:
    for mapping in assembly.of_type("AWS::Lambda::EventSourceMapping"):
        destination = mapping.at("DestinationConfig", "OnFailure", "Destination")
        yield _Consumer(mapping.at("EventSourceArn"), mapping, destination)
    for pipe in assembly.of_type("AWS::Pipes::Pipe"):
        for kind, settings in pipe.at("SourceParameters").entries:
            if kind in ("DynamoDBStreamParameters", "KinesisStreamParameters"):
                yield _Consumer(pipe.at("Source"), settings, settings.at("DeadLetterConfig", "Arn"))


@rule(
    "DDB-3",
    WARNING,
    f"A table's stream has {DYNAMODB_STREAM_CONSUMERS}",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html",
)
def consumers(assembly: Assembly) -> Iterator[Problem]:
    """More readers are throttled, and all of them fall behind.

    Event source mappings and pipes of tables in the assembly count, but not those that are, or may be, off or left out.
    """
    found: dict[Resource, list[_Consumer]] = defaultdict(list)
    for consumer in _consumers(assembly):
        table = consumer.source.target(TABLE, GLOBAL_TABLE)
        if table is not None and consumer.is_running:
            found[table].append(consumer)
    for table, readers in found.items():
        if len(readers) not in DYNAMODB_STREAM_CONSUMERS:
            yield table.at("StreamSpecification").problem(
                f"{len(readers)} read the stream of the table {table.name}: {', '.join(each.name for each in readers)}",
                fix="Send the changes to a Kinesis stream, which serves more, or let one reader pass them on.",
            )


@rule(
    "DDB-4",
    WARNING,
    "A stream's consumer gives a poison record up, and keeps it",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html",
)
def poison(assembly: Assembly) -> Iterator[Problem]:
    """By default a batch that fails is tried again until it leaves the stream, and all behind it in its shard waits.

    That holds for streams of tables and of Kinesis, read by event source mappings and by pipes. A finite number of
    retries, or a maximum age of records, ends it; without a destination what was given up is lost. Settings that are
    known at deployment only are no finding.
    """
    for consumer in _consumers(assembly):
        if not consumer.is_of_stream:
            continue
        retries, age = (consumer.settings.at(name) for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"))
        if all(setting.missing or setting.number == -1 for setting in (retries, age)):
            yield retries.problem(
                f"{consumer.name} retries a failed batch until the stream forgets it",
                fix="Set MaximumRetryAttempts, and a destination for what fails.",
            )
        elif consumer.destination.missing:
            yield consumer.destination.problem(
                f"{consumer.name} drops a batch that it gave up", fix="Send it to a queue or a topic: OnFailure."
            )


@rule(
    "DDB-9",
    ERROR,
    f"A Kinesis stream keeps its records for {KINESIS_RETENTION}",
    source="https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html",
)
def retention(assembly: Assembly) -> Iterator[Problem]:
    """Kinesis refuses other periods, in the middle of a deployment.

    A period that is known at deployment only is no finding.
    """
    for stream in assembly.of_type(_STREAM):
        period = stream.at("RetentionPeriodHours")
        if period.number is not None and period.number not in KINESIS_RETENTION:
            yield period.problem(
                f"{stream.name} keeps its records for {period.number:g} hours", fix=f"Take {KINESIS_RETENTION}."
            )
