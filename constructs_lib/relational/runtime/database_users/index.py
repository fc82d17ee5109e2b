"""Answers CloudFormation when a stack creates, changes or deletes a database user."""

import re
from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from . import mysql, postgres
from .answer import answer
from .data_api import DataApi
from .logins import Login, read_login
from .patience import Patience
from .runner_client import CONFIG, Runner, RunnerError
from .wanted import Cluster, Wanted, physical_id

logger = Logger()

_FAMILIES = {"postgres": postgres, "mysql": mysql}

NO_USER = "no user"
"""The physical id of a resource whose user was not made, so that deleting it drops nobody else's."""


class UserError(Exception):
    """A user could not be made or dropped; the sentence tells no password."""


@logger.inject_lambda_context(clear_state=True, log_event=False)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Make the user that a resource describes, with its rights; deleting the resource leaves it alone, unless told.

    A user outlives its resource because it may own tables, and because a rolled-back deployment must not take away what
    the version before it works with. Nobody can log in as it any more: the IAM permission went with the grant.
    """
    properties = event["ResourceProperties"]
    known_id = event.get("PhysicalResourceId", NO_USER)
    logger.append_keys(
        request=event["RequestType"], database_user=physical_id(properties), rights=properties.get("Rights")
    )
    try:
        if event["RequestType"] == "Delete":
            _delete(known_id, properties)
            done_id = known_id
        else:
            _make(properties, event.get("OldResourceProperties", {}))
            done_id = physical_id(properties)
    except Exception as error:
        logger.exception("failed")
        answer(event, known_id, failure=f"{error} (log stream {context.log_stream_name})")
    else:
        logger.info("done")
        answer(event, done_id)


def _make(properties: Mapping[str, str], old: Mapping[str, str]) -> None:
    wanted, patience = Wanted.read(properties), Patience()
    password = _password_of(wanted, patience)
    could_invoke = old.get("InvokesLambda") == "yes" and physical_id(old) == physical_id(properties)
    statements = _FAMILIES[wanted.family].provision(
        wanted.user,
        database=wanted.database,
        read_only=wanted.read_only,
        password=password,
        invokes_lambda=True if wanted.invokes_lambda else False if could_invoke else None,
    )
    _execute(statements, wanted, patience, password)


def _delete(known_id: str, properties: Mapping[str, str]) -> None:
    if properties.get("OnDelete") != "drop" or known_id != physical_id(properties):
        return
    wanted = Wanted.read(properties)
    _execute(_FAMILIES[wanted.family].drop(wanted.user, database=wanted.database), wanted, Patience())


def _execute(statements: list[str], wanted: Wanted, patience: Patience, password: str | None = None) -> None:
    master = read_login(boto3.client("secretsmanager"), wanted.master_secret_arn, patience)
    if wanted.user == master.username:
        raise UserError(f"{wanted.user!r} is the master user, whose rights stay as they are")
    try:
        _way_to(wanted, master).execute(statements, patience)
    except (ClientError, RunnerError) as error:
        raise UserError(_without(password, str(error))) from None


def _way_to(wanted: Wanted, master: Login) -> DataApi | Runner:
    place = wanted.place
    if isinstance(place, Cluster):
        return DataApi(boto3.client("rds-data"), place.arn, wanted.master_secret_arn, wanted.database)
    client = boto3.client("lambda", config=CONFIG)
    return Runner(client, place.runner_arn, wanted.family, place.host, place.port, wanted.database, master)


def _password_of(wanted: Wanted, patience: Patience) -> str | None:
    arn = wanted.password_secret_arn
    if arn is None:
        return None
    login = read_login(boto3.client("secretsmanager"), arn, patience)
    if login.username != wanted.user:
        raise UserError(f"the secret {arn} must hold the password of {wanted.user!r}, not of {login.username!r}")
    return login.password


def _without(password: str | None, reason: str) -> str:
    """Return a reason without the password, also where MySQL quotes the beginning of what it could not read."""
    if password is None:
        return reason
    return re.sub(r"near '.*", "near what is not told here", reason.replace(password, "***"), flags=re.DOTALL)
