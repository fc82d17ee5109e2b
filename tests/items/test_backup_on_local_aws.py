"""Backups of a deployed table: when they are made, and who may make one at any time.

The local AWS records what a plan backs up and makes no backup; it takes neither a vault's policy nor its lock. Those
are left to the template's tests.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.items.local_callers import DeployedTables

pytestmark = pytest.mark.local_aws


def started_by(tables: DeployedTables, grantee: str, **changes: Any) -> str:
    asked = {
        "BackupVaultName": tables.outputs["BackupVault"],
        "ResourceArn": tables.place("Orders").stream.partition("/stream/")[0],
        "IamRoleArn": tables.outputs["BackupRoleArn"],
    }
    return str(tables.caller(grantee).client("backup").start_backup_job(**asked | changes)["BackupJobId"])


def test_they_are_made_each_day_and_kept_for_ten_years(tables: DeployedTables) -> None:
    plan = tables.aws.client("backup").get_backup_plan(BackupPlanId=tables.outputs["BackupPlan"])["BackupPlan"]
    (rule,) = plan["Rules"]
    assert rule["TargetBackupVaultName"] == tables.outputs["BackupVault"]
    assert rule["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert rule["Lifecycle"] == {"DeleteAfterDays": 3650}


def test_whoever_was_granted_to_may_make_one_and_nobody_else(tables: DeployedTables) -> None:
    assert started_by(tables, "StartBackup")
    for grantee in ("Nothing", "ReadWriteAndScan"):
        with pytest.raises(ClientError, match="AccessDenied"):
            started_by(tables, grantee)
