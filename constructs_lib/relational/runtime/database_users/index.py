"""Answers CloudFormation when a stack creates, changes or deletes a database user."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from .answer import answer
from .data_api import DataApi
from .postgres import provision

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Make the user that a resource describes, with its rights; deleting the resource leaves user and data alone.

    A user outlives its resource because it may own tables, and because a rolled-back deployment must not take away what
    the version before it works with. Nobody can log in as it any more: the IAM permission went with the grant.
    """
    wanted = event["ResourceProperties"]
    physical_id = f"{wanted['Database']}/{wanted['User']}"
    logger.append_keys(request=event["RequestType"], database_user=physical_id, rights=wanted["Rights"])
    try:
        if event["RequestType"] != "Delete":
            _make(wanted)
    except Exception as error:
        logger.exception("the user was not made")
        answer(event, physical_id, failure=f"{error} (log stream {context.log_stream_name})")
    else:
        logger.info("done")
        answer(event, physical_id)


def _make(wanted: dict[str, str]) -> None:
    sql = provision(wanted["User"], database=wanted["Database"], read_only=_READ_ONLY[wanted["Rights"]])
    client = boto3.client("rds-data")
    DataApi(client, wanted["ClusterArn"], wanted["SecretArn"], wanted["Database"]).execute(sql)


_READ_ONLY = {"read-only": True, "read-write": False}
