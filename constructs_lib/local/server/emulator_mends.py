"""Where the emulator does otherwise than AWS, and a few lines mend it.

Beside `emulator` and `workflow_tasks` this is the only file that imports ministack.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, request_scope
from ministack.services import apigateway, apigateway_v1, cognito, dynamodb, ec2, lambda_svc, rds, sts
from ministack.services.cloudformation import changesets, engine, handlers, stacks

from constructs_lib.local.server.emulator import current_account, is_allowed, role, trusts
from constructs_lib.local.server.identity_pools import PROVIDER, condition_keys, preferred_role, session_tags
from constructs_lib.local.server.leading_keys import leading_keys
from constructs_lib.local.server.policy_variables import UnknownVariableError, filled_in
from constructs_lib.local.server.resource_types.resource_type import Properties

_resolve_jwks_url = apigateway._resolve_jwks_url
_resolve_refs = engine._resolve_refs
_register_session = sts.register_session
_principal_keys = iam_evaluator._principal_keys
_first_match = iam_evaluator._first_match
_identity = cognito._get_id
_identity_credentials = cognito._get_credentials_for_identity
_service_context = iam_actions.dynamodb_service_context
_event_sources = lambda_svc._iter_all_esms
_endpoint_xml = ec2._vpce_fields_xml
_cluster_xml = rds._cluster_xml
_instance_xml = rds._instance_xml

_SESSION_LIFETIME = 7 * 24 * 3600.0
_SESSION_NAME = "CognitoIdentityCredentials"
_READS = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}


def mend_emulator() -> None:
    """Put ours before the emulator's own."""
    apigateway._resolve_jwks_url = apigateway_v1._resolve_jwks_url = _resolve_jwks_url_over_tls
    for module in (changesets, engine, handlers, stacks):
        module._resolve_refs = _resolve_refs_in_region
    sts.register_session = _register_session_with_end
    iam_evaluator._principal_keys = _principal_keys_with_identity
    iam_evaluator._first_match = _first_match_with_variables
    cognito._get_id = _identity_of_somebody
    cognito._get_credentials_for_identity = _identity_credentials_of_trusting_role
    iam_actions.dynamodb_service_context = _service_context_with_keys
    lambda_svc._iter_all_esms = _readable_event_sources
    ec2._vpce_fields_xml = _endpoint_xml_with_groups
    rds._cluster_xml = _with_roles(_cluster_xml, "DBClusterRole")
    rds._instance_xml = _with_roles(_instance_xml, "DBInstanceRole")


async def _resolve_jwks_url_over_tls(authorizer: Properties) -> Any:
    """The gateway speaks TLS only, so a Cognito authorizer must fetch its keys over TLS, or it refuses every token."""
    url = await _resolve_jwks_url(authorizer)
    return url.replace("http://", "https://", 1) if url else url


def _resolve_refs_in_region(value: Any, *scope: Any) -> Any:
    """A stack's output may be asked for from another region, which the emulator does not look at."""
    region = value.get("Fn::GetStackOutput", {}).get("Region") if isinstance(value, dict) else None
    if region is None:
        return _resolve_refs(value, *scope)
    with request_scope(current_account(), str(_resolve_refs(region, *scope))):
        return _resolve_refs(value, *scope)


def _register_session_with_end(access_key: str, session: Properties) -> None:
    """A function's session has no end here; the verifier of database tokens lets none in that has not."""
    session.setdefault("Expiration", time.time() + _SESSION_LIFETIME)
    _register_session(access_key, session)


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


def _identity_of_somebody(request: Properties) -> Any:
    """Guests are let into a pool that takes none."""
    pool = cognito._identity_pools.get(request.get("IdentityPoolId")) or {}
    if request.get("Logins") or pool.get("AllowUnauthenticatedIdentities", True):
        return _identity(request)
    message = "Unauthenticated access is not supported for this identity pool."
    return error_response_json("NotAuthorizedException", message, 400)


def _identity_credentials_of_trusting_role(request: Properties) -> Any:
    """A role's credentials are given whether it trusts the pool or not, without tags, and groups do not count."""
    pools: list[Properties] = list(cognito._identity_pools.values())
    pool = next((pool for pool in pools if request.get("IdentityId") in pool["_identities"]), {})
    logins = request.get("Logins") or {}
    claims = {provider: cognito._token_claims(token) for provider, token in logins.items()}
    assumed = _role_by_group(pool, claims) or pool.get("_roles", {}).get("authenticated")
    if not (logins and assumed):
        return _identity_credentials(request)
    methods, _ = cognito._identity_login_fields(logins)
    conditions = condition_keys(request["IdentityId"], pool["IdentityPoolId"], methods)
    actions = ["sts:AssumeRoleWithWebIdentity", *(["sts:TagSession"] if pool.get("_principal_tags") else [])]
    if not all(trusts(assumed, PROVIDER, conditions, action) for action in actions):
        message = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
        return error_response_json("InvalidIdentityPoolConfigurationException", message, 400)
    answer = _identity_credentials(request)
    if answer[0] == 200:
        session = sts._sessions[json.loads(answer[2])["Credentials"]["AccessKeyId"]]
        session["Arn"] = f"arn:aws:sts::{current_account()}:assumed-role/{assumed.rpartition('/')[2]}/{_SESSION_NAME}"
        session["SessionTags"] = session_tags(pool.get("_principal_tags", {}), claims)
    return answer


def _role_by_group(pool: Properties, claims: dict[str, Properties]) -> str | None:
    for name, mapping in pool.get("_role_mappings", {}).items():
        provider, _, client = mapping.get("IdentityProvider", name).rpartition(":")
        said = claims.get(provider, {})
        if mapping["Type"] == "Token" and said.get("aud") == client:
            known = cognito._user_pools[provider.rpartition("/")[2]]["_groups"]
            return preferred_role(known[group] for group in said.get("cognito:groups", []) if group in known)
    return None


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


def _readable_event_sources() -> Iterator[tuple[str, str, Properties]]:
    """On AWS a function's role reads its streams and queues; the emulator reads them whether the role may or not."""
    for account, region, mapping in _event_sources():
        source = mapping.get("EventSourceArn", "")
        function = lambda_svc._functions.get_scoped(account, region, mapping["FunctionName"])
        actions = _READS.get(source.split(":")[2], ()) if function and source else ()
        if all(is_allowed(role(function["config"]["Role"]), action, source, region) for action in actions):
            yield account, region, mapping
        else:
            mapping["LastProcessingResult"] = "PROBLEM: the function's role may not read the event source"


def _endpoint_xml_with_groups(endpoint: Properties, tag: str = "item") -> str:
    """Who may reach an interface endpoint, and whether it answers for its service, is recorded but not told."""
    groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("SecurityGroupIds", []))
    private = str(endpoint.get("PrivateDnsEnabled", False)).lower()
    told = f"<groupSet>{groups}</groupSet><privateDnsEnabled>{private}</privateDnsEnabled>"
    return str(_endpoint_xml(endpoint, tag)).replace("</subnetIdSet>", f"</subnetIdSet>{told}", 1)


def _with_roles(tell: Callable[[Properties], str], member: str) -> Callable[[Properties], str]:
    """The roles that are associated with a database, and an instance's own secret, are not told either."""

    def told(record: Properties) -> str:
        roles = "".join(
            f"<{member}><RoleArn>{role['RoleArn']}</RoleArn><FeatureName>{role['FeatureName']}</FeatureName>"
            f"<Status>ACTIVE</Status></{member}>"
            for role in record.get("AssociatedRoles", [])
        )
        more = f"<AssociatedRoles>{roles}</AssociatedRoles>"
        text = tell(record)
        if "MasterUserSecret" in record and "<MasterUserSecret>" not in text:
            secret = f"<SecretArn>{record['MasterUserSecret']['SecretArn']}</SecretArn>"
            more += f"<MasterUserSecret>{secret}<SecretStatus>active</SecretStatus></MasterUserSecret>"
        return text.replace("<AssociatedRoles/>", more)

    return told
