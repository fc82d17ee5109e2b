"""What a deployed table is: how it is kept, paid and read, and that it keeps its items when that changes.

The local AWS neither lets items expire nor throttles, nor does it follow what is used: it shows what it was told. Warm
throughput, contributor insights and replicas are left to the template's tests.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, CfnOutput
from aws_cdk import Stack as CdkStack
from botocore.exceptions import ClientError

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.local import LocalAws
from constructs_lib.testing import template_of
from tests.items.local_callers import ORDER, DeployedTables
from tests.items.local_tables import GONE, KEYS
from tests.local.stack import Stack

pytestmark = pytest.mark.local_aws

Described = dict[str, Any]


@pytest.fixture(scope="module")
def orders(tables: DeployedTables) -> Described:
    return described(tables.aws, tables.name("Orders"))


def described(aws: LocalAws, name: str) -> Described:
    table: Described = aws.client("dynamodb").describe_table(TableName=name)["Table"]
    return table


def index(table: Described, kind: str, name: str) -> Described:
    (found,) = [dict(each) for each in table[kind] if each["IndexName"] == name]
    return found


def test_items_expire_by_their_attribute(tables: DeployedTables) -> None:
    dynamodb = tables.aws.client("dynamodb")
    told = dynamodb.describe_time_to_live(TableName=tables.name("Orders"))["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    told = dynamodb.describe_time_to_live(TableName=tables.name("Others"))["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "DISABLED"}


@pytest.mark.parametrize(("table", "days"), [("Orders", 14), ("Others", 35)])
def test_it_can_be_restored(tables: DeployedTables, table: str, days: int) -> None:
    told = tables.aws.client("dynamodb").describe_continuous_backups(TableName=tables.name(table))
    recovery = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", days)


def test_it_is_restored_with_its_items(tables: DeployedTables) -> None:
    dynamodb = tables.aws.client("dynamodb")
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=tables.name("Orders"), TargetTableName="Restored", UseLatestRestorableTime=True
    )
    try:
        (item,) = dynamodb.scan(TableName="Restored")["Items"]
        assert item == ORDER
    finally:
        dynamodb.delete_table(TableName="Restored")


def test_it_refuses_to_be_deleted(tables: DeployedTables, orders: Described) -> None:
    assert orders["DeletionProtectionEnabled"]
    with pytest.raises(ClientError, match="protected against deletion"):
        tables.aws.client("dynamodb").delete_table(TableName=tables.name("Orders"))
    assert not described(tables.aws, tables.name("Others"))["DeletionProtectionEnabled"]


def test_it_is_of_its_class(orders: Described) -> None:
    assert orders["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_it_is_paid_by_request_up_to_its_limits(orders: Described) -> None:
    assert orders["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert orders["OnDemandThroughput"] == {"MaxReadRequestUnits": 1_000, "MaxWriteRequestUnits": 500}


def test_it_is_encrypted_with_its_own_key(tables: DeployedTables, orders: Described) -> None:
    sealed = described(tables.aws, tables.name("Sealed"))["SSEDescription"]
    assert (sealed["Status"], sealed["KMSMasterKeyArn"]) == ("ENABLED", tables.outputs["KeyArn"])
    assert "SSEDescription" not in orders


@pytest.mark.parametrize(
    ("kind", "name", "key", "projection"),
    [
        ("GlobalSecondaryIndexes", "ByState", ["state"], {"ProjectionType": "ALL"}),
        (
            "GlobalSecondaryIndexes",
            "ByDay",
            ["day", "total"],
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["state"]},
        ),
        ("LocalSecondaryIndexes", "BySize", ["customer", "size"], {"ProjectionType": "KEYS_ONLY"}),
    ],
)
def test_an_index_is_made_as_it_was_asked_for(
    orders: Described, kind: str, name: str, key: list[str], projection: dict[str, Any]
) -> None:
    found = index(orders, kind, name)
    assert [each["AttributeName"] for each in found["KeySchema"]] == key
    assert found["Projection"] == projection


@pytest.mark.parametrize(
    ("name", "key", "held"),
    [
        ("ByState", "state", {*ORDER}),
        ("ByDay", "day", {"customer", "order", "day", "total", "state"}),
        ("BySize", "customer", {"customer", "order", "size"}),
    ],
)
def test_an_index_holds_what_it_was_asked_to(tables: DeployedTables, name: str, key: str, held: set[str]) -> None:
    (item,) = tables.aws.client("dynamodb").query(
        TableName=tables.name("Orders"),
        IndexName=name,
        KeyConditionExpression="#key = :key",
        ExpressionAttributeNames={"#key": key},
        ExpressionAttributeValues={":key": ORDER[key]},
    )["Items"]
    assert set(item) == held


FORMS: dict[str, dict[str, Any]] = {
    "by request": {"capacity": Capacity.on_demand(max_write=500)},
    "by the hour": {
        "capacity": Capacity.provisioned(read=Scaling(7, 70), write=Scaling(3, 30)),
        "ttl_attribute": "expires_at",
        "recovery_days": 7,
    },
}


class Changing:
    """A table with an order, deployed straight through CloudFormation in one form after another."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws, self.stack, self.name = aws, Stack(aws, "Changing"), ""

    def deploy(self, form: str) -> Described:
        stack = CdkStack(App(), "Changing")
        table = ItemTable(stack, "Orders", deletion_protection=False, **KEYS, **GONE, **FORMS[form])
        CfnOutput(stack, "Name", value=table.table.table_name)
        template = template_of(stack)
        told = self.stack.deploy(template["Resources"], {"Name": template["Outputs"]["Name"]["Value"]})
        self.name = told["Name"]
        return described(self.aws, self.name)

    def recovery_days(self) -> int:
        told = self.aws.client("dynamodb").describe_continuous_backups(TableName=self.name)
        days: int = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"]
        return days


@pytest.fixture
def changing(local_aws: LocalAws) -> Iterator[Changing]:
    changing = Changing(local_aws)
    yield changing
    changing.stack.delete()


def test_it_keeps_its_items_when_it_is_paid_otherwise(changing: Changing) -> None:
    first = changing.deploy("by request")
    changing.aws.client("dynamodb").put_item(TableName=changing.name, Item=ORDER)
    assert first["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert first["OnDemandThroughput"]["MaxWriteRequestUnits"] == 500
    assert changing.recovery_days() == 35

    by_hour = changing.deploy("by the hour")
    assert by_hour["TableId"] == first["TableId"]
    assert by_hour["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    capacity = by_hour["ProvisionedThroughput"]
    assert (capacity["ReadCapacityUnits"], capacity["WriteCapacityUnits"]) == (7, 3)
    assert changing.recovery_days() == 7

    again = changing.deploy("by request")
    assert again["TableId"] == first["TableId"]
    assert again["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    for where in ({}, {"IndexName": "ByState"}, {"IndexName": "BySize"}):
        assert changing.aws.client("dynamodb").scan(TableName=changing.name, **where)["Count"] == 1
