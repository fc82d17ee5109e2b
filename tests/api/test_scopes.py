"""The scopes of routes: only those that tokens of the users may have, else nobody could ever call the route."""

import re

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito

from constructs_lib import Auth, InvalidArgument, ProtectedApi, UserDirectory
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, methods_of

OF_COGNITO = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"]


def api_for(stack: Stack) -> ProtectedApi:
    scopes = {"requests": {"read": "Read requests", "write": "Make requests"}}
    return ProtectedApi(stack, "Api", users=UserDirectory(stack, "Users", scopes=scopes))


@pytest.mark.parametrize("scope", ["requests/read", "requests/write", *OF_COGNITO])
def test_a_scope_that_a_token_may_have_is_asked_for(scope: str) -> None:
    stack = Stack(App(), "Desk")
    api_for(stack).route("GET /requests", PROBE, scopes=[scope])
    assert methods_of(template_of(stack))["GET /requests"]["AuthorizationScopes"] == [scope]


@pytest.mark.parametrize("scope", ["requests/delete", "orders/read", "read", "address"])
def test_another_is_refused_with_those_there_are(scope: str) -> None:
    api = api_for(Stack(App(), "Desk"))
    known = ", ".join(["requests/read", "requests/write", *OF_COGNITO])
    sentence = f"scopes must be among those that tokens of the users may have: {known}, got {scope!r}"
    for auth, scopes in ((None, ["requests/read", scope]), (Auth.cognito(scopes=[scope]), None)):
        with pytest.raises(InvalidArgument, match=re.escape(sentence)):
            api.route("GET /requests", PROBE, auth=auth, scopes=scopes)
    assert api.methods == {}


def test_what_scopes_a_pool_has_is_not_known() -> None:
    stack = Stack(App(), "Desk")
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "eu-west-1_abcdefghi")
    ProtectedApi(stack, "Api", users=pool).route("GET /requests", PROBE, scopes=["elsewhere/read"])
    assert methods_of(template_of(stack))["GET /requests"]["AuthorizationScopes"] == ["elsewhere/read"]
