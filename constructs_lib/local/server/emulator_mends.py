"""Where the emulator does otherwise than AWS, and a few lines mend it.

Beside `emulator` and `workflow_tasks` this is the only file that imports ministack.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import request_scope
from ministack.services import apigateway, apigateway_v1, dynamodb, ec2, lambda_svc, rds, sts
from ministack.services.cloudformation import changesets, engine, handlers, stacks

from constructs_lib.local.server.emulator import current_account, is_allowed, role
from constructs_lib.local.server.leading_keys import leading_keys
from constructs_lib.local.server.resource_types.resource_type import Properties

_resolve_jwks_url = apigateway._resolve_jwks_url
_resolve_refs = engine._resolve_refs
_register_session = sts.register_session
_service_context = iam_actions.dynamodb_service_context
_event_sources = lambda_svc._iter_all_esms
_endpoint_xml = ec2._vpce_fields_xml
_cluster_xml = rds._cluster_xml
_instance_xml = rds._instance_xml

_SESSION_LIFETIME = 7 * 24 * 3600.0
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
