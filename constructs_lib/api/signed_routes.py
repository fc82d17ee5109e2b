"""Keeping the routes that a policy of the caller's opens apart from the others, in the policy of a private API."""

from collections.abc import Iterable
from functools import cache

from aws_cdk.aws_apigateway import AuthorizationType

from constructs_lib.api.openapi import Operation
from constructs_lib.arguments import InvalidArgument

_SOURCE = "How API Gateway resource policies affect authorization workflow"


def has_callers_policy(operation: Operation) -> bool:
    """Tell whether a policy of the caller's decides: that of an AWS identity, or a custom authorizer's answer."""
    return operation.auth.type in (AuthorizationType.IAM, AuthorizationType.CUSTOM)


def require_apart(operation: Operation, others: Iterable[Operation]) -> None:
    """Raise `InvalidArgument` where a policy that opens one route would open one that is for callers' policies to open.

    In a policy ``*`` stands for any text, slashes too: what is said of ``GET /a/{id}`` is said of ``GET /a/7/b`` as
    well.
    """
    for other in others:
        if has_callers_policy(operation) != has_callers_policy(other):
            closed, opened = (operation, other) if has_callers_policy(operation) else (other, operation)
            if "*" in opened.route.pattern and _meet(closed.route.pattern, opened.route.pattern):
                rule = (
                    f"have another method or path than {other.route}: in the policy of a private API, requests of "
                    f"{closed.route}, which a policy of the caller's has to allow, look like those of {opened.route}"
                )
                raise InvalidArgument("route", rule, str(operation.route), _SOURCE)


@cache
def _meet(one: str, other: str) -> bool:
    """Tell whether some text fits two patterns."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(other, one)
    return one[0] == other[0] and _meet(one[1:], other[1:])
