"""The ways to a REST API: its own address, a VPC endpoint, or a name. The emulator takes each for open."""

import json
import re
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1, ec2

Data = dict[str, Any]

_parse_address = app._parse_execute_api_url
_answer = apigateway_v1.handle_execute
_condition_key = iam_evaluator._resolve_condition_key
_event = apigateway_v1._build_lambda_event_v1

_AWS_HOST = re.compile(r"([a-z0-9-]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?::\d+)?")
_NAME, _OWN_ADDRESS = "a name", "its own address"
_way: ContextVar[str] = ContextVar("_way", default=_NAME)
"""How the request came: one of these two, or the id of a VPC endpoint."""
_names_stage_alone: ContextVar[bool] = ContextVar("_names_stage_alone", default=False)
"""Whether the path ends with the stage, without a slash."""


def mend_api_addresses() -> None:
    """Put ours before the emulator's own."""
    app._parse_execute_api_url = _parse_own_address
    apigateway_v1.handle_execute = _answer_where_open
    iam_evaluator._resolve_condition_key = _condition_key_with_vpc_endpoint
    apigateway_v1._build_lambda_event_v1 = _event_with_called_path


def _parse_own_address(host: str, path: str) -> tuple[str, str, str] | None:
    """An API is called by AWS's name for it, too, and as ``ID-VPCE`` through a VPC endpoint, not for another API."""
    named = _AWS_HOST.fullmatch(host)
    parsed = _parse_address("", f"/_aws/execute-api/{named[1]}{path}") if named else _parse_address(host, path)
    if parsed is None:
        return None
    api, through, endpoint = parsed[0].partition("-vpce-")
    _way.set(f"vpce-{endpoint}" if through else _OWN_ADDRESS)
    _names_stage_alone.set(parsed[2] == "/" and not path.endswith("/"))
    return api, parsed[1], parsed[2]


def _event_with_called_path(*asked: Any, **known: Any) -> Any:
    """A function is told the path as it was called, where the emulator always ends a stage with a slash."""
    event = _event(*asked, **known)
    if _names_stage_alone.get():
        event["requestContext"]["path"] = event["requestContext"]["path"].rstrip("/")
    return event


async def _answer_where_open(api_id: str, stage: str, method: str, path: str, *asked: Any) -> Any:
    """Answer unless the API is closed on this way."""
    account, region = apigateway_v1.find_api_scope(api_id) or ("", "")
    api = apigateway_v1._rest_apis.get_scoped(account, region, api_id) or {}
    arn = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{method}{path}"
    with request_scope(account, region):
        if api and not _is_open(api, arn, _way.get()):
            refusal = {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"}
            return 403, refusal, json.dumps({"message": "Forbidden"}).encode()
    return await _answer(api_id, stage, method, path, *asked)


def _is_open(api: Data, arn: str, way: str) -> bool:
    endpoints = api["endpointConfiguration"]
    is_private = "PRIVATE" in endpoints.get("types", [])
    if way == _OWN_ADDRESS:
        return not (is_private or api.get("disableExecuteApiEndpoint"))
    if way == _NAME:
        return not is_private
    return is_private and way in endpoints.get("vpcEndpointIds", []) and _lets_through(way, arn)


def _lets_through(endpoint: str, arn: str) -> bool:
    """Tell whether a VPC endpoint of API Gateway is there, and its policy lets through who asks for an address."""
    record = ec2._vpc_endpoints.get(endpoint) or {}
    if not record.get("ServiceName", "").endswith(".execute-api"):
        return False
    asked = iam_evaluator.EvalContext("*", "Anonymous", "", "execute-api:Invoke", arn, arn.split(":")[3])
    policy = record.get("PolicyDocument")
    return not policy or bool(iam_evaluator.evaluate_resource_policy(policy, asked).decision == "Allow")


def _condition_key_with_vpc_endpoint(key: str, context: Any) -> Any:
    """Policies know who comes through a VPC endpoint."""
    if key.lower() != "aws:sourcevpce":
        return _condition_key(key, context)
    return _way.get() if _way.get().startswith("vpce-") else None
