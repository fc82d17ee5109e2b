"""A change, followed through a deployed stack: to functions, past a record that fails, and into S3.

Deployed straight through CloudFormation to the local AWS, which calls, reads and writes under each role.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.items.local_streams import synthesized
from tests.local.stack import Stack
from tests.local.test_items import soon

pytestmark = pytest.mark.local_aws


@dataclass(frozen=True)
class Streams:
    """The deployed stack."""

    aws: LocalAws
    outputs: dict[str, str]

    def write(self, *orders: str, tenant: str, **more: str) -> None:
        """Put items into the table."""
        items = [{"tenant": tenant, "order": order, **more} for order in orders]
        for item in items:
            image = {name: {"S": value} for name, value in item.items()}
            self.aws.client("dynamodb").put_item(TableName=self.outputs["OrdersTable"], Item=image)

    def seen_by(self, reader: str, prefix: str) -> set[str]:
        """Tell which orders a function has noted."""
        answer = self.aws.client("dynamodb").query(
            TableName=self.outputs["SeenTable"],
            KeyConditionExpression="reader = :reader AND begins_with(#order, :prefix)",
            ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues={":reader": {"S": reader}, ":prefix": {"S": prefix}},
        )
        return {item["order"]["S"] for item in answer["Items"]}

    def given_up_by(self, reader: str) -> list[dict[str, Any]]:
        """Take what lies in a reader's dead-letter queue."""
        queue = self.outputs[f"{reader}Queue"]
        sqs = self.aws.client("sqs")
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def files(self, folder: str) -> list[str]:
        """Name what lies in a folder of the archive."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.outputs["ArchiveBucket"], Prefix=folder)
        return [each["Key"] for each in listed.get("Contents", [])]

    def lines(self, file: str) -> list[dict[str, Any]]:
        """Read a file of the archive."""
        body = self.aws.client("s3").get_object(Bucket=self.outputs["ArchiveBucket"], Key=file)["Body"].read()
        text = gzip.decompress(body).decode()
        assert text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]

    @contextmanager
    def without(self, action: str, role: str = "ArchiveRole") -> Iterator[None]:
        """Take a right away from a role for a while."""
        iam, name = self.aws.client("iam"), self.outputs[role]
        policies = {
            policy: json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        }
        for policy, document in policies.items():
            less = document.replace(action, "s3:GetObjectTagging")
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=less)
        try:
            yield
        finally:
            for policy, document in policies.items():
                iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document)


@pytest.fixture(scope="module")
def streams(local_aws: LocalAws) -> Iterator[Streams]:
    template = synthesized()
    stack = Stack(local_aws, "Streams")
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    deployed = Streams(local_aws, stack.deploy(template["Resources"], outputs))
    yield deployed
    stack.delete()


@pytest.fixture(scope="module")
def written(streams: Streams) -> set[str]:
    """Write orders, the third of which no reader can read; give the others."""
    orders = ["good-1", "good-2", "poison", "good-3", "good-4"]
    streams.write(*orders, tenant="acme", kind="order")
    return {*orders} - {"poison"}


@pytest.mark.parametrize(
    ("reader", "info"),
    [("Fails", "DDBStreamBatchInfo"), ("Reports", "KinesisBatchInfo"), ("Alone", "KinesisBatchInfo")],
)
def test_a_record_that_fails_lands_in_the_queue_and_the_others_go_on(
    streams: Streams, written: set[str], reader: str, info: str
) -> None:
    (message,) = soon(lambda: streams.given_up_by(reader), seconds=30)
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message[info]["batchSize"] == 1
    assert message[info]["startSequenceNumber"] == message[info]["endSequenceNumber"]
    assert soon(lambda: streams.seen_by(reader, "good") == written)


def test_what_may_not_be_put_aside_is_lost_and_the_others_go_on(streams: Streams) -> None:
    """As on AWS, where the function's role sends to the queue."""
    assert streams.given_up_by("Fails") == []
    with streams.without("sqs:SendMessage", "FailsRole"):
        streams.write("poison-2", "later", tenant="acme", kind="order")
        assert soon(lambda: streams.seen_by("Fails", "later"))
    assert streams.given_up_by("Fails") == []


def test_a_change_is_read_back_from_the_archive(streams: Streams) -> None:
    before = datetime.now(UTC)
    streams.write("archived", tenant="globex", kind="order", what="books")
    folder = f"changes/tenant=globex/kind=order/date={before:%Y-%m-%d}/"
    (file,) = soon(lambda: streams.files(folder))
    assert file.endswith(".json.gz")
    (change,) = streams.lines(file)
    assert change["eventName"] == "INSERT"
    assert change["tableName"] == streams.outputs["OrdersTable"]
    assert change["dynamodb"]["NewImage"]["what"] == {"S": "books"}
    assert change["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
    assert change["dynamodb"]["ApproximateCreationDateTime"] >= int(before.timestamp()) * 1_000_000


def test_a_change_without_its_partitions_keys_lies_with_the_errors(streams: Streams) -> None:
    streams.write("kindless", tenant="initech")
    assert soon(lambda: streams.files("errors/"))
    assert streams.files("changes/tenant=initech/") == []


@pytest.mark.parametrize("action", ["s3:PutObject", "kinesis:GetRecords"])
def test_nothing_is_archived_without_the_right_to(streams: Streams, action: str) -> None:
    tenant = action.replace(":", "-")
    with streams.without(action):
        streams.write("unarchived", tenant=tenant, kind="order")
        assert not soon(lambda: streams.files(f"changes/tenant={tenant}/"), seconds=1.5)
    streams.write("archived", tenant=tenant, kind="order")
    assert soon(lambda: streams.files(f"changes/tenant={tenant}/"))


def test_nothing_is_archived_by_a_role_that_does_not_trust_firehose(streams: Streams) -> None:
    iam, role = streams.aws.client("iam"), streams.outputs["ArchiveRole"]
    trust = json.dumps(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust.replace("firehose", "lambda"))
    streams.write("unarchived", tenant="untrusted", kind="order")
    assert not soon(lambda: streams.files("changes/tenant=untrusted/"), seconds=1.5)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    streams.write("archived", tenant="untrusted", kind="order")
    assert soon(lambda: streams.files("changes/tenant=untrusted/"))
