"""What a route costs in round trips to Node does not depend on how many there are already."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from benchmarks.jsii_round_trips import round_trips
from constructs_lib import ProtectedApi, PythonFunction, UserDirectory

SCHEMA = {"type": "object", "required": ["item"]}


@pytest.mark.parametrize(
    ("of_api", "of_route"),
    [({}, {}), ({"cors": "https://desk.example.com"}, {}), ({}, {"body": SCHEMA})],
    ids=["plain", "with cors", "with a body"],
)
def test_each_further_route_costs_the_same(of_api: dict[str, Any], of_route: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api", users=UserDirectory(stack, "Users"), **of_api)
    function = PythonFunction(stack, "Answer", source=tmp_path)

    costs = []
    for number in range(12):
        with round_trips() as counted:
            api.route(f"POST /requests{number}/{{id}}", function, **of_route)
        costs.append(counted)
    assert costs[1:] == [costs[1]] * 11
    assert costs[1].total() <= costs[0].total()  # the first one makes the authorizer
