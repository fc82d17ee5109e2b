"""Scopes of one's own: what a client may be allowed to do in an API, and what its access tokens then say."""

import re
from collections.abc import Collection, Mapping, Sequence

from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import (
    COGNITO_CLIENT_SCOPES,
    COGNITO_RESOURCE_SERVERS,
    COGNITO_SCOPE_TEXT,
    COGNITO_SCOPES,
)

Scopes = Mapping[str, Mapping[str, str]]
"""The scopes of each API with what they are for: ``{"requests": {"read": "Read requests"}}``."""

_SOURCE = COGNITO_SCOPE_TEXT.source
_IDENTIFIER = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
_NAME = re.compile(r"[\x21\x23-\x2e\x30-\x5b\x5d-\x7e]*")
_NOT_IN_TITLE = re.compile(r"[^\w+=,.@-]")


def require_scopes(scopes: Scopes) -> None:
    """Raise `InvalidArgument` unless Cognito would take each API's identifier and scopes."""
    require_within("the number of scopes", len(scopes), COGNITO_RESOURCE_SERVERS)
    for api, own in scopes.items():
        require_within(f"the length of the API {api!r}", len(api), COGNITO_SCOPE_TEXT)
        rule = "be of APIs without spaces, quotes and backslashes"
        require(_IDENTIFIER.fullmatch(api), "scopes", rule, api, _SOURCE)
        require_within(f"the number of scopes[{api!r}]", len(own), COGNITO_SCOPES)
        for name, description in own.items():
            require_within(f"the length of the scope {name!r}", len(name), COGNITO_SCOPE_TEXT)
            rule = "have names without spaces, slashes, quotes and backslashes"
            require(_NAME.fullmatch(name), "scopes", rule, name, _SOURCE)
            require_within(f"the length of what {name!r} is for", len(description), COGNITO_SCOPE_TEXT)


def require_known_scopes(scopes: Sequence[str], known: Collection[str]) -> None:
    """Raise `InvalidArgument` unless the directory has each of these scopes, written as tokens have them."""
    require(not isinstance(scopes, str), "scopes", "be a list of scopes", scopes, COGNITO_CLIENT_SCOPES.source)
    for scope in scopes:
        rule = "be of the directory's own: " + (", ".join(known) or "it has none")
        require(scope in known, "scopes", rule, scope, _SOURCE)


def resource_server(
    scope: Construct, pool: cognito.IUserPool, api: str, scopes: Mapping[str, str]
) -> cognito.CfnUserPoolResourceServer:
    """Make an API's scopes known to a pool."""
    return cognito.CfnUserPoolResourceServer(
        scope,
        f"Scopes{api}",
        user_pool_id=pool.user_pool_id,
        identifier=api,
        # What the console calls it; it may hold less than the identifier, which is often a URL.
        name=_NOT_IN_TITLE.sub("-", api),
        scopes=[
            cognito.CfnUserPoolResourceServer.ResourceServerScopeTypeProperty(
                scope_name=name, scope_description=description
            )
            for name, description in scopes.items()
        ],
    )
