"""Who is let into a REST API: bearers of a user pool's tokens, and those whom a function lets in."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from constructs_lib.local import LocalAws
from tests.local.guarded_api import OUTPUTS, RESOURCES
from tests.local.rest_api import DeployedApi
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws

_PASSWORD = f"Aa1!{secrets.token_urlsafe(16)}"
_SECONDS = {"TokenValidityUnits": {"IdToken": "seconds", "AccessToken": "seconds"}}


@pytest.fixture(scope="module")
def api(local_aws: LocalAws) -> Iterator[DeployedApi]:
    stack = Stack(local_aws, "api-authorizers")
    yield DeployedApi.deploy(local_aws, stack, RESOURCES, **OUTPUTS)
    stack.delete()


@pytest.fixture(scope="module")
def tokens(api: DeployedApi) -> dict[str, str]:
    return _tokens(api.aws, api.outputs["Users"], api.outputs["Web"])


def _tokens(aws: LocalAws, pool: str, client: str) -> dict[str, str]:
    """Sign in as somebody new."""
    cognito, name = aws.client("cognito-idp"), secrets.token_hex(4)
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=_PASSWORD, Permanent=True)
    said = {"USERNAME": name, "PASSWORD": _PASSWORD}
    flow = "ADMIN_USER_PASSWORD_AUTH"
    signed_in = cognito.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow=flow, AuthParameters=said)
    tokens: dict[str, str] = signed_in["AuthenticationResult"]
    return tokens


def _status(api: DeployedApi, place: str, token: str, verb: str = "GET") -> int:
    return api.call(place, verb, headers={"Authorization": token}).status_code


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_each_route_takes_its_kind_of_token(api: DeployedApi, tokens: dict[str, str]) -> None:
    assert _status(api, "/profile", tokens["IdToken"]) == 200
    assert _status(api, "/profile", tokens["AccessToken"]) == 401
    assert _status(api, "/account", tokens["AccessToken"]) == 200
    assert _status(api, "/account", tokens["IdToken"]) == 401


def test_who_lacks_a_scope_is_known_and_denied(api: DeployedApi, tokens: dict[str, str]) -> None:
    assert _status(api, "/account", tokens["AccessToken"], "POST") == 403


def test_every_client_of_the_pool_counts_and_no_other_pool(api: DeployedApi) -> None:
    phone = _tokens(api.aws, api.outputs["Users"], api.outputs["Phone"])
    assert _status(api, "/profile", phone["IdToken"]) == 200
    cognito = api.aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    assert _status(api, "/profile", _tokens(api.aws, pool, client)["IdToken"]) == 401
    cognito.delete_user_pool(UserPoolId=pool)


def test_a_token_is_as_it_was_signed(api: DeployedApi, tokens: dict[str, str]) -> None:
    header, claims, signature = tokens["IdToken"].split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    unsigned = json.loads(base64.urlsafe_b64decode(header + "==")) | {"alg": "none"}
    changed = "A" if signature[10] != "A" else "B"
    for false in (
        f"{header}.{_part(said | {'cognito:groups': ['managers']})}.{signature}",
        f"{header}.{claims}.{signature[:10]}{changed}{signature[11:]}",
        f"{_part(unsigned)}.{claims}.",
        f"{header}.{claims}",
    ):
        assert _status(api, "/profile", false) == 401, false


def test_a_token_is_worth_nothing_after_its_end(api: DeployedApi) -> None:
    """A client's tokens may be as short as a second here; on AWS they last for five minutes at least."""
    cognito, client = (
        api.aws.client("cognito-idp"),
        {"UserPoolId": api.outputs["Users"], "ClientId": api.outputs["Phone"]},
    )
    cognito.update_user_pool_client(**client, IdTokenValidity=2, AccessTokenValidity=2, **_SECONDS)
    brief = _tokens(api.aws, api.outputs["Users"], api.outputs["Phone"])
    assert _status(api, "/profile", brief["IdToken"]) == 200
    time.sleep(2.1)
    assert _status(api, "/profile", brief["IdToken"]) == 401
    assert _status(api, "/account", brief["AccessToken"]) == 401


def test_a_template_knows_who_asks(api: DeployedApi, tokens: dict[str, str]) -> None:
    assert api.call("/who", "GET", headers={"X-Key": "any"}).text == "ali"
    claims = tokens["IdToken"].split(".")[1]
    sub = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
    assert api.call("/who", "POST", headers={"Authorization": tokens["IdToken"]}).text == sub
    request = AWSRequest("PUT", api.url("/who"))
    mine = api.aws.environment
    credentials = Credentials(mine["AWS_ACCESS_KEY_ID"], mine["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "execute-api", api.region).add_auth(request)
    asker = api.call("/who", "PUT", headers=dict(request.headers.items()))
    assert asker.text == api.aws.client("sts").get_caller_identity()["Arn"]


def _question(api: DeployedApi, place: str, verb: str, key: str) -> tuple[int, str]:
    answer = api.call(place, verb, headers={"X-Key": key})
    return answer.status_code, answer.text


def test_a_function_answers_by_itself_too(api: DeployedApi) -> None:
    assert api.call("/who", "PATCH", headers={"X-Key": "any"}).json()["statusCode"] == 200


def test_a_function_is_asked_once_for_the_same_request(api: DeployedApi) -> None:
    first = _question(api, "/open", "GET", "once")
    assert first[0] == 200
    assert _question(api, "/open", "GET", "once") == first
    for other in (("/open", "POST", "once"), ("/open", "GET", "another")):
        status, question = _question(api, *other)
        assert (status, question != first[1]) == (200, True)


def test_an_answer_for_one_path_opens_no_other(api: DeployedApi) -> None:
    assert _question(api, "/open", "GET", "walk")[0] == 200
    assert _question(api, "/closed", "GET", "walk")[0] == 403
    assert api.call("/open", "GET").status_code == 401
