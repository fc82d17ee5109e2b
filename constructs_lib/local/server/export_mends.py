"""Exports of tables as on AWS: of what can be recovered, under the caller's rights, written to S3.

The emulator accepts any export and writes nothing. It keeps no history of items either: an export holds what the table
holds, and one of changes holds none.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from ministack.core import iam_actions
from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import error_response_json
from ministack.services import dynamodb, firehose

from constructs_lib.local.server import emulator
from constructs_lib.local.server.export_layout import export_folder, export_objects
from constructs_lib.local.server.resource_types.resource_type import Properties
from constructs_lib.local.server.workflow_tasks import role_at_work

_export = dynamodb._export_table_to_point_in_time
_put_object = firehose._put_s3_object
_resource_arns = iam_actions.dynamodb_resource_arns
_MINUTE, _DAY = 60, 24 * 3600


def mend_exports() -> None:
    """Put ours before the emulator's own, and over what `table_mends` tells of recovery."""
    iam_actions.dynamodb_resource_arns = _resource_arns_of_exports_too
    dynamodb._export_table_to_point_in_time = _export_what_is_recoverable
    dynamodb._describe_continuous_backups = partial(_describe_with_times, dynamodb._describe_continuous_backups)


def _resource_arns_of_exports_too(body: bytes, *place: str) -> list[str]:
    """A call about an export is judged as one about everything, so that a right to one table's exports is none."""
    if b'"ExportArn"' not in body and b'"TableArn"' not in body:
        return list(_resource_arns(body, *place))
    asked = json.loads(body)
    return [asked.get("ExportArn") or asked["TableArn"]]


def _describe_with_times(describe: Callable[[Properties], Any], request: Properties) -> Any:
    """A table can be restored to the present second only; ours as if it were older than its recovery window."""
    status, headers, body = describe(request)
    answer = json.loads(body)
    told = answer.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
    if told.get("PointInTimeRecoveryStatus") == "ENABLED":
        told["EarliestRestorableDateTime"] = int(time.time()) - told["RecoveryPeriodInDays"] * _DAY
    return status, headers, json.dumps(answer).encode()


def _export_what_is_recoverable(request: Properties) -> Any:
    table = dynamodb._tables.get(request.get("TableArn", "").rpartition("/")[2])
    times = _times(request)
    if refusal := _refusal(table["TableName"], times) if table else None:
        return error_response_json(*refusal, 400)
    known = {*dynamodb._exports}
    answer = _export(request)
    for arn in {*dynamodb._exports} - known:
        export = dynamodb._exports[arn]
        export["IncrementalExportSpecification"] = request.get("IncrementalExportSpecification", {})
        _write(export, table, times)
    return answer


def _refusal(table: str, times: list[float]) -> tuple[str, str] | None:
    earliest = _earliest(table)
    if earliest is None:
        message = f"Point in time recovery is not enabled for table '{table}'"
        return "PointInTimeRecoveryUnavailableException", message
    if not all(earliest <= each <= time.time() for each in times):
        message = "The specified ExportTime is outside of the point in time recovery window"
        return "InvalidExportTimeException", message
    if len(times) == 2 and not 15 * _MINUTE <= times[1] - times[0] <= _DAY:
        return "ValidationException", "An incremental export is of 15 minutes to 24 hours"
    return None


def _write(export: Properties, table: Properties, times: list[float]) -> None:
    """Write an export at once; without the right to, it fails after it was accepted."""
    folder, export["EndTime"] = export_folder(export), time.time()
    if not _may_write(f"arn:aws:s3:::{export['S3Bucket']}/{folder}/_started"):
        export |= {"ExportStatus": "FAILED", "FailureCode": "S3AccessDenied", "FailureMessage": "Access Denied"}
        return
    is_whole = export["ExportType"] == "FULL_EXPORT"
    items = [item for items in table["items"].values() for item in items.values()] if is_whole else []
    for key, body in export_objects(export, items, times).items():
        _put_object(export["S3Bucket"], key, body)
    manifest = f"{folder}/manifest-summary.json"
    export |= {"ExportStatus": "COMPLETED", "ItemCount": len(items), "ExportManifest": manifest}


def _may_write(object_arn: str) -> bool:
    caller = role_at_work() or caller_arn()
    kind, _, name = caller.split(":")[5].partition("/")
    if kind not in ("role", "assumed-role"):
        return True  # The account's root, or a person.
    role = f"arn:aws:iam::{emulator.current_account()}:role/{name.split('/')[0]}"
    return emulator.is_allowed(emulator.role(role), "s3:PutObject", object_arn, emulator.current_region())


def _earliest(table: str) -> float | None:
    """Give the beginning of the recovery window, if there is one."""
    told = json.loads(dynamodb._describe_continuous_backups({"TableName": table})[2])
    times = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    earliest: float | None = times.get("EarliestRestorableDateTime")
    return earliest


def _times(request: Properties) -> list[float]:
    """Give the time of a whole export, or the two of a window: a state machine writes them out, a client counts."""
    window = request.get("IncrementalExportSpecification") or {}
    given = [request.get("ExportTime"), window.get("ExportFromTime"), window.get("ExportToTime")]
    return [
        datetime.fromisoformat(each).timestamp() if isinstance(each, str) else float(each)
        for each in given
        if each is not None
    ]
