"""What API Gateway knows of a request besides what was sent: all that stands below ``$context``."""

import time
from typing import Any
from uuid import uuid4

Data = dict[str, Any]


def request_context(*, account: str, api: str, stage: str, method: str, path: str, resource: Data, agent: str) -> Data:
    """Give the context of a request, to which who asks is added when that is known."""
    return {
        "accountId": account,
        "apiId": api,
        "authorizer": {},
        "httpMethod": method,
        "identity": {"sourceIp": "127.0.0.1", "userAgent": agent},
        "path": f"/{stage}{path}",
        "requestId": str(uuid4()),
        "requestOverride": {"header": {}},
        "requestTimeEpoch": int(time.time() * 1000),
        "resourceId": resource["id"],
        "resourcePath": resource["path"],
        "responseOverride": {"header": {}},
        "stage": stage,
    }


def named(context: Data, name: str) -> Any:
    """Give what a name like ``context.identity.sourceIp`` stands for, or None."""
    value: Any = context
    for part in name.split(".")[1:]:
        value = value.get(part) if isinstance(value, dict) else None
    return value
