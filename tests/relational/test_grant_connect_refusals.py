"""grant_connect says no, in a sentence, to what would not connect or would open too much."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_ssm import StringParameter

from constructs_lib import InvalidArgument
from tests.relational.databases import database, function, network


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Refused")


@pytest.fixture
def vpc(stack: Stack) -> ec2.Vpc:
    return network(stack)


def test_a_function_outside_of_any_vpc(stack: Stack, vpc: ec2.Vpc) -> None:
    sentence = r"function must stand in the database's VPC \(vpc=\.\.\.\), got 'Refused/Submit'"
    with pytest.raises(InvalidArgument, match=sentence):
        database(stack, vpc).grant_connect(function(stack, "Submit", None))


def test_a_function_in_another_vpc(stack: Stack, vpc: ec2.Vpc) -> None:
    other = network(stack, "Other")
    with pytest.raises(InvalidArgument, match="function must stand in the database's VPC, not in another one"):
        database(stack, vpc).grant_connect(function(stack, "Submit", other))


def test_a_function_in_another_imported_vpc(stack: Stack) -> None:
    one, other = (
        ec2.Vpc.from_vpc_attributes(
            stack, name, vpc_id=name, availability_zones=["a", "b"], isolated_subnet_ids=["subnet-1", "subnet-2"]
        )
        for name in ("vpc-1", "vpc-2")
    )
    with pytest.raises(InvalidArgument, match="not in another one"):
        database(stack, one).grant_connect(function(stack, "Submit", other))


def test_a_vpc_that_is_not_known_yet_may_be_the_same() -> None:
    app = App()

    def vpc_of(stack: Stack) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id=StringParameter.value_for_string_parameter(stack, "/network/vpc"),
            availability_zones=["a", "b"],
            isolated_subnet_ids=["subnet-1", "subnet-2"],
        )

    data, handlers = Stack(app, "Data"), Stack(app, "Handlers")
    ledger = database(data, vpc_of(data))
    assert ledger.grant_connect(function(handlers, "Submit", vpc_of(handlers))).success


def test_an_imported_function(stack: Stack, vpc: ec2.Vpc) -> None:
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:imported"
    imported = lambda_.Function.from_function_arn(stack, "Imported", arn)
    with pytest.raises(InvalidArgument, match="function must be a function of this app"):
        database(stack, vpc).grant_connect(imported)


def test_a_function_for_two_databases(stack: Stack, vpc: ec2.Vpc) -> None:
    submit = function(stack, "Submit", vpc)
    database(stack, vpc, "One").grant_connect(submit)
    with pytest.raises(InvalidArgument, match="must have one DB_HOST only"):
        database(stack, vpc, "Two").grant_connect(submit)


def test_a_function_as_two_users(stack: Stack, vpc: ec2.Vpc) -> None:
    submit = function(stack, "Submit", vpc)
    ledger = database(stack, vpc)
    ledger.grant_connect(submit)
    with pytest.raises(InvalidArgument, match="must have one DB_USER only, which is 'app' already"):
        ledger.grant_connect(submit, "viewer", read_only=True)


def test_a_user_with_both_kinds_of_rights(stack: Stack, vpc: ec2.Vpc) -> None:
    ledger = database(stack, vpc)
    ledger.grant_connect(function(stack, "Submit", vpc))
    sentence = "read_only must be the same each time: 'app' is read-write, got True"
    with pytest.raises(InvalidArgument, match=sentence):
        ledger.grant_connect(function(stack, "Report", vpc), read_only=True)


@pytest.mark.parametrize(
    "user",
    ["", "App", "my-app", 'x"; DROP', "x" * 64, "postgres", "pg_x", "rdsadmin", "app_readers", "app_writers"],
)
def test_a_name_that_is_hostile_or_kept(stack: Stack, vpc: ec2.Vpc, user: str) -> None:
    with pytest.raises(InvalidArgument, match="user must have at most 63 characters and be lower-case letters"):
        database(stack, vpc).grant_connect(function(stack, "Submit", vpc), user)
