"""A table's first items, read out of files in S3.

CloudFormation on the local AWS does not import, but its DynamoDB does, when it is asked in the template's own words. It
reads neither Ion nor Zstandard: those are left to the template's tests.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from constructs_lib import ItemTable
from constructs_lib.items.import_source import ImportSource
from constructs_lib.local import LocalAws
from constructs_lib.testing import template_of
from tests.items.local_callers import ORDER
from tests.items.tables import TABLE
from tests.local.test_items import soon
from tests.statements import only

pytestmark = pytest.mark.local_aws

FILES = "files-to-import"
LINES = gzip.compress("\n".join(json.dumps({"Item": {**ORDER, "order": {"S": order}}}) for order in "12").encode())


@pytest.fixture(scope="module")
def files(local_aws: LocalAws) -> Iterator[s3.IBucket]:
    """Files in S3, those that are meant and others beside them."""
    client = local_aws.client("s3")
    client.create_bucket(Bucket=FILES)
    bodies = {"csv/1.csv": b"acme;1;5\nacme;2;\n", "json/1.json.gz": LINES, "other/1": b"nothing to read"}
    for key, body in bodies.items():
        client.put_object(Bucket=FILES, Key=key, Body=body)
    yield s3.Bucket.from_bucket_name(Stack(App(), "Files"), "Files", FILES)
    for key in bodies:
        client.delete_object(Bucket=FILES, Key=key)
    client.delete_bucket(Bucket=FILES)


@pytest.mark.parametrize(
    ("source", "total"),
    [
        (
            lambda files: ImportSource.csv(files, prefix="csv/", delimiter=";", header=["customer", "order", "total"]),
            "S",
        ),
        (lambda files: ImportSource.dynamodb_json(files, prefix="json/", compression="gzip"), "N"),
    ],
    ids=["csv", "dynamodb_json"],
)
def test_it_begins_with_the_items_of_its_files(
    local_aws: LocalAws, files: s3.IBucket, source: Callable[[s3.IBucket], ImportSource], total: str
) -> None:
    stack = Stack(App(), "Importing")
    ItemTable(stack, "Orders", partition_key="customer", sort_key="order", import_from=source(files))
    template, dynamodb = only(template_of(stack), TABLE), local_aws.client("dynamodb")
    made = {name: template[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}
    asked = dynamodb.import_table(
        **template["ImportSourceSpecification"], TableCreationParameters={"TableName": "Imported", **made}
    )["ImportTableDescription"]["ImportArn"]
    try:
        assert soon(lambda: ended(local_aws, asked))["ImportStatus"] == "COMPLETED"
        first, second = dynamodb.scan(TableName="Imported")["Items"]
        assert (first["order"], second["order"]) == ({"S": "1"}, {"S": "2"})
        assert first["total"] == {total: "5"}
    finally:
        dynamodb.delete_table(TableName="Imported")


def ended(aws: LocalAws, asked: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("dynamodb").describe_import(ImportArn=asked)["ImportTableDescription"]
    return {} if found["ImportStatus"] == "IN_PROGRESS" else found
