"""What the rule packs and cfn-lint say of streams and archives in each form: nothing but what is acknowledged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import PythonFunction
from constructs_lib.checks import acknowledge, add_checks
from constructs_lib.checks.acknowledgment import in_compliance_packs
from constructs_lib.items.change_stream import ChangeStream
from constructs_lib.items.kinesis_archive import KinesisArchive
from constructs_lib.items.kinesis_changes import KinesisChanges
from constructs_lib.testing import template_of
from tests.items.stream_forms import changes_in, imported_stream, stack_of, table_in, topic_in

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)
TENANT = {"tenant": ".dynamodb.Keys.tenant.S"}


class Forms:
    """An app with a stack, a topic and a key, in which a form is built."""

    def __init__(self, source: Path) -> None:
        self.app = App()
        self.stack = stack_of(app=self.app)
        self.topic, self.key = topic_in(self.stack), kms.Key(self.stack, "Key", enable_key_rotation=True)
        self.source = source

    def listener(self, id: str = "Listener") -> PythonFunction:
        made = PythonFunction(self.stack, id, source=self.source, log_encryption_key=self.key)
        # A function outside a VPC, with neither concurrency nor queue of its own, is not what is judged here.
        rules = in_compliance_packs("LambdaConcurrency", "LambdaDLQ", "LambdaInsideVPC")
        acknowledge(made, *rules, reason="It stands for any.")
        return made

    def changes(self, **arguments: Any) -> KinesisChanges:
        return changes_in(self.stack, alarm_topic=self.topic, **arguments)

    def archive(self, source: Any, **arguments: Any) -> None:
        told = {"alarm_topic": self.topic, "encryption_key": self.key, **arguments}
        KinesisArchive(self.stack, "Archive", source=source, **told)


def a_listener(forms: Forms) -> None:
    ChangeStream(
        forms.stack,
        "Changes",
        source=table_in(forms.stack),
        function=forms.listener(),
        alarm_topic=forms.topic,
    )


def a_stream(forms: Forms) -> None:
    forms.changes().grant_read(forms.listener())


def a_stream_with_a_key(forms: Forms) -> None:
    changes = forms.changes(encryption_key=forms.key, retention=Duration.days(365), precision="microsecond", shards=2)
    changes.on_record(forms.listener(), alarm_topic=forms.topic)


def readers(forms: Forms) -> None:
    changes = forms.changes()
    changes.on_record(forms.listener("Shares"), alarm_topic=forms.topic)
    changes.on_record(forms.listener("Alone"), alarm_topic=forms.topic, fan_out=True)


def a_stream_of_ones_own(forms: Forms) -> None:
    forms.changes(stream=imported_stream(forms.stack)).on_record(forms.listener(), alarm_topic=forms.topic)


def an_archive(forms: Forms) -> None:
    forms.archive(forms.changes())


def an_archive_by_tenant(forms: Forms) -> None:
    cold, gone = Duration.days(30), Duration.days(3650)
    forms.archive(forms.changes(encryption_key=forms.key), partition_by=TENANT, cold_after=cold, expire_after=gone)


def an_archive_in_a_bucket_of_ones_own(forms: Forms) -> None:
    bucket = s3.Bucket.from_bucket_attributes(forms.stack, "Bucket", bucket_name="orders", encryption_key=forms.key)
    forms.archive(imported_stream(forms.stack), bucket=bucket)


def an_archive_with_logs_of_ones_own(forms: Forms) -> None:
    logs = s3.Bucket.from_bucket_name(forms.stack, "Logs", "access-logs")
    forms.archive(forms.changes(), access_logs=logs)


FORMS: tuple[Callable[[Forms], None], ...] = (
    a_listener,
    a_stream,
    a_stream_with_a_key,
    readers,
    a_stream_of_ones_own,
    an_archive,
    an_archive_by_tenant,
    an_archive_in_a_bucket_of_ones_own,
    an_archive_with_logs_of_ones_own,
)


Found = dict[str, set[str]]


def judged(forms: Forms) -> tuple[Found, Found]:
    """What is wrong, and what is acknowledged: rules, with the constructs that they are said of, or the reasons."""
    add_checks(forms.app, nag=PACKS)
    try:
        directory = forms.app.synth().directory
    except RuntimeError as failed:
        directory = str(Path(str(failed).rpartition(" ")[2]).parent)
    wrong: Found = {}
    accepted: Found = {}
    for pack in json.loads(Path(directory, "validation-report.json").read_text())["pluginReports"]:
        for finding in pack["violations"]:
            places = {place["constructPath"] for place in finding["violatingConstructs"]}
            wrong.setdefault(finding["ruleName"], set()).update(places)
        for finding in pack["suppressedViolations"]:
            accepted.setdefault(finding["ruleName"], set()).add(finding["reason"])
    return wrong, accepted


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    (folder / "index.py").write_text("def handler(event, context): ...\n")
    return folder


@pytest.fixture(scope="module")
def findings(source: Path) -> dict[str, tuple[Found, Found]]:
    """All forms, judged by all packs."""
    found = {}
    for build in FORMS:
        forms = Forms(source)
        build(forms)
        found[build.__name__] = judged(forms)
    return found


@pytest.mark.parametrize("form", [build.__name__ for build in FORMS])
def test_no_pack_finds_anything(findings: dict[str, tuple[Found, Found]], form: str) -> None:
    wrong, _ = findings[form]
    assert wrong == {}


def test_an_archive_without_a_key_is_encrypted_too_weakly_for_some(source: Path) -> None:
    forms = Forms(source)
    forms.archive(forms.changes(), encryption_key=None)
    wrong, _ = judged(forms)
    log, bucket = in_compliance_packs("CloudWatchLogGroupEncrypted"), in_compliance_packs("S3DefaultEncryptionKMS")
    assert wrong == {
        **{rule: {"Items/Archive/Log/Resource"} for rule in log},
        **{rule: {"Items/Archive/Archive/Bucket/Resource"} for rule in bucket},
    }


def test_what_is_acknowledged_of_a_stream(findings: dict[str, tuple[Found, Found]]) -> None:
    _, accepted = findings["a_stream_with_a_key"]
    of_streams = {"AwsSolutions-KDS3", "AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"}
    _, of_functions = findings["a_stream"]
    assert set(accepted) - set(of_functions) == of_streams


def test_what_is_acknowledged_of_an_archive(findings: dict[str, tuple[Found, Found]]) -> None:
    _, accepted = findings["an_archive"]
    assert {rule.partition("[")[0] for rule in accepted} == {
        "AwsSolutions-IAM5",
        "AwsSolutions-KDF1",
        *in_compliance_packs("IAMNoInlinePolicy", "S3BucketReplicationEnabled", "S3DefaultEncryptionKMS"),
    }
    wildcards = [rule for rule in accepted if rule.startswith("AwsSolutions-IAM5")]
    assert [rule.rpartition("/changes/*")[1] or rule.rpartition("/errors/*")[1] for rule in wildcards] == [
        "/changes/*",
        "/errors/*",
    ]


def test_cfn_lint_finds_nothing(source: Path, tmp_path: Path) -> None:
    for build in FORMS:
        forms = Forms(source)
        build(forms)
        (tmp_path / f"{build.__name__}.json").write_text(json.dumps(template_of(forms.stack)))
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *map(str, tmp_path.glob("*.json"))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
