"""A table's changes on their way to S3 as on AWS: through Kinesis and Firehose, under Firehose's role.

The emulator writes a table's changes to Kinesis in the form of the table's own stream, and hands to Firehose only what
a client has put into Kinesis itself; Firehose then writes whether its role may or not, as it came, uncompressed.
"""

import gzip
import json
from contextvars import ContextVar
from typing import Any

from ministack.services import dynamodb, firehose, kinesis

from constructs_lib.local.server.emulator import is_allowed, role, trusts
from constructs_lib.local.server.resource_types.resource_type import Properties

_fan_out = dynamodb._fan_out_to_kinesis
_put_record = kinesis.put_record_internal
_deliver = firehose._deliver_to_s3
_put_object = firehose._put_s3_object

_destination: ContextVar[Properties] = ContextVar("_destination")
_UNITS = {"MILLISECOND": 1_000, "MICROSECOND": 1_000_000}
_READS = ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")


def mend_firehose() -> None:
    """Put ours before the emulator's own."""
    dynamodb._fan_out_to_kinesis = _fan_out_as_kinesis_has_it
    kinesis.put_record_internal = _put_record_for_firehose_too
    firehose._deliver_to_s3 = _deliver_if_readable
    firehose._put_s3_object = _put_compressed_if_writable


def _fan_out_as_kinesis_has_it(table: str, record: Properties) -> None:
    """A record in Kinesis names its table, and its time in the precision that was asked for."""
    destination: Properties = next(iter(dynamodb._kinesis_destinations.get(table, [])), {})
    precision = destination.get("ApproximateCreationDateTimePrecision", "MILLISECOND")
    change = {
        name: value for name, value in record["dynamodb"].items() if name not in ("SequenceNumber", "StreamViewType")
    }
    change["ApproximateCreationDateTime"] = int(change["ApproximateCreationDateTime"] * _UNITS[precision])
    change["ApproximateCreationDateTimePrecision"] = precision
    kept = {name: record[name] for name in ("awsRegion", "eventID", "eventName", "eventSource")}
    more = {"userIdentity": None, "recordFormat": "application/json", "tableName": table, "dynamodb": change}
    _fan_out(table, kept | more)


def _put_record_for_firehose_too(stream_arn: str, partition_key: str, data: bytes) -> bool:
    is_put = bool(_put_record(stream_arn, partition_key, data))
    if is_put:
        firehose.ingest_from_kinesis_source(stream_arn, [(partition_key, data)])
    return is_put


def _deliver_if_readable(stream: Properties, destination: Properties, data: bytes, *rest: Any) -> None:
    source = stream.get("kinesis_source") or {}
    if source and not all(_may(source["RoleARN"], action, source["KinesisStreamARN"]) for action in _READS):
        return
    token = _destination.set(destination["config"])
    try:
        _deliver(stream, destination, data + _delimiter(destination["config"]), *rest)
    finally:
        _destination.reset(token)


def _put_compressed_if_writable(bucket: str, key: str, body: bytes) -> None:
    config = _destination.get()
    if not _may(config["RoleARN"], "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"):
        return
    if config.get("CompressionFormat") == "GZIP":
        key, body = key if key.endswith(".gz") else f"{key}.gz", gzip.compress(body)
    _put_object(bucket, key, body)


def _may(role_arn: str, action: str, resource: str) -> bool:
    is_trusted = trusts(role_arn, "firehose.amazonaws.com", {})
    return is_trusted and is_allowed(role(role_arn), action, resource, resource.split(":")[3])


def _delimiter(config: Properties) -> bytes:
    processing = config.get("ProcessingConfiguration") or {}
    processors = processing.get("Processors", []) if processing.get("Enabled") else []
    for processor in processors:
        if processor["Type"] == "AppendDelimiterToRecord":
            given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
            written = given.get("Delimiter", r"\n")
            return str(json.loads(f'"{written}"')).encode()
    return b""
