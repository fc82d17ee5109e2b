"""The local RDS Proxy lets in whom AWS would let in, and says of everybody else what is missing."""

import datetime
import json
from collections.abc import Callable
from copy import copy
from pathlib import Path
from threading import Timer
from unittest import mock

import boto3
import botocore
import psycopg
import pytest

from tests.local.conftest import Trial

pytestmark = pytest.mark.local_aws


class Client:
    """Somebody with a role, at the proxy's door."""

    def __init__(self, trial: Trial, outputs: dict[str, str], role: str = "ClientRole") -> None:
        assumed = trial.aws.client("sts").assume_role(RoleArn=outputs[role], RoleSessionName="test")["Credentials"]
        self.keys = (assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        self.host = outputs["ProxyEndpoint"]
        self.trusted = trial.aws.environment["SSL_CERT_FILE"]

    def token(self, user: str = "app", *, host: str = "", secret: str = "") -> str:
        """Sign a token."""
        key, own_secret, session = self.keys
        rds = boto3.Session(key, secret or own_secret, session, region_name="us-east-1").client("rds")
        return str(rds.generate_db_auth_token(DBHostname=host or self.host, Port=5432, DBUsername=user))

    def connect(self, user: str = "app", *, password: str = "", sslmode: str = "verify-full") -> str:
        """Connect, and tell as whom and to what."""
        with psycopg.connect(
            host=self.host,
            port=5432,
            user=user,
            password=password or self.token(user),
            dbname="app",
            sslmode=sslmode,
            sslrootcert=self.trusted,
        ) as connection:
            row = connection.execute("SELECT current_user, current_database()").fetchone()
        return "@".join(row or ())

    def refusal(self, user: str = "app", *, password: str = "", sslmode: str = "verify-full") -> str:
        """Connect, and tell why that fails."""
        with pytest.raises(psycopg.OperationalError) as refused:
            self.connect(user, password=password, sslmode=sslmode)
        return str(refused.value)


@pytest.fixture(scope="module")
def outputs(trial: Trial) -> dict[str, str]:
    """Tell where the databases are, and make users in one of them."""
    outputs = trial.outputs("Data")
    for sql in (
        "CREATE USER app",
        "CREATE USER ungranted_on_proxy",
        "GRANT rds_iam TO app, ungranted_on_proxy",
        "CREATE USER by_password PASSWORD 'secret'",
    ):
        trial.aws.client("rds-data").execute_statement(
            resourceArn=outputs["ClusterArn"], secretArn=outputs["SecretArn"], database="app", sql=sql
        )
    return outputs


@pytest.fixture(scope="module")
def client(trial: Trial, outputs: dict[str, str]) -> Client:
    """Give somebody whom the proxy and the database let in."""
    return Client(trial, outputs)


def test_lets_in_with_a_grant_on_both_legs(client: Client) -> None:
    assert client.connect() == "app@app"


def test_refuses_a_role_without_a_grant_on_the_proxy(trial: Trial, outputs: dict[str, str], client: Client) -> None:
    refusal = Client(trial, outputs, "StrangerRole").refusal()
    assert "Stranger" in refusal
    assert "is not authorized to perform rds-db:connect on arn:aws:rds-db:us-east-1:000000000000:dbuser:prx-" in refusal


def test_refuses_a_user_that_the_grant_is_not_for(client: Client) -> None:
    assert "is not authorized to perform rds-db:connect" in client.refusal("other")


def test_refuses_when_the_proxy_itself_has_no_grant_on_the_database(client: Client) -> None:
    refusal = client.refusal("ungranted_on_proxy")
    assert "ProxyRole" in refusal
    assert "dbuser:cluster-" in refusal


@pytest.mark.parametrize("user", ["ghost", "by_password"])
def test_refuses_a_user_whom_the_database_does_not_let_in_by_iam(client: Client, user: str) -> None:
    assert f"CREATE USER {user}; GRANT rds_iam TO {user};" in client.refusal(user)


def test_refuses_a_password_that_is_no_token(client: Client) -> None:
    assert "not a valid IAM token" in client.refusal("by_password", password="secret")


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda client: client.token("ghost"), "InvalidToken"),
        (lambda client: client.token(host="database.example.com"), "InvalidToken"),
        (lambda client: client.token(secret="another"), "SignatureDoesNotMatch"),
    ],
    ids=["for another user", "for another host", "signed by another"],
)
def test_refuses_a_foreign_token(client: Client, forge: Callable[[Client], str], reason: str) -> None:
    assert reason in client.refusal(password=forge(client))


def test_refuses_a_stale_token(client: Client) -> None:
    an_hour_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    with mock.patch("botocore.auth.get_current_datetime", return_value=an_hour_ago):
        token = client.token()
    assert "ExpiredToken" in client.refusal(password=token)


def test_refuses_a_client_without_tls(client: Client) -> None:
    assert "requires TLS" in client.refusal(sslmode="disable")


def test_certificate_is_of_the_local_authority_only(client: Client) -> None:
    public = copy(client)
    public.trusted = str(Path(botocore.__file__).parent / "cacert.pem")
    assert "certificate verify failed" in public.refusal()


def test_refuses_when_the_database_does_not_let_the_proxy_in(
    trial: Trial, client: Client, outputs: dict[str, str]
) -> None:
    rds, ec2 = trial.aws.client("rds"), trial.aws.client("ec2")
    cluster = rds.describe_db_clusters(DBClusterIdentifier=outputs["ClusterArn"].rsplit(":", 1)[1])["DBClusters"][0]
    group = cluster["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    described = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    names = [rule["SecurityGroupRuleId"] for rule in described["SecurityGroupRules"] if not rule["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=names)
    try:
        assert "no security group of the database" in client.refusal()
    finally:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    assert client.connect() == "app@app"


def invoke(trial: Trial, function: str) -> str:
    """Call a function that connects; tell as whom, or why not."""
    answer = json.load(trial.aws.client("lambda").invoke(FunctionName=function)["Payload"])
    return str(answer["errorMessage"] if isinstance(answer, dict) else answer)


def test_lets_a_function_in_that_has_a_path(trial: Trial, outputs: dict[str, str]) -> None:
    assert invoke(trial, outputs["ConnectedFunction"]) == "app"


def test_refuses_a_function_whose_group_is_not_let_in(trial: Trial, outputs: dict[str, str]) -> None:
    assert "no security group of the proxy" in invoke(trial, outputs["UnconnectedFunction"])


def test_refuses_a_function_outside_of_the_network(trial: Trial, outputs: dict[str, str]) -> None:
    assert "is in no VPC" in invoke(trial, outputs["OutsideFunction"])


def test_is_described_as_on_aws(trial: Trial, outputs: dict[str, str]) -> None:
    rds, name = trial.aws.client("rds"), outputs["ProxyName"]
    proxy = rds.describe_db_proxies(DBProxyName=name)["DBProxies"][0]
    target = rds.describe_db_proxy_targets(DBProxyName=name)["Targets"][0]
    assert (proxy["Endpoint"], proxy["RequireTLS"]) == (outputs["ProxyEndpoint"], True)
    assert proxy["DBProxyArn"].rsplit(":", 1)[1].startswith("prx-")
    assert target["Endpoint"] == outputs["ClusterEndpoint"]


def test_passes_a_cancellation_on(client: Client) -> None:
    with psycopg.connect(
        host=client.host, dbname="app", user="app", password=client.token(), sslmode="require"
    ) as connection:
        Timer(0.2, connection.cancel).start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")


def test_carries_more_than_fits_in_a_buffer(client: Client) -> None:
    with psycopg.connect(
        host=client.host, dbname="app", user="app", password=client.token(), sslmode="require"
    ) as connection:
        row = connection.execute("SELECT length(%s), repeat('y', 3000000)", ["x" * 3_000_000]).fetchone()
    assert row == (3_000_000, "y" * 3_000_000)


def test_each_refusal_is_in_the_log(trial: Trial, client: Client) -> None:
    client.refusal("nobody")
    assert f"{client.host}:5432 refused nobody: " in trial.aws.log_path.read_text()
