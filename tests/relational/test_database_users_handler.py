"""The custom resource's handler: always one answer, by either way to either family, and nothing dropped untold."""

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psycopg
import pymysql
import pytest

from constructs_lib.relational.runtime.database_users import index, patience
from constructs_lib.relational.runtime.database_users.index import NO_USER
from constructs_lib.relational.runtime.sql_runner import index as runner
from tests.relational.aws import PASSWORD, PASSWORD_SECRET, RUNNER, Aws, Database
from tests.relational.cloudformation import CONTEXT, CloudFormation
from tests.relational.mariadb import MASTER_PASSWORD as MYSQL_MASTER_PASSWORD
from tests.relational.postgres import MASTER_PASSWORD as POSTGRES_MASTER_PASSWORD

DENIED = (psycopg.Error, pymysql.MySQLError)


@pytest.fixture(params=["postgres", "mysql"])
def database(aws: Aws, request: pytest.FixtureRequest) -> Database:
    return aws.database(request.param)


@pytest.fixture
def app(aws: Aws) -> Database:
    """For what does not depend on the family."""
    return aws.database("postgres")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes only while the handler sleeps."""
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept))
    monkeypatch.setattr(patience, "time", clock)
    return slept


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_a_created_user_connects(cloudformation: CloudFormation, database: Database, place: str) -> None:
    answer = cloudformation.create(database.properties(place))
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "app/app",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "User",
    }
    assert cloudformation.content_types == [""]  # the address is signed without one
    database.run("app", "CREATE TABLE ledger (id int)")


def test_a_cluster_is_reached_by_the_data_api_and_an_instance_by_its_runner(
    cloudformation: CloudFormation, database: Database, aws: Aws
) -> None:
    cloudformation.create(database.properties("cluster"))
    assert {service for service, _ in aws.calls} == {"secretsmanager", "rds-data"}
    aws.calls.clear()
    cloudformation.create(database.properties("instance"))
    assert [service for service, _ in aws.calls] == ["secretsmanager", "lambda"]
    (request,) = aws.requests("lambda")
    event = json.loads(request["Payload"])
    assert (event["family"], event["host"], event["port"]) == (
        database.family,
        database.server.host,
        database.server.port,
    )


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_an_update_changes_rights_and_a_rollback_gives_them_back(
    cloudformation: CloudFormation, database: Database, place: str
) -> None:
    first = database.properties(place)
    second = first | {"Rights": "read-only"}
    cloudformation.create(first)
    cloudformation.update(second, old=first)
    with pytest.raises(DENIED):
        database.run("app", "CREATE TABLE ledger (id int)")
    cloudformation.update(first, old=second)
    database.run("app", "CREATE TABLE ledger (id int)")
    assert {answer["PhysicalResourceId"] for answer in cloudformation.answers} == {"app/app"}


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_a_user_gets_a_password_and_a_rollback_gives_iam_back(
    cloudformation: CloudFormation, database: Database, place: str
) -> None:
    first = database.properties(place)
    second = first | {"PasswordSecretArn": PASSWORD_SECRET}
    cloudformation.create(first)
    cloudformation.update(second, old=first)
    assert database.run("app", "SELECT 1", password=PASSWORD) == [(1,)]
    with pytest.raises(DENIED):
        database.run("app", "SELECT 1")
    cloudformation.update(first, old=second)
    assert database.run("app", "SELECT 1") == [(1,)]
    with pytest.raises(DENIED):
        database.run("app", "SELECT 1", password=PASSWORD)


def invokes_lambda(database: Database) -> bool:
    if database.family == "postgres":
        schema = "SELECT COALESCE(has_schema_privilege('app', to_regnamespace('aws_lambda'), 'USAGE'), false)"
        return bool(database.run_as_master(schema)[0][0])
    return bool(database.run_as_master("SELECT 1 FROM mysql.roles_mapping WHERE user = 'app'"))


def test_a_user_may_invoke_lambda_while_it_is_told_so(cloudformation: CloudFormation, database: Database) -> None:
    first = database.properties("cluster")
    second = first | {"InvokesLambda": "yes"}
    assert cloudformation.create(first)["Status"] == "SUCCESS"
    assert not invokes_lambda(database)
    assert cloudformation.update(second, old=first)["Status"] == "SUCCESS"
    assert invokes_lambda(database)
    assert cloudformation.update(first, old=second)["Status"] == "SUCCESS"
    assert not invokes_lambda(database)


def test_mysql_is_told_of_lambda_only_where_it_ever_was(cloudformation: CloudFormation, aws: Aws) -> None:
    """A server that is not Aurora does not know the role, and would fail."""
    mysql = aws.database("mysql")
    first, other = mysql.properties("instance"), mysql.properties("instance", User="other", InvokesLambda="yes")
    cloudformation.create(first)
    cloudformation.update(first | {"Rights": "read-only"}, old=first)
    cloudformation.update(first, old=other)
    assert "AWS_LAMBDA" not in str(aws.requests("lambda"))


@pytest.mark.parametrize("on_delete", [{}, {"OnDelete": "keep"}])
def test_another_name_is_another_resource_so_that_the_old_user_survives_the_update(
    cloudformation: CloudFormation, database: Database, on_delete: dict[str, str]
) -> None:
    first = database.properties("cluster", **on_delete)
    cloudformation.create(first)
    cloudformation.update(first | {"User": "other"}, old=first)
    assert [answer["PhysicalResourceId"] for answer in cloudformation.answers] == ["app/app", "app/other", "app/app"]
    for user in ("app", "other"):
        assert database.run(user, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_deleting_touches_neither_user_nor_data(
    cloudformation: CloudFormation, database: Database, aws: Aws, place: str
) -> None:
    properties = database.properties(place)
    cloudformation.create(properties)
    database.run("app", "CREATE TABLE ledger (id int)")
    aws.calls.clear()
    assert cloudformation.delete(properties)["Status"] == "SUCCESS"
    assert aws.calls == []
    assert database.run("app", "SELECT * FROM ledger") == []


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_deleting_drops_the_user_if_told_and_leaves_the_data(
    cloudformation: CloudFormation, database: Database, place: str
) -> None:
    properties = database.properties(place, OnDelete="drop")
    cloudformation.create(properties)
    database.run("app", "CREATE TABLE ledger (id int)")
    for _ in range(2):
        assert cloudformation.delete(properties)["Status"] == "SUCCESS"
    assert database.users() == []
    assert database.run_as_master("SELECT * FROM ledger") == []


def test_a_resource_that_was_never_made_drops_nobody(cloudformation: CloudFormation, app: Database, aws: Aws) -> None:
    """CloudFormation deletes what it failed to create; a user of that name may be there for other reasons."""
    cloudformation.create(app.properties("cluster"))
    failing = app.properties("cluster", OnDelete="drop")
    aws.failures["rds-data"] = ["DatabaseErrorException"]
    assert cloudformation.create(failing)["PhysicalResourceId"] == NO_USER
    assert cloudformation.delete(failing)["Status"] == "SUCCESS"
    assert app.users() == ["app"]


def test_a_failed_update_stays_the_resource_it_was(cloudformation: CloudFormation, app: Database, aws: Aws) -> None:
    """Another id would have CloudFormation delete the new user, and the old one with the rollback."""
    first = app.properties("cluster", OnDelete="drop")
    second = first | {"User": "other"}
    cloudformation.create(first)
    aws.failures["rds-data"] = ["DatabaseErrorException"]
    assert cloudformation.update(second, old=first)["PhysicalResourceId"] == "app/app"
    assert cloudformation.update(first, old=second)["Status"] == "SUCCESS"
    assert app.users() == ["app"]


def test_the_same_event_twice_is_harmless(cloudformation: CloudFormation, database: Database) -> None:
    """Lambda runs an event again when an answer did not get through."""
    for _ in range(2):
        assert cloudformation.create(database.properties("cluster"))["Status"] == "SUCCESS"


WRONG = {
    "no family": ({"Family": ""}, "Family must be one of 'postgres', 'mysql', got ''"),
    "another family": ({"Family": "oracle"}, "Family must be one of 'postgres', 'mysql', got 'oracle'"),
    "unknown rights": ({"Rights": "all"}, "Rights must be one of 'read-only', 'read-write', got 'all'"),
    "unknown end": ({"OnDelete": "burn"}, "OnDelete must be one of 'keep', 'drop', got 'burn'"),
    "unknown invocation": ({"InvokesLambda": "maybe"}, "InvokesLambda must be one of 'yes', 'no', got 'maybe'"),
    "a hostile user": (
        {"User": 'x"; DROP', "PasswordSecretArn": PASSWORD_SECRET},
        "cannot be a user of the database 'app'",
    ),
    "a hostile database": ({"Database": "app' --"}, "cannot be a user of the database"),
    "no user": ({"User": ""}, "User is missing"),
    "no master": ({"MasterSecretArn": ""}, "MasterSecretArn is missing"),
    "both ways": ({"RunnerArn": RUNNER}, "either ClusterArn must be given, or RunnerArn with Host and Port"),
    "half a way": ({"ClusterArn": None, "RunnerArn": RUNNER, "Port": "1"}, "Host is missing"),
    "no way": ({"ClusterArn": None}, "either ClusterArn must be given, or RunnerArn with Host and Port"),
    "no port": ({"ClusterArn": None, "RunnerArn": RUNNER, "Host": "here", "Port": "x"}, "Port must be a number"),
}


@pytest.mark.parametrize(("wrong", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_property_is_answered_before_anything_is_asked(
    cloudformation: CloudFormation, aws: Aws, app: Database, wrong: dict[str, str | None], reason: str
) -> None:
    properties = {name: value for name, value in (app.properties("cluster") | wrong).items() if value is not None}
    answer = cloudformation.create(properties)
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert CONTEXT.log_stream_name in answer["Reason"]
    assert cloudformation.delete(properties)["Status"] == "SUCCESS"  # else the stack's rollback fails, too
    assert aws.calls == []


@pytest.mark.parametrize("name", ["Family", "Database", "User", "Rights", "MasterSecretArn"])
def test_a_missing_property_is_answered(cloudformation: CloudFormation, aws: Aws, app: Database, name: str) -> None:
    properties = app.properties("cluster")
    del properties[name]
    answer = cloudformation.create(properties)
    assert answer["Status"] == "FAILED"
    assert name in answer["Reason"]
    assert aws.calls == []


def test_a_rollback_from_a_wrong_property_succeeds(cloudformation: CloudFormation, app: Database) -> None:
    first = app.properties("cluster")
    wrong = first | {"InvokesLambda": "maybe"}
    cloudformation.create(first)
    assert cloudformation.update(wrong, old=first)["Status"] == "FAILED"
    assert cloudformation.update(first, old=wrong)["Status"] == "SUCCESS"


def test_the_master_user_is_never_touched(cloudformation: CloudFormation, aws: Aws, database: Database) -> None:
    """It could not log in any more, and nobody could mend that."""
    master = json.loads(aws.secrets[database.properties("cluster")["MasterSecretArn"]])["username"]
    for event in (cloudformation.create, cloudformation.delete):
        cloudformation.physical_id = f"app/{master}"
        answer = event(database.properties("cluster", User=master, OnDelete="drop"))
        assert answer["Status"] == "FAILED"
        assert f"{master!r} is the master user" in answer["Reason"]
    assert aws.requests("rds-data") == []


@pytest.mark.parametrize("secret", ["not JSON: hush", '"hush"', '{"username": "hush"}', "[]"])
def test_a_secret_that_holds_no_login_is_answered_and_not_told(
    cloudformation: CloudFormation, aws: Aws, app: Database, secret: str
) -> None:
    aws.secrets[PASSWORD_SECRET] = secret
    answer = cloudformation.create(app.properties("cluster", PasswordSecretArn=PASSWORD_SECRET))
    assert answer["Status"] == "FAILED"
    assert f"the secret {PASSWORD_SECRET} must be JSON with username and password" in answer["Reason"]
    assert "hush" not in answer["Reason"]


def test_a_secret_of_somebody_else_is_refused(cloudformation: CloudFormation, aws: Aws, app: Database) -> None:
    properties = app.properties("cluster", User="other", PasswordSecretArn=PASSWORD_SECRET)
    answer = cloudformation.create(properties)
    assert answer["Status"] == "FAILED"
    assert "must hold the password of 'other', not of 'app'" in answer["Reason"]
    assert aws.requests("rds-data") == []


@pytest.mark.parametrize(("place", "service"), [("cluster", "rds-data"), ("instance", "lambda")])
def test_a_failing_call_is_answered_with_its_reason(
    cloudformation: CloudFormation, aws: Aws, app: Database, pauses: list[float], place: str, service: str
) -> None:
    aws.failures[service] = ["InvalidRequestContentException"]
    answer = cloudformation.create(app.properties(place))
    assert answer["Status"] == "FAILED"
    assert "InvalidRequestContentException" in answer["Reason"]
    assert pauses == []


@pytest.mark.parametrize("place", ["cluster", "instance"])
def test_a_failing_statement_is_answered_with_what_the_database_says(
    cloudformation: CloudFormation, database: Database, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = getattr(index, database.family)
    monkeypatch.setattr(family, "provision", lambda *_, **__: ["SELECT * FROM nowhere"])
    answer = cloudformation.create(database.properties(place))
    assert answer["Status"] == "FAILED"
    assert "nowhere" in answer["Reason"]
    assert "exist" in answer["Reason"]


PASSING = {
    "rds-data": [
        "DatabaseResumingException",
        "DatabaseUnavailableException",
        "ServiceUnavailableError",
        "AccessDeniedException",
        "ForbiddenException",
    ],
    "lambda": [
        "AccessDeniedException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "ENINotReadyException",
        "EC2ThrottledException",
        "EC2UnexpectedException",
        "TooManyRequestsException",
        "ServiceException",
    ],
    "secretsmanager": ["AccessDeniedException"],
}


@pytest.mark.parametrize(("service", "code"), [(service, code) for service in PASSING for code in PASSING[service]])
def test_what_passes_is_waited_for(
    cloudformation: CloudFormation, aws: Aws, app: Database, pauses: list[float], service: str, code: str
) -> None:
    aws.failures[service] = [code, code]
    place = "instance" if service == "lambda" else "cluster"
    assert cloudformation.create(app.properties(place))["Status"] == "SUCCESS"
    assert len(aws.requests(service)) == 3
    assert len(pauses) == 2
    assert app.users() == ["app"]


@pytest.mark.parametrize(("place", "service"), [("cluster", "rds-data"), ("instance", "lambda")])
def test_but_not_until_lambda_ends_it(
    cloudformation: CloudFormation, aws: Aws, app: Database, pauses: list[float], place: str, service: str
) -> None:
    aws.failures["secretsmanager"] = ["AccessDeniedException"] * 10  # the patience is one for all
    aws.failures[service] = ["AccessDeniedException"] * 1_000
    answer = cloudformation.create(app.properties(place))
    assert answer["Status"] == "FAILED"
    assert "AccessDeniedException" in answer["Reason"]
    assert 90 <= sum(pauses) <= 105


def test_the_runner_is_waited_for_as_long_as_it_may_run_and_not_started_again(
    cloudformation: CloudFormation, aws: Aws, app: Database
) -> None:
    cloudformation.create(app.properties("instance"))
    config = aws.configs["lambda"]
    assert config.read_timeout > 120
    assert config.retries == {"total_max_attempts": 1}


def test_a_runner_that_lambda_ended_is_answered(
    cloudformation: CloudFormation, aws: Aws, app: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for payload, reason in ((b'{"errorMessage": "Task timed out"}', "Task timed out"), (b"null", "its log says why")):
        response = {"FunctionError": "Unhandled", "Payload": io.BytesIO(payload)}
        monkeypatch.setattr(aws, "_invoke", lambda response=response, **_: response)
        answer = cloudformation.create(app.properties("instance"))
        assert answer["Status"] == "FAILED"
        assert reason in answer["Reason"]


def test_a_long_reason_fits_into_the_answer(cloudformation: CloudFormation, app: Database) -> None:
    answer = cloudformation.create(app.properties("cluster", User="x" * 10_000))
    assert len(answer["Reason"]) == 1_000
    assert len(answer["PhysicalResourceId"]) < 1_000


def test_an_answer_that_does_not_get_through_is_an_error_that_lambda_repeats(app: Database) -> None:
    with CloudFormation() as closed:
        pass
    with pytest.raises(OSError, match="refused"):
        closed.delete(app.properties("cluster"))


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the handler has logged, and the runner, which runs in the same process here."""
    stream = io.StringIO()
    for logger in (index.logger, runner.logger):
        monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_log_tells_whose_user_it_was_and_how_it_went(
    cloudformation: CloudFormation,
    aws: Aws,
    app: Database,
    pauses: list[float],
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    aws.failures["rds-data"] = ["DatabaseResumingException", "DatabaseErrorException"]
    properties = app.properties("cluster", Rights="read-only")
    cloudformation.create(properties)
    cloudformation.update(properties | {"Rights": "read-write"}, old=properties)
    waiting, failed, done, *_ = logged()
    assert (waiting["level"], waiting["reason"]) == ("INFO", "DatabaseResumingException")
    assert (failed["level"], failed["exception_name"]) == ("ERROR", "UserError")
    assert (done["level"], done["message"]) == ("INFO", "done")
    assert (failed["request"], failed["database_user"], failed["rights"]) == ("Create", "app/app", "read-only")
    assert (done["request"], done["rights"]) == ("Update", "read-write")
    assert done["function_request_id"] == "request"


def test_the_signed_address_is_never_logged(
    cloudformation: CloudFormation, app: Database, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    cloudformation.create(app.properties("cluster"))
    cloudformation.create(app.properties("cluster", User=""))
    assert len(logged()) == 2
    assert "signature" not in str(logged())


@pytest.mark.parametrize("place", ["cluster", "instance"])
@pytest.mark.parametrize("broken", [f"CREATE USER x BYE {' ' * 60}'{{}}'", "SELECT '{}' FROM nowhere", "{}", None])
def test_no_password_is_ever_answered_or_logged(
    cloudformation: CloudFormation,
    database: Database,
    place: str,
    broken: str | None,
    logged: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Servers quote what they cannot read, cut off after some characters, and may so quote a part of a password."""
    if broken:
        family = getattr(index, database.family)
        monkeypatch.setattr(family, "provision", lambda *_, **__: [broken.format(PASSWORD)])
    answer = cloudformation.create(database.properties(place, PasswordSecretArn=PASSWORD_SECRET))
    assert answer["Status"] == ("FAILED" if broken else "SUCCESS")
    told = f"{answer} {logged()}"
    for password in (PASSWORD, PASSWORD[:12], POSTGRES_MASTER_PASSWORD, MYSQL_MASTER_PASSWORD):
        assert password not in told
