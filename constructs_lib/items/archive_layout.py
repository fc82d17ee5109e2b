"""How an archive is laid out: which folder a change goes to, and what Firehose does to it on the way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_kinesisfirehose as firehose

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import (
    FIREHOSE_BUFFER_INTERVAL,
    FIREHOSE_BUFFER_SIZE,
    FIREHOSE_PARTITION_KEYS,
    FIREHOSE_PARTITIONED_BUFFER_INTERVAL,
    FIREHOSE_PARTITIONED_BUFFER_SIZE,
)

_FOLDERS = "Custom prefixes for Amazon S3 objects, Amazon Data Firehose"
_PARTITIONS = FIREHOSE_PARTITION_KEYS.source
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DATE = "date=!{timestamp:yyyy-MM-dd}/"

Processor = firehose.CfnDeliveryStream.ProcessorProperty
Parameter = firehose.CfnDeliveryStream.ProcessorParameterProperty


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLayout:
    """The folders of an archive, and how much is gathered for a file; for the arguments see `KinesisArchive`."""

    folder: str
    error_folder: str
    partitions: Mapping[str, str]
    buffer_mib: int
    buffer_interval: Duration

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what Firehose would refuse, or Athena could not read."""
        self._check_folders()
        self._check_partitions()
        size = FIREHOSE_PARTITIONED_BUFFER_SIZE if self.partitions else FIREHOSE_BUFFER_SIZE
        interval = FIREHOSE_PARTITIONED_BUFFER_INTERVAL if self.partitions else FIREHOSE_BUFFER_INTERVAL
        require_within("buffer_mib", self.buffer_mib, size)
        require_kind("buffer_interval", self.buffer_interval, Duration, interval.source)
        require_within("buffer_interval", self.buffer_interval.to_seconds(integral=False), interval)

    @property
    def prefix(self) -> str:
        """Where a change lies, as Hive, Glue and Athena read it: by its keys, then by the day it arrived (UTC)."""
        keys = "".join(f"{name}=!{{partitionKeyFromQuery:{name}}}/" for name in self.partitions)
        return f"{self.folder}{keys}{_DATE}"

    @property
    def error_prefix(self) -> str:
        """Where a change lies that could not be put there, by what failed."""
        return f"{self.error_folder}!{{firehose:error-output-type}}/{_DATE}"

    @property
    def processors(self) -> list[firehose.CfnDeliveryStream.ProcessorProperty]:
        """What gives each change a line of its own, and finds its partition's keys in it."""
        newline = Processor(
            type="AppendDelimiterToRecord",
            parameters=[Parameter(parameter_name="Delimiter", parameter_value="\\n")],
        )
        if not self.partitions:
            return [newline]
        query = ", ".join(f"{name}: {expression}" for name, expression in self.partitions.items())
        extraction = Processor(
            type="MetadataExtraction",
            parameters=[
                Parameter(parameter_name="MetadataExtractionQuery", parameter_value=f"{{{query}}}"),
                Parameter(parameter_name="JsonParsingEngine", parameter_value="JQ-1.6"),
            ],
        )
        return [extraction, newline]

    def _check_folders(self) -> None:
        rule = 'be as "changes/": end in a slash, not begin with one, and have no "!"'
        for name, value in {"folder": self.folder, "error_folder": self.error_folder}.items():
            is_folder = value.endswith("/") and not value.startswith("/") and "!" not in value
            require(is_folder, name, rule, value, _FOLDERS)
        one, other = self.folder, self.error_folder
        are_apart = not (one.startswith(other) or other.startswith(one))
        require(are_apart, "error_folder", "lie apart from folder", other, _FOLDERS)

    def _check_partitions(self) -> None:
        require_within("partition_by", len(self.partitions), FIREHOSE_PARTITION_KEYS)
        for name, expression in self.partitions.items():
            is_name = _NAME.fullmatch(name) and name != "date"
            rule = "have names of letters, digits and underscores, none of which is 'date'"
            require(is_name, "partition_by", rule, name, _PARTITIONS)
            rule = "be a jq expression that begins with a dot, as '.dynamodb.Keys.tenant.S'"
            require(expression.startswith("."), f"partition_by[{name!r}]", rule, expression, _PARTITIONS)
