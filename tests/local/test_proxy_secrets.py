"""A proxy that logs in to its database by secrets: it finds that of the client's user, and may read it."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest

from constructs_lib.local import LocalAws
from tests.local.network import SUBNETS, group_id, isolated_network, rule
from tests.local.stack import Resources, Stack, allows, connect, having, without

pytestmark = pytest.mark.local_aws

_CLUSTER = {
    "Engine": "aurora-postgresql",
    "DatabaseName": "app",
    "MasterUsername": "chief",
    "MasterUserPassword": "a-password",
    "DBSubnetGroupName": {"Ref": "Subnets"},
    "VpcSecurityGroupIds": [group_id("Database")],
}


def _secret(user: str, **properties: Any) -> Resources:
    template = json.dumps({"username": user})
    generated = {"SecretStringTemplate": template, "GenerateStringKey": "password", "ExcludeCharacters": "\"'\\"}
    return {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated} | properties}


def _auth(*secrets: str) -> list[Any]:
    return [{"AuthScheme": "SECRETS", "IAMAuth": "REQUIRED", "SecretArn": {"Ref": secret}} for secret in secrets]


_PROXY: Resources = {
    "Type": "AWS::RDS::DBProxy",
    "Properties": {
        "DBProxyName": "by-secrets",
        "EngineFamily": "POSTGRESQL",
        "Auth": _auth("Other", "App"),
        "RequireTLS": True,
        "RoleArn": {"Fn::GetAtt": ["ProxyRole", "Arn"]},
        "VpcSubnetIds": SUBNETS,
        "VpcSecurityGroupIds": [group_id("Proxy")],
    },
}
_TARGETS = {
    "DBProxyName": {"Ref": "Proxy"},
    "TargetGroupName": "default",
    "DBClusterIdentifiers": [{"Ref": "Cluster"}],
}
_KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
}
_ROLE = allows("rds.amazonaws.com", "secretsmanager:GetSecretValue", [{"Ref": "App"}, {"Ref": "Other"}])
_RESOURCES: Resources = {
    **isolated_network("10.24", "Database", "Proxy"),
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": _KEY_POLICY}},
    "App": _secret("app"),
    "Other": _secret("other"),
    "Chief": {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {"SecretString": json.dumps({"username": "chief", "password": "a-password"})},
    },
    "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": _CLUSTER},
    "ProxyOut": rule("Egress", "Proxy", "Database", 5432),
    "ProxyIn": rule("Ingress", "Database", "Proxy", 5432),
    "ProxyRole": _ROLE,
    "Proxy": _PROXY,
    "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": _TARGETS},
}


class Proxied:
    """A deployed database behind a proxy with secrets."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.stack = Stack(aws, "proxy-secrets")
        outputs = {
            "Proxy": {"Fn::GetAtt": ["Proxy", "Endpoint"]},
            "Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]},
        }
        self.told = self.stack.deploy(_RESOURCES, outputs | {"App": {"Ref": "App"}})
        self.password = json.loads(
            aws.client("secretsmanager").get_secret_value(SecretId=self.told["App"])["SecretString"]
        )["password"]
        self.execute(f"CREATE USER app PASSWORD '{self.password}'")

    def execute(self, sql: str) -> None:
        """Run a statement as the master user."""
        with connect(self.aws, self.told["Host"], user="chief", password="a-password", dbname="app") as connection:
            connection.execute(sql)

    def user(self, user: str = "app", *, password: str = "") -> str:
        """Connect through the proxy, and tell as whom."""
        host = self.told["Proxy"]
        token = password or self.aws.client("rds").generate_db_auth_token(DBHostname=host, Port=5432, DBUsername=user)
        with connect(self.aws, host, user=user, password=token, dbname="app") as connection:
            row = connection.execute("SELECT current_user").fetchone()
        return str(row[0]) if row else ""

    def refusal(self, user: str = "app", *, password: str = "") -> str:
        """Connect, and tell why that fails."""
        with pytest.raises(psycopg.OperationalError) as refused:
            self.user(user, password=password)
        return str(refused.value)

    def changed(self, **resources: Resources | None) -> AbstractContextManager[None]:
        """Deploy with other resources for a while."""
        return self.stack.changed(_RESOURCES, **resources)


@pytest.fixture(scope="module")
def proxied(local_aws: LocalAws) -> Iterator[Proxied]:
    """Give a proxy with secrets."""
    proxied = Proxied(local_aws)
    yield proxied
    proxied.stack.delete()


def test_logs_in_by_the_secret_of_the_clients_user(proxied: Proxied) -> None:
    assert proxied.user() == "app"


def test_logs_in_as_the_master_user_if_it_has_the_secret(proxied: Proxied) -> None:
    role = allows("rds.amazonaws.com", "secretsmanager:GetSecretValue", "*")
    with proxied.changed(Proxy=having(_PROXY, Auth=_auth("App", "Chief")), ProxyRole=role):
        assert proxied.user("chief") == "chief"


def test_client_logs_in_by_a_token_only(proxied: Proxied) -> None:
    assert "not a valid IAM token" in proxied.refusal(password=proxied.password)
    auth = [_auth("App")[0] | {"IAMAuth": "DISABLED"}]
    with proxied.changed(Proxy=having(_PROXY, Auth=auth)):
        assert "set IAMAuth REQUIRED beside the secret of 'app'" in proxied.refusal()


def test_refuses_a_user_without_a_secret(proxied: Proxied) -> None:
    assert "This RDS proxy has no credentials for the role nobody" in proxied.refusal("nobody")
    with proxied.changed(Proxy=having(_PROXY, Auth=_auth("Other"))):
        assert "This RDS proxy has no credentials for the role app" in proxied.refusal()


def test_refuses_when_the_proxy_may_not_read_the_secret(proxied: Proxied) -> None:
    with proxied.changed(ProxyRole=allows("rds.amazonaws.com", "secretsmanager:GetSecretValue", {"Ref": "Other"})):
        refusal = proxied.refusal()
    assert "This RDS proxy has no credentials for the role app" in refusal
    assert f"is not authorized to perform secretsmanager:GetSecretValue on {proxied.told['App']}" in refusal


@pytest.mark.parametrize(
    ("service", "reason"), [("rds", "is not authorized to perform kms:Decrypt"), ("secretsmanager", "")]
)
def test_needs_the_key_of_the_secret(proxied: Proxied, service: str, reason: str) -> None:
    through = {"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}}
    decrypt = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": {"Fn::GetAtt": ["Key", "Arn"]},
        "Condition": through,
    }
    policy = {"PolicyName": "Key", "PolicyDocument": {"Version": "2012-10-17", "Statement": [decrypt]}}
    role = having(_ROLE, Policies=[*_ROLE["Properties"]["Policies"], policy])
    with proxied.changed(App=_secret("app", KmsKeyId={"Fn::GetAtt": ["Key", "Arn"]}), ProxyRole=role):
        if reason:
            assert reason in proxied.refusal()
        else:
            assert proxied.user() == "app"


def test_refuses_when_the_secret_is_not_the_databases(proxied: Proxied) -> None:
    proxied.execute("ALTER USER app PASSWORD 'another'")
    assert "refuses the password that the secret holds for 'app'" in proxied.refusal()
    proxied.execute(f"ALTER USER app PASSWORD '{proxied.password}'")
    assert proxied.user() == "app"


def test_refuses_a_member_of_rds_iam(proxied: Proxied) -> None:
    proxied.execute("GRANT rds_iam TO app")
    assert "a member of rds_iam logs in by IAM only" in proxied.refusal()
    proxied.execute("REVOKE rds_iam FROM app")
    assert proxied.user() == "app"


def test_update_from_secrets_to_iam_forgets_the_secrets(proxied: Proxied) -> None:
    with proxied.changed(Proxy=having(without(_PROXY, "Auth"), DefaultAuthScheme="IAM_AUTH")):
        described = proxied.aws.client("rds").describe_db_proxies(DBProxyName="by-secrets")["DBProxies"][0]
        assert described["Auth"] == []
        assert "has IAM authentication switched off" in proxied.refusal()
    assert proxied.user() == "app"
