"""The deployed desk, and the ways to call it: nobody's, a signed-in person's, a machine's, and that of an AWS role."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests.auth import AuthBase

from constructs_lib.local import LocalAws
from sample_app.sign_in import SignInPage
from tests.api.local_app import CALLBACK, REGION

_ROOT = Path(__file__).parents[2]


def cdk(aws: LocalAws, command: str, assembly: str, *options: str) -> None:
    """Run the real CLI on all stacks of an app."""
    asked = ["npx", "cdk", command, "--all", "--concurrency=4", "--app", assembly, *options]
    done = aws.run(asked, cwd=_ROOT, capture=True)
    assert done.returncode == 0, done.stdout


def deploy(aws: LocalAws, assembly: str) -> None:
    cdk(aws, "deploy", assembly, "--require-approval=never", "--method=direct")


def outputs_of(aws: LocalAws, stack: str) -> dict[str, str]:
    (described,) = aws.client("cloudformation", REGION).describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


@dataclass(frozen=True)
class Signature(AuthBase):
    """A request's signature by AWS credentials."""

    credentials: Credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        SigV4Auth(self.credentials, "execute-api", REGION).add_auth(signed)
        request.headers.update(signed.headers)
        return request


@dataclass(frozen=True)
class Person:
    """Somebody in the directory."""

    email: str
    password: str
    sub: str


@dataclass(frozen=True)
class Desk:
    """The deployed app."""

    aws: LocalAws
    outputs: dict[str, str]

    @property
    def trusted(self) -> str:
        """Whom its servers are certified by."""
        return self.aws.environment["AWS_CA_BUNDLE"]

    @property
    def page(self) -> SignInPage:
        """The page that the app sends its users to."""
        return SignInPage(self.aws.endpoint_url, self.outputs["ClientId"], CALLBACK, self.trusted)

    def client(self, service: str) -> Any:
        """An administrator's client, in the desk's region."""
        return self.aws.client(service, REGION)

    def call(self, route: str, token: str | None = None, *, api: str = "ApiUrl", **asked: Any) -> requests.Response:
        """Ask one of its APIs something, as in ``GET /requests/7``."""
        method, path = route.split(" ", 1)
        url = self.aws.local_url(self.outputs[api].rstrip("/") + path)
        headers = ({"Authorization": token} if token else {}) | asked.pop("headers", {})
        return requests.request(method, url, headers=headers, verify=self.trusted, timeout=30, **asked)

    def add_person(self, email: str, password: str, *groups: str) -> Person:
        """Add somebody to the directory, as its administrator does."""
        cognito, pool = self.client("cognito-idp"), self.outputs["UserPoolId"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        added = cognito.admin_create_user(
            UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        (sub,) = (each["Value"] for each in added["User"]["Attributes"] if each["Name"] == "sub")
        return Person(email, password, sub)

    def machine_token(self, scope: str) -> str:
        """Give the token that the app's machine gets for its secret."""
        client = self.client("cognito-idp").describe_user_pool_client(
            UserPoolId=self.outputs["UserPoolId"], ClientId=self.outputs["MachineId"]
        )["UserPoolClient"]
        answer = requests.post(
            f"{self.aws.endpoint_url}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(client["ClientId"], client["ClientSecret"]),
            verify=self.trusted,
            timeout=30,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def signature(self, role: str) -> Signature:
        """Sign as one of the app's roles."""
        assumed = self.client("sts").assume_role(RoleArn=self.outputs[f"{role}Arn"], RoleSessionName=role)
        keys = assumed["Credentials"]
        return Signature(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]))
