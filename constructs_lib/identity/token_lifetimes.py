"""How long a client's tokens are good for."""

from typing import NamedTuple

from aws_cdk import Duration

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import COGNITO_REFRESH_TOKEN_LIFETIME, COGNITO_TOKEN_LIFETIME


class TokenLifetimes(NamedTuple):
    """The lifetimes of the three tokens that one sign-in gives."""

    access: Duration
    identity: Duration
    refresh: Duration


def token_lifetimes(access: Duration | None, identity: Duration | None, refresh: Duration | None) -> TokenLifetimes:
    """Fill in the defaults, and raise `InvalidArgument` for a token that lives too short or too long.

    None is one hour for the tokens that prove who someone is, and 12 hours, a working day, for what renews them.
    """
    hour, working_day = Duration.hours(1), Duration.hours(12)
    lifetimes = TokenLifetimes(access or hour, identity or hour, refresh or working_day)
    renewable_for = lifetimes.refresh.to_seconds()
    require_within("refresh_token_validity", renewable_for, COGNITO_REFRESH_TOKEN_LIFETIME)
    for name, lifetime in (("access_token_validity", lifetimes.access), ("id_token_validity", lifetimes.identity)):
        seconds = lifetime.to_seconds()
        require_within(name, seconds, COGNITO_TOKEN_LIFETIME)
        rule = f"not outlast refresh_token_validity, {renewable_for} seconds"
        require(seconds <= renewable_for, name, rule, seconds, COGNITO_TOKEN_LIFETIME.source)
    return lifetimes
