"""The environment variables that the library's patterns give to functions."""

from collections.abc import Mapping
from typing import TypeGuard
from weakref import WeakKeyDictionary

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib.arguments import InvalidArgument, is_token, require_within
from constructs_lib.quotas import LAMBDA_ENVIRONMENT

_SOURCE = "constructs_lib.functions.environment"

_given: "WeakKeyDictionary[lambda_.IFunction, dict[str, str]]" = WeakKeyDictionary()


def is_function(grantee: iam.IGrantable) -> TypeGuard[lambda_.IFunction]:
    """Tell whether a grantee is a function of any kind: one of this app, an alias, a version or an imported one."""
    return hasattr(type(grantee), "function_arn")


def give_environment(function: lambda_.IFunction, **values: str) -> None:
    """Set environment variables on a function, as the grants of the patterns do; the same ones again change nothing.

    Args:
        function: a function of this app.
        values: the variables by name.

    Raises:
        InvalidArgument: the function is imported, a version or an alias, whose environment cannot be set; it already
            has another value under a name, for example when one function is connected to two databases; or all that it
            was given exceeds 4 KB (Lambda quotas).
    """
    if not isinstance(function, lambda_.Function):
        rule = "be a function of this app and no version or alias, because the grant sets its environment"
        raise InvalidArgument("function", rule, getattr(function, "function_name", function), _SOURCE)
    given = _given.setdefault(function, {})
    for name, value in values.items():
        if given.get(name, value) != value:
            rule = f"have one {name} only, which is {given[name]!r} already"
            raise InvalidArgument(f"the environment of {function.node.path}", rule, value, _SOURCE)
    check_environment({**given, **values})
    for name, value in values.items():
        if name not in given:
            function.add_environment(name, value)
            given[name] = value


def check_environment(values: Mapping[str, str]) -> None:
    """Raise `InvalidArgument` if names and values exceed 4 KB; a token's size is not known yet and does not count."""
    if _size(values) > LAMBDA_ENVIRONMENT.maximum:  # only then ask which values are tokens: that crosses into Node
        known = {name: "" if is_token(value) else value for name, value in values.items()}
        require_within("environment", _size(known), LAMBDA_ENVIRONMENT)


def _size(values: Mapping[str, str]) -> int:
    return sum(len((name + value).encode()) for name, value in values.items())
