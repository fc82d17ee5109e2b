"""Who comes in to a deployed API: real requests over HTTPS, with tokens of the page, of strangers, and tampered ones.

The local AWS writes no logs of APIs: that lines are written is left to AWS.
"""

import base64
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from sample_app.sign_in import Tokens
from tests.api.local_app import KEY, ORIGIN, REGION
from tests.api.local_desk import Desk, Person

pytestmark = pytest.mark.local_aws

Claims = dict[str, Any]


def encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(part: str) -> Claims:
    claims: Claims = json.loads(base64.urlsafe_b64decode(part + "=="))
    return claims


def changed(token: str, **claims: Any) -> str:
    """The token with other claims, and its signature."""
    header, payload, signature = token.split(".")
    return f"{header}.{encoded(decoded(payload) | claims)}.{signature}"


def unsigned(token: str) -> str:
    """The token as one that says it needs no signature."""
    header, payload, _ = token.split(".")
    return f"{encoded(decoded(header) | {'alg': 'none'})}.{payload}."


def signed_otherwise(token: str) -> str:
    unsigned_part, _, signature = token.rpartition(".")
    return f"{unsigned_part}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


FALSE: dict[str, Callable[[str], str]] = {
    "of no form": lambda token: "false",
    "for somebody else": lambda token: changed(token, email="boss@example.com"),
    "for longer": lambda token: changed(token, exp=int(time.time()) + 86400),
    "without a signature": unsigned,
    "with another signature": signed_otherwise,
    "with a signature that is empty": lambda token: token.rpartition(".")[0] + ".",
}


def test_nobody_comes_in_without_a_token(desk: Desk) -> None:
    for route in ("GET /requests/7", "GET /ledger", "POST /all/orders", "GET /my/notes/7"):
        assert desk.call(route).status_code == 401, route


@pytest.mark.parametrize("falsify", FALSE.values(), ids=FALSE.keys())
def test_a_false_token_does_not_help(desk: Desk, tokens: Tokens, falsify: Callable[[str], str]) -> None:
    assert desk.call("GET /requests/7", falsify(tokens.id_token)).status_code == 401
    assert desk.call("GET /profile", falsify(tokens.access_token)).status_code == 401


def stranger(desk: Desk, region: str) -> str:
    """A token of somebody in a pool that is not the desk's."""
    cognito = desk.aws.client("cognito-idp", region)
    pool = cognito.create_user_pool(PoolName="Strangers")["UserPool"]["Id"]
    return id_token(cognito, pool, "erin@example.com")


def id_token(cognito: Any, pool: str, email: str, **validity: Any) -> str:
    """A token that an administrator asks a pool for, past the pages."""
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="Tests", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"], **validity
    )["UserPoolClient"]["ClientId"]
    password = f"Aa1!{secrets.token_urlsafe(16)}"
    cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    given = {"USERNAME": email, "PASSWORD": password}
    flow = "ADMIN_USER_PASSWORD_AUTH"
    answer = cognito.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow=flow, AuthParameters=given)
    return str(answer["AuthenticationResult"]["IdToken"])


@pytest.mark.parametrize("region", [REGION, "us-east-1"])
def test_a_token_of_another_pool_does_not_help(desk: Desk, region: str) -> None:
    assert desk.call("GET /requests/7", stranger(desk, region)).status_code == 401


def test_a_token_helps_until_it_expires(desk: Desk) -> None:
    """AWS gives none for less than five minutes; the local one gives them for seconds."""
    units = {"IdToken": "seconds"}
    cognito, pool = desk.client("cognito-idp"), desk.outputs["UserPoolId"]
    token = id_token(cognito, pool, "brief@example.com", IdTokenValidity=3, TokenValidityUnits=units)
    assert desk.call("GET /requests/7", token).status_code == 200
    time.sleep(3)
    assert desk.call("GET /requests/7", token).status_code == 401


def test_who_signs_in_on_the_page_comes_in_as_themselves(desk: Desk, erin: Person, tokens: Tokens) -> None:
    answer = desk.call("GET /requests/7", tokens.id_token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["parameters"] == {"id": "7"}
    claims = answer.json()["caller"]["claims"]
    assert (claims["sub"], claims["email"]) == (erin.sub, erin.email)
    assert "managers" in claims["cognito:groups"]


def test_a_route_with_scopes_takes_an_access_token_that_carries_one(desk: Desk, erin: Person, tokens: Tokens) -> None:
    assert desk.call("GET /profile", tokens.access_token).status_code == 200
    without = desk.page.sign_in(erin.email, erin.password, scope="openid email")
    assert desk.call("GET /profile", without.access_token).status_code == 403
    assert desk.call("GET /profile", tokens.id_token).status_code == 401


def test_a_route_without_scopes_takes_id_tokens_only(desk: Desk, tokens: Tokens) -> None:
    for token in (tokens.access_token, tokens.refresh_token):
        assert desk.call("GET /requests/7", token).status_code == 401


def test_a_person_who_may_read_may_not_write(desk: Desk, erin: Person) -> None:
    reader = desk.page.sign_in(erin.email, erin.password, scope="openid requests/read").access_token
    assert desk.call("GET /ledger", reader).status_code == 200
    assert desk.call("POST /ledger", reader).status_code == 403
    both = desk.page.sign_in(erin.email, erin.password, scope="openid requests/read requests/write").access_token
    assert desk.call("POST /ledger", both).status_code == 200


def test_a_machine_may_what_its_scope_says(desk: Desk) -> None:
    token = desk.machine_token("requests/read")
    assert desk.call("GET /ledger", token).status_code == 200
    for route in ("POST /ledger", "GET /profile"):
        assert desk.call(route, token).status_code == 403, route


def test_an_open_route_is_open(desk: Desk) -> None:
    assert desk.call("GET /health").status_code == 200


def test_a_page_of_the_origin_may_ask(desk: Desk) -> None:
    preflight = desk.call("OPTIONS /requests/7")
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_page_of_the_origin_may_read_why_it_was_refused(desk: Desk, tokens: Tokens) -> None:
    refusals = {
        401: desk.call("GET /requests/7"),
        403: desk.call("GET /imports"),
        400: desk.call("POST /orders", tokens.id_token, json={"count": "many"}),
        415: desk.call("POST /all/orders", tokens.id_token, data="chair", headers={"Content-Type": "text/plain"}),
        500: desk.call("GET /vault", headers={"X-Key": "break"}),
    }
    for status, answer in refusals.items():
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (status, ORIGIN)
    assert desk.call("GET /nowhere", headers={"X-Key": KEY}).headers["Access-Control-Allow-Origin"] == ORIGIN


def test_who_asks_too_often_is_told_so(desk: Desk) -> None:
    """Two at once, and then one a second."""
    answers = (desk.call("GET /health", api="BusyUrl") for _ in range(30))
    assert [next(answers).status_code for _ in range(2)] == [200, 200]
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (429, ORIGIN)
    time.sleep(1)
    assert next(answers).status_code == 200
