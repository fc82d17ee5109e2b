"""What stands around a database in a template comes, changes and goes with its stack."""

import json
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.local.network import isolated_network, knocking_function, lambda_endpoint
from tests.local.stack import Resources, Stack, allows, having

pytestmark = pytest.mark.local_aws


def _policy(service: str, action: str, resource: str) -> Resources:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": {"Fn::GetAtt": [resource, "Arn"]} if resource == "Queue" else {"Ref": resource},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


_KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
}
_ALARM = {
    "Namespace": "AWS/RDS",
    "MetricName": "DatabaseConnections",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 80,
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": [{"Ref": "Topic"}],
}
_GENERATED = {"SecretStringTemplate": '{"username":"app"}', "GenerateStringKey": "password", "PasswordLength": 40}
_EVENTS = {"SnsTopicArn": {"Ref": "Topic"}, "SourceType": "db-cluster", "EventCategories": ["failover"]}


def _parameters(kind: str, family: str, **parameters: str) -> Resources:
    properties = {"Description": "of a test", "Family": family, "Parameters": parameters}
    return {"Type": f"AWS::RDS::{kind}", "Properties": properties}


_RESOURCES: Resources = {
    **isolated_network("10.25", "Endpoint"),
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "TopicPolicy": {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [{"Ref": "Topic"}],
            "PolicyDocument": _policy("events.rds.amazonaws.com", "sns:Publish", "Topic"),
        },
    },
    "QueuePolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": _policy("sns.amazonaws.com", "sqs:SendMessage", "Queue"),
        },
    },
    "Events": {"Type": "AWS::RDS::EventSubscription", "Properties": _EVENTS},
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": _ALARM},
    "Endpoint": lambda_endpoint("Endpoint"),
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": _KEY_POLICY, "EnableKeyRotation": True}},
    "Alias": {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/relational-types", "TargetKeyId": {"Ref": "Key"}},
    },
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": _GENERATED}},
    "Role": allows("rds.amazonaws.com", "lambda:InvokeFunction", "*"),
    "ClusterParameters": _parameters("DBClusterParameterGroup", "aurora-postgresql16", log_statement="ddl"),
    "Parameters": _parameters("DBParameterGroup", "postgres16", log_statement="ddl"),
    "FunctionRole": allows("lambda.amazonaws.com", "sqs:SendMessage", "*"),
    "Function": knocking_function("FunctionRole"),
    "Permission": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
            "Action": "lambda:InvokeFunction",
            "Principal": "sns.amazonaws.com",
            "SourceArn": {"Ref": "Topic"},
        },
    },
}
_CHANGES: Resources = {
    "Alarm": having(_RESOURCES["Alarm"], Threshold=90),
    "Endpoint": having(_RESOURCES["Endpoint"], PrivateDnsEnabled=False),
    "Role": allows("rds.amazonaws.com", "lambda:InvokeFunction", "arn:aws:lambda:*:*:function:changed"),
    "Events": {"Type": "AWS::RDS::EventSubscription", "Properties": _EVENTS | {"EventCategories": ["failure"]}},
    "ClusterParameters": _parameters("DBClusterParameterGroup", "aurora-postgresql16", log_statement="all"),
    "Parameters": _parameters("DBParameterGroup", "postgres16", log_statement="all"),
    "Permission": having(_RESOURCES["Permission"], Principal="events.amazonaws.com"),
}
_NAMES = {name: {"Ref": name} for name in _RESOURCES if not name.endswith("Policy")}


def _seen(aws: LocalAws, told: dict[str, str]) -> dict[str, Any]:
    """Tell of each resource what an update changes."""
    rds = aws.client("rds")
    alarm = aws.client("cloudwatch").describe_alarms(AlarmNames=[told["Alarm"]])["MetricAlarms"][0]
    endpoint = aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[told["Endpoint"]])["VpcEndpoints"][0]
    role = aws.client("iam").get_role_policy(RoleName=told["Role"], PolicyName="Right")["PolicyDocument"]
    cluster = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=told["ClusterParameters"])["Parameters"]
    instance = rds.describe_db_parameters(DBParameterGroupName=told["Parameters"])["Parameters"]
    policy = json.loads(aws.client("lambda").get_policy(FunctionName=told["Function"])["Policy"])
    return {
        "Alarm": alarm["Threshold"],
        "Endpoint": (endpoint["PrivateDnsEnabled"], len(endpoint["Groups"])),
        "Role": role["Statement"][0]["Resource"],
        "ClusterParameters": {one["ParameterName"]: one.get("ParameterValue") for one in cluster}["log_statement"],
        "Parameters": {one["ParameterName"]: one.get("ParameterValue") for one in instance}["log_statement"],
        "Permission": [statement["Principal"]["Service"] for statement in policy["Statement"]],
    }


def test_they_come_change_and_go(local_aws: LocalAws, stack: Stack) -> None:
    told = stack.deploy(_RESOURCES, _NAMES)
    assert _seen(local_aws, told) == {
        "Alarm": 80,
        "Endpoint": (True, 1),
        "Role": "*",
        "ClusterParameters": "ddl",
        "Parameters": "ddl",
        "Permission": ["sns.amazonaws.com"],
    }
    secret = local_aws.client("secretsmanager").get_secret_value(SecretId=told["Secret"])["SecretString"]
    assert len(json.loads(secret)["password"]) == 40
    changed = stack.deploy(_RESOURCES | _CHANGES, _NAMES)
    assert {name for name in told if told[name] != changed[name]} <= {"Permission"}  # On AWS too, another one is made.
    assert _seen(local_aws, changed) == {
        "Alarm": 90,
        "Endpoint": (False, 1),
        "Role": "arn:aws:lambda:*:*:function:changed",
        "ClusterParameters": "all",
        "Parameters": "all",
        "Permission": ["events.amazonaws.com"],
    }
    assert local_aws.client("secretsmanager").get_secret_value(SecretId=told["Secret"])["SecretString"] == secret
    stack.delete()
    rds = local_aws.client("rds")
    left = [
        *(alarm["AlarmName"] for alarm in local_aws.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(endpoint["VpcEndpointId"] for endpoint in local_aws.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]),
        *(role["RoleName"] for role in local_aws.client("iam").list_roles()["Roles"]),
        *(alias["AliasName"] for alias in local_aws.client("kms").list_aliases()["Aliases"]),
        *(secret["ARN"] for secret in local_aws.client("secretsmanager").list_secrets()["SecretList"]),
        *(
            one["DBClusterParameterGroupName"]
            for one in rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        ),
        *(one["DBParameterGroupName"] for one in rds.describe_db_parameter_groups()["DBParameterGroups"]),
    ]
    assert set(left) & {*changed.values(), "alias/relational-types"} == set()
