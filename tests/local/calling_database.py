"""A database that calls a Lambda function by the extension that it has on RDS."""

import json
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest

from constructs_lib.local import LocalAws
from tests.local.network import SUBNETS, group_id, isolated_network, lambda_endpoint, rule
from tests.local.stack import Resources, Stack, allows, connect

_FUNCTION = """
import boto3, json, os

def handler(event, context):
    if event == "fail":
        raise ValueError("as asked")
    print("heard", event)
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
    return {"echo": event}
"""


def _resources() -> Resources:
    """A cluster in isolated subnets that may call a function by an interface endpoint."""
    function = {
        "Code": {"ZipFile": _FUNCTION},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
        "Environment": {"Variables": {"QUEUE": {"Ref": "Queue"}}},
    }
    function_arn = {"Fn::GetAtt": ["Function", "Arn"]}
    versions = {"Fn::Join": ["", [function_arn, ":*"]]}
    cluster = {
        "Engine": "aurora-postgresql",
        "DatabaseName": "app",
        "EnableIAMDatabaseAuthentication": True,
        "MasterUsername": "chief",
        "MasterUserPassword": "a-password",
        "DBSubnetGroupName": {"Ref": "Subnets"},
        "VpcSecurityGroupIds": [group_id("Database")],
        "AssociatedRoles": [{"FeatureName": "Lambda", "RoleArn": {"Fn::GetAtt": ["DatabaseRole", "Arn"]}}],
    }
    proxy = {
        "DBProxyName": "lambda-calls",
        "EngineFamily": "POSTGRESQL",
        "DefaultAuthScheme": "IAM_AUTH",
        "RoleArn": {"Fn::GetAtt": ["ProxyRole", "Arn"]},
        "VpcSubnetIds": SUBNETS,
        "VpcSecurityGroupIds": [group_id("Proxy")],
    }
    targets = {
        "DBProxyName": {"Ref": "Proxy"},
        "TargetGroupName": "default",
        "DBClusterIdentifiers": [{"Ref": "Cluster"}],
    }
    return {
        **isolated_network("10.21", "Database", "Endpoint", "Proxy"),
        "DatabaseOut": rule("Egress", "Database", "Endpoint", 443),
        "EndpointIn": rule("Ingress", "Endpoint", "Database", 443),
        "Endpoint": lambda_endpoint("Endpoint"),
        "Queue": {"Type": "AWS::SQS::Queue"},
        "FunctionRole": allows("lambda.amazonaws.com", "sqs:SendMessage", {"Fn::GetAtt": ["Queue", "Arn"]}),
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "DatabaseRole": allows("rds.amazonaws.com", "lambda:InvokeFunction", [function_arn, versions]),
        "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": cluster},
        "ProxyOut": rule("Egress", "Proxy", "Database", 5432),
        "DatabaseIn": rule("Ingress", "Database", "Proxy", 5432),
        "ProxyRole": allows("rds.amazonaws.com", "rds-db:connect", "*"),
        "Proxy": {"Type": "AWS::RDS::DBProxy", "Properties": proxy},
        "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": targets},
    }


class CallingDatabase:
    """A deployed database that calls a function."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.stack = Stack(aws, "lambda-calls")
        self.resources = _resources()
        self.told = self.stack.deploy(
            self.resources,
            {
                "Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]},
                "Proxy": {"Fn::GetAtt": ["Proxy", "Endpoint"]},
                **{name: {"Ref": name} for name in ("Queue", "Function")},
            },
        )
        self.execute("CREATE EXTENSION aws_lambda CASCADE")

    def connect(self, user: str = "chief") -> "psycopg.Connection[Any]":
        """Connect to the cluster's own endpoint."""
        return connect(self.aws, self.told["Host"], user=user, password="a-password", dbname="app")

    def execute(self, sql: str, *parameters: Any) -> list[Any]:
        """Run a statement as the master user."""
        with self.connect() as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def invoke(self, payload: object = "asked", options: str = "", function: str = "") -> Any:
        """Invoke the function, and give all that comes back."""
        sql = f"SELECT * FROM aws_lambda.invoke(%s, %s::json{options})"
        return self.execute(sql, function or self.told["Function"], json.dumps(payload))[0]

    def refusal(self, **invocation: Any) -> str:
        """Invoke, and tell why that fails."""
        with pytest.raises(psycopg.errors.ExternalRoutineException) as refused:
            self.invoke(**invocation)
        return str(refused.value)

    def received(self, count: int = 1) -> list[Any]:
        """Take what the function has sent; fewer than expected if nothing more comes."""
        sqs = self.aws.client("sqs")
        taken: list[Any] = []
        while len(taken) < count:
            messages = sqs.receive_message(QueueUrl=self.told["Queue"], WaitTimeSeconds=5).get("Messages", [])
            taken += [json.loads(message["Body"]) for message in messages]
            if not messages:
                break
        return taken

    def changed(self, **resources: Resources | None) -> AbstractContextManager[None]:
        """Deploy with other resources, or without some, for a while."""
        return self.stack.changed(self.resources, **resources)
