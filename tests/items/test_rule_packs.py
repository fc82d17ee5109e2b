"""What the rule packs and cfn-lint say of a table in each of its forms: nothing but what is acknowledged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_scheduler import ScheduleExpression
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import ItemTable, PythonFunction
from constructs_lib.checks import add_checks
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.indexes import Index

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)
COMPLIANCE = ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")
WARM = dynamodb.WarmThroughput(read_units_per_second=15_000, write_units_per_second=5_000)


class Forms:
    """An app with a stack for tables and one for functions, in a region; its network is not this test's to judge."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.app = App(outdir=str(folder))
        env = Environment(account="123456789012", region="eu-central-1")
        self.data = Stack(self.app, "Data", env=env)
        self.handlers = Stack(self.app, "Handlers", env=env)
        self.key = kms.Key(self.data, "Key", enable_key_rotation=True)
        self.source = source

    def table(self, id: str = "Requests", **arguments: Any) -> ItemTable:
        return ItemTable(self.data, id, **{"partition_key": "pk", "sort_key": "sk", **arguments})

    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.data, "Topic", "arn:aws:sns:eu-central-1:123456789012:on-call")

    def files(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_name(self.data, "Files", "files-of-ours")

    def function(self, id: str) -> PythonFunction:
        number = len(self.handlers.node.children)
        vpc = ec2.Vpc.from_vpc_attributes(
            self.handlers,
            f"Vpc{number}",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["eu-central-1a", "eu-central-1b"],
            isolated_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )
        failures = "arn:aws:sqs:eu-central-1:123456789012:failures"
        return PythonFunction(
            self.handlers,
            id,
            source=self.source,
            vpc=vpc,
            log_encryption_key=kms.Key.from_key_arn(
                self.handlers, f"Key{number}", "arn:aws:kms:eu-central-1:123456789012:key/logs"
            ),
            dead_letter_queue=sqs.Queue.from_queue_attributes(self.handlers, f"Failures{number}", queue_arn=failures),
            reserved_concurrent_executions=10,
        )


def scheduled() -> Capacity:
    morning = ScheduleExpression.cron(hour="8", minute="0")
    read = Scaling(5, 100).at(morning, min=50, max=400)
    return Capacity.provisioned(
        read=read, write=Scaling(2, 40).at(ScheduleExpression.rate(Duration.days(1)), min=3, max=9)
    )


def with_everything(forms: Forms) -> None:
    table = forms.table(
        ttl_attribute="expires_at",
        indexes={"ByOwner": "owner", "ByState": Index(("state", "at:N"), attributes=["total"], warm_throughput=WARM)},
        local_indexes={"ByDate": Index("at:N", attributes="keys")},
        capacity=Capacity.on_demand(max_read=20_000, max_write=10_000),
        encryption_key=forms.key,
        table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS,
        contributor_insights=dynamodb.ContributorInsightsMode.THROTTLED_KEYS,
        warm_throughput=WARM,
        alarm_topic=forms.topic(),
    )
    table.grant_read(forms.function("Read"), scan=True)
    table.grant_write(forms.function("Write"))


def provisioned(forms: Forms) -> None:
    forms.table(capacity=scheduled(), indexes={"ByOwner": "owner"}, alarm_topic=forms.topic())


def imported_provisioned(forms: Forms) -> None:
    source = ImportSource.csv(forms.files(), prefix="in/", compression="gzip", header=["pk", "sk"])
    forms.table(
        import_from=source,
        capacity=scheduled(),
        indexes={"ByOwner": Index("owner", attributes=["total"])},
        encryption_key=forms.key,
        contributor_insights=dynamodb.ContributorInsightsMode.ACCESSED_AND_THROTTLED_KEYS,
        alarm_topic=forms.topic(),
    ).grant_read_write(forms.function("Use"))


def replicated(forms: Forms) -> None:
    there = kms.Key.from_key_arn(forms.data, "There", "arn:aws:kms:us-east-1:123456789012:key/there")
    capacity = Capacity.provisioned(read=Scaling(5, 100), write=Scaling(2, 40))
    table = forms.table(
        replicas={"us-east-1": there},
        encryption_key=forms.key,
        capacity=capacity,
        indexes={"ByOwner": "owner"},
        alarm_topic=forms.topic(),
    )
    table.grant_read(forms.function("Read"))


def existing(forms: Forms) -> None:
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders"
    own = dynamodb.TableV2.from_table_attributes(forms.data, "Own", table_arn=arn, encryption_key=forms.key)
    forms.table(table=own, alarm_topic=forms.topic(), indexes={"ByOwner": "owner"}).grant_read(forms.function("Read"))


FORMS: dict[str, Callable[[Forms], object]] = {
    "by default": lambda forms: forms.table().grant_read_write(forms.function("Use")),
    "with everything": with_everything,
    "provisioned": provisioned,
    "replicated": replicated,
    "replicated without keys": lambda forms: forms.table(replicas=["us-east-1", "eu-west-1"]),
    "imported": lambda forms: forms.table(import_from=ImportSource.dynamodb_json(forms.files())),
    "imported and provisioned": imported_provisioned,
    "encrypted by the account's key": lambda forms: forms.table(encryption_key="aws-managed"),
    "existing": existing,
    "for a trial": lambda forms: forms.table(deletion_protection=False, removal_policy=RemovalPolicy.DESTROY),
}

# The pack for PCI has no such rule. cdk-nag knows ``AWS::DynamoDB::Table``; of a global table it judges nothing yet.
BACKUP = {"HIPAA.Security-DynamoDBInBackupPlan", "NIST.800.53.R5-DynamoDBInBackupPlan"}
SCALING = {
    "AwsSolutions-IAM5[Resource::*]",
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:application-autoscaling:<AWS::Region>:<AWS::AccountId>:"
    "scalable-target/*]",
    *(f"{pack}-IAMNoInlinePolicy" for pack in COMPLIANCE),
    "AwsSolutions-SQS3",
    "Serverless-SQSRedrivePolicy",
}
ACKNOWLEDGED: dict[str, set[str]] = {
    "provisioned": SCALING,
    "imported": BACKUP,
    "imported and provisioned": BACKUP | SCALING,
    "for a trial": {"DDB-10"},
}


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All forms, judged by all packs as they are synthesized; a finding that is an error fails the synth."""
    source = tmp_path_factory.mktemp("source")
    (source / "index.py").write_text("def handler(event, context): ...\n")
    folders = {}
    for name, build in FORMS.items():
        forms = Forms(source, tmp_path_factory.mktemp("form"))
        build(forms)
        add_checks(forms.app, nag=PACKS)
        folders[name] = Path(forms.app.synth().directory)
    return folders


def acknowledged(assembly: Path) -> set[str]:
    """The rules that a table breaks with a reason."""
    report = json.loads((assembly / "validation-report.json").read_text())
    found = set()
    for pack in report["pluginReports"]:
        assert pack["violations"] == []
        for finding in pack["suppressedViolations"]:
            if "Data/Requests" in json.dumps(finding):
                found.add(cast("str", finding["ruleName"]))
    return found


@pytest.mark.parametrize("name", FORMS)
def test_the_packs_find_what_is_acknowledged_and_no_more(assemblies: dict[str, Path], name: str) -> None:
    assert acknowledged(assemblies[name]) == ACKNOWLEDGED.get(name, set())


def test_cfn_lint_finds_nothing(assemblies: dict[str, Path]) -> None:
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    written = [template for folder in assemblies.values() for template in folder.glob("*.template.json")]
    templates = [str(template) for template in written if "Resources" in json.loads(template.read_text())]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *templates]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
