"""Exports that run: asked for by a schedule and by a state machine under their roles, and read back from S3."""

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, Duration, RemovalPolicy
from aws_cdk import Stack as CdkStack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from botocore.exceptions import ClientError

from constructs_lib import ItemTable
from constructs_lib.items.table_export import TableExport
from constructs_lib.local import LocalAws
from constructs_lib.testing import template_of
from tests.items.local_streams import UNGUARDED
from tests.local.stack import Stack
from tests.local.test_items import soon

pytestmark = pytest.mark.local_aws

ORDERS = [{"pk": {"S": f"order-{number}"}, "total": {"N": str(number)}} for number in range(3)]


def synthesized() -> dict[str, Any]:
    """A table that is exported whole, by two schedules, and its changes, by a machine."""
    stack = CdkStack(App(), "Exports")
    orders = ItemTable(stack, "Orders", partition_key="pk", **UNGUARDED).table
    bucket = s3.Bucket(stack, "Files", removal_policy=RemovalPolicy.DESTROY)
    daily, some_day = Duration.days(1), scheduler.ScheduleExpression.at(datetime(2099, 1, 1, tzinfo=UTC))
    whole = TableExport(stack, "Whole", table=orders, bucket=bucket, schedule=some_day, prefix="whole")
    refused = TableExport(stack, "Refused", table=orders, bucket=bucket, schedule=some_day, prefix="refused")
    changes = TableExport(
        stack, "Changes", table=orders, bucket=bucket, schedule=daily, incremental=True, prefix="changes"
    )
    assert changes.incremental
    told = {
        "Table": orders.table_name,
        "Bucket": bucket.bucket_name,
        "WholeSchedule": whole.schedule.schedule_name,
        "RefusedSchedule": refused.schedule.schedule_name,
        "RefusedRole": refused.role.role_name,
        "RefusedQueue": refused.dead_letter_queue.queue.queue_url,
        "Machine": changes.incremental.machine.state_machine_arn,
        "MachineRole": changes.incremental.machine.role.role_name,
        "Cursor": changes.incremental.cursor.table_name,
    }
    for name, value in told.items():
        CfnOutput(stack, name, value=value)
    return template_of(stack)


@dataclass(frozen=True)
class Exports:
    """The deployed stack."""

    aws: LocalAws
    outputs: dict[str, str]

    def summaries(self, prefix: str) -> list[dict[str, Any]]:
        """Read the manifests of all exports below a prefix, the oldest first."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.outputs["Bucket"], Prefix=f"{prefix}/AWSDynamoDB/")
        keys = [each["Key"] for each in listed.get("Contents", []) if each["Key"].endswith("/manifest-summary.json")]
        return sorted((json.loads(self.read(key)) for key in keys), key=lambda summary: str(summary["startTime"]))

    def read(self, key: str) -> bytes:
        body: bytes = self.aws.client("s3").get_object(Bucket=self.outputs["Bucket"], Key=key)["Body"].read()
        return body

    def items(self, summary: dict[str, Any]) -> list[dict[str, Any]]:
        """Follow a manifest to its data."""
        listed = json.loads(self.read(summary["manifestFilesS3Key"]))
        lines = gzip.decompress(self.read(listed["dataFileS3Key"])).decode().splitlines()
        return [json.loads(line)["Item"] for line in lines]

    def fire(self, schedule: str) -> None:
        """Let a schedule's time be now."""
        client, name = self.aws.client("scheduler"), self.outputs[schedule]
        known = client.get_schedule(Name=name)
        now = f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})"
        kept = {part: known[part] for part in ("FlexibleTimeWindow", "Target")}
        client.update_schedule(Name=name, ScheduleExpression=now, **kept)

    def run(self, **given: Any) -> dict[str, Any]:
        """Start the machine, and wait for its end."""
        client = self.aws.client("stepfunctions")
        machine = self.outputs["Machine"]
        arn = client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        ended: dict[str, Any] = soon(lambda: self._ended(arn), seconds=60)
        return ended

    def _ended(self, arn: str) -> dict[str, Any] | None:
        described: dict[str, Any] = self.aws.client("stepfunctions").describe_execution(executionArn=arn)
        return None if described["status"] == "RUNNING" else described

    def move_cursor(self, back: timedelta) -> None:
        """Let time pass: the exports have come less far than they have."""
        exported_to = (datetime.now(UTC) - back).strftime("%Y-%m-%dT%H:%M:00.000Z")
        table, state = self.outputs["Cursor"], json.dumps({"exported_to": exported_to})
        item = {"id": {"S": "cursor"}, "revision": {"N": "100"}, "state": {"S": state}}
        self.aws.client("dynamodb").put_item(TableName=table, Item=item)

    @contextmanager
    def without(self, action: str, *, role: str) -> Iterator[None]:
        """Take a right away for a while."""
        iam, name = self.aws.client("iam"), self.outputs[role]
        (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        less = json.dumps(document).replace(f'"{action}"', '"s3:GetObjectTagging"')
        assert less != json.dumps(document)
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=less)
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


@pytest.fixture(scope="module")
def exports(local_aws: LocalAws) -> Iterator[Exports]:
    template = synthesized()
    stack = Stack(local_aws, "Exports")
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    deployed = Exports(local_aws, stack.deploy(template["Resources"], outputs))
    for order in ORDERS:
        local_aws.client("dynamodb").put_item(TableName=deployed.outputs["Table"], Item=order)
    yield deployed
    objects = local_aws.client("s3").list_objects_v2(Bucket=deployed.outputs["Bucket"]).get("Contents", [])
    for each in objects:
        local_aws.client("s3").delete_object(Bucket=deployed.outputs["Bucket"], Key=each["Key"])
    stack.delete()


def test_a_schedule_exports_the_table_or_says_that_it_may_not(exports: Exports) -> None:
    sqs = exports.aws.client("sqs")
    with exports.without("dynamodb:ExportTableToPointInTime", role="RefusedRole"):
        exports.fire("WholeSchedule")
        exports.fire("RefusedSchedule")
        (summary,) = soon(lambda: exports.summaries("whole"), seconds=40)
        received = soon(
            lambda: sqs.receive_message(QueueUrl=exports.outputs["RefusedQueue"]).get("Messages"), seconds=20
        )
    assert (summary["exportType"], summary["outputFormat"], summary["itemCount"]) == ("FULL_EXPORT", "DYNAMODB_JSON", 3)
    assert sorted(exports.items(summary), key=str) == ORDERS
    (message,) = received
    assert json.loads(message["Body"])["S3Prefix"] == "refused"
    assert exports.summaries("refused") == []


def test_a_machine_exports_the_table_and_then_its_changes(exports: Exports) -> None:
    assert exports.run()["status"] == "SUCCEEDED"
    (base,) = exports.summaries("changes")
    assert base["exportType"] == "FULL_EXPORT"
    assert len(exports.items(base)) == 3
    assert exports.run()["status"] == "SUCCEEDED"
    assert len(exports.summaries("changes")) == 1
    exports.move_cursor(timedelta(hours=30))
    assert exports.run()["status"] == "SUCCEEDED"
    _, first, second = exports.summaries("changes")
    assert first["exportType"] == second["exportType"] == "INCREMENTAL_EXPORT"
    assert first["exportToTime"] == second["exportFromTime"]
    assert first["outputView"] == "NEW_AND_OLD_IMAGES"
    exported_to = datetime.fromisoformat(second["exportToTime"]).timestamp()
    assert time.time() - exported_to < 120


def test_what_is_lost_fails_until_one_starts_over(exports: Exports) -> None:
    exports.move_cursor(timedelta(days=36))
    assert exports.run()["error"] == "OutsideRecoveryWindow"
    before = len(exports.summaries("changes"))
    assert exports.run(start_over=True)["status"] == "SUCCEEDED"
    *_, last = exports.summaries("changes")
    assert last["exportType"] == "FULL_EXPORT"
    assert len(exports.summaries("changes")) == before + 1


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:ExportTableToPointInTime",
        "dynamodb:DescribeExport",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "s3:PutObject",
    ],
)
def test_a_machine_exports_nothing_without_a_right(exports: Exports, action: str) -> None:
    exports.move_cursor(timedelta(hours=1))
    with exports.without(action, role="MachineRole"):
        failed = exports.run()
    assert failed["status"] == "FAILED"
    assert failed["error"] == ("ExportFailed" if action == "s3:PutObject" else "DynamoDb.AccessDeniedException")
    assert exports.run()["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"begin": timedelta(minutes=20), "end": timedelta(minutes=6)}, "ValidationException"),
        ({"begin": timedelta(hours=26), "end": timedelta(hours=1)}, "ValidationException"),
        ({"begin": timedelta(minutes=20), "end": timedelta(minutes=-1)}, "InvalidExportTimeException"),
        ({"begin": timedelta(days=36), "end": timedelta(days=35, hours=1)}, "InvalidExportTimeException"),
    ],
)
def test_the_local_aws_refuses_what_aws_does(exports: Exports, asked: dict[str, timedelta], error: str) -> None:
    now, client = datetime.now(UTC), exports.aws.client("dynamodb")
    arn = client.describe_table(TableName=exports.outputs["Table"])["Table"]["TableArn"]
    window = {"ExportFromTime": now - asked["begin"], "ExportToTime": now - asked["end"]}
    with pytest.raises(ClientError) as refused:
        client.export_table_to_point_in_time(
            TableArn=arn,
            S3Bucket=exports.outputs["Bucket"],
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification=window,
        )
    assert refused.value.response["Error"]["Code"] == error


def test_a_table_without_recovery_is_not_exported(exports: Exports) -> None:
    client = exports.aws.client("dynamodb")
    key = {"AttributeName": "pk"}
    made = client.create_table(
        TableName="unrecoverable",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = made["TableDescription"]["TableArn"]
    with pytest.raises(ClientError, match="Point in time recovery is not enabled"):
        client.export_table_to_point_in_time(TableArn=arn, S3Bucket=exports.outputs["Bucket"])
    client.delete_table(TableName="unrecoverable")
