"""Functions, streams, an API with sign-in and workflows run as on AWS, each under its own role."""

import base64
import hashlib
import html
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.local.conftest import Trial

pytestmark = pytest.mark.local_aws

USER, PASSWORD = "kim@example.com", "Correct-horse-1"
CALLBACK = "https://app.example.com/signed-in"


@pytest.fixture(scope="module")
def outputs(trial: Trial) -> dict[str, str]:
    return trial.outputs("Items")


@pytest.fixture(scope="module")
def browser(trial: Trial) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = trial.aws.environment["REQUESTS_CA_BUNDLE"]
    return session


@pytest.fixture(scope="module")
def token(trial: Trial, outputs: dict[str, str]) -> str:
    """Sign a user up and in."""
    cognito, pool = trial.aws.client("cognito-idp"), outputs["PoolId"]
    cognito.admin_create_user(UserPoolId=pool, Username=USER, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=USER, Password=PASSWORD, Permanent=True)
    signed_in = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=outputs["ClientId"],
        AuthParameters={"USERNAME": USER, "PASSWORD": PASSWORD},
    )
    return str(signed_in["AuthenticationResult"]["IdToken"])


def soon(read: Callable[[], Any], seconds: float = 15) -> Any:
    """Give what is there, once something is."""
    deadline = time.monotonic() + seconds
    while not (found := read()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def item(trial: Trial, table: str, id: str) -> dict[str, Any]:
    """Read an item."""
    found: dict[str, Any] = (
        trial.aws.client("dynamodb").get_item(TableName=table, Key={"id": {"S": id}}).get("Item", {})
    )
    return found


def invoke(trial: Trial, function: str, id: str = "") -> dict[str, Any]:
    """Call a function as the API does."""
    payload = json.dumps({"body": json.dumps({"id": id})})
    answer = trial.aws.client("lambda").invoke(FunctionName=function, Payload=payload)
    result: dict[str, Any] = json.load(answer["Payload"])
    return result


class TestApi:
    """An API for those who have signed in."""

    def post(self, trial: Trial, outputs: dict[str, str], browser: requests.Session, **headers: str) -> int:
        url = trial.aws.local_url(outputs["ApiUrl"]) + "items"
        return browser.post(url, json={"id": "from the API"}, headers=headers).status_code

    def test_refuses_without_a_token(self, trial: Trial, outputs: dict[str, str], browser: requests.Session) -> None:
        assert self.post(trial, outputs, browser) == 401

    def test_refuses_a_false_token(
        self, trial: Trial, outputs: dict[str, str], browser: requests.Session, token: str
    ) -> None:
        forged = token[:-8] + ("AAAAAAAA" if not token.endswith("AAAAAAAA") else "BBBBBBBB")
        assert self.post(trial, outputs, browser, Authorization=forged) == 401

    def test_lets_a_real_token_write_under_the_functions_role(
        self, trial: Trial, outputs: dict[str, str], browser: requests.Session, token: str
    ) -> None:
        assert item(trial, outputs["Table"], "from the API") == {}
        assert self.post(trial, outputs, browser, Authorization=token) == 200
        assert item(trial, outputs["Table"], "from the API")["written_by"] == {"S": "api"}


class TestSignInPage:
    """Cognito's own page, with a code and its proof key."""

    def test_code_is_worth_a_token_to_whom_it_was_given(
        self, trial: Trial, outputs: dict[str, str], browser: requests.Session, token: str
    ) -> None:
        verifier = secrets.token_urlsafe(40)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        wanted = {
            "response_type": "code",
            "client_id": outputs["ClientId"],
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        base = trial.aws.local_url(outputs["SignInUrl"])
        page = browser.get(f"{base}/oauth2/authorize", params=wanted).text
        form = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}
        filled_in = {**form, "username": USER, "password": PASSWORD}
        signed_in = browser.post(f"{base}/login", data=filled_in, allow_redirects=False)
        code = re.fullmatch(rf"{CALLBACK}\?code=([\w-]+).*", signed_in.headers["Location"])
        assert code
        exchange = {
            "grant_type": "authorization_code",
            "client_id": outputs["ClientId"],
            "redirect_uri": CALLBACK,
            "code": code[1],
        }
        assert browser.post(f"{base}/oauth2/token", data=exchange).status_code == 400
        proven = browser.post(f"{base}/oauth2/token", data=exchange | {"code_verifier": verifier})
        assert "id_token" in proven.json()


class TestFunctions:
    """Functions run under their own roles, on what Lambda gives them."""

    def test_may_do_what_is_granted(self, trial: Trial, outputs: dict[str, str]) -> None:
        assert invoke(trial, outputs["WriterFunction"], "written")["statusCode"] == 200
        assert item(trial, outputs["Table"], "written")

    def test_may_not_do_what_is_not_granted(self, trial: Trial, outputs: dict[str, str]) -> None:
        assert (
            "is not authorized to perform: dynamodb:PutItem"
            in invoke(trial, outputs["DeniedFunction"], "denied")["errorMessage"]
        )
        assert item(trial, outputs["Table"], "denied") == {}

    def test_see_the_sdk_and_no_other_package_of_this_machine(self, trial: Trial, outputs: dict[str, str]) -> None:
        seen = invoke(trial, outputs["LookerFunction"])
        assert seen["importable"] == ["boto3"]
        assert ":assumed-role/Items-Looker" in seen["caller"]
        assert not {"PYTHONPATH", "VIRTUAL_ENV", "AWS_PROFILE"} & set(seen["variables"])

    def test_read_the_stream_that_they_are_mapped_to(self, trial: Trial, outputs: dict[str, str]) -> None:
        invoke(trial, outputs["WriterFunction"], "streamed")
        assert soon(lambda: item(trial, outputs["Copies"], "streamed"))["written_by"] == {"S": "api"}

    def test_do_not_read_a_stream_without_a_grant(self, trial: Trial, outputs: dict[str, str]) -> None:
        iam, role = trial.aws.client("iam"), outputs["CopierRole"]
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        kept = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
        for name, document in kept.items():
            text = json.dumps(document).replace("dynamodb:GetRecords", "dynamodb:Nothing")
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
        invoke(trial, outputs["WriterFunction"], "unread")
        assert not soon(lambda: item(trial, outputs["Copies"], "unread"), seconds=2.5)
        for name, document in kept.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        assert soon(lambda: item(trial, outputs["Copies"], "unread"))


class TestWorkflow:
    """A workflow that waits for another, which waits for a token to come back."""

    def start(self, trial: Trial, machine: str, id: str) -> str:
        states = trial.aws.client("stepfunctions")
        return str(states.start_execution(stateMachineArn=machine, input=json.dumps({"id": id}))["executionArn"])

    def ended(self, trial: Trial, execution: str) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            found: dict[str, Any] = trial.aws.client("stepfunctions").describe_execution(executionArn=execution)
            return {} if found["status"] == "RUNNING" else found

        return dict(soon(read))

    def test_goes_on_when_the_token_comes_back(self, trial: Trial, outputs: dict[str, str]) -> None:
        execution = self.start(trial, outputs["GrantedMachineArn"], "decided")
        waiting = soon(lambda: item(trial, outputs["Table"], "decided"))
        states = trial.aws.client("stepfunctions")
        assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
        states.send_task_success(taskToken=waiting["token"]["S"], output='{"approved": true}')
        ended = self.ended(trial, execution)
        assert ended["status"] == "SUCCEEDED"
        assert json.loads(ended["output"])["Output"] == {"approved": True}

    def test_fails_when_its_role_may_not_write(self, trial: Trial, outputs: dict[str, str]) -> None:
        execution = self.start(trial, outputs["UngrantedMachineArn"], "never")
        ended = self.ended(trial, execution)
        assert ended["status"] == "FAILED"
        assert "dynamodb:PutItem" in ended["cause"]
        assert item(trial, outputs["Table"], "never") == {}
