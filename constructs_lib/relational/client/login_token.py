"""The password of a user who logs in by IAM."""

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import boto3.session

from constructs_lib.relational.client.endpoint import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


def login_token(endpoint: Endpoint) -> str:
    """Sign a token that logs in once within 15 minutes; computed here from the caller's credentials, without a call."""
    with _one_at_a_time:
        rds = _rds()
    return rds.generate_db_auth_token(DBHostname=endpoint.host, Port=endpoint.port, DBUsername=endpoint.user)


# Threads that begin together would each make a client, which takes longer than to connect.
_one_at_a_time = Lock()


@cache
def _rds() -> "RDSClient":
    return boto3.session.Session().client("rds", region_name=os.environ.get("AWS_REGION"))
