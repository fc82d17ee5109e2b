"""An API in Seoul with users and an edge domain, small enough to be deployed in a test."""

from pathlib import Path
from typing import Literal

from aws_cdk import App, CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain, Auth, AwsAction, ProtectedApi, UserDirectory, WorkQueue
from constructs_lib.api.logging import ApiGatewayLogging

REGION = "ap-northeast-2"
NAME = "api.example.com"
ORIGIN = "https://desk.example.com"
KEY = "open sesame"
CALLBACK = "http://localhost:8000/signed-in"

_ECHO = """
import json

def handler(event, context):
    claims = (event["requestContext"].get("authorizer") or {}).get("claims", {})
    answer = {"email": claims.get("email"), "groups": claims.get("cognito:groups")}
    return {"statusCode": 200, "body": json.dumps({"parameters": event["pathParameters"], **answer})}
"""


_CHECK = f"""
def handler(event, context):
    key = {{name.lower(): value for name, value in event["headers"].items()}}.get("x-key")
    if not key:
        raise Exception("Unauthorized")
    allowed = {{"Action": "execute-api:Invoke", "Resource": event["methodArn"]}}
    allowed["Effect"] = "Allow" if key == "{KEY}" else "Deny"
    return {{"principalId": "ali", "policyDocument": {{"Version": "2012-10-17", "Statement": [allowed]}}}}
"""

_ORDER = {
    "type": "object",
    "properties": {"item": {"type": "string"}, "count": {"type": "integer", "exclusiveMinimum": 0}},
    "required": ["item"],
    "additionalProperties": False,
}


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
    echo, check = (
        lambda_.Function(
            desk,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(code),
        )
        for name, code in (("Echo", _ECHO), ("Check", _CHECK))
    )
    orders = WorkQueue(desk, "Orders")
    for queue in (orders.queue, orders.dead_letter_queue.queue):
        queue.apply_removal_policy(RemovalPolicy.DESTROY)
    logging = ApiGatewayLogging(desk, "ApiLogging")
    api = ProtectedApi(desk, "Api", users=users, cors=ORIGIN, domain=name, logging=logging)
    api.route("GET /requests/{id}", echo)
    api.route("GET /profile", echo, scopes=["aws.cognito.signin.user.admin"])
    api.route("GET /import", echo, auth=Auth.iam())
    api.route("GET /health", echo, auth=Auth.none(reason="liveness probe"))
    api.route("GET /vault", echo, auth=Auth.custom(check, header="X-Key"))
    api.route("POST /orders", AwsAction.send_message(orders, caller=True), body=_ORDER)
    api.route("PUT /orders", AwsAction.send_message(orders))

    CfnOutput(desk, "ApiUrl", value=api.rest_api.url)
    CfnOutput(desk, "OrdersUrl", value=orders.queue.queue_url)
    CfnOutput(desk, "UserPoolId", value=users.pool.user_pool_id)
    CfnOutput(desk, "ClientId", value=web.user_pool_client_id)
    return app.synth().directory
