"""Clients of the local AWS that nothing in a user's own configuration can lead astray."""

import os
from collections.abc import Mapping
from typing import Any

import botocore.session
from boto3 import Session
from botocore.config import Config

ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The credentials of the account's root user, above IAM: the emulator has them from the start."""

# No profile, no configuration files: a client must never reach, or be hindered by, an account of the user's.
_NO_CONFIGURATION = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def aws_client(service: str, environment: Mapping[str, str], region: str | None = None) -> Any:
    """Make a boto3 client from the variables that lead a command to the local AWS."""
    session: Any = Session(  # Any: the typed one knows each service by a literal name only.
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        region_name=region or environment["AWS_REGION"],
        botocore_session=botocore.session.Session(session_vars=_NO_CONFIGURATION),
    )
    return session.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        verify=environment["AWS_CA_BUNDLE"],
        config=Config(proxies={}, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
