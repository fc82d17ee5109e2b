"""Tables as on AWS: rights count for one stream, a table's own key is asked for, and recovery tells its days.

The emulator judges calls about streams as if they named none, keeps tables without their keys, and forgets the days.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, dynamodb_streams

from constructs_lib.local.server.emulator import current_account, current_region
from constructs_lib.local.server.resource_types.resource_type import Properties

_enforce = iam_evaluator.enforce
_update_backups = dynamodb._update_continuous_backups
_describe_backups = dynamodb._describe_continuous_backups

_days: dict[str, int] = {}
_LONGEST = 35
_BODY = 3  # after method, path and headers

# What reads or writes items, also those in a stream.
_USES_KEY = {
    f"dynamodb:{action}"
    for action in (
        "BatchGetItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "DeleteItem",
        "GetItem",
        "GetRecords",
        "PutItem",
        "Query",
        "Scan",
        "UpdateItem",
    )
}


def mend_tables() -> None:
    """Put ours before the emulator's own, and before `workflow_tasks`, which reads the resource of a call too."""
    iam_actions.extract_resource_arn = partial(_resource_arn_of_streams_too, iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _enforce_with_key
    dynamodb._update_continuous_backups = _update_backups_with_days
    dynamodb._describe_continuous_backups = _describe_backups_with_days


def _resource_arn_of_streams_too(resource_arn: Callable[..., str], service: str, *request: Any) -> str:
    """A call about a stream is judged as one about everything, so that a right to one stream is none."""
    if service != "dynamodbstreams":
        return resource_arn(service, *request)
    asked = json.loads(request[_BODY] or b"{}")
    iterator = dynamodb_streams._decode_iterator(asked.get("ShardIterator", "")) or {}
    return str(asked.get("StreamArn") or iterator.get("arn", "*"))


def _enforce_with_key(
    access_key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
) -> Any:
    """A table's own key is used for whoever asks for its items, whether they may use it through DynamoDB or not."""
    refusal = _enforce(access_key, action, service, region, resource_arn, service_context)
    key = _own_key(resource_arn) if action in _USES_KEY and not refusal else None
    if key is None:
        return refusal
    via = {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}
    return _enforce(access_key, "kms:Decrypt", "kms", region, key, via)


def _own_key(resource: str) -> str | None:
    name = resource.partition("/")[2].partition("/")[0]
    told = (dynamodb._tables.get(name) or {}).get("SSEDescription") or {}
    key = told.get("KMSMasterKeyArn", "") if told.get("Status") == "ENABLED" else ""
    return key if ":key/" in key else None


def _update_backups_with_days(request: Properties) -> Any:
    """How far back a table can be restored is taken, and forgotten."""
    specification = request.get("PointInTimeRecoverySpecification", {})
    _days[_place(request)] = specification.get("RecoveryPeriodInDays", _LONGEST)
    return _update_backups(request)


def _describe_backups_with_days(request: Properties) -> Any:
    status, headers, body = _describe_backups(request)
    answer = json.loads(body)
    told = answer.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
    if told.get("PointInTimeRecoveryStatus") == "ENABLED":
        told["RecoveryPeriodInDays"] = _days.get(_place(request), _LONGEST)
    return status, headers, json.dumps(answer).encode()


def _place(request: Properties) -> str:
    return f"{current_account()}/{current_region()}/{request.get('TableName', '').rpartition('/')[2]}"
