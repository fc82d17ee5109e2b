"""Schedules that call any service (universal targets), under their role, as on AWS; the emulator calls a few only."""

import json
import logging
import os
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from ministack.core import lambda_runtime
from ministack.services import eventbridge

from constructs_lib.local.clients import ROOT, aws_client
from constructs_lib.local.server import emulator
from constructs_lib.local.server.resource_types.resource_type import Properties

_log = logging.getLogger(__name__)
_invoke_target = eventbridge._invoke_target
_PREFIX = "arn:aws:scheduler:::aws-sdk:"
_SERVICE = "scheduler.amazonaws.com"


def mend_scheduler() -> None:
    """Put ours before the emulator's own."""
    eventbridge._invoke_target = _invoke_target_of_any_service


def _invoke_target_of_any_service(target: Properties, event: Properties, rule: Properties, *more: Any) -> None:
    if not target.get("Arn", "").startswith(_PREFIX):
        _invoke_target(target, event, rule, *more)
        return
    try:
        _call(target, event)
    except (ClientError, PermissionError) as failed:
        _log.warning("Schedule %s: %s", rule.get("Name"), failed)
        _bury(target)


def _call(target: Properties, event: Properties) -> None:
    service, action = target["Arn"].removeprefix(_PREFIX).split(":")
    scheduled = datetime.fromtimestamp(event["Time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = target.get("Input", "{}").replace("<aws.scheduler.scheduled-time>", scheduled)
    text = text.replace("<aws.scheduler.execution-id>", event["EventId"])
    getattr(_client(service, target["RoleArn"]), xform_name(action))(**json.loads(text))


def _client(service: str, role: str) -> Any:
    """Give a client under a role that lets schedules of this account assume it."""
    if not emulator.trusts(role, _SERVICE, {"aws:sourceaccount": emulator.current_account()}):
        raise PermissionError(f"EventBridge Scheduler may not assume {role}")
    name = "EventBridgeScheduler"
    arn = f"arn:aws:lambda:{emulator.current_region()}:{emulator.current_account()}:function:{name}"
    session = lambda_runtime.execution_credentials({"FunctionName": name, "FunctionArn": arn, "Role": role})
    return aws_client(service, os.environ | session, emulator.current_region())


def _bury(target: Properties) -> None:
    """Put what cannot be called where the schedule says; retries would fail alike."""
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue:
        sqs = aws_client("sqs", os.environ | ROOT, emulator.current_region())
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=target.get("Input", "{}"))
