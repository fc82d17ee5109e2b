"""A proxy's read-only endpoint leads to the readers of a cluster, from where its own security groups let in."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from constructs_lib.local import LocalAws
from tests.local.network import SUBNETS, group_id, isolated_network, knocking_function, rule
from tests.local.stack import Resources, Stack, allows, connect, having

pytestmark = pytest.mark.local_aws

_CLUSTER = {
    "Engine": "aurora-postgresql",
    "DatabaseName": "app",
    "EnableIAMDatabaseAuthentication": True,
    "MasterUsername": "chief",
    "MasterUserPassword": "a-password",
    "DBSubnetGroupName": {"Ref": "Subnets"},
    "VpcSecurityGroupIds": [group_id("Database")],
}
_MEMBER = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {
        "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.serverless",
        "DBClusterIdentifier": {"Ref": "Cluster"},
    },
}
_PROXY = {
    "DBProxyName": "with-a-reader",
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
    "DBClusterIdentifiers": [{"Ref": "Cluster"}],
}
_ENDPOINT: Resources = {
    "Type": "AWS::RDS::DBProxyEndpoint",
    "Properties": {
        "DBProxyName": {"Ref": "Proxy"},
        "DBProxyEndpointName": "reader",
        "TargetRole": "READ_ONLY",
        "VpcSubnetIds": SUBNETS,
        "VpcSecurityGroupIds": [group_id("Reader")],
    },
}
_RESOURCES: Resources = {
    **isolated_network("10.23", "Database", "Proxy", "Reader", "Function"),
    "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": _CLUSTER},
    "Member1": _MEMBER,
    "Member2": _MEMBER,
    "ProxyOut": rule("Egress", "Proxy", "Database", 5432),
    "ProxyIn": rule("Ingress", "Database", "Proxy", 5432),
    "ProxyRole": allows("rds.amazonaws.com", "rds-db:connect", "*"),
    "Proxy": {"Type": "AWS::RDS::DBProxy", "Properties": _PROXY},
    "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": _TARGETS},
    "Endpoint": _ENDPOINT,
    "FunctionOut": rule("Egress", "Function", "Reader", 5432),
    "FunctionIn": rule("Ingress", "Reader", "Function", 5432),
    "FunctionRole": allows("lambda.amazonaws.com", "rds-db:connect", "*"),
    "Function": knocking_function("FunctionRole", "Function"),
}
_OUTPUTS = {
    "Writer": {"Fn::GetAtt": ["Proxy", "Endpoint"]},
    "Vpc": {"Fn::GetAtt": ["Proxy", "VpcId"]},
    "Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]},
    "Function": {"Ref": "Function"},
    "Name": {"Ref": "Endpoint"},
    "Reader": {"Fn::GetAtt": ["Endpoint", "Endpoint"]},
    "Arn": {"Fn::GetAtt": ["Endpoint", "DBProxyEndpointArn"]},
    "VpcId": {"Fn::GetAtt": ["Endpoint", "VpcId"]},
    "IsDefault": {"Fn::GetAtt": ["Endpoint", "IsDefault"]},
}


class Proxied:
    """A deployed proxy with two endpoints."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.stack = Stack(aws, "proxy-endpoint")
        self.told = self.stack.deploy(_RESOURCES, _OUTPUTS)
        with connect(aws, self.told["Host"], user="chief", password="a-password", dbname="app") as connection:
            for sql in (
                "CREATE TABLE notes (id int)",
                "CREATE USER app",
                "GRANT rds_iam TO app",
                "GRANT ALL ON notes TO app",
            ):
                connection.execute(sql)

    def connect(self, host: str, *, token_for: str = "", sslmode: str = "verify-full", **options: Any) -> Any:
        """Connect to an endpoint."""
        rds = self.aws.client("rds")
        token = rds.generate_db_auth_token(DBHostname=token_for or host, Port=5432, DBUsername="app")
        return connect(self.aws, host, user="app", password=token, dbname="app", sslmode=sslmode, **options)

    def knock(self, endpoint: str) -> str:
        """Let the function knock at an endpoint."""
        event = json.dumps({"host": self.told[endpoint], "user": "app", "token": True})
        answer = self.aws.client("lambda").invoke(FunctionName=self.told["Function"], Payload=event)
        return str(json.load(answer["Payload"]))


@pytest.fixture(scope="module")
def proxied(local_aws: LocalAws) -> Iterator[Proxied]:
    """Give a proxy with a reader endpoint."""
    proxied = Proxied(local_aws)
    yield proxied
    proxied.stack.delete()
    names = [
        one["DBProxyEndpointName"] for one in local_aws.client("rds").describe_db_proxy_endpoints()["DBProxyEndpoints"]
    ]
    assert "reader" not in names


def test_tells_what_it_tells_on_aws(proxied: Proxied) -> None:
    told = proxied.told
    endpoint = proxied.aws.client("rds").describe_db_proxy_endpoints(DBProxyEndpointName="reader")["DBProxyEndpoints"][
        0
    ]
    assert (told["Name"], told["Reader"], told["Arn"]) == (
        "reader",
        endpoint["Endpoint"],
        endpoint["DBProxyEndpointArn"],
    )
    assert (told["VpcId"], told["IsDefault"]) == (told["Vpc"], "false")
    assert told["Reader"] != told["Writer"]


@pytest.mark.parametrize("options", ["", "-c default_transaction_read_only=off"])
def test_reads_and_does_not_write(proxied: Proxied, options: str) -> None:
    with proxied.connect(proxied.told["Writer"]) as writer:
        writer.execute("INSERT INTO notes VALUES (1)")
    with proxied.connect(proxied.told["Reader"], options=options) as reader:
        assert reader.execute("SELECT DISTINCT id FROM notes").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as refused:
            reader.execute("INSERT INTO notes VALUES (2)")
    assert refused.value.sqlstate == "25006"


def test_takes_a_token_for_itself_only(proxied: Proxied) -> None:
    with pytest.raises(psycopg.OperationalError, match="not a valid IAM token"):
        proxied.connect(proxied.told["Reader"], token_for=proxied.told["Writer"])


def test_requires_tls_as_its_proxy_does(proxied: Proxied) -> None:
    host = proxied.told["Reader"]
    with pytest.raises(psycopg.OperationalError, match="requires TLS"):
        proxied.connect(host, sslmode="disable")
    with proxied.stack.changed(_RESOURCES, Proxy=having(_RESOURCES["Proxy"], RequireTLS=False)):
        proxied.connect(host, sslmode="disable").close()


def test_needs_a_reader(proxied: Proxied) -> None:
    with proxied.stack.changed(_RESOURCES, Member2=None):
        with pytest.raises(psycopg.OperationalError, match="has no reader for the read-only reader"):
            proxied.connect(proxied.told["Reader"])
        proxied.connect(proxied.told["Writer"]).close()
    proxied.connect(proxied.told["Reader"]).close()


def test_has_security_groups_of_its_own(proxied: Proxied) -> None:
    assert proxied.knock("Reader") == "let in"
    assert "lets it out to the proxy with-a-reader" in proxied.knock("Writer")
    with proxied.stack.changed(_RESOURCES, FunctionIn=None):
        assert "no security group of the proxy endpoint reader lets the function" in proxied.knock("Reader")


def test_changes_its_security_groups_in_place(proxied: Proxied) -> None:
    groups = [group_id("Proxy")]
    with proxied.stack.changed(_RESOURCES, Endpoint=having(_ENDPOINT, VpcSecurityGroupIds=groups)):
        assert "lets it out to the proxy endpoint reader" in proxied.knock("Reader")
    assert proxied.knock("Reader") == "let in"


def test_may_lead_to_the_writer_too(proxied: Proxied) -> None:
    with proxied.stack.changed(_RESOURCES, Endpoint=having(_ENDPOINT, TargetRole="READ_WRITE"), Member2=None):
        endpoint = proxied.aws.client("rds").describe_db_proxy_endpoints(DBProxyEndpointName="reader")
        with proxied.connect(endpoint["DBProxyEndpoints"][0]["Endpoint"]) as connection:
            connection.execute("INSERT INTO notes VALUES (1)")
    described = proxied.aws.client("rds").describe_db_proxy_endpoints(DBProxyEndpointName="reader")
    proxied.told["Reader"] = described["DBProxyEndpoints"][0]["Endpoint"]  # Made anew, it has another address.
