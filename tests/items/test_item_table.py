"""ItemTable: what it holds on to, and what its grants open."""

from typing import Any
from unittest.mock import Mock

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import InvalidArgument, ItemTable
from constructs_lib.testing import template_of
from tests.statements import allowed, only, resources, role_of

READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}


def function(stack: Stack, id: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        description=id,
    )


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Items")
    table = ItemTable(
        stack,
        "Requests",
        partition_key="pk",
        sort_key="sk:N",
        ttl_attribute="expires_at",
        indexes={"ByOwner": ("owner", "at:N")},
        recovery_days=7,
    )
    table.grant_read(function(stack, "Reader"))
    table.grant_write(function(stack, "Writer"), environment="REQUESTS_TABLE")
    table.grant_read_write(function(stack, "Scanner"), scan=True)
    table.on_change(
        function(stack, "Listener"),
        patterns=[{"eventName": ["REMOVE"]}],
        batch_size=7,
        retries=3,
        maximum_record_age=Duration.minutes(2),
    )
    return template_of(stack)


@pytest.fixture(scope="module")
def table(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::DynamoDB::GlobalTable")


def function_named(template: dict[str, Any], description: str) -> dict[str, Any]:
    (found,) = [
        properties
        for properties in resources(template, "AWS::Lambda::Function").values()
        if properties.get("Description") == description
    ]
    return found


def rights(template: dict[str, Any], description: str) -> dict[str, list[Any]]:
    return allowed(template, role_of(function_named(template, description)))


def test_keys_and_index_have_the_types_that_were_asked_for(table: dict[str, Any]) -> None:
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    assert types == {"pk": "S", "sk": "N", "owner": "S", "at": "N"}
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["owner", "at"]


def test_items_expire_by_their_attribute(table: dict[str, Any]) -> None:
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_table_can_be_restored_and_not_be_deleted(template: dict[str, Any], table: dict[str, Any]) -> None:
    (replica,) = table["Replicas"]
    assert replica["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 7,
    }
    assert replica["DeletionProtectionEnabled"] is True
    (resource,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::DynamoDB::GlobalTable"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_a_reader_reads_the_table_and_its_index_and_nothing_more(template: dict[str, Any]) -> None:
    granted = rights(template, "Reader")
    assert set(granted) == READS
    table_arn, index_arn = granted["dynamodb:Query"]
    assert table_arn["Fn::GetAtt"][1] == "Arn"
    assert index_arn["Fn::Join"][1] == [table_arn, "/index/ByOwner"]


def test_a_writer_writes_and_does_not_read(template: dict[str, Any]) -> None:
    granted = rights(template, "Writer")
    assert set(granted) == WRITES
    assert [arn["Fn::GetAtt"][1] for arn in granted["dynamodb:PutItem"]] == ["Arn"]


def test_only_who_asks_for_it_may_scan(template: dict[str, Any]) -> None:
    assert set(rights(template, "Scanner")) == {*READS, *WRITES, "dynamodb:Scan"}


@pytest.mark.parametrize(("description", "variable"), [("Reader", "TABLE_NAME"), ("Writer", "REQUESTS_TABLE")])
def test_a_granted_function_knows_the_table(template: dict[str, Any], description: str, variable: str) -> None:
    value = function_named(template, description)["Environment"]["Variables"][variable]
    assert value["Ref"] in resources(template, "AWS::DynamoDB::GlobalTable")


def test_a_bad_record_cannot_block_the_stream(template: dict[str, Any], table: dict[str, Any]) -> None:
    mapping = only(template, "AWS::Lambda::EventSourceMapping")
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 3
    assert mapping["MaximumRecordAgeInSeconds"] == 120
    assert mapping["BatchSize"] == 7
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["FilterCriteria"] == {"Filters": [{"Pattern": '{"eventName":["REMOVE"]}'}]}
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    assert destination in resources(template, "AWS::SQS::Queue")


def test_a_listener_may_read_the_stream_and_give_up_records(template: dict[str, Any]) -> None:
    granted = rights(template, "Listener")
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
        assert [arn["Fn::GetAtt"][1] for arn in granted[f"dynamodb:{action}"]] == ["StreamArn"]
    (queue,) = granted["sqs:SendMessage"]
    assert queue["Fn::GetAtt"][0] in resources(template, "AWS::SQS::Queue")


def test_the_mapping_waits_for_the_rights_that_it_is_checked_for(template: dict[str, Any]) -> None:
    (mapping,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::EventSourceMapping"]
    policies = resources(template, "AWS::IAM::Policy")
    assert any(name in policies and "Listener" in name for name in mapping["DependsOn"])


def test_a_key_of_ones_own_is_granted_with_the_table() -> None:
    stack = Stack(App(), "Keyed", env=Environment(account="123456789012", region="eu-west-1"))
    table = ItemTable(stack, "Requests", partition_key="pk", encryption_key=kms.Key(stack, "Key"))
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    table.grant_read(role)
    table.on_change(function(stack, "Listener"))
    template = template_of(stack)
    assert set(rights(template, "Listener")) >= {"kms:Decrypt", "dynamodb:GetRecords"}
    (name,) = [name for name in resources(template, "AWS::IAM::Role") if name.startswith("Role")]
    assert {"kms:Decrypt", "kms:Encrypt"} <= set(allowed(template, name))
    (replica,) = only(template, "AWS::DynamoDB::GlobalTable")["Replicas"]
    assert replica["SSESpecification"]["KMSMasterKeyId"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"partition_key": ""}, "the key must have a name of 1 to 255 characters, got ''"),
        ({"partition_key": "pk:X"}, 'the key must be "name", "name:S", "name:N" or "name:B", got \'pk:X\''),
        ({"partition_key": "pk:"}, "got 'pk:'"),
        ({"partition_key": "p" * 256}, "1 to 255 characters"),
        ({"partition_key": "pk", "sort_key": "pk"}, "name two different attributes"),
        ({"partition_key": "pk", "sort_key": ""}, "1 to 255 characters"),
        ({"partition_key": "pk", "ttl_attribute": "pk"}, "ttl_attribute must name an attribute that is no key"),
        ({"partition_key": "pk", "ttl_attribute": ""}, "ttl_attribute must name an attribute that is no key, got ''"),
        ({"partition_key": "pk", "indexes": {"By": ("a",)}}, "indexes must have names of 3 to 255 letters"),
        ({"partition_key": "pk", "indexes": {"By owner": ("a",)}}, "got 'By owner' (Naming rules"),
        ({"partition_key": "pk", "indexes": {"I": ()}}, "indexes['I'] must be a partition key"),
        ({"partition_key": "pk", "indexes": {"I": ("a", "b", "c")}}, "indexes['I'] must be a partition key"),
        ({"partition_key": "pk", "indexes": {f"I{n}": ("a",) for n in range(21)}}, "0 to 20 global secondary indexes"),
        ({"partition_key": "pk", "recovery_days": 0}, "recovery_days must be 1 to 35 days, got 0"),
        ({"partition_key": "pk", "recovery_days": 36}, "got 36 (Point-in-time recovery for DynamoDB)"),
        ({"partition_key": "pk", "recovery_days": 1.5}, "got 1.5"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument) as refused:
        ItemTable(stack, "Requests", **arguments)
    assert sentence in str(refused.value)
    assert stack.node.children == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"batch_size": 0}, "batch_size must be 1 to 10000 records, got 0"),
        ({"batch_size": 10_001}, "got 10001"),
        ({"retries": -1}, "retries must be 0 to 10000 retries, got -1"),
        ({"retries": 10_001}, "got 10001"),
        ({"maximum_record_age": Duration.seconds(59)}, "maximum_record_age must be 60 to 86400 seconds, got 59"),
        ({"maximum_record_age": Duration.hours(25)}, "got 90000"),
    ],
)
def test_a_stream_refuses_what_lambda_would(arguments: dict[str, Any], sentence: str) -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk")
    with pytest.raises(InvalidArgument) as refused:
        table.on_change(function(stack, "Listener"), **arguments)
    assert sentence in str(refused.value)
    assert table.streams == []


def test_a_third_consumer_is_sent_to_kinesis() -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk")
    table.on_change(function(stack, "First"))
    table.on_change(function(stack, "Second"))
    with pytest.raises(InvalidArgument, match="Kinesis"):
        table.on_change(function(stack, "Third"))


def test_an_alias_is_told_to_be_granted_through_its_role() -> None:
    stack = Stack(App(), "Refused")
    alias = function(stack, "Reader").add_alias("live")
    table = ItemTable(stack, "Requests", partition_key="pk")
    with pytest.raises(InvalidArgument, match="environment"):
        table.grant_read(alias)
    assert alias.role
    table.grant_read(alias.role)


def test_a_key_needs_a_region_that_is_known() -> None:
    stack = Stack(App(), "Refused")
    key = kms.Key(stack, "Key")
    with pytest.raises(InvalidArgument, match="region is known"):
        ItemTable(stack, "Requests", partition_key="pk", encryption_key=key)


def test_one_variable_cannot_name_two_tables() -> None:
    stack = Stack(App(), "Refused")
    reader = function(stack, "Reader")
    ItemTable(stack, "One", partition_key="pk").grant_read(reader)
    with pytest.raises(InvalidArgument, match="TABLE_NAME"):
        ItemTable(stack, "Two", partition_key="pk").grant_read(reader)


def exports_of(**arguments: Any) -> dict[str, Any]:
    stack = Stack(App(), "Exported")
    table = ItemTable(stack, "Requests", partition_key="pk", recovery_days=7)
    files = s3.Bucket.from_bucket_name(stack, "Files", "files-of-ours")
    table.export_to(files, schedule=Duration.days(1), **arguments)
    return template_of(stack)


def test_a_table_is_exported_whole_or_by_what_has_changed() -> None:
    whole, changes = exports_of(prefix="whole", format="ION"), exports_of(incremental=True)
    assert "exportTableToPointInTime" in str(only(whole, "AWS::Scheduler::Schedule")["Target"]["Arn"])
    assert '"ExportFormat":"ION"' in str(only(whole, "AWS::Scheduler::Schedule")["Target"]["Input"])
    assert resources(whole, "AWS::StepFunctions::StateMachine") == {}
    (machine,) = resources(changes, "AWS::StepFunctions::StateMachine")
    assert only(changes, "AWS::Scheduler::Schedule")["Target"]["Arn"] == {"Ref": machine}


def test_an_export_knows_how_far_back_the_table_can_be_restored() -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk", recovery_days=7)
    files = s3.Bucket.from_bucket_name(stack, "Files", "files-of-ours")
    with pytest.raises(InvalidArgument, match="recovery window of 7 days"):
        table.export_to(files, schedule=Duration.days(7), incremental=True)


def test_a_bucket_gets_one_export_of_each_kind() -> None:
    stack = Stack(App(), "Refused")
    table = ItemTable(stack, "Requests", partition_key="pk")
    files = s3.Bucket.from_bucket_name(stack, "Files", "files-of-ours")
    table.export_to(files, schedule=Duration.days(1))
    table.export_to(files, schedule=Duration.days(1), incremental=True)
    with pytest.raises(InvalidArgument, match="at most one whole and one incremental export"):
        table.export_to(files, schedule=Duration.days(2))


def test_a_table_is_backed_up_with_its_key() -> None:
    stack = Stack(App(), "Kept", env=Environment(account="123456789012", region="eu-west-1"))
    key = kms.Key(stack, "Key")
    ItemTable(stack, "Requests", partition_key="pk", encryption_key=key).backup(retention=Duration.days(400))
    template = template_of(stack)
    (table,) = resources(template, "AWS::DynamoDB::GlobalTable")
    (selection,) = resources(template, "AWS::Backup::BackupSelection").values()
    assert selection["BackupSelection"]["Resources"] == [{"Fn::GetAtt": [table, "Arn"]}]
    role = selection["BackupSelection"]["IamRoleArn"]["Fn::GetAtt"][0]
    assert stack.resolve(key.key_arn) in allowed(template, role)["kms:Decrypt"]


def test_a_table_is_backed_up_by_one_plan_of_its_own() -> None:
    table = ItemTable(Stack(App(), "Refused"), "Requests", partition_key="pk")
    table.backup(retention=Duration.days(400))
    with pytest.raises(InvalidArgument, match="backup must be called once"):
        table.backup(retention=Duration.days(40))


@pytest.mark.parametrize(
    ("made", "call", "leading", "arguments"),
    [
        (
            "ChangeStream",
            "on_change",
            "function",
            (
                "patterns batch_size batch_window parallelization_factor retries maximum_record_age late_after "
                "starting_position alarm_topic"
            ),
        ),
        (
            "KinesisChanges",
            "stream_to_kinesis",
            None,
            "retention precision shards encryption_key stream alarm_topic removal_policy",
        ),
        (
            "TableExport",
            "export_to",
            "bucket",
            "schedule incremental prefix format view_type log_encryption_key alarm_topic",
        ),
        (
            "TableBackup",
            "backup",
            None,
            "retention schedule cold_storage_after plan vault vault_lock encryption_key copy_to alarm_topic",
        ),
    ],
)
def test_what_a_call_is_told_it_passes_on(
    monkeypatch: pytest.MonkeyPatch, made: str, call: str, leading: str | None, arguments: str
) -> None:
    construct = Mock()
    monkeypatch.setattr(f"constructs_lib.items.item_table.{made}", construct)
    table = ItemTable(Stack(App(), "Items"), "Requests", partition_key="pk", recovery_days=9)
    told = {name: Mock(name=name) for name in arguments.split()}
    first = [Mock(name=leading)] if leading else []
    assert getattr(table, call)(*first, **told) is construct.return_value
    passed_on = dict(construct.call_args.kwargs)
    assert (passed_on.pop("table", None) or passed_on.pop("source")) is table.table
    assert passed_on.pop("recovery_days", 9) == 9
    assert passed_on.pop("table_encryption_key", None) is None
    assert passed_on == told | ({leading: first[0]} if leading else {})


@pytest.mark.parametrize("actions", [(), ("GetItem",), ("dynamodb:GetItem", "s3:GetObject")])
def test_a_grant_is_of_dynamodbs_actions(actions: tuple[str, ...]) -> None:
    stack = Stack()
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    with pytest.raises(InvalidArgument, match="actions must name actions of DynamoDB, such as dynamodb:GetItem"):
        ItemTable(stack, "Orders", partition_key="pk").grant(role, *actions)
