"""How long a client's tokens are good for."""

from typing import NamedTuple

from aws_cdk import Duration

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import COGNITO_REFRESH_TOKEN_LIFETIME, COGNITO_TOKEN_LIFETIME, Quota


class TokenLifetimes(NamedTuple):
    """The lifetimes of the three tokens that one sign-in gives."""

    access: Duration
    identity: Duration
    refresh: Duration


def token_lifetimes(access: Duration | None, identity: Duration | None, refresh: Duration | None) -> TokenLifetimes:
    """Fill in the defaults, and raise `InvalidArgument` for a token that lives too short, too long or part of a minute.

    None is one hour for the tokens that prove who someone is, and 12 hours, a working day, for what renews them.
    """
    hour, working_day = Duration.hours(1), Duration.hours(12)
    lifetimes = TokenLifetimes(access or hour, identity or hour, refresh or working_day)
    renewable_for = require_lifetime("refresh_token_validity", lifetimes.refresh, COGNITO_REFRESH_TOKEN_LIFETIME)
    for name, lifetime in (("access_token_validity", lifetimes.access), ("id_token_validity", lifetimes.identity)):
        seconds = require_lifetime(name, lifetime, COGNITO_TOKEN_LIFETIME)
        rule = f"not outlast refresh_token_validity, {renewable_for} seconds"
        require(seconds <= renewable_for, name, rule, seconds, COGNITO_TOKEN_LIFETIME.source)
    return lifetimes


def require_lifetime(name: str, lifetime: Duration, quota: Quota = COGNITO_TOKEN_LIFETIME) -> float:
    """Return how many seconds a token lives; raise `InvalidArgument` out of range, or where the CDK cannot write it."""
    require_kind(name, lifetime, Duration, quota.source)
    seconds = lifetime.to_seconds(integral=False)
    require_within(name, seconds, quota)
    require(seconds % 60 == 0, name, "be whole minutes", seconds, "aws_cdk.aws_cognito.UserPoolClient")
    return seconds
