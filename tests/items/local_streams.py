"""A table whose changes go everywhere: to functions, through Kinesis to functions, and into an archive."""

from typing import Any

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import ItemTable
from constructs_lib.items.kinesis_archive import KinesisArchive
from constructs_lib.testing import template_of

_READ = """
import base64, json, os
import boto3

seen = boto3.resource("dynamodb").Table(os.environ["SEEN"])

def change_of(record):
    return json.loads(base64.b64decode(record["kinesis"]["data"])) if "kinesis" in record else record

def note(record):
    keys = change_of(record)["dynamodb"]["Keys"]
    if keys["order"]["S"].startswith("poison"):
        raise ValueError("poison")
    seen.put_item(Item={"reader": os.environ["READER"], "order": keys["order"]["S"]})
"""

_FAILS = """
def handler(event, context):
    for record in event["Records"]:
        note(record)
"""

_REPORTS = """
def handler(event, context):
    for record in event["Records"]:
        try:
            note(record)
        except ValueError:
            return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}
"""

UNGUARDED: dict[str, Any] = {"deletion_protection": False, "removal_policy": RemovalPolicy.DESTROY}


def synthesized() -> dict[str, Any]:
    """Orders, whose changes three functions read, each in its own way, and that are archived by tenant."""
    stack = Stack(App(), "Streams")
    orders = ItemTable(stack, "Orders", partition_key="tenant", sort_key="order", **UNGUARDED)
    seen = ItemTable(stack, "Seen", partition_key="reader", sort_key="order", **UNGUARDED)
    fails, reports, alone = (
        _function(stack, name, code, seen)
        for name, code in (("Fails", _FAILS), ("Reports", _REPORTS), ("Alone", _FAILS))
    )
    changes = orders.stream_to_kinesis(precision="microsecond", removal_policy=RemovalPolicy.DESTROY)
    deliveries = {
        "Fails": orders.on_change(fails, retries=1),
        "Reports": changes.on_record(reports, retries=1),
        "Alone": changes.on_record(alone, retries=0, fan_out=True),
    }
    archive = KinesisArchive(
        stack,
        "Archive",
        source=changes,
        partition_by={"tenant": ".dynamodb.Keys.tenant.S", "kind": ".dynamodb.NewImage.kind.S"},
        removal_policy=RemovalPolicy.DESTROY,
    )
    told = {
        "OrdersTable": orders.table.table_name,
        "SeenTable": seen.table.table_name,
        "ArchiveBucket": archive.bucket.bucket_name,
        "ArchiveRole": archive.role.role_name,
        "FailsRole": fails.role.role_name if fails.role else "",
        **{f"{name}Queue": each.dead_letter_queue.queue.queue_url for name, each in deliveries.items()},
    }
    for name, value in told.items():
        CfnOutput(stack, name, value=value)
    return template_of(stack)


def _function(stack: Stack, name: str, code: str, seen: ItemTable) -> lambda_.Function:
    function = lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(_READ + code),
        environment={"READER": name},
    )
    seen.grant_write(function, environment="SEEN")
    return function
