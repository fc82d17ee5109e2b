"""API Gateway's authorizers, where the emulator's do otherwise than AWS."""

from contextvars import ContextVar
from typing import Any

from ministack.services import apigateway_v1

from constructs_lib.local.server import emulator
from constructs_lib.local.server.api_gateway.request_context import named, request_context

Data = dict[str, Any]

_authorize = apigateway_v1._authorize_request_v1
_identity_sources = apigateway_v1._request_identity_sources
_claims_of_any_token = apigateway_v1._validate_cognito_authorizer

_PAST_THE_POLICY = ("COGNITO_USER_POOLS", "CUSTOM")
_context: ContextVar[Data] = ContextVar("_context")


def mend_authorizers() -> None:
    """Put ours before the emulator's own."""
    apigateway_v1._authorize_request_v1 = _authorize_in_context
    apigateway_v1._request_identity_sources = _identity_sources_with_context
    apigateway_v1._validate_cognito_authorizer = _claims_of_fitting_token


async def _authorize_in_context(
    api: str, stage: str, method: Data, verb: str, path: str, resource: Data, headers: Data, *rest: Any
) -> Any:
    """Keep what identity sources may name, and hear the API's own policy, which the emulator lets some methods past."""
    account, agent = emulator.current_account(), headers.get("user-agent", "")
    _context.set(
        request_context(account=account, api=api, stage=stage, method=verb, path=path, resource=resource, agent=agent)
    )
    if method.get("authorizationType") in _PAST_THE_POLICY:
        refusal = apigateway_v1._anonymous_policy_error(api, stage, verb, path, account, emulator.current_region())
        if refusal:
            return refusal, None
    return await _authorize(api, stage, method, verb, path, resource, headers, *rest)


def _identity_sources_with_context(sources: str | None, *asked: Any) -> tuple[bool, list[Any]]:
    """An answer is kept for a method or a path too, where the emulator takes both for missing."""
    values: list[Any] = []
    for source in filter(None, (source.strip() for source in (sources or "").split(","))):
        of_context = source.startswith("context.")
        values += [named(_context.get(), source)] if of_context else _identity_sources(source, *asked)[1]
    return all(values), values


async def _claims_of_fitting_token(authorizer: Data, method: Data, *asked: Any) -> tuple[Data | None, Any]:
    """A method with scopes takes access tokens that carry one of them, and one without takes ID tokens only.

    The emulator takes both kinds where no scope is asked for, and calls one who lacks a scope unknown.
    """
    scopes = method.get("authorizationScopes") or []
    claims, error = await _claims_of_any_token(authorizer, method | {"authorizationScopes": []}, *asked)
    if error:
        return None, error
    if claims.get("token_use") != ("access" if scopes else "id"):
        return None, apigateway_v1._gw_error("UNAUTHORIZED", "Unauthorized")
    if scopes and not set(scopes) & set(claims.get("scope", "").split()):
        return None, apigateway_v1._deny_error(False)
    return claims, None
