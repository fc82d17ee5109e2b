"""What Lambda tells of a batch that it gave up: where its records are in the stream, not the records themselves."""

import uuid
from datetime import UTC, datetime
from typing import Any

from constructs_lib.local.server.stream_batches import Record, arrived, sequence_number

_TABLE_SHARD = "shardId-00000000000000000000-00000000"


def failure_message(stream_arn: str, function_arn: str, records: list[Record], condition: str) -> dict[str, Any]:
    """Write the invocation record that an on-failure destination receives."""
    first, last = records[0], records[-1]
    position = {
        "shardId": first["eventID"].partition(":")[0] if "kinesis" in first else _TABLE_SHARD,
        "startSequenceNumber": sequence_number(first),
        "endSequenceNumber": sequence_number(last),
        "approximateArrivalOfFirstRecord": _written(arrived(first)),
        "approximateArrivalOfLastRecord": _written(arrived(last)),
        "batchSize": len(records),
        "streamArn": stream_arn,
    }
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": condition,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(),
        "KinesisBatchInfo" if "kinesis" in first else "DDBStreamBatchInfo": position,
    }


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
