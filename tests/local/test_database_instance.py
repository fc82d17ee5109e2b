"""An RDS instance of its own: its secret, its proxy, and the way of a function to it."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest

from constructs_lib.local import LocalAws
from constructs_lib.local.server.databases.postgres_server import SQL_PORT
from tests.local.network import SUBNETS, group_id, isolated_network, knocking_function, lambda_endpoint, rule
from tests.local.stack import Resources, Stack, allows, connect, having, without

pytestmark = pytest.mark.local_aws

_INSTANCE: Resources = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": "20",
        "DBName": "app",
        "EnableIAMDatabaseAuthentication": True,
        "ManageMasterUserPassword": True,
        "MasterUsername": "chief",
        "DBSubnetGroupName": {"Ref": "Subnets"},
        "VPCSecurityGroups": [group_id("Database")],
        "AssociatedRoles": [{"FeatureName": "Lambda", "RoleArn": {"Fn::GetAtt": ["DatabaseRole", "Arn"]}}],
    },
}
_PROXY = {
    "DBProxyName": "of-an-instance",
    "EngineFamily": "POSTGRESQL",
    "DefaultAuthScheme": "IAM_AUTH",
    "RequireTLS": True,
    "RoleArn": {"Fn::GetAtt": ["ProxyRole", "Arn"]},
    "VpcSubnetIds": SUBNETS,
    "VpcSecurityGroupIds": [group_id("Proxy")],
}
_TARGETS = {
    "DBProxyName": {"Ref": "Proxy"},
    "TargetGroupName": "default",
    "DBInstanceIdentifiers": [{"Ref": "Instance"}],
}
_READER = {
    "DBProxyName": {"Ref": "Proxy"},
    "DBProxyEndpointName": "reader-of-an-instance",
    "TargetRole": "READ_ONLY",
    "VpcSubnetIds": SUBNETS,
}
_RESOURCES: Resources = {
    **isolated_network("10.22", "Database", "Proxy", "Function", "Endpoint"),
    "Endpoint": lambda_endpoint("Endpoint"),
    "DatabaseOut": rule("Egress", "Database", "Endpoint", 443),
    "EndpointIn": rule("Ingress", "Endpoint", "Database", 443),
    "DatabaseRole": allows("rds.amazonaws.com", "lambda:InvokeFunction", "*"),
    "Instance": _INSTANCE,
    "ProxyOut": rule("Egress", "Proxy", "Database", 5432),
    "ProxyIn": rule("Ingress", "Database", "Proxy", 5432),
    "ProxyRole": allows("rds.amazonaws.com", "rds-db:connect", "*"),
    "Proxy": {"Type": "AWS::RDS::DBProxy", "Properties": _PROXY},
    "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": _TARGETS},
    "Reader": {"Type": "AWS::RDS::DBProxyEndpoint", "Properties": _READER},
    "FunctionOut": rule("Egress", "Function", "Database", 5432),
    "FunctionIn": rule("Ingress", "Database", "Function", 5432),
    "FunctionRole": allows("lambda.amazonaws.com", "sqs:SendMessage", "*"),
    "Inside": knocking_function("FunctionRole", "Function"),
    "Outside": knocking_function("FunctionRole"),
}
_OUTPUTS = {
    "Host": {"Fn::GetAtt": ["Instance", "Endpoint.Address"]},
    "Port": {"Fn::GetAtt": ["Instance", "Endpoint.Port"]},
    "Secret": {"Fn::GetAtt": ["Instance", "MasterUserSecret.SecretArn"]},
    "ResourceId": {"Fn::GetAtt": ["Instance", "DbiResourceId"]},
    "Arn": {"Fn::GetAtt": ["Instance", "DBInstanceArn"]},
    "Proxy": {"Fn::GetAtt": ["Proxy", "Endpoint"]},
    "Reader": {"Fn::GetAtt": ["Reader", "Endpoint"]},
    **{name: {"Ref": name} for name in ("Instance", "Inside", "Outside", "DatabaseRole")},
}


class Deployed:
    """A deployed instance, with a user whom IAM lets in."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.stack = Stack(aws, "database-instance")
        self.told = self.stack.deploy(_RESOURCES, _OUTPUTS)
        self.execute("CREATE USER app")
        self.execute("GRANT rds_iam TO app")

    def password(self) -> str:
        """Read the master's password from its secret."""
        secret = self.aws.client("secretsmanager").get_secret_value(SecretId=self.told["Secret"])
        return str(json.loads(secret["SecretString"])["password"])

    def execute(self, sql: str) -> list[Any]:
        """Run a statement as the master user."""
        with connect(self.aws, self.told["Host"], user="chief", password=self.password(), dbname="app") as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def proxied(self, host: str) -> "psycopg.Connection[Any]":
        """Connect through the proxy."""
        token = self.aws.client("rds").generate_db_auth_token(DBHostname=host, Port=5432, DBUsername="app")
        return connect(self.aws, host, user="app", password=token, dbname="app")

    def knock(self, function: str) -> str:
        """Let a function knock at the instance's own endpoint."""
        event = json.dumps({"host": self.told["Host"], "user": "chief"})
        answer = self.aws.client("lambda").invoke(FunctionName=self.told[function], Payload=event)
        return str(json.load(answer["Payload"]))

    def changed(self, **resources: Resources | None) -> AbstractContextManager[None]:
        """Deploy with other resources, or without some, for a while."""
        return self.stack.changed(_RESOURCES, **resources)


@pytest.fixture(scope="module")
def deployed(local_aws: LocalAws) -> Iterator[Deployed]:
    """Give an instance behind a proxy; with it goes its secret."""
    deployed = Deployed(local_aws)
    yield deployed
    deployed.stack.delete()
    secrets = local_aws.client("secretsmanager").list_secrets()["SecretList"]
    assert deployed.told["Secret"] not in [secret["ARN"] for secret in secrets]


def test_is_described_as_on_aws(deployed: Deployed) -> None:
    rds, told = deployed.aws.client("rds"), deployed.told
    instance = rds.describe_db_instances(DBInstanceIdentifier=told["Instance"])["DBInstances"][0]
    assert (instance["Endpoint"]["Address"], str(instance["Endpoint"]["Port"])) == (told["Host"], told["Port"])
    assert (instance["DbiResourceId"], instance["DBInstanceArn"]) == (told["ResourceId"], told["Arn"])
    assert instance["MasterUserSecret"]["SecretArn"] == told["Secret"]
    assert ":secret:rds!db-" in told["Secret"]
    assert [role["FeatureName"] for role in instance["AssociatedRoles"]] == ["Lambda"]


def test_keeps_its_data_and_its_secret_in_an_update(deployed: Deployed) -> None:
    deployed.execute("CREATE TABLE kept (id int)")
    password = deployed.password()
    with deployed.changed(Instance=having(_INSTANCE, AllocatedStorage="30")):
        assert deployed.execute("SELECT * FROM kept") == []
        assert deployed.password() == password


def test_lets_the_proxy_in(deployed: Deployed) -> None:
    with deployed.proxied(deployed.told["Proxy"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)


def test_has_no_reader(deployed: Deployed) -> None:
    with pytest.raises(psycopg.OperationalError, match="has no reader for the read-only reader-of-an-instance"):
        deployed.proxied(deployed.told["Reader"])


def test_calls_lambda_by_the_role_and_the_parameters_that_it_is_given(deployed: Deployed) -> None:
    deployed.execute("CREATE EXTENSION aws_lambda CASCADE")
    call = "SELECT aws_lambda.invoke('none', '1'::json)"
    with pytest.raises(psycopg.errors.ExternalRoutineException, match="custom_dns_resolution is not 1"):
        deployed.execute(call)
    parameters = {"Description": "of a test", "Family": "postgres16", "Parameters": {"rds.custom_dns_resolution": "1"}}
    with (
        deployed.changed(
            Parameters={"Type": "AWS::RDS::DBParameterGroup", "Properties": parameters},
            Instance=having(_INSTANCE, DBParameterGroupName={"Ref": "Parameters"}),
        ),
        pytest.raises(psycopg.errors.ExternalRoutineException, match="Function not found"),
    ):
        deployed.execute(call)
    with (
        deployed.changed(Instance=having(_INSTANCE, AssociatedRoles=[])),
        pytest.raises(psycopg.errors.ExternalRoutineException, match="can't be accessed"),
    ):
        deployed.execute(call)


def test_lets_a_function_in_that_has_a_path(deployed: Deployed) -> None:
    assert deployed.knock("Inside") == "let in"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("FunctionOut", "lets it out to the database"), ("FunctionIn", "lets the function")],
)
def test_refuses_a_function_without_a_path(deployed: Deployed, rule: str, reason: str) -> None:
    with deployed.changed(**{rule: None}):
        assert reason in deployed.knock("Inside")
    assert deployed.knock("Inside") == "let in"


def test_refuses_a_function_outside_of_the_network(deployed: Deployed) -> None:
    assert "is in no VPC" in deployed.knock("Outside")


def test_replacement_ends_what_it_replaces(local_aws: LocalAws, stack: Stack, listens: Any) -> None:
    def deploy(database: str) -> dict[str, str]:
        instance = without(_INSTANCE, "DBSubnetGroupName", "VPCSecurityGroups", "AssociatedRoles")
        return stack.deploy(
            {"Instance": having(instance, DBName=database)}, {name: _OUTPUTS[name] for name in ("Host", "Secret")}
        )

    first, second = deploy("one"), deploy("two")
    assert listens(second["Host"], 5432)
    assert listens(second["Host"], SQL_PORT)
    assert not listens(first["Host"], 5432)
    assert not listens(first["Host"], SQL_PORT)
    secrets = [secret["ARN"] for secret in local_aws.client("secretsmanager").list_secrets()["SecretList"]]
    assert second["Secret"] in secrets
    assert first["Secret"] not in secrets
