"""What the desk's functions load when they start: what they need, and no more."""

import re
from pathlib import Path

import pytest

from benchmarks.desk_imports import HANDLERS, modules_of, printed_by
from constructs_lib.approval.runtime import desk

NEVER = {"aws_cdk", "jsii", "constructs", "typeguard", "requests", "pydantic", "aws_lambda_powertools.event_handler"}
SERVICES = {
    "desk.api": {"dynamodb"},
    "desk.teller": {"stepfunctions", "sqs"},
    "desk.notifier": {"events", "sns", "sqs"},
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    return {name: modules_of(name) for name in ("boto3", *HANDLERS)}


@pytest.mark.parametrize("handler", HANDLERS)
def test_no_function_loads_what_none_needs(loaded: dict[str, set[str]], handler: str) -> None:
    assert not NEVER & loaded[handler]


def test_the_page_loads_nothing_but_python(loaded: dict[str, set[str]]) -> None:
    modules = loaded["page"]
    assert not {"boto3", "botocore", "aws_lambda_powertools", "logging", "desk"} & modules
    assert len(modules) < 130


def test_the_api_loads_little_more_than_boto3(loaded: dict[str, set[str]]) -> None:
    assert not {"asyncio", "aws_lambda_powertools.utilities.data_classes"} & loaded["desk.api"]
    assert len(loaded["desk.api"] - loaded["boto3"]) < 70


@pytest.mark.parametrize("handler", ["desk.teller", "desk.notifier"])
def test_who_reads_the_stream_loads_what_reports_its_failures(loaded: dict[str, set[str]], handler: str) -> None:
    """Powertools' batches bring ``asyncio`` and a class for each kind of event; nobody waits for these functions."""
    assert len(loaded[handler] - loaded["boto3"]) < 140


@pytest.mark.parametrize("handler", SERVICES)
def test_each_function_makes_the_clients_that_it_uses(loaded: dict[str, set[str]], handler: str) -> None:
    own = [name for name in loaded[handler] if name.startswith("desk.")]
    folder = Path(next(iter(desk.__path__)))
    sources = [(folder / f"{name.removeprefix('desk.')}.py").read_text("utf-8") for name in own]
    assert set(re.findall(r'boto3\.(?:client|resource)\("(\w+)"', "\n".join(sources))) == SERVICES[handler]


def test_the_apis_client_is_made_while_lambda_starts_the_function() -> None:
    asked = "import desk.api; print(desk.approvals._table)"
    started = {"AWS_LAMBDA_FUNCTION_NAME": "api", "AWS_DEFAULT_REGION": "eu-central-1", "TABLE_NAME": "approvals"}
    assert "approvals" in printed_by(asked, **started)
    assert printed_by(asked).strip() == "None"
