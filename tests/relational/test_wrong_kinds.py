"""Values of another kind: the mistakes that Python itself would take, or answer with a traceback."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import DatabaseEngine, InvalidArgument
from tests.relational.databases import database, function, network

MAKERS = [DatabaseEngine.aurora_postgres, DatabaseEngine.aurora_mysql, DatabaseEngine.postgres, DatabaseEngine.mysql]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("version", [17.9, 17, None])
def test_a_version_is_text(make: Callable[[Any], DatabaseEngine], version: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"version must be a str, got .*\(aws_cdk\.aws_rds\."):
        make(version)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        *(("instance_type", value, "str") for value in (None, 7, ["t4g.medium"])),
        *(("multi_az", value, "bool") for value in ("no", 1, None)),
    ],
)
def test_an_instance_is_told_in_its_own_kinds(name: str, value: Any, kind: str) -> None:
    with pytest.raises(InvalidArgument, match=f"{name} must be a {kind}, got"):
        DatabaseEngine.postgres("17.9", **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        *(("engine", value, "DatabaseEngine") for value in ("postgres", None, 17)),
        *(("database_name", value, "str") for value in (None, 7, ["app"])),
        # As it comes from a context or an environment: the word is true.
        *(("drop_users", value, "bool") for value in ("no", 0, None)),
        *(("deletion_protection", value, "bool") for value in ("no", 0, None)),
        *(("log_retention", value, "RetentionDays") for value in (30, "ONE_MONTH", None)),
        *(("removal_policy", value, "RemovalPolicy") for value in ("retain", True, None)),
        *(("borrow_timeout", value, "Duration") for value in (5, "5", 0)),
        *(("idle_client_timeout", value, "Duration") for value in (1800, "30m", 0)),
    ],
)
def test_a_database_is_told_in_its_own_kinds(name: str, value: Any, kind: str) -> None:
    stack = Stack(App(), "Refused")
    with pytest.raises(InvalidArgument, match=f"{name} must be a {kind}, got"):
        database(stack, network(stack), **{name: value})
    assert stack.node.try_find_child("Ledger") is None


@pytest.mark.parametrize(
    ("user", "read_only", "sentence"),
    [
        *((user, False, "user must be a str, got") for user in (7, None, ["app"])),
        *(("app", read_only, "read_only must be a bool, got") for read_only in ("no", 0, None)),
    ],
)
def test_a_user_is_told_in_its_own_kinds(user: Any, read_only: Any, sentence: str) -> None:
    stack = Stack(App(), "Refused")
    vpc = network(stack)
    ledger = database(stack, vpc)
    with pytest.raises(InvalidArgument, match=sentence):
        ledger.grant_connect(function(stack, "Submit", vpc), user, read_only=read_only)
    with pytest.raises(InvalidArgument, match=sentence):
        ledger.allow_invoke(function(stack, "Called", None), user, read_only=read_only)
