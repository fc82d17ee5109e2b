"""API Gateway's calls to AWS services: the emulator's go to SQS only, past IAM, and its templates know no condition."""

import logging
import os
from typing import Any

from botocore.credentials import Credentials
from botocore.exceptions import HTTPClientError, ReadTimeoutError
from ministack.core import lambda_runtime
from ministack.core.concurrency import run_reentrant
from ministack.services import apigateway_v1

from constructs_lib.local.server import emulator
from constructs_lib.local.server.api_gateway.java import TemplateError
from constructs_lib.local.server.api_gateway.json_document import NotJsonError
from constructs_lib.local.server.api_gateway.request_context import request_context
from constructs_lib.local.server.api_gateway.service_call import Reply, ServiceCall
from constructs_lib.local.server.api_gateway.service_integration import NoResponseError, ServiceIntegration
from constructs_lib.local.server.api_gateway.variables import Request

Data = dict[str, Any]

_call_function = apigateway_v1._invoke_lambda_custom_v1
_log = logging.getLogger(__name__)

_SERVICE = "apigateway.amazonaws.com"


def mend_api_gateway() -> None:
    """Put ours before the emulator's own."""
    apigateway_v1._invoke_sqs_v1 = _call_service
    apigateway_v1._invoke_lambda_custom_v1 = _call_function_or_service


async def _call_function_or_service(integration: Data, *asked: Any, **known: Any) -> Any:
    """The emulator takes every service but SQS for a function."""
    is_function = ":lambda:path/" in integration["uri"]
    return await (_call_function if is_function else _call_service)(integration, *asked, **known)


async def _call_service(
    settings: Data,
    api_id: str,
    stage_name: str,
    stage: Data,
    resource: Data,
    path: str,
    method: str,
    headers: Data,
    body: bytes,
    query: Data,
    path_parameters: Data,
    *,
    authorizer_context: Data | None = None,
    caller_identity: Data | None = None,
    **_: Any,
) -> Any:
    """Call the service as the integration's role, and answer as its responses say."""
    account, agent = emulator.current_account(), headers.get("user-agent", "")
    context = request_context(
        account=account, api=api_id, stage=stage_name, method=method, path=path, resource=resource, agent=agent
    )
    context["authorizer"] = authorizer_context or {}
    context["identity"] |= caller_identity or {}
    places = {"path": path_parameters, "querystring": query, "header": headers}
    parameters = {place: _first_values(values) for place, values in places.items()}
    text = (body or b"").decode("utf-8", "replace")
    request = Request(text, parameters, context, stage.get("variables") or {})
    integration = ServiceIntegration(settings)
    try:
        call = integration.call(request)
        reply = await run_reentrant(_sent_as_role, call, settings.get("credentials") or "", integration.timeout)
        return integration.answer(request, reply)
    except NotJsonError as error:
        return apigateway_v1._gw_error("BAD_REQUEST_BODY", f"Could not parse request body into json: {error}")
    except ReadTimeoutError:
        return apigateway_v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
    except (HTTPClientError, NoResponseError, PermissionError, TemplateError) as error:
        _log.error("%s %s of API %s cannot be answered: %s", method, resource["path"], api_id, error)
        return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")


def _sent_as_role(call: ServiceCall, role: str, timeout: float) -> Reply:
    """Send a call under a role that lets API Gateway assume it."""
    if not emulator.trusts(role, _SERVICE, {}):
        raise PermissionError(f"API Gateway may not assume {role}")
    return call.send(
        _session(role), os.environ["AWS_ENDPOINT_URL"], trusted=os.environ["AWS_CA_BUNDLE"], timeout=timeout
    )


def _session(role: str) -> Credentials:
    """Give credentials of a role: one session of API Gateway's own, made as that of a function is."""
    name = "BackplaneAssumeRoleV2"
    arn = f"arn:aws:lambda:{emulator.current_region()}:{emulator.current_account()}:function:{name}"
    made = lambda_runtime.execution_credentials({"FunctionName": name, "FunctionArn": arn, "Role": role})
    return Credentials(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"], made["AWS_SESSION_TOKEN"])


def _first_values(values: Data | None) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in (values or {}).items()}
