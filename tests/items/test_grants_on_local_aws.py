"""Who may do what with a deployed table: every call of every grantee, under the rights that IAM enforces.

What is left of DynamoDB's actions, PartiQL's and those that change or copy a table, is asked of IAM's own simulation
of the deployed policies. Grants in another region than the table's are left to the template's tests.
"""

import json
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.items.local_callers import KEY, ORDER, DeployedTables
from tests.items.local_calls import CALLS

pytestmark = pytest.mark.local_aws

GET = {"GetItem", "TransactGetItems"}
READ = GET | {"BatchGetItem", "ConditionCheck", "Query", "Query ByState", "Query BySize"}
SCAN = {"Scan", "Scan ByDay"}
WRITE = {
    *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
    *("Transact Put", "Transact Update", "Transact Delete"),
}
STREAM = {"DescribeStream", "GetShardIterator", "GetRecords"}
KINESIS = {f"Kinesis {call}" for call in ("DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords")}

MAY: dict[str, tuple[str, set[str]]] = {
    "Nothing": ("Orders", set()),
    "Read": ("Orders", READ),
    "ReadAndScan": ("Orders", READ | SCAN),
    "Write": ("Orders", WRITE),
    "ReadWrite": ("Orders", READ | WRITE),
    "ReadWriteAndScan": ("Orders", READ | WRITE | SCAN),
    "GetItem": ("Orders", GET),
    "Query": ("Orders", {"Query", "Query ByState", "Query BySize"}),
    "StartBackup": ("Orders", set()),
    "ReadStream": ("Orders", STREAM),
    "ReadKinesis": ("Orders", KINESIS),
    "ReadWriteSealed": ("Sealed", READ | WRITE | SCAN),
    "ReadSealedStream": ("Sealed", STREAM),
    "ReadAndScanExisting": ("Existing", READ | SCAN),
}
"""Who may call what of which table, and nothing else."""


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("grantee", MAY)
def test_each_may_do_what_was_granted_and_nothing_else(tables: DeployedTables, grantee: str, call: str) -> None:
    table, granted = MAY[grantee]
    assert tables.caller(grantee).may(CALLS[call], tables.place(table)) is (call in granted)


@pytest.mark.parametrize("grantee", MAY)
def test_no_grant_reaches_another_table(tables: DeployedTables, grantee: str) -> None:
    caller, others = tables.caller(grantee), tables.place("Others")
    of_table = {name: call for name, call in CALLS.items() if not name.startswith("Kinesis")}
    assert [name for name, call in of_table.items() if caller.may(call, others)] == []


def other_actions() -> list[str]:
    """All actions of DynamoDB but those that are tried above."""
    models = [botocore.session.get_session().get_service_model(name) for name in ("dynamodb", "dynamodbstreams")]
    operations = {operation for model in models for operation in model.operation_names}
    tried = {"TransactWriteItems", *(call.partition(" ")[0] for call in CALLS)}
    partiql = {"PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"}
    return [f"dynamodb:{action}" for action in sorted(operations - tried | partiql)]


@pytest.mark.parametrize("grantee", MAY)
def test_no_other_action_of_dynamodb_is_granted(tables: DeployedTables, grantee: str) -> None:
    stream, source = tables.place(MAY[grantee][0]).stream, tables.outputs[f"{grantee}Arn"]
    table = stream.partition("/stream/")[0]
    granted = {
        (result["EvalActionName"], resource)
        for resource in (table, f"{table}/index/ByState", stream, "*")
        for result in tables.aws.client("iam").simulate_principal_policy(
            PolicySourceArn=source, ActionNames=other_actions(), ResourceArns=[resource]
        )["EvaluationResults"]
        if result["EvalDecision"] == "allowed"
    }
    # Lambda asks for it where it reads a stream; it tells no more than the stream's name.
    assert granted == ({("dynamodb:ListStreams", stream)} if MAY[grantee][1] == STREAM else set())


def test_an_index_that_was_not_named_is_not_granted(tables: DeployedTables) -> None:
    dynamodb, table = tables.caller("ReadAndScanExisting").client("dynamodb"), tables.name("Existing")
    assert dynamodb.scan(TableName=table, IndexName="ByState")["Count"] == 1
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=table, IndexName="Unspoken")


@pytest.mark.parametrize("call", sorted(READ | WRITE | SCAN | {"GetRecords"}))
def test_a_tables_own_key_guards_its_items(tables: DeployedTables, call: str) -> None:
    """Who may do everything with DynamoDB, and nothing with the key: so what a grant opens includes the key."""
    assert not tables.caller("Keyless").may(CALLS[call], tables.place("Sealed"))
    assert tables.caller("Keyless").may(CALLS[call], tables.place("Others"))


@pytest.mark.parametrize("grantee", ["ReadWriteSealed", "Keyless"])
def test_a_tables_own_key_is_no_key_to_anything_else(tables: DeployedTables, grantee: str) -> None:
    key = tables.outputs["KeyArn"]
    secret = tables.aws.client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms = tables.caller(grantee).client("kms")
    for call, arguments in {
        "decrypt": {"CiphertextBlob": secret},
        "encrypt": {"KeyId": key, "Plaintext": b"secret"},
        "generate_data_key": {"KeyId": key, "KeySpec": "AES_256"},
    }.items():
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(kms, call)(**arguments)


@pytest.mark.parametrize(
    ("method", "arguments", "answer"),
    [
        ("get_item", {"Key": {"customer": "acme", "order": "1"}}, "done"),
        ("put_item", {"Item": {"customer": "acme", "order": "1"}}, "AccessDeniedException"),
        ("scan", {}, "AccessDeniedException"),
    ],
)
def test_a_function_finds_the_table_that_it_may_read(
    tables: DeployedTables, method: str, arguments: dict[str, Any], answer: str
) -> None:
    told = tables.aws.client("lambda").invoke(
        FunctionName=tables.outputs["ProbeFunction"], Payload=json.dumps({"method": method, "arguments": arguments})
    )
    assert json.load(told["Payload"]) == answer


def test_what_was_tried_has_left_the_order_as_it_was(tables: DeployedTables) -> None:
    """So none of the answers above is that of an empty table."""
    for table in ("Orders", "Others", "Sealed", "Existing"):
        found = tables.aws.client("dynamodb").get_item(TableName=tables.name(table), Key=KEY)
        assert found["Item"] == ORDER
