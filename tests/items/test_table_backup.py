"""Backups of a table through AWS Backup: when, for how long, by whom, and who hears when they fail."""

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack, TimeZone
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import InvalidArgument, ItemTable
from constructs_lib.items.backup_lifecycle import VaultLock
from constructs_lib.items.table_backup import TableBackup
from constructs_lib.testing import template_of
from tests.items.stream_forms import alarm_on, stack_of, table_in, topic_in
from tests.items.test_table_export import flat, name_of, rights
from tests.statements import Template, only, resources

VAULT, PLAN, SELECTION = "AWS::Backup::BackupVault", "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection"
CRON = scheduler.ScheduleExpression.cron
YEAR = Duration.days(365)


def backed_up(**arguments: Any) -> Template:
    """A template with a table and its backups."""
    stack = stack_of()
    TableBackup(stack, "Backup", table=table_in(stack), **{"retention": YEAR, **arguments})
    return template_of(stack)


def rule(template: Template) -> dict[str, Any]:
    (found,) = only(template, PLAN)["BackupPlan"]["BackupPlanRule"]
    return dict(found)


@pytest.fixture(scope="module")
def by_default() -> Template:
    return backed_up()


def test_a_backup_is_made_each_day_and_kept_for_a_year(by_default: Template) -> None:
    made = rule(by_default)
    assert flat(made["TargetBackupVault"]) == f"{name_of(by_default, VAULT)}.BackupVaultName"
    assert made["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert made["Lifecycle"] == {"DeleteAfterDays": 365}
    assert "CopyActions" not in made


def test_the_table_is_selected_by_its_arn(by_default: Template) -> None:
    selected = only(by_default, SELECTION)["BackupSelection"]
    assert [*map(flat, selected["Resources"])] == [f"{name_of(by_default, 'AWS::DynamoDB::GlobalTable')}.Arn"]
    assert flat(selected["IamRoleArn"]) == f"{name_of(by_default, 'AWS::IAM::Role')}.Arn"


def test_the_role_may_back_up_this_table_only(by_default: Template) -> None:
    role, table = name_of(by_default, "AWS::IAM::Role"), name_of(by_default, "AWS::DynamoDB::GlobalTable")
    assert rights(by_default, role) == {
        **{
            f"dynamodb:{name}": [f"{table}.Arn"]
            for name in ("CreateBackup", "DescribeTable", "ListTagsOfResource", "StartAwsBackupJob")
        },
        **{f"dynamodb:{name}": [f"{table}.Arn/backup/*"] for name in ("DeleteBackup", "DescribeBackup")},
        **{
            f"backup:{name}": [f"{name_of(by_default, VAULT)}.BackupVaultArn"]
            for name in ("CopyIntoBackupVault", "DescribeBackupVault")
        },
    }
    properties = only(by_default, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in properties
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_vault_is_kept_and_nobody_empties_it(by_default: Template) -> None:
    (vault,) = [each for each in by_default["Resources"].values() if each["Type"] == VAULT]
    assert (vault["DeletionPolicy"], vault["UpdateReplacePolicy"]) == ("Retain", "Retain")
    (denied,) = vault["Properties"]["AccessPolicy"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", {"AWS": "*"})
    assert denied["Action"] == ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
    assert "LockConfiguration" not in vault["Properties"]


def test_when_and_how_long_are_arguments() -> None:
    schedule = CRON(hour="*/2", minute="30", time_zone=TimeZone.EUROPE_BERLIN)
    template = backed_up(schedule=schedule, retention=Duration.days(120), cold_storage_after=Duration.days(30))
    made = rule(template)
    assert made["ScheduleExpression"] == "cron(30 */2 * * ? *)"
    assert made["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert made["Lifecycle"] == {"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 30}


def test_a_vault_can_be_locked() -> None:
    lock = VaultLock(
        min_retention=Duration.days(30), max_retention=Duration.days(3650), changeable_for=Duration.days(3)
    )
    assert only(backed_up(vault_lock=lock), VAULT)["LockConfiguration"] == {
        "ChangeableForDays": 3,
        "MinRetentionDays": 30,
        "MaxRetentionDays": 3650,
    }
    governed = only(backed_up(vault_lock=VaultLock(min_retention=Duration.days(1))), VAULT)
    assert governed["LockConfiguration"] == {"MinRetentionDays": 1}


def test_keys_encrypt_the_vault_and_are_granted() -> None:
    stack = stack_of()
    key = kms.Key(stack, "Key")
    arn = "arn:aws:kms:eu-west-1:123456789012:key/of-the-table"
    of_table = kms.Key.from_key_arn(stack, "OfTable", arn)
    TableBackup(
        stack, "Backup", table=table_in(stack), retention=YEAR, encryption_key=key, table_encryption_key=of_table
    )
    template = template_of(stack)
    ours = f"{name_of(template, 'AWS::KMS::Key')}.Arn"
    assert flat(only(template, VAULT)["EncryptionKeyArn"]) == ours
    granted = rights(template, name_of(template, "AWS::IAM::Role"))
    for action in ("Decrypt", "DescribeKey", "GenerateDataKey", "ReEncryptTo", "CreateGrant"):
        assert granted[f"kms:{action}"] == [ours, arn]
    grants = [
        each
        for each in only(template, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
        if each["Action"] == "kms:CreateGrant"
    ]
    assert [each["Condition"] for each in grants] == [{"Bool": {"kms:GrantIsForAWSResource": "true"}}] * len(grants)


def test_backups_are_copied_when_asked_for() -> None:
    stack = stack_of()
    arn = "arn:aws:backup:us-east-1:123456789012:backup-vault:far"
    far = backup.BackupVault.from_backup_vault_arn(stack, "Far", arn)
    TableBackup(stack, "Backup", table=table_in(stack), retention=YEAR, copy_to=far)
    template = template_of(stack)
    assert rule(template)["CopyActions"] == [{"DestinationBackupVaultArn": arn, "Lifecycle": {"DeleteAfterDays": 365}}]
    granted = rights(template, name_of(template, "AWS::IAM::Role"))
    assert arn in granted["backup:CopyIntoBackupVault"]


def test_a_vault_and_a_plan_of_ones_own() -> None:
    stack = stack_of()
    vault = backup.BackupVault.from_backup_vault_name(stack, "Vault", "ours")
    plan = backup.BackupPlan.from_backup_plan_id(stack, "Plan", "0f0f")
    TableBackup(stack, "Backup", table=table_in(stack), plan=plan, vault=vault)
    template = template_of(stack)
    assert not resources(template, VAULT)
    assert not resources(template, PLAN)
    assert only(template, SELECTION)["BackupPlanId"] == "0f0f"
    assert alarm_on(template, "NumberOfBackupJobsFailed")
    assert "NumberOfBackupJobsCompleted" not in json.dumps(template)


def test_a_backup_on_demand_is_a_right() -> None:
    stack = stack_of()
    backups = TableBackup(stack, "Backup", table=table_in(stack), retention=YEAR)
    person = iam.Role(stack, "Person", assumed_by=iam.AccountRootPrincipal())
    backups.grant_start(person)
    template = template_of(stack)
    granted = rights(template, name_of(template, "AWS::IAM::Role", "Person"))
    assert granted == {
        "backup:StartBackupJob": [f"{name_of(template, VAULT)}.BackupVaultArn"],
        "iam:PassRole": [f"{name_of(template, 'AWS::IAM::Role', 'Backup')}.Arn"],
    }
    passed = [each for each in resources(template, "AWS::IAM::Policy").values() if "iam:PassRole" in json.dumps(each)]
    assert '"iam:PassedToService": "backup.amazonaws.com"' in json.dumps(passed)


def test_a_backup_without_success_raises_an_alarm() -> None:
    stack = stack_of()
    TableBackup(stack, "Backup", table=table_in(stack), retention=YEAR, alarm_topic=topic_in(stack))
    template = template_of(stack)
    failed, late = alarm_on(template, "NumberOfBackupJobsFailed"), alarm_on(template, "NumberOfBackupJobsCompleted")
    metrics = [each["MetricStat"]["Metric"] for each in failed["Metrics"] if "MetricStat" in each]
    assert {each["MetricName"].removeprefix("NumberOfBackupJobs") for each in metrics} == {
        "Failed",
        "Aborted",
        "Expired",
    }
    for each in (*metrics, late):
        (dimension,) = each["Dimensions"]
        assert (each["Namespace"], dimension["Name"]) == ("AWS/Backup", "BackupVaultName")
        assert flat(dimension["Value"]) == f"{name_of(template, VAULT)}.BackupVaultName"
    assert (late["EvaluationPeriods"], late["Period"], late["TreatMissingData"]) == (50, 3600, "breaching")
    for alarm in (failed, late):
        told = ["arn:aws:sns:eu-west-1:123456789012:on-call"]
        assert alarm["AlarmActions"] == alarm["OKActions"] == told


LOCK = VaultLock(min_retention=Duration.days(30), max_retention=Duration.days(60))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"retention": None}, "retention must be given, or else a plan"),
        ({"retention": Duration.hours(12)}, "retention must be 1 to 36500 days, got 0.5"),
        ({"retention": Duration.hours(36)}, "retention must be 1 to 36500 days, got 1.5"),
        ({"retention": Duration.days(36501)}, "got 36501 (AWS Backup Vault Lock)"),
        ({"cold_storage_after": Duration.hours(12)}, "cold_storage_after must be 1 to 35635 days, got 0.5"),
        (
            {"retention": Duration.days(119), "cold_storage_after": Duration.days(30)},
            "retention must end at least 90 days after cold_storage_after (30 days), got '119 days'",
        ),
        ({"vault_lock": LOCK}, "retention must lie within the vault's lock, 30 to 60 days, got '365 days'"),
        ({"vault_lock": LOCK, "retention": Duration.days(29)}, "30 to 60 days, got '29 days'"),
        ({"schedule": scheduler.ScheduleExpression.rate(Duration.days(1))}, "schedule must be a cron expression"),
        ({"schedule": CRON(minute="*/30")}, "schedule must leave at least an hour between two backups"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(arguments: dict[str, Any], sentence: str) -> None:
    stack = stack_of()
    table = table_in(stack)
    with pytest.raises(InvalidArgument) as refused:
        TableBackup(stack, "Backup", table=table, **{"retention": YEAR, **arguments})
    assert sentence in str(refused.value)
    assert stack.node.try_find_child("Backup") is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"min_retention": Duration.hours(12)}, "min_retention must be 1 to 36500 days, got 0.5"),
        ({"max_retention": Duration.days(36501)}, "max_retention must be 1 to 36500 days, got 36501"),
        ({"max_retention": Duration.days(29)}, "max_retention must be no less than min_retention (30 days)"),
        ({"changeable_for": Duration.days(2)}, "changeable_for must be 3 to 36500 days, got 2"),
    ],
)
def test_a_lock_that_aws_backup_refuses(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        VaultLock(**{"min_retention": Duration.days(30), **arguments})
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", ["retention", "schedule", "cold_storage_after", "copy_to"])
def test_a_plan_of_ones_own_decides_for_itself(name: str) -> None:
    stack = stack_of()
    vault = backup.BackupVault.from_backup_vault_name(stack, "Vault", "ours")
    plan = backup.BackupPlan.from_backup_plan_id(stack, "Plan", "0f0f")
    values: dict[str, Any] = {"retention": YEAR, "schedule": CRON(), "cold_storage_after": YEAR, "copy_to": vault}
    with pytest.raises(InvalidArgument, match=f"{name} must be left out: the plan is yours"):
        TableBackup(stack, "Backup", table=table_in(stack), plan=plan, vault=vault, **{name: values[name]})


def test_a_plan_of_ones_own_needs_its_vault() -> None:
    stack = stack_of()
    plan = backup.BackupPlan.from_backup_plan_id(stack, "Plan", "0f0f")
    with pytest.raises(InvalidArgument, match="vault must be given with a plan"):
        TableBackup(stack, "Backup", table=table_in(stack), plan=plan)


@pytest.mark.parametrize("name", ["vault_lock", "encryption_key"])
def test_a_vault_of_ones_own_decides_for_itself(name: str) -> None:
    stack = stack_of()
    vault = backup.BackupVault.from_backup_vault_name(stack, "Vault", "ours")
    value: Any = LOCK if name == "vault_lock" else kms.Key(stack, "Key")
    kept = Duration.days(40)
    with pytest.raises(InvalidArgument, match=f"{name} must be left out: the vault is yours"):
        TableBackup(stack, "Backup", table=table_in(stack), retention=kept, vault=vault, **{name: value})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"retention": 365}, "retention must be a Duration, got 365"),
        ({"cold_storage_after": 90}, "cold_storage_after must be a Duration, got 90"),
        ({"schedule": "0 5 * * *"}, "schedule must be a ScheduleExpression, got '0 5 * * *'"),
        ({"vault_lock": 7}, "vault_lock must be a VaultLock, got 7"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_name(arguments: dict[str, Any], sentence: str) -> None:
    table = ItemTable(Stack(), "Orders", partition_key="pk")
    said: dict[str, Any] = {"retention": Duration.days(365)}
    with pytest.raises(InvalidArgument) as refused:
        table.backup(**said | arguments)
    assert sentence in str(refused.value)
