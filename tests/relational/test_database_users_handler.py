"""The custom resource's handler: always one answer, patience with a cluster that wakes up, and nothing dropped."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from constructs_lib.relational.runtime.database_users import data_api as data_api_module
from constructs_lib.relational.runtime.database_users import index
from constructs_lib.relational.runtime.database_users.index import handler
from tests.relational.conftest import MASTER, DataApi, Postgres

CONTEXT: Any = SimpleNamespace(
    function_name="users",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:users",
    aws_request_id="request",
    log_stream_name="2030/01/01/[$LATEST]abc",
)


class CloudFormation(HTTPServer):
    """The address that answers are sent to; remembers them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []

    def event(self, kind: str, **properties: str) -> dict[str, Any]:
        wanted = {
            "ClusterArn": "arn:aws:rds:eu-central-1:123456789012:cluster:ledger",
            "SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:master",
            "Database": "app",
            "User": "app",
            "Rights": "read-write",
        }
        return {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{self.server_port}/answer?signature=x",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "User",
            "ResourceProperties": wanted | properties,
        }


class Receiver(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append(json.loads(body))
        self.server.content_types.append(self.headers["Content-Type"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with CloudFormation() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes only while the handler sleeps."""
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept))
    monkeypatch.setattr(data_api_module, "time", clock)
    return slept


def test_a_created_user_connects(cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres) -> None:
    event = cloudformation.event("Create")
    handler(event, CONTEXT)
    assert cloudformation.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "app/app",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "User",
        }
    ]
    assert cloudformation.content_types == [""]  # the address is signed without one
    (request,) = data_api.requests
    wanted = event["ResourceProperties"]
    assert (request["resourceArn"], request["secretArn"]) == (wanted["ClusterArn"], wanted["SecretArn"])
    assert request["database"] == "app"
    assert postgres.run("app", "CREATE TABLE ledger (id int); SELECT current_user") == [("app",)]


def test_an_update_changes_rights_and_a_rollback_gives_them_back(
    cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres
) -> None:
    handler(cloudformation.event("Create"), CONTEXT)
    handler(cloudformation.event("Update", Rights="read-only"), CONTEXT)
    with pytest.raises(psycopg.Error):
        postgres.run("app", "CREATE TABLE ledger (id int)")
    handler(cloudformation.event("Update"), CONTEXT)
    postgres.run("app", "CREATE TABLE ledger (id int)")
    assert {answer["PhysicalResourceId"] for answer in cloudformation.answers} == {"app/app"}


def test_another_name_is_another_resource_so_that_the_old_user_survives_the_update(
    cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres
) -> None:
    handler(cloudformation.event("Create"), CONTEXT)
    handler(cloudformation.event("Update", User="other"), CONTEXT)
    handler(cloudformation.event("Delete"), CONTEXT)
    assert [answer["PhysicalResourceId"] for answer in cloudformation.answers] == ["app/app", "app/other", "app/app"]
    for user in ("app", "other"):
        assert postgres.run(user, "SELECT current_user") == [(user,)]


def test_deleting_touches_neither_user_nor_data(
    cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres
) -> None:
    handler(cloudformation.event("Create"), CONTEXT)
    postgres.run("app", "CREATE TABLE ledger (id int); INSERT INTO ledger VALUES (1)")
    data_api.requests.clear()
    handler(cloudformation.event("Delete"), CONTEXT)
    assert cloudformation.answers[-1]["Status"] == "SUCCESS"
    assert data_api.requests == []
    assert postgres.run("app", "TABLE ledger") == [(1,)]


def test_the_same_event_twice_is_harmless(
    cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres
) -> None:
    """Lambda runs an event again when an answer did not get through."""
    for _ in range(2):
        handler(cloudformation.event("Create"), CONTEXT)
    assert [answer["Status"] for answer in cloudformation.answers] == ["SUCCESS", "SUCCESS"]


def test_a_refused_name_is_answered_before_anything_is_asked(cloudformation: CloudFormation, data_api: DataApi) -> None:
    handler(cloudformation.event("Create", User='x"; DROP'), CONTEXT)
    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert "cannot be a user of the database 'app'" in answer["Reason"]
    assert CONTEXT.log_stream_name in answer["Reason"]
    assert data_api.requests == []


def test_unknown_rights_are_answered(cloudformation: CloudFormation, data_api: DataApi) -> None:
    handler(cloudformation.event("Create", Rights="all"), CONTEXT)
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert data_api.requests == []


def test_a_failing_statement_is_answered_with_its_reason(
    cloudformation: CloudFormation, data_api: DataApi, pauses: list[float]
) -> None:
    data_api.failures = ["DatabaseErrorException"]
    handler(cloudformation.event("Create"), CONTEXT)
    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert "DatabaseErrorException" in answer["Reason"]
    assert pauses == []


@pytest.mark.parametrize(
    "code",
    [
        "DatabaseResumingException",
        "DatabaseUnavailableException",
        "ServiceUnavailableError",
        "AccessDeniedException",
        "ForbiddenException",
    ],
)
def test_what_passes_is_waited_for(
    cloudformation: CloudFormation, data_api: DataApi, postgres: Postgres, pauses: list[float], code: str
) -> None:
    data_api.failures = [code, code]
    handler(cloudformation.event("Create"), CONTEXT)
    assert cloudformation.answers[0]["Status"] == "SUCCESS"
    assert len(data_api.requests) == 3
    assert len(pauses) == 2
    assert postgres.run(MASTER, "SELECT rolname FROM pg_roles WHERE rolname = 'app'") == [("app",)]


def test_but_not_until_lambda_ends_it(cloudformation: CloudFormation, data_api: DataApi, pauses: list[float]) -> None:
    data_api.failures = ["DatabaseResumingException"] * 1_000
    handler(cloudformation.event("Create"), CONTEXT)
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert "DatabaseResumingException" in cloudformation.answers[0]["Reason"]
    assert 90 <= sum(pauses) <= 105


def test_a_long_reason_fits_into_the_answer(cloudformation: CloudFormation, data_api: DataApi) -> None:
    handler(cloudformation.event("Create", User="x" * 10_000, LogicalResourceId="y"), CONTEXT)
    assert len(cloudformation.answers[0]["Reason"]) == 1_000


def test_an_answer_that_does_not_get_through_is_an_error_that_lambda_repeats(data_api: DataApi) -> None:
    with CloudFormation() as closed:
        event = closed.event("Delete")
    with pytest.raises(OSError, match="refused"):
        handler(event, CONTEXT)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the handler has logged."""
    stream = io.StringIO()
    monkeypatch.setattr(index.logger.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_log_tells_whose_user_it_was_and_how_it_went(
    cloudformation: CloudFormation, data_api: DataApi, pauses: list[float], logged: Callable[[], list[dict[str, Any]]]
) -> None:
    data_api.failures = ["DatabaseResumingException", "DatabaseErrorException"]
    handler(cloudformation.event("Create", Rights="read-only"), CONTEXT)
    handler(cloudformation.event("Update"), CONTEXT)
    waiting, failed, done = logged()
    assert (waiting["level"], waiting["reason"]) == ("INFO", "DatabaseResumingException")
    assert (failed["level"], failed["exception_name"]) == ("ERROR", "ClientError")
    assert (done["level"], done["message"]) == ("INFO", "done")
    assert (failed["request"], failed["database_user"], failed["rights"]) == ("Create", "app/app", "read-only")
    assert (done["request"], done["rights"]) == ("Update", "read-write")
    assert done["function_request_id"] == "request"


def test_the_signed_address_is_never_logged(
    cloudformation: CloudFormation, data_api: DataApi, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    handler(cloudformation.event("Create"), CONTEXT)
    handler(cloudformation.event("Create", User=""), CONTEXT)
    assert len(logged()) == 2
    assert "signature" not in str(logged())
