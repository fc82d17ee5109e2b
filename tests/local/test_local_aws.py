"""A local AWS comes and goes: beside others, with its process, and never to a user's own account."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from constructs_lib import InvalidArgument
from constructs_lib.local import LocalAws
from constructs_lib.local.local_aws import LocalAwsError
from tests.local.conftest import alive
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws

Listens = Callable[[str, int], bool]

CLUSTER = {
    "Type": "AWS::RDS::DBCluster",
    "Properties": {"Engine": "aurora-postgresql", "MasterUsername": "chief", "MasterUserPassword": "a-password"},
}
ENDPOINT = {"Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]}}

# Starts all kinds of processes that a local AWS starts, tells of them, and waits to be killed.
BUSY = """
import json, sys, time
from constructs_lib.local import LocalAws
from tests.local.stack import Stack
from tests.local.test_local_aws import CLUSTER, ENDPOINT

aws = LocalAws().start()
trust = {"Version": "2012-10-17", "Statement": []}
role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
code = {"ZipFile": "def handler(event, context): return 1"}
properties = {"Code": code, "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
function = {"Type": "AWS::Lambda::Function", "Properties": properties}
resources = {"Cluster": CLUSTER, "Role": role, "Function": function}
told = Stack(aws, "busy").deploy(resources, ENDPOINT | {"Function": {"Ref": "Function"}})
aws.client("lambda").invoke(FunctionName=told["Function"])
print(json.dumps({"server": aws._server.pid, "folder": str(aws.folder), "host": told["Host"]}), flush=True)
time.sleep(1000)
"""


def ends(server: int, seconds: float = 10) -> bool:
    """Wait for a process group to end."""
    deadline = time.monotonic() + seconds
    while alive(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(server)


def test_ends_with_the_process_that_started_it(listens: Listens) -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        busy = json.loads(starter.stdout.readline())
        running = "\n".join(alive(busy["server"]))
        starter.kill()
    assert all(part in running for part in ("local.server", "bin/postgres", "_worker.py"))
    assert ends(busy["server"])
    assert not listens(busy["host"], 5432)
    assert not Path(busy["folder"]).exists()


def test_stop_ends_what_a_killed_server_left(listens: Listens) -> None:
    aws = LocalAws().start()
    host = Stack(aws, "orphan").deploy({"Cluster": CLUSTER}, ENDPOINT)["Host"]
    assert aws._server
    server = aws._server.pid
    os.kill(server, signal.SIGKILL)
    assert listens(host, 15432)
    aws.stop()
    assert ends(server)
    assert not listens(host, 15432)


def test_two_do_not_meet(local_aws: LocalAws) -> None:
    with LocalAws() as other:
        hosts = [Stack(aws, "twin").deploy({"Cluster": CLUSTER}, ENDPOINT)["Host"] for aws in (local_aws, other)]
        assert len({local_aws.endpoint_url, other.endpoint_url, local_aws.folder, other.folder, *hosts}) == 6
        other.client("s3").create_bucket(Bucket="only-there")
        buckets = [bucket["Name"] for bucket in local_aws.client("s3").list_buckets()["Buckets"]]
        assert "only-there" not in buckets
        with pytest.raises(Exception, match="certificate verify failed"):
            # Each trusts its own authority only.
            LocalAws.client(_mixed(local_aws, other), "sts").get_caller_identity()
    Stack(local_aws, "twin").delete()


def _mixed(one: LocalAws, other: LocalAws) -> LocalAws:
    mixed = LocalAws()
    mixed.environment = one.environment | {"AWS_ENDPOINT_URL": other.endpoint_url}
    return mixed


def test_busy_port_is_one_sentence(local_aws: LocalAws) -> None:
    port = int(local_aws.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(LocalAwsError) as error:
        LocalAws(port=port).start()
    assert str(error.value) == f"the local AWS cannot listen on 127.0.0.1:{port}: Address already in use"


def test_failing_start_says_why_and_where_the_log_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no ministack here' >&2\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    aws = LocalAws()
    with pytest.raises(LocalAwsError, match=r"^the local AWS did not start: no ministack here \(log: ") as error:
        aws.start()
    assert Path(str(error.value).rsplit(" ", 1)[1].rstrip(")")).read_text() == "no ministack here\n"
    aws.stop()


def test_folder_of_ones_own_is_kept_until_the_next(tmp_path: Path) -> None:
    for bucket in ("first", "second"):
        with LocalAws(folder=tmp_path / "kept") as aws:
            aws.client("s3").create_bucket(Bucket=f"the-{bucket}")
            assert [found["Name"] for found in aws.client("s3").list_buckets()["Buckets"]] == [f"the-{bucket}"]
    assert "Ready" in (tmp_path / "kept" / "local-aws.log").read_text()


def test_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(LocalAwsError, match=r"needs a folder of its own: .* is not empty"):
        LocalAws(folder=tmp_path).start()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalAwsError, match=r"cannot keep its files in .*/file/below: Not a directory"):
        LocalAws(folder=tmp_path / "file" / "below").start()


@pytest.mark.parametrize("port", [-1, 65_536, 1_000_000])
def test_port_that_is_none(port: int) -> None:
    with pytest.raises(InvalidArgument, match=rf"^port must be 0 to 65535, got {port} \("):
        LocalAws(port=port)


@pytest.mark.parametrize("region", ["", "Frankfurt", "us-east"])
def test_region_that_is_none(region: str) -> None:
    with pytest.raises(InvalidArgument, match=rf"^region must be the code of a region, got '{region}' \("):
        LocalAws(region=region)


def test_command_sees_no_other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.setenv(name, "the user's own")
    monkeypatch.setenv("NO_PROXY", "intranet.example.com")
    with LocalAws(region="eu-central-1") as aws:
        printed = json.loads(aws.run([sys.executable, "-c", SHOW], capture=True).stdout)
        assert aws.client("s3").list_buckets()["Buckets"] == []
    assert printed["caller"] == "arn:aws:iam::000000000000:user/administrator"
    seen = printed["environment"]
    assert "the user's own" not in seen.values()
    assert seen["NO_PROXY"] == "intranet.example.com,127.0.0.1,localhost"
    assert (seen["AWS_REGION"], seen["CDK_DEFAULT_REGION"]) == ("eu-central-1", "eu-central-1")
    assert (seen["CDK_DEFAULT_ACCOUNT"], seen["CONSTRUCTS_LIB_PACKAGE_FOR"]) == ("000000000000", "host")


# What a command finds: boto3 as anybody uses it.
SHOW = """
import boto3, json, os
caller = boto3.client("sts").get_caller_identity()["Arn"]
print(json.dumps({"caller": caller, "environment": dict(os.environ)}))
"""


def test_bootstraps_a_region_once(local_aws: LocalAws) -> None:
    regions = ("us-east-1", "ap-south-1")
    local_aws.bootstrap(*regions)
    clouds = [local_aws.client("cloudformation", region) for region in regions]
    made = [cloud.describe_stacks(StackName="CDKToolkit")["Stacks"][0]["StackId"] for cloud in clouds]
    local_aws.bootstrap(*regions)
    assert made == [cloud.describe_stacks(StackName="CDKToolkit")["Stacks"][0]["StackId"] for cloud in clouds]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://abc123.execute-api.us-east-1.amazonaws.com/prod/", "/_aws/execute-api/abc123/prod/"),
        ("https://desk-1.auth.eu-west-1.amazoncognito.com", ""),
        ("https://desk-1.auth.eu-west-1.amazoncognito.com/logout", "/logout"),
    ],
)
def test_local_url(local_aws: LocalAws, url: str, path: str) -> None:
    assert local_aws.local_url(url) == local_aws.endpoint_url + path


def test_local_url_of_something_else(local_aws: LocalAws) -> None:
    with pytest.raises(ValueError, match="url must be"):
        local_aws.local_url("https://example.com/prod/")
