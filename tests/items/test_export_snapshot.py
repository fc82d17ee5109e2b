"""The whole template of exports and backups, once: its logical ids are part of the contract."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from constructs_lib.items.table_backup import TableBackup
from constructs_lib.items.table_export import TableExport
from constructs_lib.testing import template_of
from tests.items.stream_forms import stack_of, table_in


def test_a_table_with_exports_and_backups(template_snapshot: SnapshotAssertion) -> None:
    stack = stack_of()
    table, bucket = table_in(stack), s3.Bucket.from_bucket_name(stack, "Bucket", "exports-of-ours")
    TableExport(stack, "Whole", table=table, bucket=bucket, schedule=Duration.days(1))
    TableExport(stack, "Changes", table=table, bucket=bucket, schedule=Duration.hours(1), incremental=True)
    TableBackup(stack, "Backup", table=table, retention=Duration.days(365))
    assert template_of(stack) == template_snapshot
