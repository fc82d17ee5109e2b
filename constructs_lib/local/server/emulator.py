"""What the kit needs of the emulator's inside. Its version is pinned: the inside may change with the next.

Only this file, `workflow_tasks` and those named `..._mends` import ministack; all others build on them.
"""

import asyncio
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config
from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.rds_iam import RdsIamTokenError, verify_rds_iam_token
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import iam, rds
from ministack.services.cloudformation import provisioners, stacks

from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties, ResourceType


async def serve(listener: int, certificate: str, key: str) -> None:
    """Serve AWS on an open socket for ever."""
    config = Config()
    config.bind = [f"fd://{listener}"]
    config.certfile, config.keyfile = certificate, key
    config.keep_alive_timeout = 75
    await serve_asgi(app.app, config, shutdown_trigger=asyncio.Event().wait)


def current_region() -> str:
    """Give the region of the request, or of the stack, that this is part of."""
    return str(get_region())


def current_account() -> str:
    """Give the account of the request, or of the stack, that this is part of."""
    return str(get_account_id())


def scope(account: str, region: str) -> AbstractContextManager[None]:
    """Make an account and a region the current ones, where no request did."""
    entered: AbstractContextManager[None] = request_scope(account, region)
    return entered


# --- CloudFormation ---


def register_resource_type(name: str, resource_type: ResourceType) -> None:
    """Teach CloudFormation a type, or another way with one of its own."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        return resource_type.create(Declaration(logical_id, properties, stack_name))

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Created:
        return resource_type.update(physical_id, old, Declaration(logical_id, new, stack_name))

    ours = {"create": create, "update": update, "update_with_logical_id": True, "delete": resource_type.delete}
    provisioners._RESOURCE_HANDLERS[name] = provisioners._RESOURCE_HANDLERS.get(name, {}) | ours
    _our_types.add(name)


class BuiltinType:
    """The emulator's own way with a type, to build on."""

    def __init__(self, name: str) -> None:
        """Take it as it is, before another is registered."""
        self._handlers = provisioners._RESOURCE_HANDLERS[name]

    def create(self, declared: Declaration) -> Created:
        """Make a resource."""
        created: Created = self._handlers["create"](declared.logical_id, declared.properties, declared.stack_name)
        return created

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change a resource."""
        more = [declared.logical_id] if self._handlers.get("update_with_logical_id") else []
        changed: Created = self._handlers["update"](physical_id, old, declared.properties, declared.stack_name, *more)
        return changed

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove a resource."""
        self._handlers["delete"](physical_id, properties)


_our_types: set[str] = set()
_is_slow = stacks._runs_on_worker_thread


def _is_slow_or_ours(name: str) -> bool:
    """Our types call the emulator's own API and start databases: on its event loop they would wait for themselves."""
    return name in _our_types or _is_slow(name)


stacks._runs_on_worker_thread = _is_slow_or_ours


# --- Databases ---


def cluster_record(name: str) -> Properties | None:
    """Give what the emulator holds of a database cluster."""
    record: Properties | None = rds._clusters.get(name)
    return record


def instance_record(name: str) -> Properties | None:
    """Give what the emulator holds of a database instance."""
    record: Properties | None = rds._instances.get(name)
    return record


def let_data_api_reach(instance: Properties, host: str, port: int) -> None:
    """Lead the Data API to a server: it asks for a container, which there is none of here."""
    instance.update(_internal_address=host, _internal_port=port, _docker_container_id="none")


def set_proxy_endpoint(name: str, host: str) -> None:
    """Change the host that the API tells of a proxy's endpoint; a proxy's own has the proxy's name."""
    rds._db_proxy_endpoints[name]["Endpoint"] = host
    if proxy := rds._db_proxies.get(name):
        proxy["Endpoint"] = host


def forget_proxy_secrets(name: str) -> None:
    """Take a proxy's secrets away, which its API can only replace by others."""
    rds._db_proxies[name]["Auth"] = []


# --- IAM ---


class TokenError(Exception):
    """A database token that does not say who its bearer is."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whom IAM knows, with what they may do."""

    arn: str
    _known: Any


def verify_database_token(token: str, *, host: str, port: int, user: str, region: str, account: str) -> Principal:
    """Tell who signed a token for a database user at an endpoint; raise `TokenError` if that cannot be told."""
    verified = verify_rds_iam_token(token, hostname=host, port=port, db_user=user, region=region, account_id=account)
    if isinstance(verified, RdsIamTokenError):
        raise TokenError(verified.code)
    with scope(account, region):
        known = iam_evaluator.resolve_principal(verified.access_key_id, account)
    if isinstance(known, iam_evaluator.AuthError):
        raise TokenError(known.code)
    return Principal(known.arn, known)


def role(arn: str) -> Principal:
    """Give a role by its ARN."""
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[1]
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    return Principal(arn, iam_evaluator.PrincipalInfo(arn, "AssumedRole", account, policies, limits=limits))


def trusts(role_arn: str, service: str, conditions: dict[str, Any], action: str = "sts:AssumeRole") -> bool:
    """Tell whether a role's trust policy lets a service assume it, under conditions as `is_allowed` takes them.

    ``action`` is what the service does: an identity provider assumes roles with a web identity, and tags sessions.
    """
    known = iam._roles.get(role_arn.rsplit("/", 1)[1])
    policy = known["AssumeRolePolicyDocument"] if known else {}
    document = json.loads(policy) if isinstance(policy, str) else policy
    # The evaluator never takes a service for a caller: here its name stands where that of a user would.
    statements = [
        statement | {"Principal": principal | {"AWS": principal.get("Service") or principal.get("Federated", [])}}
        for statement in document.get("Statement", [])
        if isinstance(principal := statement.get("Principal"), dict)
    ]
    context = iam_evaluator.EvalContext(
        service, "Service", current_account(), action, role_arn, current_region(), service_context=conditions
    )
    return bool(iam_evaluator.evaluate_trust_policy({"Statement": statements}, service, context))


def is_allowed(
    principal: Principal, action: str, resource: str, region: str, conditions: dict[str, str] | None = None
) -> bool:
    """Evaluate a principal's policies, as for any call to AWS. The account's root has none, and may do everything.

    ``conditions`` are the service's own condition keys, in small letters.
    """
    known = principal._known
    if known.policies is None:
        return True
    context = iam_evaluator.EvalContext(
        known.arn,
        known.type,
        known.account,
        action,
        resource,
        region,
        principal_keys=known.keys,
        service_context=conditions or {},
    )
    return bool(iam_evaluator.evaluate(context, known.policies, *known.limits).decision == "Allow")


# --- Lambda ---


def run_python_functions_on(python: str) -> None:
    """Run functions on this Python instead of on the emulator's own."""
    detect = lambda_runtime._detect_runtime_binary

    def detect_ours(runtime: str) -> tuple[str, str]:
        binary, worker = detect(runtime)
        return (python if runtime.startswith("python") else binary), worker

    lambda_runtime._detect_runtime_binary = detect_ours
