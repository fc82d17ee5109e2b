"""How an export lies in S3 (DynamoDB table export output format)."""

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from constructs_lib.local.server.resource_types.resource_type import Properties


def export_folder(export: Properties) -> str:
    """Give what the keys of an export's own objects begin with."""
    return f"{_root(export)}/{export['ExportArn'].rpartition('/')[2]}"


def export_objects(export: Properties, items: list[Properties], times: list[float]) -> dict[str, bytes]:
    """Write an export out, by keys.

    Args:
        export: what DescribeExport tells of it.
        items: what it holds.
        times: of a whole export its time, or none for the present; of one of changes the two of its window.
    """
    folder, is_whole = export_folder(export), export["ExportType"] == "FULL_EXPORT"
    data = gzip.compress("".join(json.dumps({"Item": item}) + "\n" for item in items).encode())
    data_key = f"{folder if is_whole else _root(export)}/data/{export['ExportArn'][-8:]}.json.gz"
    checksum = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    listed = {"itemCount": len(items), "md5Checksum": checksum, "dataFileS3Key": data_key}
    summary = {
        "exportArn": export["ExportArn"],
        "startTime": _text(export["StartTime"]),
        "endTime": _text(export["EndTime"]),
        "tableArn": export["TableArn"],
        "tableId": export["TableId"],
        "s3Bucket": export["S3Bucket"],
        "s3Prefix": export.get("S3Prefix"),
        "s3SseAlgorithm": export.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": export.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "billedSizeBytes": 0,
        "itemCount": len(items),
        "outputFormat": export["ExportFormat"],
        "exportType": export["ExportType"],
        **(_whole(export, times) if is_whole else _changes(export, times)),
    }
    return {
        f"{folder}/_started": b"",
        data_key: data,
        f"{folder}/manifest-files.json": json.dumps(listed).encode(),
        f"{folder}/manifest-summary.json": json.dumps(summary).encode(),
    }


def _root(export: Properties) -> str:
    return "/".join(filter(None, [export.get("S3Prefix"), "AWSDynamoDB"]))


def _whole(export: Properties, times: list[float]) -> dict[str, Any]:
    return {"version": "2020-06-30", "exportTime": _text(times[0] if times else export["StartTime"])}


def _changes(export: Properties, times: list[float]) -> dict[str, Any]:
    view = export["IncrementalExportSpecification"].get("ExportViewType", "NEW_AND_OLD_IMAGES")
    begin, end = map(_text, times)
    return {"version": "2023-08-01", "exportFromTime": begin, "exportToTime": end, "outputView": view}


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
