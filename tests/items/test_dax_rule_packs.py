"""What the rule packs and cfn-lint say of a cache, in each of its forms: nothing but what is acknowledged."""

import subprocess
import sys
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_dax as dax
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import DaxCluster, ItemTable, PythonFunction
from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)


class Forms:
    """A stack for data and one for functions, in a network and with tables that are not this test's to judge."""

    def __init__(self, source: Path) -> None:
        self.app, self.source = App(), source
        env = Environment(account="123456789012", region="eu-central-1")
        self.data, self.handlers = Stack(self.app, "Data", env=env), Stack(self.app, "Handlers", env=env)
        self.key = kms.Key(self.data, "Key", enable_key_rotation=True)
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self.data,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            vpc_cidr_block="10.0.0.0/16",
            availability_zones=["eu-central-1a", "eu-central-1b", "eu-central-1c"],
            isolated_subnet_ids=[f"subnet-0123456789abcdef{n}" for n in range(3)],
        )

    def cluster(self, id: str = "Cache", **arguments: Any) -> DaxCluster:
        tables = [ItemTable(self.data, f"{id}Requests", partition_key="pk", indexes={"ByOwner": ("owner",)})]
        return DaxCluster(self.data, id, **{"vpc": self.vpc, "tables": tables, **arguments})

    def function(self, stack: Stack, id: str) -> PythonFunction:
        return PythonFunction(
            stack,
            id,
            source=self.source,
            vpc=self.vpc,
            log_encryption_key=self.key,
            dead_letter_queue=sqs.Queue.from_queue_attributes(
                stack, f"{id}Failures", queue_arn="arn:aws:sqs:eu-central-1:123456789012:failures"
            ),
            reserved_concurrent_executions=10,
        )

    def topic(self, id: str) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.data, id, "arn:aws:sns:eu-central-1:123456789012:on-call")


def smallest(forms: Forms) -> None:
    forms.cluster(node_type="dax.t3.small", nodes=1)


def observed(forms: Forms) -> None:
    forms.cluster(
        alarm_topic=forms.topic("Alarms"),
        notification_topic=forms.topic("Events"),
        maintenance_window="sun:01:00-sun:02:00",
        item_ttl=Duration.minutes(1),
        query_ttl=Duration.seconds(10),
    )


def granted(forms: Forms) -> None:
    cache = forms.cluster()
    cache.grant_read(forms.function(forms.data, "Reader"))
    cache.grant_read_write(forms.function(forms.data, "Writer"))


def granted_in_another_stack(forms: Forms) -> None:
    cache = forms.cluster()
    cache.grant_read(forms.function(forms.handlers, "Reader"))
    cache.grant_read_write(forms.function(forms.handlers, "Writer"))


def with_a_key(forms: Forms) -> None:
    tables = [ItemTable(forms.data, "Secrets", partition_key="pk", encryption_key=forms.key)]
    forms.cluster(tables=tables).grant_read_write(forms.function(forms.data, "Writer"))


def two_clusters(forms: Forms) -> None:
    tables = [ItemTable(forms.data, name, partition_key="pk") for name in ("Orders", "Invoices")]
    forms.cluster("Cache", tables=tables)
    forms.cluster("Second")


FORMS: dict[str, Callable[[Forms], None]] = {
    form.__name__: form for form in (smallest, observed, granted, granted_in_another_stack, with_a_key, two_clusters)
}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All forms, judged by all packs as they are synthesized; a finding that is an error fails the synth."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("templates")
    (source / "index.py").write_text("def handler(event, context): ...\n")
    for name, build in FORMS.items():
        forms = Forms(source)
        build(forms)
        add_checks(forms.app, nag=PACKS)
        for stack in forms.app.node.children:
            template = template_of(cast("Stack", stack))
            if "Resources" in template:
                (folder / f"{name}-{stack.node.id}.json").write_text(dumps(template))
    return folder


def test_no_pack_finds_an_error(templates: Path) -> None:
    assert {f"{name}-Data.json" for name in FORMS} <= {template.name for template in templates.iterdir()}


def test_cfn_lint_finds_nothing(templates: Path) -> None:
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *map(str, templates.iterdir())]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_pack_would_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    forms = Forms(tmp_path)
    cluster = forms.cluster().cluster
    cluster.sse_specification = dax.CfnCluster.SSESpecificationProperty(sse_enabled=False)
    add_checks(forms.app, nag=(AwsSolutionsChecks,))
    with pytest.raises(RuntimeError, match="AwsSolutions-DDB4"):
        template_of(forms.data)
