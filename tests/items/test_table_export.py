"""Exports of a table to S3: what they ask of DynamoDB, who may do so, and who hears when it fails."""

import json
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import InvalidArgument
from constructs_lib.items.table_export import TableExport
from constructs_lib.testing import template_of
from tests.items.stream_forms import alarm_on, stack_of, table_in, topic_in
from tests.statements import Template, allowed, listed, only, resources, role_of

SCHEDULE, MACHINE = "AWS::Scheduler::Schedule", "AWS::StepFunctions::StateMachine"
CRON = scheduler.ScheduleExpression.cron


def exported(*, key: bool = False, **arguments: Any) -> Template:
    """A template with a table and an export of it."""
    stack = stack_of()
    bucket: s3.IBucket = s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key") if key else None)
    TableExport(stack, "Export", table=table_in(stack), bucket=bucket, **{"schedule": Duration.days(1), **arguments})
    return template_of(stack)


def flat(value: Any) -> str:
    """A text in which every reference is the name of what it refers to."""
    match value:
        case {"Fn::Join": [_, parts]}:
            return "".join(map(flat, parts))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Ref": name}:
            return str(name)
    return str(value)


def name_of(template: Template, kind: str, of: str = "") -> str:
    (found,) = [name for name in resources(template, kind) if of in name]
    return found


def definition(template: Template) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(flat(only(template, MACHINE)["DefinitionString"]))
    return parsed


def table_arn(template: Template) -> str:
    return f"{name_of(template, 'AWS::DynamoDB::GlobalTable', 'Orders')}.Arn"


def written(template: Template, prefix: str = "exports") -> dict[str, list[str]]:
    """The rights to export the table into a folder of the bucket."""
    folder = [f"{name_of(template, 'AWS::S3::Bucket')}.Arn/{prefix}/*"]
    to_s3 = {f"s3:{name}": folder for name in ("AbortMultipartUpload", "PutObject", "PutObjectAcl")}
    return {"dynamodb:ExportTableToPointInTime": [table_arn(template)], **to_s3}


def rights(template: Template, role: str) -> dict[str, list[str]]:
    return {action: [*map(flat, on)] for action, on in allowed(template, role).items()}


@pytest.fixture(scope="module")
def whole() -> Template:
    return exported()


@pytest.fixture(scope="module")
def changes() -> Template:
    return exported(incremental=True)


def test_the_scheduler_asks_for_the_whole_table_itself(whole: Template) -> None:
    schedule = only(whole, SCHEDULE)
    target = schedule["Target"]
    assert schedule["ScheduleExpression"] == "rate(1 day)"
    assert flat(target["Arn"]) == "arn:AWS::Partition:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
    asked = json.loads(flat(target["Input"]))
    token = asked.pop("ClientToken")
    assert asked == {
        "TableArn": table_arn(whole),
        "S3Bucket": name_of(whole, "AWS::S3::Bucket"),
        "S3BucketOwner": "123456789012",
        "S3Prefix": "exports",
        "ExportFormat": "DYNAMODB_JSON",
        "S3SseAlgorithm": "AES256",
    }
    # Asked again for the same time, DynamoDB answers with the same export; another export has another token.
    assert token.startswith("ItemsExport")
    assert token.endswith("-<aws.scheduler.scheduled-time>")
    assert not resources(whole, MACHINE)
    assert not resources(whole, "AWS::Lambda::Function")


def test_what_is_refused_for_an_hour_lies_in_a_queue_with_an_alarm(whole: Template, changes: Template) -> None:
    for template in (whole, changes):
        target = only(template, SCHEDULE)["Target"]
        queue = name_of(template, "AWS::SQS::Queue")
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
        assert flat(target["DeadLetterConfig"]["Arn"]) == f"{queue}.Arn"
        assert rights(template, role_of(target))["sqs:SendMessage"] == [f"{queue}.Arn"]
        assert alarm_on(template, "ApproximateNumberOfMessagesVisible")["Threshold"] == 0


def test_the_role_may_export_this_table_into_this_folder(whole: Template) -> None:
    granted = rights(whole, role_of(only(whole, SCHEDULE)["Target"]))
    granted.pop("sqs:SendMessage")
    assert granted == written(whole)


def test_only_this_accounts_schedules_assume_the_role(whole: Template, changes: Template) -> None:
    for template in (whole, changes):
        role = resources(template, "AWS::IAM::Role")[role_of(only(template, SCHEDULE)["Target"])]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize("incremental", [False, True])
def test_a_bucket_with_a_key_gets_exports_encrypted_with_it(incremental: bool) -> None:
    template = exported(key=True, incremental=incremental)
    key = f"{name_of(template, 'AWS::KMS::Key')}.Arn"
    if incremental:
        asked = definition(template)["States"]["ExportChanges"]["Arguments"]
        role = role_of(only(template, MACHINE))
    else:
        asked = json.loads(flat(only(template, SCHEDULE)["Target"]["Input"]))
        role = role_of(only(template, SCHEDULE)["Target"])
    assert (asked["S3SseAlgorithm"], asked["S3SseKmsKeyId"]) == ("KMS", key)
    granted = rights(template, role)
    assert granted["kms:GenerateDataKey"] == granted["kms:Decrypt"] == [key]


def test_where_and_how_are_arguments() -> None:
    template = exported(prefix="daily/orders", format="ION", schedule=CRON(hour="3", minute="0"))
    schedule = only(template, SCHEDULE)
    asked = json.loads(flat(schedule["Target"]["Input"]))
    assert (asked["S3Prefix"], asked["ExportFormat"]) == ("daily/orders", "ION")
    assert schedule["ScheduleExpression"] == "cron(0 3 * * ? *)"
    granted = rights(template, role_of(schedule["Target"]))
    assert granted["s3:PutObject"] == written(template, "daily/orders")["s3:PutObject"]


def test_a_machine_exports_changes(changes: Template) -> None:
    target = only(changes, SCHEDULE)["Target"]
    machine = name_of(changes, MACHINE)
    assert (flat(target["Arn"]), target["Input"]) == (machine, "{}")
    granted = rights(changes, role_of(target))
    granted.pop("sqs:SendMessage")
    assert granted == {"states:StartExecution": [machine]}
    assert not resources(changes, "AWS::Lambda::Function")


def test_the_machine_asks_for_both_kinds_of_export_alike(changes: Template) -> None:
    states = definition(changes)["States"]
    whole, part = states["ExportWhole"]["Arguments"], states["ExportChanges"]["Arguments"]
    assert (whole.pop("ExportType"), part.pop("ExportType")) == ("FULL_EXPORT", "INCREMENTAL_EXPORT")
    assert whole.pop("ExportTime") == "{% $cursor.window.to %}"
    assert part.pop("IncrementalExportSpecification") == {
        "ExportFromTime": "{% $cursor.window.from %}",
        "ExportToTime": "{% $cursor.window.to %}",
        "ExportViewType": "NEW_AND_OLD_IMAGES",
    }
    assert (
        whole
        == part
        == {
            "TableArn": table_arn(changes),
            "S3Bucket": name_of(changes, "AWS::S3::Bucket"),
            "S3BucketOwner": "123456789012",
            "S3Prefix": "exports",
            "ExportFormat": "DYNAMODB_JSON",
            "S3SseAlgorithm": "AES256",
            "ClientToken": "{% $cursor.window.token %}",
        }
    )


def test_the_machine_may_export_look_and_keep_its_cursor(changes: Template) -> None:
    granted = rights(changes, role_of(only(changes, MACHINE)))
    cursor = [f"{name_of(changes, 'AWS::DynamoDB::GlobalTable', 'Cursor')}.Arn"]
    ours = {action: on for action, on in granted.items() if action.split(":")[0] in ("dynamodb", "s3", "kms")}
    assert ours == {
        **written(changes),
        "dynamodb:DescribeContinuousBackups": [table_arn(changes)],
        "dynamodb:DescribeExport": [f"{table_arn(changes)}/export/*"],
        "dynamodb:GetItem": cursor,
        "dynamodb:PutItem": cursor,
    }


def test_every_task_is_patient(changes: Template) -> None:
    tasks = [state for state in definition(changes)["States"].values() if state["Type"] == "Task"]
    assert len(tasks) == 6
    for task in tasks:
        (retry,) = task["Retry"]
        assert {each.removeprefix("DynamoDb.").removesuffix("Exception") for each in retry["ErrorEquals"]} == {
            "ExportNotFound",
            "InternalServerError",
            "LimitExceeded",
            "ProvisionedThroughputExceeded",
            "RequestLimitExceeded",
            "SdkClient",
            "Throttling",
        }
        assert retry["MaxAttempts"] == 10


def test_the_machine_is_logged_and_traced(changes: Template) -> None:
    machine = only(changes, MACHINE)
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    log = only(changes, "AWS::Logs::LogGroup")
    assert log["RetentionInDays"] == 30
    assert log["LogGroupName"].startswith("/aws/vendedlogs/states/")


def test_the_cursor_is_one_item_that_can_be_recovered(changes: Template) -> None:
    cursor = resources(changes, "AWS::DynamoDB::GlobalTable")[name_of(changes, "AWS::DynamoDB::GlobalTable", "Cursor")]
    assert cursor["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert cursor["BillingMode"] == "PAY_PER_REQUEST"
    (region,) = cursor["Replicas"]
    assert region["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_options_of_incremental_exports() -> None:
    stack = stack_of()
    key = kms.Key(stack, "LogKey")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "exports-of-ours")
    TableExport(
        stack,
        "Export",
        table=table_in(stack),
        bucket=bucket,
        schedule=Duration.minutes(15),
        incremental=True,
        view_type="NEW_IMAGE",
        log_encryption_key=key,
        alarm_topic=topic_in(stack),
    )
    template = template_of(stack)
    specification = definition(template)["States"]["ExportChanges"]["Arguments"]["IncrementalExportSpecification"]
    assert specification["ExportViewType"] == "NEW_IMAGE"
    log = only(template, "AWS::Logs::LogGroup")
    assert flat(log["KmsKeyId"]) == f"{name_of(template, 'AWS::KMS::Key')}.Arn"
    assert log["LogGroupName"] in json.dumps(only(template, "AWS::KMS::Key")["KeyPolicy"])
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    assert [listed(alarm["AlarmActions"]) for alarm in alarms] == [["arn:aws:sns:eu-west-1:123456789012:on-call"]] * 3


def test_a_run_without_success_raises_an_alarm(changes: Template) -> None:
    alarm = alarm_on(changes, "ExecutionsFailed")
    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert {each["MetricName"] for each in metrics} == {"ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"}
    machine = name_of(changes, MACHINE)
    assert {flat(each["Dimensions"][0]["Value"]) for each in metrics} == {machine}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert '{"start_over": true}' in flat(alarm["AlarmDescription"])


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        (Duration.minutes(15), 3),
        (Duration.days(1), 50),
        (Duration.days(3), 146),
        (CRON(hour="8-18", minute="0"), 30),
        (CRON(hour="*/6", minute="0"), 14),
    ],
)
def test_no_success_for_twice_the_time_raises_an_alarm(schedule: Any, hours: int) -> None:
    alarm = alarm_on(exported(incremental=True, schedule=schedule), "ExecutionsSucceeded")
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Statistic"]) == (3600, hours, "Sum")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("schedule", [Duration.days(4), CRON(week_day="MON", hour="0", minute="0")])
def test_what_cloudwatch_cannot_look_back_to_is_not_watched(schedule: Any) -> None:
    alarms = resources(exported(incremental=True, schedule=schedule), "AWS::CloudWatch::Alarm").values()
    assert "ExecutionsSucceeded" not in json.dumps(list(alarms))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"schedule": Duration.minutes(14)}, "schedule must leave at least 15 minutes between two exports"),
        ({"schedule": Duration.minutes(14)}, "got 'rate(14 minutes)' (DynamoDB data export to Amazon S3)"),
        ({"schedule": Duration.seconds(930)}, "schedule must be whole minutes, got '15.5 minutes'"),
        ({"schedule": CRON(minute="*/10")}, "leave at least 15 minutes"),
        ({"schedule": CRON()}, "leave at least 15 minutes"),
        ({"schedule": CRON(minute="0,50")}, "leave at least 15 minutes"),
        ({"schedule": CRON(minute="0,55", hour="0,1")}, "leave at least 15 minutes"),
        ({"schedule": CRON(minute="5-30/5", hour="4")}, "leave at least 15 minutes"),
        ({"schedule": scheduler.ScheduleExpression.expression("rate(5 minutes)")}, "leave at least 15 minutes"),
        ({"schedule": "rate(1 day)"}, "schedule must be a schedule or a duration"),
        ({"schedule": Duration.days(35), "incremental": True}, "more often than the recovery window of 35 days"),
        ({"schedule": Duration.days(2), "incremental": True, "recovery_days": 2}, "window of 2 days is long"),
        ({"recovery_days": 36}, "recovery_days must be 1 to 35 days, got 36"),
        ({"incremental": "no"}, "incremental must be a bool, got 'no'"),
        ({"prefix": ""}, "prefix must be 1 to 1024 characters, got 0"),
        ({"prefix": "x" * 1025}, "prefix must be 1 to 1024 characters, got 1025"),
        ({"prefix": "/exports"}, 'prefix must be as "exports/orders"'),
        ({"prefix": "exports/"}, "got 'exports/' (Amazon DynamoDB ExportTableToPointInTime)"),
        ({"prefix": "ex*ports"}, 'prefix must be as "exports/orders"'),
        ({"format": "CSV"}, "format must be one of 'DYNAMODB_JSON', 'ION', got 'CSV'"),
        ({"view_type": "NEW_IMAGE"}, "view_type must be left out: whole exports have none"),
        ({"view_type": "OLD", "incremental": True}, "view_type must be one of None, 'NEW_IMAGE', 'NEW_AND_OLD_IMAGES'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = stack_of()
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "exports-of-ours")
    table = table_in(stack)
    with pytest.raises(InvalidArgument) as refused:
        TableExport(stack, "Export", table=table, bucket=bucket, **{"schedule": Duration.days(1), **arguments})
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Export") is None


@pytest.mark.parametrize(
    "schedule",
    [
        Duration.minutes(15),
        CRON(minute="*/15"),
        CRON(minute="0,15,30,45"),
        CRON(minute="0,55", hour="0,2"),
        scheduler.ScheduleExpression.expression("at(2026-11-20T13:00:00)"),
    ],
)
def test_a_quarter_of_an_hour_is_enough(schedule: Any) -> None:
    assert only(exported(schedule=schedule), SCHEDULE)
