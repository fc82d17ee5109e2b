"""Network, database and functions in a stack each: rules stand with the function, and no stack waits in a circle."""

from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib.testing import template_of
from tests.relational.databases import database, function, functions, network, rules
from tests.statements import allowed, resources, role_of


def synthesized(*, data_first: bool) -> tuple[dict[str, Any], dict[str, Any], Stack, Stack]:
    """The templates of database and functions, whichever of the two stacks was written first."""
    app = App()
    vpc = network(Stack(app, "Network"))
    if data_first:
        data, handlers = Stack(app, "Data"), Stack(app, "Handlers")
        ledger = database(data, vpc)
        submit = function(handlers, "Submit", vpc)
    else:
        handlers, data = Stack(app, "Handlers"), Stack(app, "Data")
        submit = function(handlers, "Submit", vpc)
        ledger = database(data, vpc)
    ledger.grant_connect(submit)
    return template_of(data), template_of(handlers), data, handlers


@pytest.fixture(scope="module", params=[True, False], ids=["data first", "handlers first"])
def stacks(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any], Stack, Stack]:
    return synthesized(data_first=request.param)


def test_the_functions_wait_for_the_database_and_never_the_other_way(stacks: Any) -> None:
    _, _, data, handlers = stacks
    assert {stack.stack_name for stack in handlers.dependencies} == {"Network", "Data"}
    assert {stack.stack_name for stack in data.dependencies} == {"Network"}


def test_both_rules_stand_with_the_function(stacks: Any) -> None:
    data, handlers, _, _ = stacks
    ((group, proxy_group, *egress),) = rules(handlers, "Egress")
    ((own, other, *ingress),) = rules(handlers, "Ingress")
    assert egress == ingress == ["tcp", (5432, 5432)]
    assert (own, other) == (proxy_group, group)
    assert "ProxySecurityGroup" in proxy_group
    # In the database's stack there is the way from the proxy to the database, and nothing of the function's.
    assert len(rules(data, "Egress")) == len(rules(data, "Ingress")) == 1


def test_the_user_and_the_proxy_s_right_stand_with_the_database(stacks: Any) -> None:
    data, handlers, _, _ = stacks
    assert len(resources(data, "Custom::DatabaseUser")) == 1
    (proxy,) = resources(data, "AWS::RDS::DBProxy").values()
    assert len(allowed(data, role_of(proxy))["rds-db:connect"]) == 1
    assert not resources(handlers, "Custom::DatabaseUser")


def test_the_function_s_right_and_environment_are_imported(stacks: Any) -> None:
    _, handlers, _, _ = stacks
    submit = functions(handlers)["Submit"]
    variables = submit["Environment"]["Variables"]
    assert "Fn::ImportValue" in variables["DB_HOST"]
    assert (variables["DB_PORT"], variables["DB_NAME"], variables["DB_USER"]) == ("5432", "app", "app")
    (arn,) = allowed(handlers, role_of(submit))["rds-db:connect"]
    assert arn["Fn::Join"][1][-1] == "/app"
    assert "Fn::ImportValue" in str(arn)
