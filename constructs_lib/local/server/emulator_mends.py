"""Where the emulator does otherwise than AWS, and a few lines mend it.

Beside `emulator` and `workflow_tasks`, only files whose names end like this one's import ministack.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response, request_scope
from ministack.services import apigateway, apigateway_v1, cognito, ec2, eventbridge, rds, sts
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from constructs_lib.local.server.emulator import current_account, current_region, trusts
from constructs_lib.local.server.identity_pools import PROVIDER, condition_keys, preferred_role, session_tags
from constructs_lib.local.server.resource_types.resource_type import Properties

_resolve_jwks_url = apigateway._resolve_jwks_url
_resolve_refs = engine._resolve_refs
_register_session = sts.register_session
_identity = cognito._get_id
_identity_credentials = cognito._get_credentials_for_identity
_sign_up = cognito._sign_up
_put_events = eventbridge._put_events
_endpoint_attributes = provisioners._ec2_vpc_endpoint_attributes
_endpoint_xml = ec2._vpce_fields_xml
_cluster_xml = rds._cluster_xml
_instance_xml = rds._instance_xml

_SESSION_LIFETIME = 7 * 24 * 3600.0
_SESSION_NAME = "CognitoIdentityCredentials"
_ENDPOINTS_ZONE = "Z7HUB22UULQXV"


def mend_emulator() -> None:
    """Put ours before the emulator's own."""
    apigateway._resolve_jwks_url = apigateway_v1._resolve_jwks_url = _resolve_jwks_url_over_tls
    for module in (changesets, engine, handlers, stacks):
        module._resolve_refs = _resolve_refs_in_region
    sts.register_session = _register_session_with_end
    cognito._get_id = _identity_of_somebody
    cognito._get_credentials_for_identity = _identity_credentials_of_trusting_role
    cognito._sign_up = _sign_up_where_anybody_may
    eventbridge._put_events = _put_events_with_objects
    provisioners._ec2_vpc_endpoint_attributes = _endpoint_attributes_with_names
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


def _sign_up_where_anybody_may(request: Properties) -> Any:
    """People sign up to a pool where only administrators make accounts."""
    pool, _ = cognito._pool_for_client(request.get("ClientId"))
    if (pool or {}).get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        return error_response_json("NotAuthorizedException", "SignUp is not permitted for this user pool", 400)
    return _sign_up(request)


def _put_events_with_objects(request: Properties, *more: Any, **known: Any) -> Any:
    """Events are taken whose detail is no JSON object."""
    entries = request.get("Entries", [])
    taken = [entry for entry in entries if _is_object(entry.get("Detail", "{}"))]
    status, headers, body = _put_events(request | {"Entries": taken}, *more, **known)
    if status != 200 or len(taken) == len(entries):
        return status, headers, body
    answer = json.loads(body)
    answers = iter(answer["Entries"])
    malformed = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    told = [next(answers) if entry in taken else malformed for entry in entries]
    failed = answer["FailedEntryCount"] + len(entries) - len(taken)
    return json_response({"FailedEntryCount": failed, "Entries": told})


def _is_object(detail: Any) -> bool:
    """Tell whether a detail is an object, or the text of one: a state machine's task gives the object itself."""
    try:
        return isinstance(json.loads(detail) if isinstance(detail, str) else detail, dict)
    except ValueError:
        return False


def _endpoint_attributes_with_names(endpoint: Properties) -> Properties:
    """An interface endpoint has a name of its own, which is told with its hosted zone; the emulator tells none."""
    attributes: Properties = _endpoint_attributes(endpoint)
    if endpoint["VpcEndpointType"] != "Interface":
        return attributes
    name, service = endpoint["VpcEndpointId"], endpoint["ServiceName"].rpartition(".")[2]
    host = f"{name}-{name[-8:]}.{service}.{current_region()}.vpce.amazonaws.com"
    return attributes | {"DnsEntries": [f"{_ENDPOINTS_ZONE}:{host}"]}


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
