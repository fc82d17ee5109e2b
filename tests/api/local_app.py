"""A desk in Seoul: an API with users, scopes, AWS identities, an authorizer and services behind it, to be deployed."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib import Auth, AwsAction, ProtectedApi, UserDirectory
from constructs_lib.api.logging import ApiGatewayLogging
from tests.api.local_services import Services

REGION = "ap-northeast-2"
ORIGIN = "https://desk.example.com"
KEY = "open sesame"
CALLBACK = "http://localhost:8000/signed-in"

_ECHO = """
import json

def handler(event, context):
    caller = event["requestContext"].get("authorizer") or {}
    return {"statusCode": 200, "body": json.dumps({"parameters": event["pathParameters"], "caller": caller})}
"""

# What it says of one path is worded for all: that it counts for no other is left to how its answers are kept.
_CHECK = f"""
import time

def handler(event, context):
    key = {{name.lower(): value for name, value in event["headers"].items()}}.get("x-key")
    if not key:
        raise Exception("Unauthorized")
    if key == "break":
        raise Exception("broken")
    is_right = key == "{KEY}" and not event["path"].endswith("/private")
    said = {{"Action": "execute-api:Invoke", "Effect": "Allow" if is_right else "Deny", "Resource": "*"}}
    return {{
        "principalId": "ali",
        "policyDocument": {{"Version": "2012-10-17", "Statement": [said]}},
        "context": {{"asked_at": str(time.time_ns())}},
    }}
"""

_ORDER = {
    "type": "object",
    "properties": {"item": {"type": "string"}, "count": {"type": "integer", "exclusiveMinimum": 0}},
    "required": ["item"],
    "additionalProperties": False,
}


def synthesize(folder: Path) -> str:
    """Write the app's assembly, and say where."""
    app = App(outdir=str(folder))
    desk = Stack(app, "Desk", env=Environment(account="000000000000", region=REGION))
    users = _users(desk)
    api = ProtectedApi(desk, "Api", users=users, cors=ORIGIN, logging=ApiGatewayLogging(desk, "ApiLogging"))
    busy = ProtectedApi(desk, "Busy", cors=ORIGIN, rate_limit=1, burst_limit=2)
    _tell(desk, ApiUrl=api.rest_api.url, BusyUrl=busy.rest_api.url)

    echo = _function(desk, "Echo", _ECHO)
    for open_api in (api, busy):
        open_api.route("GET /health", echo, auth=Auth.none(reason="liveness probe"))
    here, gone = Services(desk, "Here"), Services(desk, "Gone")
    here.answer(api, "/all")
    here.answer(api, "/my", caller=True)
    gone.answer(api, "/gone")
    api.route("POST /orders", AwsAction.send_message(here.orders), body=_ORDER)
    _ask_for_tokens(api, echo)
    _ask_for_signatures(api, echo, here)
    _ask_a_function(api, echo, here)
    return app.synth().directory


def _users(desk: Stack) -> UserDirectory:
    users = UserDirectory(
        desk,
        "Users",
        groups=["managers"],
        self_sign_up=True,
        scopes={"requests": {"read": "Read requests", "write": "Make requests"}},
        deletion_protection=False,
        removal_policy=RemovalPolicy.DESTROY,
    )
    web = users.add_web_client("Web", callback_urls=[CALLBACK], scopes=users.scopes, self_service=True)
    machine = users.add_machine_client("Machine", scopes=["requests/read"])
    ids = {"ClientId": web.user_pool_client_id, "MachineId": machine.user_pool_client_id}
    _tell(desk, UserPoolId=users.pool.user_pool_id, **ids)
    return users


def _ask_for_tokens(api: ProtectedApi, echo: lambda_.IFunction) -> None:
    api.route("GET /requests/{id}", echo)
    api.route("GET /profile", echo, scopes=["aws.cognito.signin.user.admin"])
    api.route("GET /ledger", echo, scopes=["requests/read"])
    api.route("POST /ledger", echo, scopes=["requests/write"])


def _ask_for_signatures(api: ProtectedApi, echo: lambda_.IFunction, services: Services) -> None:
    """One route for each of two roles, and another method of the first one's."""
    desk = Stack.of(api)
    importer, exporter = (
        iam.Role(desk, name, assumed_by=iam.AccountRootPrincipal()) for name in ("Importer", "Exporter")
    )
    api.route("GET /imports", echo, auth=Auth.iam()).grant_execute(importer)
    api.route("GET /exports", echo, auth=Auth.iam()).grant_execute(exporter)
    imported = AwsAction.send_message(services.orders, caller=True)
    api.route("POST /imports", imported, auth=Auth.iam()).grant_execute(importer)
    _tell(desk, ImporterArn=importer.role_arn, ExporterArn=exporter.role_arn)


def _ask_a_function(api: ProtectedApi, echo: lambda_.IFunction, services: Services) -> None:
    check = _function(Stack.of(api), "Check", _CHECK)
    api.route("GET /vault", echo, auth=Auth.custom(check, header="X-Key"))
    stored = AwsAction.send_message(services.orders, caller=True)
    api.route("POST /vault", stored, auth=Auth.custom(check, header="X-Key"))
    api.route("GET /shelves/{shelf}", echo, auth=Auth.custom(check, header="X-Key", ttl=Duration.minutes(5)))


def _tell(scope: Stack, **values: str) -> None:
    for name, value in values.items():
        CfnOutput(scope, name, value=value)


def _function(scope: Stack, name: str, code: str) -> lambda_.Function:
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(code),
    )
