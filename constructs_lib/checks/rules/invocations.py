"""What invokes functions: how long it waits, and what becomes of a message that fails."""

from collections.abc import Iterator
from typing import NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import WARNING
from constructs_lib.checks.model.values import UNKNOWN
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.functions import FUNCTION, function_of
from constructs_lib.quotas import (
    API_GATEWAY_INTEGRATION_TIMEOUT,
    HTTP_API_INTEGRATION_TIMEOUT,
    SQS_VISIBILITY_TO_FUNCTION_TIMEOUT,
)

_QUEUE = "AWS::SQS::Queue"
_FUNCTION_TIMEOUT, _VISIBILITY_TIMEOUT = 3.0, 30.0
"""The defaults of Lambda and SQS, in seconds."""


class _Wait(NamedTuple):
    """An API that waits for a function."""

    seconds: float
    api: Resource
    function: Resource


@rule(
    "LAMBDA-7",
    WARNING,
    "A function behind an API ends before the API stops waiting for it",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
)
def outlasting_the_api(assembly: Assembly) -> Iterator[Problem]:
    """The caller has had a 504 by then, and the function works on for nobody, unseen by its own alarms.

    API Gateway waits 29 seconds for a REST or WebSocket API and 30 for an HTTP API, or what the integration says.
    Asynchronous and streamed invocations are no findings, nor is a timeout that is known at deployment only.
    """
    shortest: dict[Resource, _Wait] = {}
    timeouts = (_seconds(function.at("Timeout"), _FUNCTION_TIMEOUT) for function in assembly.of_type(FUNCTION))
    for wait in _waits(assembly, longest=max((timeout or 0 for timeout in timeouts), default=0)):
        if wait.function not in shortest or wait.seconds < shortest[wait.function].seconds:
            shortest[wait.function] = wait
    for wait in shortest.values():
        timeout = _seconds(wait.function.at("Timeout"), _FUNCTION_TIMEOUT)
        if timeout is not None and timeout > wait.seconds:
            yield wait.function.at("Timeout").problem(
                f"{wait.function.name} may run for {timeout:g} seconds, but {wait.api.name} waits {wait.seconds:g}",
                fix=f"Give it {wait.seconds:g} seconds at most, and longer work to a queue or a workflow.",
            )


def _waits(assembly: Assembly, *, longest: float) -> Iterator[_Wait]:
    """Give the waits that are shorter than the longest timeout of all."""
    rest, http = API_GATEWAY_INTEGRATION_TIMEOUT.maximum, HTTP_API_INTEGRATION_TIMEOUT.maximum
    for method in assembly.of_type("AWS::ApiGateway::Method"):
        yield from _wait(method.at("Integration"), "Uri", rest, longest)
    for integration in assembly.of_type("AWS::ApiGatewayV2::Integration"):
        api = integration.at("ApiId").target("AWS::ApiGatewayV2::Api")
        is_socket = api is not None and api.at("ProtocolType").text == "WEBSOCKET"
        yield from _wait(integration, "IntegrationUri", rest if is_socket else http, longest)
    for kind, default in (("AWS::ApiGateway::RestApi", rest), ("AWS::ApiGatewayV2::Api", http)):
        for api in assembly.of_type(kind):
            for _, path in api.at("Body", "paths").entries:
                for _, operation in path.entries:
                    yield from _wait(operation.at("x-amazon-apigateway-integration"), "uri", default, longest)


def _wait(integration: Place, uri: str, default: float, longest: float) -> Iterator[_Wait]:
    """Tell how long an integration waits; in OpenAPI the names begin with a small letter."""
    names = ["TimeoutInMillis", "RequestParameters", "ResponseTransferMode"]
    if uri[0].islower():
        names = [name[0].lower() + name[1:] for name in names]
    time, parameters, transfer = (integration.at(name) for name in names)
    milliseconds = _seconds(time, default * 1000)
    # Most APIs are done here, before their long addresses are read.
    if (
        milliseconds is None
        or milliseconds / 1000 >= longest
        or not _is_synchronous(parameters)
        or _may_stream(transfer)
    ):
        return
    function = function_of(integration.at(uri))
    if function is not None:
        yield _Wait(milliseconds / 1000, integration.resource, function)


def _is_synchronous(parameters: Place) -> bool:
    """Whether no header, whatever its value, asks Lambda to answer at once."""
    return parameters.value is not UNKNOWN and not any(
        name.lower().endswith("invocation-type") for name, _ in parameters.entries
    )


def _may_stream(transfer: Place) -> bool:
    return not transfer.missing and transfer.text != "BUFFERED"


@rule(
    "LAMBDA-8",
    WARNING,
    "A queue that a function works on hides its messages long enough, and gives up on those that fail",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
)
def queues(assembly: Assembly) -> Iterator[Problem]:
    """A message that turns up again while it is worked on is done twice; one that always fails comes back for days.

    A message is hidden for at least six times the function's timeout, so that throttled batches are tried again in
    time. A queue for dead letters needs no other behind it. Queues and functions of other assemblies are not known.
    """
    endless: dict[Resource, Resource] = {}
    for mapping in assembly.of_type("AWS::Lambda::EventSourceMapping"):
        queue, function = mapping.at("EventSourceArn").target(_QUEUE), function_of(mapping.at("FunctionName"))
        if queue is None or function is None:
            continue
        hidden = queue.at("VisibilityTimeout")
        visibility = _seconds(hidden, _VISIBILITY_TIMEOUT)
        timeout = _seconds(function.at("Timeout"), _FUNCTION_TIMEOUT)
        enough = SQS_VISIBILITY_TO_FUNCTION_TIMEOUT * (timeout or 0)
        if visibility is not None and visibility < enough:
            yield hidden.problem(
                f"{queue.name} hides a message for {visibility:g} seconds, but {function.name} may run for {timeout:g}",
                fix=f"Hide messages for {enough:g} seconds or more: six times as long.",
            )
        if queue.at("RedrivePolicy").missing:
            endless.setdefault(queue, function)
    dead_letters = set(_dead_letter_queues(assembly)) if endless else set()
    for queue, function in endless.items():
        if queue not in dead_letters:
            yield queue.at("RedrivePolicy").problem(
                f"{queue.name}, which {function.name} works on, has no queue for dead letters",
                fix="Give it a RedrivePolicy with a dead-letter queue, and an alarm on that queue.",
            )


def _dead_letter_queues(assembly: Assembly) -> Iterator[Resource]:
    places = [
        *(each.at("RedrivePolicy") for each in assembly.of_type(_QUEUE, "AWS::SNS::Subscription")),
        *(each.at("DeadLetterConfig") for each in assembly.of_type(FUNCTION)),
        *(
            each.at("DestinationConfig", "OnFailure")
            for each in assembly.of_type("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping")
        ),
        *(
            target.at("DeadLetterConfig")
            for each in assembly.of_type("AWS::Events::Rule")
            for target in each.at("Targets").items
        ),
        *(each.at("Target", "DeadLetterConfig") for each in assembly.of_type("AWS::Scheduler::Schedule")),
    ]
    return (reference.resource for place in places for reference in place.references())


def _seconds(place: Place, default: float) -> float | None:
    return default if place.missing else place.number
