"""What the rule packs and cfn-lint say of the pattern, in each of its forms: nothing but what is acknowledged."""

import subprocess
import sys
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import cast

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.triggers import Trigger
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import DatabaseEngine, ProxiedDatabase, PythonFunction, WorkQueue
from constructs_lib.checks import add_checks
from constructs_lib.testing import template_of

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)

AURORA_POSTGRES, AURORA_MYSQL = DatabaseEngine.aurora_postgres("17.9"), DatabaseEngine.aurora_mysql("3.10.4")
POSTGRES, MYSQL = DatabaseEngine.postgres("17.9"), DatabaseEngine.mysql("8.4.9")
SMALLEST = (AURORA_POSTGRES, AURORA_MYSQL, POSTGRES, MYSQL)
ENGINES = {
    "aurora-postgres": AURORA_POSTGRES,
    "aurora-postgres with readers": DatabaseEngine.aurora_postgres("17.9", readers=1),
    "aurora-mysql": AURORA_MYSQL,
    "aurora-mysql with readers": DatabaseEngine.aurora_mysql("3.10.4", readers=2),
    "postgres": POSTGRES,
    "mysql": MYSQL,
}


class Forms:
    """An app with a stack for data and one for functions, in a network that is not this test's to judge."""

    def __init__(self, source: Path) -> None:
        self.app = App()
        self.data, self.handlers = Stack(self.app, "Data"), Stack(self.app, "Handlers")
        self.vpc = self.network(self.data)
        self.key = kms.Key(self.data, "Key", enable_key_rotation=True)
        self.source = source

    def network(self, stack: Stack) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            vpc_cidr_block="10.0.0.0/16",
            availability_zones=["eu-central-1a", "eu-central-1b"],
            isolated_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )

    def failures(self, stack: Stack) -> sqs.IQueue:
        return sqs.Queue.from_queue_attributes(
            stack,
            f"Failures{len(stack.node.children)}",
            queue_arn="arn:aws:sqs:eu-central-1:123456789012:failures",
        )

    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.data, "Topic", "arn:aws:sns:eu-central-1:123456789012:on-call")

    def database(self, engine: DatabaseEngine, id: str = "Ledger", **options: object) -> ProxiedDatabase:
        arguments = {"vpc": self.vpc, "engine": engine, "encryption_key": self.key, **options}
        return ProxiedDatabase(self.data, id, **arguments)  # type: ignore[arg-type]

    def function(self, stack: Stack, id: str) -> PythonFunction:
        return PythonFunction(
            stack,
            id,
            source=self.source,
            vpc=self.vpc,
            log_encryption_key=self.key,
            dead_letter_queue=self.failures(stack),
            reserved_concurrent_executions=10,
        )


def of_engine(engine: DatabaseEngine) -> Callable[[Forms], None]:
    def build(forms: Forms) -> None:
        ledger = forms.database(engine)
        ledger.grant_connect(forms.function(forms.data, "Submit"))
        ledger.grant_connect(forms.function(forms.handlers, "Report"), "viewer", read_only=True)

    return build


def with_secrets(engine: DatabaseEngine) -> Callable[[Forms], None]:
    def build(forms: Forms) -> None:
        forms.database(engine, authentication="secret").grant_connect(forms.function(forms.data, "Submit"))

    return build


def that_invokes(engine: DatabaseEngine) -> Callable[[Forms], None]:
    def build(forms: Forms) -> None:
        ledger = forms.database(engine)
        called = forms.function(forms.handlers, "Called")
        ledger.grant_connect(called)
        ledger.allow_invoke(called)
        ledger.allow_invoke(forms.function(forms.data, "CalledToo"))

    return build


def observed(engine: DatabaseEngine) -> Callable[[Forms], None]:
    def build(forms: Forms) -> None:
        topic = sns.Topic(forms.data, "OnCall", master_key=forms.key, enforce_ssl=True)
        ledger = forms.database(engine, alarm_topic=topic)
        ledger.grant_connect(forms.function(forms.data, "Submit"))
        ledger.on_event(forms.function(forms.handlers, "Told"), categories=["failover"])
        ledger.on_event(topic, of="proxy")

    return build


def with_a_migration(forms: Forms) -> None:
    """As the docs have it: the migration runs before what counts on it, in one stack."""
    ledger = forms.database(AURORA_POSTGRES)
    write, migrate = forms.function(forms.data, "Write"), forms.function(forms.data, "Migrate")
    ledger.grant_connect(write, "writer")
    ledger.grant_connect(migrate, "owner")
    Trigger(forms.data, "Migration", handler=migrate, execute_before=[write])


def observed_by_a_queue(forms: Forms) -> None:
    ledger = forms.database(
        AURORA_POSTGRES, alarm_topic=sns.Topic(forms.data, "OnCall", master_key=forms.key, enforce_ssl=True)
    )
    ledger.on_event(WorkQueue(forms.data, "Told", alarm_topic=forms.topic()).queue)


def in_subnets_with_egress(forms: Forms) -> None:
    forms.vpc = ec2.Vpc.from_vpc_attributes(
        forms.data,
        "Open",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    that_invokes(POSTGRES)(forms)


def two_that_invoke(forms: Forms) -> None:
    for name, engine in (("Ledger", AURORA_POSTGRES), ("Orders", POSTGRES)):
        forms.database(engine, name).allow_invoke(forms.function(forms.data, f"CalledBy{name}"))


def two_in_one_stack(forms: Forms) -> None:
    for name, engine in (("Ledger", AURORA_POSTGRES), ("Orders", MYSQL)):
        forms.database(engine, name).grant_connect(forms.function(forms.data, f"Submit{name}"))


def that_can_be_deleted(forms: Forms) -> None:
    forms.database(AURORA_POSTGRES, removal_policy=RemovalPolicy.DESTROY, backup_retention_days=1, drop_users=True)


def own_cluster(forms: Forms, stack: Stack) -> rds.DatabaseCluster:
    engine = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_9)
    return rds.DatabaseCluster(
        stack,
        "Own",
        engine=engine,
        vpc=forms.vpc if stack is forms.data else forms.network(stack),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        manage_master_user_password=True,
        storage_encrypted=True,
        iam_authentication=True,
        enable_data_api=True,
    )


def existing_in_another_stack(forms: Forms) -> None:
    cluster = own_cluster(forms, Stack(forms.app, "Own"))
    ledger = forms.database(AURORA_POSTGRES, database=cluster)
    called = forms.function(forms.handlers, "Called")
    ledger.grant_connect(called)
    ledger.allow_invoke(called)


def existing_in_the_same_stack(forms: Forms) -> None:
    ledger = forms.database(AURORA_POSTGRES, database=own_cluster(forms, forms.data))
    called = forms.function(forms.data, "Called")
    ledger.grant_connect(called)
    ledger.allow_invoke(called)


def existing(forms: Forms) -> None:
    imported = rds.DatabaseInstance.from_database_instance_attributes(
        forms.data,
        "Imported",
        instance_identifier="orders",
        instance_endpoint_address="orders.example",
        port=5432,
        instance_resource_id="db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        security_groups=[ec2.SecurityGroup.from_security_group_id(forms.data, "Group", "sg-0123456789abcdef0")],
    )
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:master-AbCdEf"
    forms.database(
        POSTGRES,
        database=imported,
        master_secret=secretsmanager.Secret.from_secret_complete_arn(forms.data, "Secret", secret),
        proxy=rds.DatabaseProxy.from_database_proxy_attributes(
            forms.data,
            "ImportedProxy",
            db_proxy_arn="arn:aws:rds:eu-central-1:123456789012:db-proxy:prx-0123456789abcdef0",
            db_proxy_name="orders",
            endpoint="orders.proxy.example",
            security_groups=[],
        ),
        proxy_security_group=ec2.SecurityGroup.from_security_group_id(forms.data, "Front", "sg-0123456789abcdef1"),
        proxy_role=iam.Role.from_role_name(forms.data, "Role", "orders-proxy"),
    ).grant_connect(forms.function(forms.handlers, "Submit"))


FORMS: dict[str, Callable[[Forms], None]] = {
    **{name: of_engine(engine) for name, engine in ENGINES.items()},
    **{
        f"{engine.name} with secrets": with_secrets(engine)
        for engine in (AURORA_POSTGRES, AURORA_MYSQL, POSTGRES, MYSQL)
    },
    **{f"{engine.name} that invokes": that_invokes(engine) for engine in (AURORA_POSTGRES, AURORA_MYSQL, POSTGRES)},
    **{f"{engine.name} observed": observed(engine) for engine in SMALLEST},
    "readers with secrets": with_secrets(DatabaseEngine.aurora_postgres("17.9", readers=1)),
    "with a migration": with_a_migration,
    "observed by a queue": observed_by_a_queue,
    "in subnets with egress": in_subnets_with_egress,
    "two that invoke": two_that_invoke,
    "two in one stack": two_in_one_stack,
    "that can be deleted": that_can_be_deleted,
    "existing": existing,
    "existing in another stack": existing_in_another_stack,
    "existing in the same stack": existing_in_the_same_stack,
}


# Whether somebody else's cluster is right is not for these tests; that the templates fit together is.
NOT_OURS = {"existing in another stack", "existing in the same stack"}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All forms, judged by all packs as they are synthesized; a finding that is an error fails the synth."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("templates")
    (source / "index.py").write_text("def handler(event, context): ...\n")
    for name, build in FORMS.items():
        forms = Forms(source)
        build(forms)
        if name not in NOT_OURS:
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


@pytest.mark.parametrize("pack", [HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks])
def test_a_pack_would_say_what_is_wrong(pack: type, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    forms = Forms(tmp_path)
    forms.database(POSTGRES, deletion_protection=False, encryption_key=None)
    add_checks(forms.app, nag=(pack,))
    with pytest.raises(RuntimeError, match="CloudWatchLogGroupEncrypted"):
        template_of(forms.data)
