"""An API in Seoul with users and an edge domain, small enough to be deployed in a test."""

from pathlib import Path
from typing import Literal

from aws_cdk import App, CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, Auth, ProtectedApi, UserDirectory
from constructs_lib.api.logging import ApiGatewayLogging

REGION = "ap-northeast-2"
NAME = "api.example.com"
ORIGIN = "https://desk.example.com"
CALLBACK = "http://localhost:8000/signed-in"

_ECHO = """
import json

def handler(event, context):
    claims = (event["requestContext"].get("authorizer") or {}).get("claims", {})
    answer = {"email": claims.get("email"), "groups": claims.get("cognito:groups")}
    return {"statusCode": 200, "body": json.dumps({"parameters": event["pathParameters"], **answer})}
"""


def synthesize(folder: Path, domain: Literal["first", "moved", "none"] = "first") -> str:
    """Write the app's assembly, and say where.

    ``domain`` changes it as its owner might later: ``moved`` proves the certificate through another zone, ``none``
    takes the domain away.
    """
    app = App(outdir=str(folder / domain))
    env = Environment(account="000000000000", region=REGION)
    zones = Stack(app, "Zones", env=env)
    first, second = (route53.PublicHostedZone(zones, name, zone_name="example.com") for name in ("First", "Second"))
    zone = second if domain == "moved" else first
    name = None if domain == "none" else ApiDomain(NAME, zone=zone, endpoint="edge")

    desk = Stack(app, "Desk", env=env)
    users = UserDirectory(
        desk, "Users", groups=["managers"], deletion_protection=False, removal_policy=RemovalPolicy.DESTROY
    )
    web = users.add_web_client("Web", callback_urls=[CALLBACK], self_service=True)
    echo = lambda_.Function(
        desk,
        "Echo",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(_ECHO),
    )
    logging = ApiGatewayLogging(desk, "ApiLogging")
    api = ProtectedApi(desk, "Api", users=users, cors=ORIGIN, domain=name, logging=logging)
    api.route("GET /requests/{id}", echo)
    api.route("GET /profile", echo, scopes=["aws.cognito.signin.user.admin"])
    api.route("GET /import", echo, auth=Auth.iam())
    api.route("GET /health", echo, auth=Auth.none(reason="liveness probe"))

    CfnOutput(desk, "ApiUrl", value=api.rest_api.url)
    CfnOutput(desk, "UserPoolId", value=users.pool.user_pool_id)
    CfnOutput(desk, "ClientId", value=web.user_pool_client_id)
    return app.synth().directory
