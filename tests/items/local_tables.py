"""Tables of every kind, and for each way to grant rights on them a role that has just this one, to be deployed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity
from constructs_lib.items.indexes import Index

STACK = "Tables"

KEYS: dict[str, Any] = {
    "partition_key": "customer",
    "sort_key": "order",
    "indexes": {"ByState": "state", "ByDay": Index(("day", "total:N"), attributes=["state"])},
    "local_indexes": {"BySize": Index("size:N", attributes="keys")},
}
GONE: dict[str, Any] = {"removal_policy": RemovalPolicy.DESTROY}

GRANTS: dict[str, Callable[[ItemTable, iam.IGrantable], object]] = {
    "Nothing": lambda table, role: None,
    "Read": lambda table, role: table.grant_read(role),
    "ReadAndScan": lambda table, role: table.grant_read(role, scan=True),
    "Write": lambda table, role: table.grant_write(role),
    "ReadWrite": lambda table, role: table.grant_read_write(role),
    "ReadWriteAndScan": lambda table, role: table.grant_read_write(role, scan=True),
    "GetItem": lambda table, role: table.grant(role, "dynamodb:GetItem"),
    "Query": lambda table, role: table.grant(role, "dynamodb:Query"),
}
"""The ways to grant rights on items, by the names of the roles that have them on ``Orders``."""

_PROBE = """
import os
import boto3
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])

def handler(event, context):
    try:
        getattr(table, event["method"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""


def synthesize(folder: Path, region: str) -> str:
    """Write the app's assembly, and say where."""
    app = App(outdir=str(folder))
    stack = Stack(app, STACK, env=Environment(account="000000000000", region=region))
    orders = ItemTable(
        stack,
        "Orders",
        ttl_attribute="expires_at",
        recovery_days=14,
        capacity=Capacity.on_demand(max_read=1_000, max_write=500),
        table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
        **KEYS,
        **GONE,
    )
    for name, grant in GRANTS.items():
        grant(orders, _role(stack, name))
    changes = orders.stream_to_kinesis(**GONE)
    changes.grant_read(_role(stack, "ReadKinesis"))
    _listen(orders, "ReadStream")
    others = ItemTable(stack, "Others", deletion_protection=False, **KEYS, **GONE)
    _listen(others, "ReadAnotherStream")
    for name, table in {
        "Orders": orders,
        "Others": others,
        "Sealed": _sealed(stack),
        "Existing": _brought(stack),
    }.items():
        CfnOutput(stack, f"{name}Table", value=table.table.table_name)
    CfnOutput(stack, "KinesisStream", value=changes.stream.stream_arn)
    _back_up(orders)
    _probe(stack, orders)
    return app.synth().directory


def _sealed(stack: Stack) -> ItemTable:
    """A table with a key of its own, for one who may use both, one who hears of it, and one who may not use the key."""
    key = kms.Key(stack, "Key", removal_policy=RemovalPolicy.DESTROY)
    sealed = ItemTable(stack, "Sealed", encryption_key=key, **KEYS, **GONE)
    sealed.grant_read_write(_role(stack, "ReadWriteSealed"), scan=True)
    _listen(sealed, "ReadSealedStream")
    everything = iam.PolicyStatement(actions=["dynamodb:*"], resources=["*"])
    _role(stack, "Keyless").add_to_policy(everything)
    CfnOutput(stack, "KeyArn", value=key.key_arn)
    return sealed


def _brought(stack: Stack) -> ItemTable:
    """A table that was there before, and is known here by its ARN; one of its indexes is not spoken of."""
    customer, order, state, day = (
        dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
        for name in ("customer", "order", "state", "day")
    )
    total, size = (dynamodb.Attribute(name=name, type=dynamodb.AttributeType.NUMBER) for name in ("total", "size"))
    there = dynamodb.TableV2(
        stack,
        "Existing",
        partition_key=customer,
        sort_key=order,
        dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        global_secondary_indexes=[
            dynamodb.GlobalSecondaryIndexPropsV2(index_name="ByState", partition_key=state),
            dynamodb.GlobalSecondaryIndexPropsV2(index_name="ByDay", partition_key=day, sort_key=total),
            dynamodb.GlobalSecondaryIndexPropsV2(index_name="Unspoken", partition_key=state),
        ],
        local_secondary_indexes=[dynamodb.LocalSecondaryIndexProps(index_name="BySize", sort_key=size)],
        **GONE,
    )
    known = dynamodb.TableV2.from_table_arn(stack, "Known", there.table_arn)
    brought = ItemTable(stack, "Brought", table=known, **KEYS)
    brought.grant_read(_role(stack, "ReadAndScanExisting"), scan=True)
    return brought


def _back_up(table: ItemTable) -> None:
    """Backups for ten years, and somebody who may make one at any time."""
    stack, backup = Stack.of(table), table.backup(retention=Duration.days(3650))
    backup.grant_start(_role(stack, "StartBackup"))
    CfnOutput(stack, "BackupVault", value=backup.vault.backup_vault_name)
    CfnOutput(stack, "BackupPlan", value=backup.plan.backup_plan_id)
    CfnOutput(stack, "BackupRoleArn", value=backup.role.role_arn)


def _probe(stack: Stack, table: ItemTable) -> None:
    """A function that does to the table what it is told, with the right to read."""
    probe = lambda_.Function(
        stack,
        "Probe",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(_PROBE),
    )
    table.grant_read(probe)
    CfnOutput(stack, "ProbeFunction", value=probe.function_name)


def _listen(table: ItemTable, name: str) -> None:
    listener = lambda_.Function(
        table,
        name,
        role=_role(Stack.of(table), name),
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )
    table.on_change(listener)


def _role(stack: Stack, name: str) -> iam.Role:
    """A role that functions have, and that a test can take."""
    trusted = iam.CompositePrincipal(iam.ServicePrincipal("lambda.amazonaws.com"), iam.AccountRootPrincipal())
    role = iam.Role(stack, f"{name}Role", assumed_by=trusted)
    CfnOutput(stack, f"{name}Arn", value=role.role_arn)
    return role
