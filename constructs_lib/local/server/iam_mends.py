"""What IAM knows of a request, and how services tell what it refuses, where the emulator does otherwise than AWS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, sts

from constructs_lib.local.server.identity_pools import condition_keys
from constructs_lib.local.server.leading_keys import leading_keys
from constructs_lib.local.server.policy_variables import UnknownVariableError, filled_in
from constructs_lib.local.server.resource_types.resource_type import Properties

_principal_keys = iam_evaluator._principal_keys
_first_match = iam_evaluator._first_match
_service_context = iam_actions.dynamodb_service_context
_refusal = iam_actions.access_denied_response


def mend_iam() -> None:
    """Put ours before the emulator's own."""
    iam_evaluator._principal_keys = _principal_keys_with_identity
    iam_evaluator._first_match = _first_match_with_variables
    iam_actions.dynamodb_service_context = _service_context_with_keys
    iam_actions.access_denied_response = _refusal_as_services_that_speak_json


def _principal_keys_with_identity(credential: Any) -> Properties:
    """Policies know a signed-in person by the id of the identity, which the session holds but does not tell."""
    keys: Properties = _principal_keys(credential)
    session = sts._sessions.get(credential.access_key_id) or {}
    if identity := session.get("_identity_id"):
        keys |= condition_keys(identity, session["_identity_pool_id"], session["_cognito_amr"])
    return keys


def _first_match_with_variables(context: Any, statements: list[Any], effect: str) -> Any:
    """Variables are left in a policy as they are written, and match nothing."""
    return _first_match(context, list(_filled_in(context, statements)), effect)


def _filled_in(context: Any, statements: list[Any]) -> Iterator[Any]:
    for statement in statements:
        parts = {name: getattr(statement, name) for name in ("resources", "not_resources", "conditions")}
        try:
            yield replace(statement, **filled_in(parts, lambda key: iam_evaluator._resolve_condition_key(key, context)))
        except UnknownVariableError:
            continue


def _service_context_with_keys(body: bytes) -> Properties:
    """Policies by which each user reaches their own items only need to know which items a request is about."""
    context: Properties = _service_context(body)
    if context:
        context["dynamodb:LeadingKeys"] = leading_keys(json.loads(body or b"{}"), _partition_key) or None
    return context


def _partition_key(table: str, index: str | None) -> str | None:
    described = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    indexes = [*described.get("GlobalSecondaryIndexes", []), *described.get("LocalSecondaryIndexes", [])]
    owner = next((one for one in indexes if one["IndexName"] == index), {}) if index else described
    return next((key["AttributeName"] for key in owner.get("KeySchema", []) if key["KeyType"] == "HASH"), None)


def _refusal_as_services_that_speak_json(*refused: Any, headers: Properties | None = None, **told: Any) -> Any:
    """Services whose actions stand in a header refuse with 400 on AWS, which API Gateway chooses an answer by."""
    status, *answer = _refusal(*refused, headers=headers, **told)
    return 400 if "x-amz-target" in (headers or {}) else status, *answer
