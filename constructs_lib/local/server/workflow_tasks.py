"""What the tasks of a state machine may do, for how long, and who may end them, as on AWS.

The emulator runs every task with all rights, so that a missing grant would show on AWS first; it takes a timeout that
is a JSONata expression or a path for a number; and it asks for the right to hand back a task token on every resource,
where AWS asks for it on the token's machine. Mended here. Beside this only `emulator` and the files named `..._mends`
import ministack.
"""

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions
from ministack.services import stepfunctions

from constructs_lib.local.server import emulator

Data = dict[str, Any]
Right = tuple[str, str]
"""An action, and the ARN that it is done to."""

_machine: ContextVar[str] = ContextVar("_machine")
_machine_of_token: dict[str, str] = {}
_run_state = stepfunctions._execute_task
_call = stepfunctions._invoke_resource
_call_and_wait = stepfunctions._invoke_with_callback
_resource_of_request = iam_actions.extract_resource_arn


def mend_workflow_tasks() -> None:
    """Put ours before the emulator's own."""
    stepfunctions._execute_task = _run_with_role_and_timeout
    stepfunctions._invoke_resource = _call_if_allowed
    stepfunctions._invoke_with_callback = _call_and_wait_if_allowed
    iam_actions.extract_resource_arn = _machine_or_resource_of_request


def role_at_work() -> str | None:
    """Give the role of the machine whose task this is part of, if it is."""
    machine = _machine.get(None)
    return str(stepfunctions._state_machines[machine]["roleArn"]) if machine else None


def _run_with_role_and_timeout(state: Data, given: Any, execution: Data, context: Data) -> Any:
    _machine.set(context["StateMachine"]["Id"])
    return _run_state(_with_seconds(state, given, context), given, execution, context)


def _call_if_allowed(resource: str, arguments: Any) -> Any:
    _require_right(resource, arguments)
    return _call(resource, arguments)


def _call_and_wait_if_allowed(resource: str, arguments: Any, token: str, state: Data) -> Any:
    _require_right(resource, arguments)
    _machine_of_token[token] = _machine.get()
    return _call_and_wait(resource, arguments, token, state)


def _machine_or_resource_of_request(
    service: str, method: str, path: str, headers: Data, body: bytes, *rest: Any
) -> str:
    """Name what a request is about: a task token stands for the machine that waits for it."""
    if service == "states" and b"taskToken" in body:
        return _machine_of_token.get(json.loads(body).get("taskToken"), "*")
    return str(_resource_of_request(service, method, path, headers, body, *rest))


def _with_seconds(state: Data, given: Any, context: Data) -> Data:
    """Give a state whose timeout is a number, whatever it is read from."""
    if "TimeoutSecondsPath" in state:
        seconds = stepfunctions._resolve_path_or_ctx(state["TimeoutSecondsPath"], given, context)
    elif isinstance(state.get("TimeoutSeconds"), str):
        seconds = stepfunctions._apply_jsonata_template(state["TimeoutSeconds"], given, context)
    else:
        return state
    return {**state, "TimeoutSeconds": seconds}


def _require_right(resource: str, arguments: Any) -> None:
    """Fail the task unless the machine's role allows what it calls; a service that is not known here is not judged."""
    role = stepfunctions._state_machines[_machine.get()]["roleArn"]
    for action, arn in _rights_for(resource, arguments if isinstance(arguments, dict) else {}):
        if not emulator.is_allowed(emulator.role(role), action, arn, emulator.current_region()):
            name = action.partition(":")[0]
            service = {"dynamodb": "DynamoDb", "states": "Sfn"}.get(name, name.capitalize())
            reason = f"{role} is not authorized to perform: {action} on resource: {arn}"
            raise stepfunctions._ExecutionError(f"{service}.AccessDeniedException", reason)


def _rights_for(resource: str, arguments: Data) -> list[Right]:
    """Name the actions and the ARNs that a task's resource and its arguments stand for."""
    place = f"{emulator.current_region()}:{emulator.current_account()}"
    if resource.startswith("arn:aws:lambda:"):
        return [("lambda:InvokeFunction", resource)]
    # arn:aws:states:::[aws-sdk:]SERVICE:ACTION[.sync:2 | .waitForTaskToken]
    path = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").split(".")[0]
    service, _, action = path.partition(":")
    right = f"{service}:{action[:1].upper()}{action[1:]}"
    match service:
        case "lambda" if "FunctionName" in arguments:
            name = arguments["FunctionName"]
            arn = name if name.startswith("arn:") else f"arn:aws:lambda:{place}:function:{name}"
            return [("lambda:InvokeFunction", arn)]
        case "states" | "sfn" if "StateMachineArn" in arguments:
            return [("states:StartExecution", arguments["StateMachineArn"])]
        case "dynamodb":
            return _rights_to_tables(right, arguments)
        case "sqs" if "QueueUrl" in arguments:
            return [(right, f"arn:aws:sqs:{place}:{arguments['QueueUrl'].rsplit('/', 1)[1]}")]
        case "sns" if "TopicArn" in arguments:
            return [(right, arguments["TopicArn"])]
    return []


def _rights_to_tables(right: str, arguments: Data) -> list[Right]:
    if items := arguments.get("TransactItems"):
        # A transaction is no action of IAM's: each of its items is one, on its own table.
        asked = [each for item in items for each in item.items()]
        return [(f"dynamodb:{verb}Item", _table_arn(about["TableName"])) for verb, about in asked]
    if tables := arguments.get("RequestItems"):
        return [(right, _table_arn(table)) for table in tables]
    name = arguments.get("ExportArn", arguments.get("TableArn", arguments.get("TableName")))
    index = f"/index/{arguments['IndexName']}" if "IndexName" in arguments else ""
    return [(right, _table_arn(name) + index)] if name else []


def _table_arn(name: str) -> str:
    place = f"{emulator.current_region()}:{emulator.current_account()}"
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{place}:table/{name}"
