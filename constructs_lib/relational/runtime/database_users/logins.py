"""Names and passwords from Secrets Manager."""

import json
from dataclasses import dataclass, field
from typing import Any

from .patience import Patience

_PASSING = {"AccessDeniedException"}
"""A role's new rights take a while to be known everywhere."""


@dataclass(frozen=True)
class Login:
    """Who logs in by a password."""

    username: str
    password: str = field(repr=False)


def read_login(client: Any, arn: str, patience: Patience) -> Login:
    """Return the login in a secret.

    Raises:
        ClientError: the secret cannot be read.
        ValueError: the secret is no JSON with ``username`` and ``password``; the message does not tell what it is.
    """
    secret = patience.call(lambda: client.get_secret_value(SecretId=arn), passing=_PASSING)
    try:
        content = json.loads(secret["SecretString"])
        return Login(str(content["username"]), str(content["password"]))
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"the secret {arn} must be JSON with username and password") from None
