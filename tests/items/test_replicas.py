"""A table in several regions: its copies, their keys, and who may use which of them."""

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.aws_scheduler import ScheduleExpression

from constructs_lib import ItemTable
from constructs_lib.items.capacity import Capacity, Scaling
from constructs_lib.items.import_source import ImportSource
from constructs_lib.testing import template_of
from tests.items.tables import GLOBAL_TABLE, made, refusal, stack_in
from tests.items.test_import import bucket
from tests.statements import Template, allowed, only, resources, statements

HERE, THERE, ELSEWHERE = "eu-west-1", "us-east-1", "ap-northeast-1"
KEY_THERE = f"arn:aws:kms:{THERE}:123456789012:key/there"


def role(stack: Stack, id: str = "Role") -> iam.Role:
    return iam.Role(stack, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def reader(template: Template) -> str:
    (name,) = [name for name in resources(template, "AWS::IAM::Role") if name.startswith("Role")]
    return name


def rights(template: Template) -> dict[str, list[Any]]:
    return allowed(template, reader(template))


class World:
    """A table here with a replica there, encrypted in both, and a reader in three regions."""

    def __init__(self) -> None:
        app = App()
        here = stack_in(HERE, app=app)
        key = kms.Key.from_key_arn(here, "KeyThere", KEY_THERE)
        self.own = kms.Key(here, "Key")
        self.table = ItemTable(
            here,
            "Requests",
            partition_key="pk",
            indexes={"ByOwner": "owner"},
            encryption_key=self.own,
            replicas={THERE: key},
            table_name="requests",
        )
        stacks = {region: stack_in(region, app=app, id=f"In-{region}") for region in (HERE, THERE, ELSEWHERE)}
        for stack in stacks.values():
            self.table.grant_read(role(stack))
        self.here = template_of(here)
        self.readers = {region: template_of(stack) for region, stack in stacks.items()}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_each_region_is_recoverable_protected_and_encrypted_by_its_key(world: World) -> None:
    table = only(world.here, GLOBAL_TABLE)
    regions = {each["Region"]: each for each in table["Replicas"]}
    assert set(regions) == {HERE, THERE}
    for each in regions.values():
        assert each["DeletionProtectionEnabled"] is True
        assert each["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert regions[THERE]["SSESpecification"] == {"KMSMasterKeyId": KEY_THERE}
    (own,) = resources(world.here, "AWS::KMS::Key")
    assert regions[HERE]["SSESpecification"] == {"KMSMasterKeyId": {"Fn::GetAtt": [own, "Arn"]}}


def test_a_replica_needs_no_key_where_the_table_has_none() -> None:
    assert {each["Region"] for each in made(replicas=[THERE])["Replicas"]} == {HERE, THERE}


def test_a_table_that_gets_a_replica_stays_the_table_that_it_is() -> None:
    """CloudFormation replaces a table that gets a name by an empty one."""
    before, after = made(), made(replicas=[THERE])
    assert before.pop("Replicas") != after.pop("Replicas")
    # Without a stream there would be no replication; DynamoDB switches it on in place.
    assert after.pop("StreamSpecification") == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert before == after
    assert "TableName" not in after


@pytest.mark.parametrize("replicas", [[], [THERE]])
def test_a_reader_in_another_region_needs_a_table_with_a_name(replicas: list[str]) -> None:
    """Or else the CDK would name the table for the first of them, which replaces it."""
    app = App()
    table = ItemTable(stack_in(app=app), "Requests", partition_key="pk", replicas=replicas)
    there = stack_in(THERE, app=app, id="There")
    said = refusal(lambda: table.grant_read(role(there)))
    assert f"table_name must be given to a table that a stack in {THERE} uses, got None" in said


@pytest.mark.parametrize("name", ["", "ab", "a" * 256, "requests/1"])
def test_a_name_that_dynamodb_refuses(name: str) -> None:
    said = refusal(lambda: made(table_name=name))
    assert "table_name must have 3 to 255 letters, digits, dots, hyphens and underscores" in said


def test_a_name_of_ones_own(world: World) -> None:
    assert only(world.here, GLOBAL_TABLE)["TableName"] == "requests"


def test_a_reader_reads_the_replica_of_its_own_region(world: World) -> None:
    granted = rights(world.readers[THERE])
    table, index = granted["dynamodb:Query"]
    name = only(world.here, GLOBAL_TABLE)["TableName"]
    arn = ["arn:", {"Ref": "AWS::Partition"}, f":dynamodb:{THERE}:123456789012:table/{name}"]
    assert table == {"Fn::Join": ["", arn]}
    assert index == {"Fn::Join": ["", [*arn[:2], f"{arn[2]}/index/ByOwner"]]}


def test_a_reader_beside_the_table_reads_the_table(world: World) -> None:
    (exported,) = [each for each in rights(world.readers[HERE])["dynamodb:GetItem"] if "Fn::ImportValue" in each]
    (table,) = resources(world.here, GLOBAL_TABLE)
    assert {"Fn::GetAtt": [table, "Arn"]} in [
        each["Value"]
        for each in world.here["Outputs"].values()
        if each["Export"]["Name"] == exported["Fn::ImportValue"]
    ]


def test_a_reader_without_a_replica_reads_the_first_region(world: World) -> None:
    assert f":dynamodb:{HERE}:" in str(rights(world.readers[ELSEWHERE])["dynamodb:GetItem"])


@pytest.mark.parametrize("region", [HERE, THERE])
def test_the_key_of_that_region_is_used_through_dynamodb_only(world: World, region: str) -> None:
    template = world.readers[region]
    (of_key,) = [each for each in statements(template, reader(template)) if "kms:Decrypt" in each["Action"]]
    assert of_key["Condition"] == {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}}
    assert (of_key["Resource"] == KEY_THERE) is (region == THERE)


def test_without_replicas_the_grants_name_the_one_table() -> None:
    stack = stack_in()
    table = ItemTable(stack, "Requests", partition_key="pk")
    table.grant_read(role(stack))
    template = template_of(stack)
    (name,) = resources(template, GLOBAL_TABLE)
    assert rights(template)["dynamodb:GetItem"] == [{"Fn::GetAtt": [name, "Arn"]}]


def test_an_imported_reader_reads_the_replica_of_its_stack() -> None:
    app = App()
    table = ItemTable(stack_in(app=app), "Requests", partition_key="pk", replicas=[THERE], table_name="requests")
    there = stack_in(THERE, app=app, id="There")
    table.grant_read(iam.Role.from_role_name(there, "Reader", "reader"))
    (policy,) = resources(template_of(there), "AWS::IAM::Policy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert f":dynamodb:{THERE}:" in str(statement["Resource"])


def test_who_stands_in_no_stack_is_in_no_region() -> None:
    table = ItemTable(stack_in(), "Requests", partition_key="pk", replicas=[THERE])
    somebody = iam.ArnPrincipal("arn:aws:iam::123456789012:role/somebody")
    assert not table.grant_read(somebody).success  # whose policies are not this app's


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"replicas": [HERE]}, "replicas must be other regions than the table's own, got 'eu-west-1' (Global tables"),
        ({"replicas": [THERE, THERE]}, "replicas must name each region once"),
        ({"replicas": ["Virginia"]}, "replicas must be AWS Regions, got 'Virginia'"),
        (
            {
                "replicas": [THERE],
                "capacity": Capacity.provisioned(
                    read=Scaling(1, 5).at(ScheduleExpression.rate(Duration.days(1)), min=2, max=5), write=Scaling(1, 5)
                ),
            },
            "replicas must be left out where capacity is scheduled: a schedule changes its own region only",
        ),
    ],
)
def test_replicas_that_cannot_be_are_refused(arguments: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(lambda: made(**arguments))


def test_a_stack_without_a_region_is_told_to_get_one() -> None:
    stack = Stack(App(), "Anywhere")
    said = refusal(lambda: ItemTable(stack, "Requests", partition_key="pk", replicas=[THERE]))
    assert "replicas must stand in a stack whose region is known: give it an env" in said
    assert stack.node.children == []


def test_each_replica_has_a_key_where_the_table_has_one() -> None:
    stack = stack_in()
    key = kms.Key(stack, "Key")
    said = refusal(lambda: ItemTable(stack, "Requests", partition_key="pk", encryption_key=key, replicas=[THERE]))
    assert "replicas must name the key of each region, where the table has a key of your own" in said
    said = refusal(lambda: ItemTable(stack, "Requests", partition_key="pk", replicas={THERE: key}))
    assert "replicas must be a list of regions, where the table has no key of your own" in said


def test_an_import_has_no_replicas() -> None:
    stack = stack_in()
    source = ImportSource.ion(bucket(stack))
    said = refusal(lambda: ItemTable(stack, "Requests", partition_key="pk", replicas=[THERE], import_from=source))
    assert "replicas must be left out of a table that is imported: DynamoDB imports into one region" in said
