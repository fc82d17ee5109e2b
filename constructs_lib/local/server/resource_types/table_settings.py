"""How a table is kept and paid: what the emulator's CloudFormation leaves out of ``AWS::DynamoDB::GlobalTable``."""

from typing import Any

from constructs_lib.local.server.emulator import current_region
from constructs_lib.local.server.resource_types.api_type import call
from constructs_lib.local.server.resource_types.resource_type import Properties


def own_replica(properties: Properties) -> Properties:
    """Read what is said of the table in the stack's region."""
    here = (replica for replica in properties.get("Replicas", []) if replica.get("Region") == current_region())
    return next(here, {})


def apply_settings(dynamodb: Any, table: str, properties: Properties) -> None:
    """Make a table that exists as its properties say."""
    here, named = own_replica(properties), {"TableName": table}
    kept = {
        "DeletionProtectionEnabled": here.get("DeletionProtectionEnabled", False),
        "TableClass": here.get("TableClass", "STANDARD"),
    }
    is_by_hour = properties.get("BillingMode") == "PROVISIONED"
    paid = _capacity(dynamodb, table, properties, here) if is_by_hour else _maxima(properties, here)
    call(dynamodb, "update_table", named | kept | _encryption(properties, here) | paid)
    recovery = here.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
    call(dynamodb, "update_continuous_backups", named | {"PointInTimeRecoverySpecification": recovery})
    if expiry := properties.get("TimeToLiveSpecification") or _end_of_expiry(dynamodb, table):
        call(dynamodb, "update_time_to_live", named | {"TimeToLiveSpecification": expiry})


def _end_of_expiry(dynamodb: Any, table: str) -> Properties:
    told = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    is_on = told["TimeToLiveStatus"] == "ENABLED"
    return {"AttributeName": told["AttributeName"], "Enabled": False} if is_on else {}


def _encryption(properties: Properties, here: Properties) -> Properties:
    if "SSESpecification" not in properties:
        return {}
    is_on = properties["SSESpecification"]["SSEEnabled"]
    return {"SSESpecification": {"Enabled": is_on, "SSEType": "KMS"} | here.get("SSESpecification", {})}


def _maxima(properties: Properties, here: Properties) -> Properties:
    none = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    reads = here.get("ReadOnDemandThroughputSettings", {})
    return {"OnDemandThroughput": none | reads | properties.get("WriteOnDemandThroughputSettings", {})}


def _capacity(dynamodb: Any, table: str, properties: Properties, here: Properties) -> Properties:
    """Read the capacity that a table begins with. What it has already, DynamoDB refuses to be given again."""
    reads = here["ReadProvisionedThroughputSettings"]["ReadCapacityAutoScalingSettings"]
    writes = properties["WriteProvisionedThroughputSettings"]["WriteCapacityAutoScalingSettings"]
    wanted = {"ReadCapacityUnits": int(reads["MinCapacity"]), "WriteCapacityUnits": int(writes["MinCapacity"])}
    has = dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
    return {} if wanted.items() <= has.items() else {"ProvisionedThroughput": wanted}
