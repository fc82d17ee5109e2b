"""Streams to functions as on AWS: read with the function's rights, and past records that fail.

The emulator reads streams and queues whether the function's role may or not, tries a failing batch for ever, has all
streams wait for one batch, and does not know the consumers of a Kinesis stream as event sources.
"""

import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any

from ministack.services import lambda_svc

from constructs_lib.local.server.emulator import is_allowed, role
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Properties
from constructs_lib.local.server.stream_batches import Delivery, Patience, Record, arrived, done_before
from constructs_lib.local.server.stream_failures import failure_message

logger = logging.getLogger(__name__)

_event_sources = lambda_svc._iter_all_esms
_call = lambda_svc._execute_function

_polled: ContextVar[Properties] = ContextVar("_polled")
"""The event source mapping whose records the poller is at."""

_READS = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}
_READS_AS_CONSUMER = ("kinesis:SubscribeToShard",)
_CONSUMER = "/consumer/"


def mend_streams(client: Client) -> None:
    """Put ours before the emulator's own; what is given up is sent by ``client``."""
    patient = _Patient(client)
    lambda_svc._iter_all_esms = partial(_readable_event_sources, patient)
    lambda_svc._execute_function = patient.call


def _readable_event_sources(patient: "_Patient") -> Iterator[tuple[str, str, Properties]]:
    for account, region, mapping in _event_sources():
        if patient.is_busy_with(mapping):
            continue
        source = mapping.get("EventSourceArn", "")
        function = lambda_svc._functions.get_scoped(account, region, mapping["FunctionName"])
        if not all(_may(function, action, source, region) for action in _reads(source) if function):
            mapping["LastProcessingResult"] = "PROBLEM: the function's role may not read the event source"
            continue
        _polled.set(mapping)
        # A consumer is read here as its stream is, throughput being no matter.
        is_consumer = _CONSUMER in source
        yield account, region, mapping | {"EventSourceArn": _source(mapping)} if is_consumer else mapping


def _reads(source: str) -> tuple[str, ...]:
    return _READS_AS_CONSUMER if _CONSUMER in source else _READS.get(source.split(":")[2], ()) if source else ()


def _may(function: Properties, action: str, resource: str, region: str) -> bool:
    return is_allowed(role(function["config"]["Role"]), action, resource, region)


class _DeletedError(Exception):
    """The mapping was deleted while a batch of it failed."""


class _Patient:
    """Calls functions with batches of records, and gives up what fails for too long."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._workers: dict[str, ThreadPoolExecutor] = defaultdict(lambda: ThreadPoolExecutor(1))
        self._last: dict[str, Future[None]] = {}

    def is_busy_with(self, mapping: Properties) -> bool:
        """Tell whether a batch of a mapping is not done yet: the next one waits for it, and those of others do not."""
        last = self._last.get(mapping["UUID"])
        return last is not None and not last.done()

    def call(self, function: Properties, event: Properties) -> Properties:
        """Call a function; if that is for a stream whose mapping has an end of retries, until all records are done."""
        mapping = _polled.get({})
        if mapping.get("MaximumRetryAttempts", -1) == -1 or "StartingPosition" not in mapping:
            return dict(_call(function, event))
        deliver = partial(copy_context().run, self._deliver, mapping, function, event["Records"])
        delivery = self._last[mapping["UUID"]] = self._workers[mapping["UUID"]].submit(deliver)
        delivery.add_done_callback(_tell_failure)
        return {"body": None}

    def _deliver(self, mapping: Properties, function: Properties, batch: list[Record]) -> None:
        def call_with(records: list[Record]) -> int:
            answer = _call(function, {"Records": records})
            if answer.get("error"):
                return 0
            reports = "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
            return done_before(records, _read(answer.get("body"))) if reports else len(records)

        def give_up(records: list[Record], condition: str) -> None:
            self._put_aside(mapping, function, failure_message(_source(mapping), _arn(function), records, condition))

        def pause(seconds: float) -> None:
            if lambda_svc._esms.get(mapping["UUID"]) is None:
                raise _DeletedError
            time.sleep(seconds)

        age = mapping.get("MaximumRecordAgeInSeconds", -1)
        patience = Patience(
            retries=mapping["MaximumRetryAttempts"],
            maximum_age=math.inf if age == -1 else age,
            bisects=mapping.get("BisectBatchOnFunctionError", False),
        )
        Delivery(
            patience=patience,
            call=call_with,
            age=lambda records: time.time() - min(map(arrived, records)),
            give_up=give_up,
            pause=pause,
        ).of(batch)

    def _put_aside(self, mapping: Properties, function: Properties, message: Properties) -> None:
        """Send what is known of a batch to its mapping's queue or topic, if the function's role may."""
        target = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        service, region = target.split(":")[2:4] if target else ("", "")
        if service == "sqs" and _may(function, "sqs:SendMessage", target, region):
            sqs = self._client("sqs")
            url = sqs.get_queue_url(QueueName=target.rpartition(":")[2])["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))
        elif service == "sns" and _may(function, "sns:Publish", target, region):
            self._client("sns").publish(TopicArn=target, Message=json.dumps(message))


def _tell_failure(delivery: Future[None]) -> None:
    lambda_svc._esm_wake.set()
    error = delivery.exception()
    if error and not isinstance(error, _DeletedError):
        logger.error("a stream's batch could not be delivered", exc_info=error)


def _read(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return None


def _source(mapping: Properties) -> str:
    return str(mapping["EventSourceArn"].partition(_CONSUMER)[0])


def _arn(function: Properties) -> str:
    return str(function["config"]["FunctionArn"])
