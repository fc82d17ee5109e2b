"""What the rule packs and cfn-lint say of exports and backups in each form: nothing but what is acknowledged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Duration
from aws_cdk import aws_backup as backup
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler

from constructs_lib import ItemTable
from constructs_lib.checks.acknowledgment import in_compliance_packs
from constructs_lib.items.backup_lifecycle import VaultLock
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.table_backup import TableBackup
from constructs_lib.items.table_export import TableExport
from constructs_lib.testing import template_of
from tests.items.stream_forms import stack_of, table_in, topic_in
from tests.items.test_stream_rule_packs import Found, judged

YEAR = Duration.days(365)


class Forms:
    """An app with a stack, a topic and a key, in which a form is built."""

    def __init__(self) -> None:
        self.app = App()
        self.stack = stack_of(app=self.app)
        self.topic, self.key = topic_in(self.stack), kms.Key(self.stack, "Key", enable_key_rotation=True)

    def export(self, **arguments: Any) -> None:
        bucket = s3.Bucket.from_bucket_name(self.stack, "Bucket", "exports-of-ours")
        told = {"bucket": bucket, "schedule": Duration.days(1), "alarm_topic": self.topic, **arguments}
        TableExport(self.stack, "Export", table=table_in(self.stack), **told)

    def backup(self, **arguments: Any) -> TableBackup:
        told = {"retention": YEAR, "alarm_topic": self.topic, **arguments}
        return TableBackup(self.stack, "Backup", **{"table": table_in(self.stack), **told})


def an_export(forms: Forms) -> None:
    forms.export()


def an_export_with_a_key(forms: Forms) -> None:
    bucket = s3.Bucket.from_bucket_attributes(forms.stack, "Own", bucket_name="ours", encryption_key=forms.key)
    forms.export(bucket=bucket, prefix="daily/orders", format="ION")


def an_incremental_export(forms: Forms) -> None:
    forms.export(incremental=True, log_encryption_key=forms.key)


def an_incremental_export_with_a_key(forms: Forms) -> None:
    bucket = s3.Bucket.from_bucket_attributes(forms.stack, "Own", bucket_name="ours", encryption_key=forms.key)
    often = scheduler.ScheduleExpression.cron(minute="*/20")
    forms.export(bucket=bucket, incremental=True, log_encryption_key=forms.key, schedule=often, view_type="NEW_IMAGE")


def a_backup(forms: Forms) -> None:
    forms.backup()


def a_backup_with_everything(forms: Forms) -> None:
    far = backup.BackupVault.from_backup_vault_arn(
        forms.stack, "Far", "arn:aws:backup:us-east-1:123456789012:backup-vault:far"
    )
    lock = VaultLock(
        min_retention=Duration.days(30), max_retention=Duration.days(3650), changeable_for=Duration.days(3)
    )
    forms.backup(vault_lock=lock, encryption_key=forms.key, copy_to=far, cold_storage_after=Duration.days(30))


def a_backup_of_an_imported_table(forms: Forms) -> None:
    files = s3.Bucket.from_bucket_name(forms.stack, "Files", "files-of-ours")
    table = ItemTable(forms.stack, "Imported", partition_key="pk", import_from=ImportSource.dynamodb_json(files))
    forms.backup(table=table.table)


FORMS: tuple[Callable[[Forms], None], ...] = (
    an_export,
    an_export_with_a_key,
    an_incremental_export,
    an_incremental_export_with_a_key,
    a_backup,
    a_backup_with_everything,
    a_backup_of_an_imported_table,
)


@pytest.fixture(scope="module")
def findings() -> dict[str, tuple[Found, Found]]:
    """All forms, judged by all packs."""
    found = {}
    for build in FORMS:
        forms = Forms()
        build(forms)
        found[build.__name__] = judged(cast("Any", forms))
    return found


@pytest.mark.parametrize("form", [build.__name__ for build in FORMS])
def test_no_pack_finds_anything(findings: dict[str, tuple[Found, Found]], form: str) -> None:
    wrong, _ = findings[form]
    assert wrong == {}


INLINE = {*in_compliance_packs("IAMNoInlinePolicy")}
QUEUE = {"AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"}
FOLDER = {"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::exports-of-ours/exports/*]"}


def test_what_is_acknowledged(findings: dict[str, tuple[Found, Found]]) -> None:
    assert findings["an_export"][1].keys() == INLINE | QUEUE | FOLDER
    _, accepted = findings["an_incremental_export"]
    of_machine = accepted.keys() - INLINE - QUEUE - FOLDER
    assert {rule.rpartition(".Arn>")[2] for rule in of_machine} == {
        "AwsSolutions-IAM5[Resource::*]",
        "/export/*]",
        "DDB-10",
    }
    (of_backup,) = findings["a_backup"][1].keys() - INLINE
    assert of_backup.endswith(".Arn>/backup/*]")


def test_the_rule_that_wants_a_backup_plan_is_satisfied() -> None:
    """cdk-nag knows the older kind of table only, and looks for it in a selection."""
    wrong = {}
    for with_backup in (False, True):
        forms = Forms()
        files = s3.Bucket.from_bucket_name(forms.stack, "Files", "files-of-ours")
        table = ItemTable(forms.stack, "Imported", partition_key="pk", import_from=ImportSource.dynamodb_json(files))
        if with_backup:
            forms.backup(table=table.table)
        _, accepted = judged(cast("Any", forms))
        wrong[with_backup] = {rule for rule in accepted if rule.endswith("-DynamoDBInBackupPlan")}
    assert wrong == {
        False: {"HIPAA.Security-DynamoDBInBackupPlan", "NIST.800.53.R5-DynamoDBInBackupPlan"},
        True: set(),
    }


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    for build in FORMS:
        forms = Forms()
        build(forms)
        (tmp_path / f"{build.__name__}.json").write_text(json.dumps(template_of(forms.stack)))
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *map(str, tmp_path.glob("*.json"))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
